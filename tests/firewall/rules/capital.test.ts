/** E12 to E16: margin, cash and carry at their limits and one step past. */
import { describe, expect, test } from 'vitest';
import type { AccountView, Bracket, Case, Funding, OrderProposal } from '#firewall';
import {
  ahead,
  factor,
  money,
  NOW,
  ppm,
  price,
  qty,
  span,
} from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import { beside } from '../../../firewall/proofs/exposure.ts';
import {
  withAccount,
  withCancel,
  withInstrument,
  withMarket,
  withOrder,
  withPosition,
  withWorking,
} from '../../../firewall/proofs/vary.ts';
import { baseInstrument } from '../../../firewall/proofs/views.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const sell = sellCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const spot = withInstrument(base, { marginMode: 'none', brackets: [] });
const spotSale = withInstrument(sell, { marginMode: 'none', brackets: [] });
const order = (change: Partial<OrderProposal>, c: Case = base): Case => withOrder(c, change);
const account = (change: Partial<AccountView>, c: Case = base): Case => withAccount(c, change);
const free = (worth: string, c: Case = base): Case => account({ free: money(worth) }, c);
const lending = (brackets: readonly Bracket[], c: Case = base): Case =>
  withInstrument(c, { brackets });
const bracket = (notionalMax: string, leverageMax: number, maintenance = 5_000): Bracket => ({
  notionalMax: money(notionalMax),
  leverageMax,
  maintenance: ppm(maintenance),
});
type Row = readonly [what: string, c: Case, outcome: string];
const rows = (id: string, table: readonly Row[]): void => {
  test.each(table)('%s', (_, c, outcome) => {
    expect(outcomeOf(c, id)).toBe(outcome);
  });
};
const noMargin = 'margin brackets that reach this far';

describe('E12 leverage and margin', () => {
  const missing = 'LEVERAGE_ABOVE_MAX_INPUT_MISSING';
  const elsewhere = (worth: string, c: Case = base): Case => beside(c, [{ qty: qty(worth) }]);
  rows('E12', [
    ['gross at twice the equity', elsewhere('199400'), 'pass'],
    ['past it', elsewhere('199400.00000001'), 'LEVERAGE_ABOVE_MAX (gross exposure)'],
    ['shorts count', elsewhere('-199400.00000001'), 'LEVERAGE_ABOVE_MAX (gross exposure)'],
    [
      'the other side of this symbol counts',
      withWorking(base, { side: 'sell', qty: qty('3.4') }),
      'LEVERAGE_ABOVE_MAX (gross exposure)',
    ],
    ['paid in full, at the limit', elsewhere('199400', free('0', spot)), 'pass'],
    [
      'paid in full, past it',
      elsewhere('199400.00000001', spot),
      'LEVERAGE_ABOVE_MAX (gross exposure)',
    ],
    ['half of its value is free', free('300'), 'pass'],
    ['less', free('299.99999999'), 'LEVERAGE_ABOVE_MAX (initial margin)'],
    ['a working order has taken its own', withWorking(free('300')), 'pass'],
    ['lent up to this', lending([bracket('600', 2), bracket('9999', 1)]), 'pass'],
    [
      'lent up to less',
      lending([bracket('599.99999999', 2), bracket('9999', 1)]),
      'LEVERAGE_ABOVE_MAX (position at this leverage)',
    ],
    ['a venue that lends less than the house', free('600', lending([bracket('9999', 1)])), 'pass'],
    [
      'takes more of the cash',
      free('599.99999999', lending([bracket('9999', 1)])),
      'LEVERAGE_ABOVE_MAX (initial margin)',
    ],
    ['lends nothing', lending([bracket('9999', 0)]), `${missing} (a leverage of at least one)`],
    ['no brackets', lending([]), `${missing} (${noMargin})`],
    ['no cash known', account({ free: null }), `${missing} (free cash)`],
    ['no equity', account({ equity: null }), `${missing} (equity, instrument or price)`],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
    ['an exit', exit, 'na'],
  ]);
  test('reports margin and cash, or the part that fails', () => {
    expect(checkOf(free('400'), 'E12')).toMatchObject({
      observed: money('300'),
      limit: money('400'),
      maxQty: qty('0.01333333'),
    });
    expect(checkOf(lending([bracket('599', 2)]), 'E12')).toMatchObject({
      observed: money('600'),
      limit: money('599'),
      maxQty: qty('0.00998333'),
    });
    expect(checkOf(elsewhere('1', spot), 'E12')).toMatchObject({
      observed: money('601'),
      limit: money('200000'),
    });
  });
});

describe('E13 liquidation', () => {
  const missing = 'LIQUIDATION_TOO_NEAR_INPUT_MISSING';
  const bound = (worth: string, c: Case = base): Case => account({ maintenance: money(worth) }, c);
  /** An equity that is just what the base order needs: 3 of margin, 9 of loss, 30 of buffer. */
  const poor = (worth: string, c: Case = base): Case => account({ equity: money(worth) }, c);
  rows('E13', [
    ['equity at what is needed', poor('42'), 'pass'],
    ['less', poor('41.99999999'), 'LIQUIDATION_TOO_NEAR'],
    ['margin at a fifth of the equity', bound('19997'), 'pass'],
    ['more', bound('19997.00000001'), 'LIQUIDATION_TOO_NEAR (maintenance margin)'],
    [
      'the whole position is lost down to the stop',
      withPosition(poor('81'), { qty: qty('0.01') }),
      'pass',
    ],
    [
      'and not less',
      withPosition(poor('80.99999999'), { qty: qty('0.01') }),
      'LIQUIDATION_TOO_NEAR',
    ],
    ['a working order brings its own margin', withWorking(poor('84')), 'pass'],
    ['and not less', withWorking(poor('83.99999999')), 'LIQUIDATION_TOO_NEAR'],
    ['one of the other side brings none', withWorking(poor('42'), { side: 'sell' }), 'pass'],
    ['margin beside a working order', withWorking(bound('19994')), 'pass'],
    ['more', withWorking(bound('19994.00000001')), 'LIQUIDATION_TOO_NEAR (maintenance margin)'],
    [
      'a short loses up to its stop',
      poor('42.0048', order({ limitPrice: price('60000'), stopPrice: price('60900.48') }, sell)),
      'pass',
    ],
    [
      'and not less',
      poor(
        '42.00479999',
        order({ limitPrice: price('60000'), stopPrice: price('60900.48') }, sell),
      ),
      'LIQUIDATION_TOO_NEAR',
    ],
    [
      'in the next bracket',
      poor('45', lending([bracket('599', 9), bracket('9999', 9, 10_000)])),
      'pass',
    ],
    [
      'dearer',
      poor('44.99999999', lending([bracket('599', 9), bracket('9999', 9, 10_000)])),
      'LIQUIDATION_TOO_NEAR',
    ],
    ['beyond every bracket', lending([bracket('599', 9)]), `LIQUIDATION_TOO_NEAR (${noMargin})`],
    ['no brackets', lending([]), `${missing} (${noMargin})`],
    ['no stop', order({ stopPrice: null }), `${missing} (a stop price)`],
    ['no equity', account({ equity: null }), `${missing} (equity or margin)`],
    ['no margin', account({ maintenance: null }), `${missing} (equity or margin)`],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
    [
      'no instrument',
      withMarket(base, { instrument: null }),
      `${missing} (a price, the instrument or its rate)`,
    ],
    ['paid in full', spot, 'na'],
    ['an exit', exit, 'na'],
  ]);
  test('reports need and equity, margin and its limit, or the brackets', () => {
    expect(checkOf(base, 'E13')).toMatchObject({ observed: money('42'), limit: money('100000') });
    expect(checkOf(bound('30000'), 'E13')).toMatchObject({
      observed: money('30003'),
      limit: money('20000'),
      maxQty: 0n,
    });
    expect(checkOf(lending([bracket('599', 9), bracket('300', 1)]), 'E13')).toMatchObject({
      observed: money('600'),
      limit: money('599'),
      maxQty: qty('0.00998333'),
    });
  });
  test('counts in account currency', () => {
    const tenth = withInstrument(order({ qty: qty('0.1') }), { multiplier: factor('0.1') });
    expect(checkOf(tenth, 'E13').observed).toBe(money('42'));
  });
  test('a margin of nothing leaves the buffer to decide', () => {
    const c = poor('390', lending([bracket('999999', 9, 0)]));
    expect(checkOf(c, 'E13')).toMatchObject({ observed: money('39'), maxQty: qty('0.1') });
  });
});

describe('E14 free balance', () => {
  const missing = 'FREE_BALANCE_SHORT_INPUT_MISSING';
  const owning = (coins: string, c: Case = spotSale): Case =>
    account({ balances: { BTC: qty(coins) } }, c);
  rows('E14', [
    // A fiftieth of 600, and 0.3 of fee.
    ['first margin and fee', free('12.3'), 'pass'],
    ['less', free('12.29999999'), 'FREE_BALANCE_SHORT (cash)'],
    ['a maker', free('12.12', order({ postOnly: true })), 'pass'],
    ['a rebate pays for nothing', rebate('12'), 'pass'],
    ['less', rebate('11.99999999'), 'FREE_BALANCE_SHORT (cash)'],
    [
      'a third, rounded up',
      free('200.2002', lending([bracket('9999', 3)])),
      'FREE_BALANCE_SHORT (cash)',
    ],
    ['a short', free('12.3', order({ limitPrice: price('60000') }, sell)), 'pass'],
    ['paid in full', free('600.3', spot), 'pass'],
    ['less', free('600.29999999', spot), 'FREE_BALANCE_SHORT (cash)'],
    ['the asset sold is owned', owning('0.01'), 'pass'],
    ['less', owning('0.00999999'), 'FREE_BALANCE_SHORT (asset)'],
    ['after a working sale', withWorking(owning('0.02'), { side: 'sell' }), 'pass'],
    ['less', withWorking(owning('0.01999999'), { side: 'sell' }), 'FREE_BALANCE_SHORT (asset)'],
    ['sold already', withWorking(owning('0.001'), { side: 'sell' }), 'FREE_BALANCE_SHORT (asset)'],
    ['asset unknown', spotSale, `${missing} (balance of BTC)`],
    ['cash unknown', account({ free: null }), `${missing} (free cash)`],
    ['no brackets', lending([]), `${missing} (price, rate, instrument or margin brackets)`],
    [
      'no leverage',
      lending([bracket('9', 0)]),
      `${missing} (price, rate, instrument or margin brackets)`,
    ],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
    ['an exit', exit, 'na'],
  ]);
  test('reports cost and cash, or quantity and asset', () => {
    expect(checkOf(free('20'), 'E14')).toMatchObject({
      observed: money('12.3'),
      limit: money('20'),
      maxQty: qty('0.01626016'),
    });
    expect(checkOf(owning('0.03'), 'E14')).toMatchObject({
      observed: qty('0.01'),
      limit: qty('0.03'),
      maxQty: qty('0.03'),
    });
    expect(checkOf(withWorking(owning('0.001'), { side: 'sell' }), 'E14').maxQty).toBe(0n);
  });
});
function rebate(worth: string): Case {
  const costs = { ...baseInstrument.costs, maker: ppm(-100) };
  return free(worth, withInstrument(order({ postOnly: true }), { costs }));
}

describe('E15 reserve', () => {
  const missing = 'CASH_RESERVE_SHORT_INPUT_MISSING';
  const held = (worth: string, c: Case = base): Case =>
    beside(c, [{ base: 'BTC', symbol: 'BTC/USDC', qty: qty(worth) }]);
  const marked = (worth: string, c: Case = base): Case => {
    const found = held(worth, c);
    const marks = { ...found.market.marks, 'BTC/USDC': { price: price('1'), at: NOW } };
    return withMarket(found, { marks });
  };
  rows('E15', [
    ['a fifth stays', free('20012.3'), 'pass'],
    ['less', free('20012.29999999'), 'CASH_RESERVE_SHORT (cash above the reserve)'],
    [
      'the reserve is rounded up',
      account({ equity: money('0.00000001') }, free('12.3')),
      'CASH_RESERVE_SHORT (cash above the reserve)',
    ],
    ['a budget at its limit', marked('14400'), 'pass'],
    ['past it', marked('14400.00000001'), 'CASH_RESERVE_SHORT (asset budget)'],
    ['shorts count', marked('-14400.00000001'), 'CASH_RESERVE_SHORT (asset budget)'],
    ['another asset has its own', beside(base, [{ qty: qty('99999') }]), 'pass'],
    ['the budget of the others', withInstrument(base, { base: 'SOL' }), 'pass'],
    ['a sale brings cash', free('0', spotSale), 'pass'],
    ['paid in full', free('20600.3', spot), 'pass'],
    ['less', free('20600.29999999', spot), 'CASH_RESERVE_SHORT (cash above the reserve)'],
    ['no cash known', account({ free: null }), `${missing} (equity or free cash)`],
    ['no equity', account({ equity: null }), `${missing} (equity or free cash)`],
    ['no brackets', lending([]), `${missing} (price, rate, instrument or margin brackets)`],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
    ['an exit', exit, 'na'],
  ]);
  test('reports cost and what may be spent, or the budget', () => {
    expect(checkOf(free('20020'), 'E15')).toMatchObject({
      observed: money('12.3'),
      limit: money('20'),
      maxQty: qty('0.01626016'),
    });
    expect(checkOf(marked('15000'), 'E15')).toMatchObject({
      observed: money('15600'),
      limit: money('15000'),
      maxQty: 0n,
    });
    expect(checkOf(marked('-900', spotSale), 'E15')).toMatchObject({
      observed: money('1499.9975'),
      limit: money('15000'),
      maxQty: qty('0.23500097'),
    });
  });
  test('the other side of this symbol counts where that is larger', () => {
    const c = withWorking(base, { side: 'sell', qty: qty('0.2') });
    expect(checkOf(c, 'E15')).toMatchObject({ status: 'pass', maxQty: qty('0.25') });
    const more = withWorking(base, { side: 'sell', qty: qty('0.26') });
    expect(checkOf(more, 'E15')).toMatchObject({
      status: 'fail',
      maxQty: 0n,
      observed: money('15600'),
    });
  });
});

describe('E16 carry', () => {
  const HOUR = 3_600_000;
  const funding = (change: Partial<Funding>, c: Case = base): Case =>
    withMarket(c, {
      funding: { rate: ppm(100), nextAt: ahead(HOUR), everyMs: span(HOUR), ...change },
    });
  const missing = 'CARRY_ABOVE_MAX_INPUT_MISSING (the next funding)';
  // Four stamps lie within four hours, the last at their very end.
  rows('E16', [
    ['four stamps at the cap', funding({ rate: ppm(375) }), 'pass'],
    ['past it', funding({ rate: ppm(376) }), 'CARRY_ABOVE_MAX (carry)'],
    [
      'three when the last is 1 ms too late',
      funding({ rate: ppm(500), nextAt: ahead(HOUR + 1) }),
      'pass',
    ],
    [
      'one at the very end',
      funding({ rate: ppm(1_501), nextAt: ahead(4 * HOUR) }),
      'CARRY_ABOVE_MAX (carry)',
    ],
    ['none within the horizon', funding({ rate: ppm(9_999), nextAt: ahead(4 * HOUR + 1) }), 'pass'],
    ['a rate that pays us', funding({ rate: ppm(-9_999) }), 'pass'],
    ['a short pays the other way', funding({ rate: ppm(-376) }, sell), 'CARRY_ABOVE_MAX (carry)'],
    ['and is paid', funding({ rate: ppm(9_999) }, sell), 'pass'],
    [
      'high, two minutes ahead',
      funding({ rate: ppm(301), nextAt: ahead(120_000), everyMs: span(9 * HOUR) }),
      'pass',
    ],
    [
      'high, sooner',
      funding({ rate: ppm(301), nextAt: ahead(119_999), everyMs: span(9 * HOUR) }),
      'CARRY_ABOVE_MAX (time to the next funding)',
    ],
    ['low, sooner', funding({ rate: ppm(300), nextAt: ahead(1), everyMs: span(9 * HOUR) }), 'pass'],
    ['now', funding({ nextAt: NOW }), missing],
    ['past', funding({ nextAt: ahead(-1) }), missing],
    ['without an interval', funding({ everyMs: span(0) }), missing],
    ['unknown', withMarket(base, { funding: null }), missing],
    [
      'no instrument',
      withMarket(base, { instrument: null }),
      'CARRY_ABOVE_MAX_INPUT_MISSING (the instrument)',
    ],
    ['spot pays none', withMarket(withInstrument(base, { kind: 'spot' }), { funding: null }), 'na'],
    ['an exit', exit, 'na'],
  ]);
  test('reports carry and cap, or the time that is left', () => {
    expect(checkOf(funding({}), 'E16')).toMatchObject({ observed: 400, limit: 1_500 });
    expect(checkOf(funding({ rate: ppm(-1) }), 'E16')).toMatchObject({ observed: 0, limit: 1_500 });
    expect(
      checkOf(funding({ rate: ppm(301), nextAt: ahead(7), everyMs: span(9 * HOUR) }), 'E16'),
    ).toMatchObject({ observed: 7, limit: 120_000 });
  });
  test('is set by symbol', () => {
    const policy = policyWith({
      'E16-carry-cost': { carryMax: { default: '0 %', by: { [base.proposal.symbol]: '4 bps' } } },
    });
    expect(outcomeOf(funding({}, baseCase(policy)), 'E16')).toBe('pass');
    expect(outcomeOf(funding({ rate: ppm(101) }, baseCase(policy)), 'E16')).toBe(
      'CARRY_ABOVE_MAX (carry)',
    );
  });
});

test('none of them judges a cancel', () => {
  for (let row = 12; row <= 16; row += 1) expect(outcomeOf(withCancel(base), `E${row}`)).toBe('na');
});
