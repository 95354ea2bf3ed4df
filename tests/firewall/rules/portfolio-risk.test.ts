/** E17 to E21: stress, settlement, reduce-only, allotments and edge at their limits and one step past. */
import { describe, expect, test } from 'vitest';
import {
  judge,
  type AccountView,
  type Case,
  type OrderProposal,
  type StrategyStanding,
} from '#firewall';
import { factor, money, NOW, ppm, price, qty } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import { beside } from '../../../firewall/proofs/exposure.ts';
import {
  withAccount,
  withCancel,
  withControls,
  withInstrument,
  withMarket,
  withOrder,
  withPosition,
  withWorking,
} from '../../../firewall/proofs/vary.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const sell = sellCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const { strategy } = base.proposal.provenance;
const order = (change: Partial<OrderProposal>, c: Case = base): Case => withOrder(c, change);
const account = (change: Partial<AccountView>, c: Case = base): Case => withAccount(c, change);
const coins = (worth: string, c: Case = base): Case => beside(c, [{ qty: qty(worth) }]);
type Row = readonly [what: string, c: Case, outcome: string];
const rows = (id: string, table: readonly Row[]): void => {
  test.each(table)('%s', (_, c, outcome) => {
    expect(outcomeOf(c, id)).toBe(outcome);
  });
};

describe('E17 stress', () => {
  const scenario = (name: string, other: string, bitcoin: string) => ({
    name,
    shock: { default: other, by: { BTC: bitcoin } },
  });
  const policy = policyWith({
    'E17-stress-loss': {
      scenarios: [
        scenario('fall', '-50 %', '-10 %'),
        scenario('rise', '40 %', '20 %'),
        scenario('calm', '0 %', '0 %'),
      ],
      lossMax: '1 %',
    },
  });
  const buying = baseCase(policy);
  const selling = order({ limitPrice: price('60000') }, sellCase(policy));
  const missing = 'STRESS_LOSS_ABOVE_MAX_INPUT_MISSING';
  rows('E17', [
    // 60 of the order in a fall, so 940 elsewhere.
    ['a fall at the limit', coins('1880', buying), 'pass'],
    ['past it', coins('1880.00000002', buying), 'STRESS_LOSS_ABOVE_MAX (fall)'],
    ['a rise hurts the short', coins('-2500', buying), 'pass'],
    ['past it', coins('-2500.00000001', buying), 'STRESS_LOSS_ABOVE_MAX (rise)'],
    // 120 of the order in a rise.
    ['a short order in a rise', coins('-2200', selling), 'pass'],
    ['past it', coins('-2200.00000001', selling), 'STRESS_LOSS_ABOVE_MAX (rise)'],
    ['a fall hurts the other way', coins('2000', selling), 'pass'],
    ['past it', coins('2000.00000001', selling), 'STRESS_LOSS_ABOVE_MAX (fall)'],
    ['a hedge helps', beside(buying, [{ qty: qty('5000') }, { qty: qty('-3120') }]), 'pass'],
    [
      'working orders of the other side of this symbol count',
      withWorking(buying, { side: 'sell', qty: qty('0.08333334') }),
      'STRESS_LOSS_ABOVE_MAX (rise)',
    ],
    ['no equity', account({ equity: null }, buying), `${missing} (equity or instrument)`],
    ['no positions', account({ positions: null }, buying), `${missing} (the positions)`],
    [
      'no scenario',
      baseCase(policyWith({ 'E17-stress-loss': { scenarios: [] } })),
      `${missing} (a scenario)`,
    ],
    ['an exit', exitCase(policy), 'na'],
  ]);
  test('reports the worst loss, rounded up, and the largest quantity under all', () => {
    expect(checkOf(coins('1000', buying), 'E17')).toMatchObject({
      observed: money('560'),
      limit: money('1000'),
      maxQty: qty('0.08333333'),
    });
    expect(checkOf(coins('0.00000001', buying), 'E17').observed).toBe(money('60.00000001'));
    expect(checkOf(coins('-2600', buying), 'E17').maxQty).toBe(0n);
    expect(checkOf(coins('-2000', selling), 'E17').maxQty).toBe(qty('0.01666666'));
  });
  test('without a shock nothing bounds the quantity', () => {
    const calm = policyWith({ 'E17-stress-loss': { scenarios: [scenario('calm', '0 %', '0 %')] } });
    expect(checkOf(baseCase(calm), 'E17')).toMatchObject({ observed: 0n, maxQty: null });
  });
  test('a gain is a loss below zero', () => {
    const rise = policyWith({
      'E17-stress-loss': { scenarios: [scenario('rise', '40 %', '20 %')] },
    });
    expect(checkOf(coins('1000', baseCase(rise)), 'E17').observed).toBe(money('-400'));
  });
});

describe('E18 settlement', () => {
  const missing = 'SETTLEMENT_ASSET_ABOVE_MAX_INPUT_MISSING';
  const stored = (worth: string, c: Case = base): Case =>
    account({ balances: { USDT: qty(worth) } }, c);
  const other = (worth: string): Case =>
    withInstrument(
      account(
        { balances: { USDC: qty('1') } },
        beside(base, [{ settle: 'USDC', qty: qty(worth) }]),
      ),
      {
        settle: 'USDC',
      },
    );
  const rated = (c: Case): Case =>
    withMarket(c, { rates: { USDC: { factor: factor('1'), at: NOW } } });
  rows('E18', [
    ['a balance at its limit', stored('150000'), 'pass'],
    ['past it', stored('150000.00000001'), 'SETTLEMENT_ASSET_ABOVE_MAX (balance)'],
    ['exposure at its limit', coins('99400'), 'pass'],
    ['past it', coins('-99400.00000001'), 'SETTLEMENT_ASSET_ABOVE_MAX (exposure)'],
    ['of another asset, at the limit of the others', rated(other('29400')), 'pass'],
    ['past it', rated(other('29400.00000001')), 'SETTLEMENT_ASSET_ABOVE_MAX (exposure)'],
    [
      'what settles elsewhere does not count',
      rated(beside(base, [{ settle: 'USDC', qty: qty('99999') }])),
      'pass',
    ],
    [
      'the other side of this symbol counts',
      withWorking(base, { side: 'sell', qty: qty('1.7') }),
      'SETTLEMENT_ASSET_ABOVE_MAX (exposure)',
    ],
    ['no balance', account({ balances: {} }), `${missing} (balance or rate of USDT)`],
    [
      'no rate',
      withInstrument(account({ balances: { EUR: qty('1') } }), { settle: 'EUR' }),
      `${missing} (balance or rate of EUR)`,
    ],
    ['no equity', account({ equity: null }), `${missing} (equity or instrument)`],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
    ['an exit', exit, 'na'],
  ]);
  test('a balance is valued by its rate, rounded up', () => {
    const c = withMarket(
      withInstrument(account({ balances: { USDC: qty('40000.00000001') } }), { settle: 'USDC' }),
      {
        rates: { USDC: { factor: factor('0.75'), at: NOW } },
      },
    );
    expect(checkOf(c, 'E18')).toMatchObject({
      observed: money('30000.00000001'),
      limit: money('30000'),
      maxQty: 0n,
    });
  });
  test('reports exposure, and the largest quantity', () => {
    expect(checkOf(coins('40000'), 'E18')).toMatchObject({
      observed: money('40600'),
      limit: money('100000'),
      maxQty: qty('1'),
    });
    expect(checkOf(withWorking(base, { side: 'sell', qty: qty('1.7') }), 'E18').maxQty).toBe(0n);
  });
});

describe('E19 reduce-only', () => {
  const sold = (size: string, c: Case = exit): Case => order({ qty: qty(size) }, c);
  const missing = 'REDUCE_ONLY_UNTRUE_INPUT_MISSING';
  /** The venue's least value is in its own currency, whatever that is worth to the account. */
  const euros = (c: Case): Case =>
    withMarket(withInstrument(c, { quote: 'EUR', settle: 'EUR' }), {
      rates: { EUR: { factor: factor('2'), at: NOW } },
    });
  const tenth = (c: Case): Case => withInstrument(c, { multiplier: factor('0.1') });
  const short = order(
    { side: 'buy', reduceOnly: true, qty: qty('0.02') },
    withPosition(base, { qty: qty('-0.02') }),
  );
  rows('E19', [
    ['all of it', exit, 'pass'],
    ['more', sold('0.02000001'), 'REDUCE_ONLY_UNTRUE (quantity)'],
    // The venue takes orders of 5 at least; 0.00008334 is worth that.
    ['leaving what can still be sold', sold('0.01991666'), 'pass'],
    ['leaving dust', sold('0.01991667'), 'REDUCE_ONLY_UNTRUE (value of what is left)'],
    ['worth more elsewhere', euros(sold('0.01991666')), 'pass'],
    [
      'dust is the venue’s',
      euros(sold('0.01991667')),
      'REDUCE_ONLY_UNTRUE (value of what is left)',
    ],
    ['a tenth of it', tenth(sold('0.01916666')), 'REDUCE_ONLY_UNTRUE (value of what is left)'],
    ['and not less', tenth(sold('0.01916665')), 'pass'],
    ['beside a working exit', withWorking(sold('0.01'), { side: 'sell' }), 'pass'],
    [
      'that leaves less',
      withWorking(sold('0.01000001'), { side: 'sell' }),
      'REDUCE_ONLY_UNTRUE (quantity)',
    ],
    ['a short', short, 'pass'],
    ['more than the short', sold('0.02000001', short), 'REDUCE_ONLY_UNTRUE (quantity)'],
    ['flat', order({ reduceOnly: true }), 'REDUCE_ONLY_UNTRUE (quantity)'],
    [
      'in the direction of the position',
      order({ side: 'buy' }, exit),
      'REDUCE_ONLY_UNTRUE (quantity)',
    ],
    ['an order that does not say so', order({ reduceOnly: false }, exit), 'na'],
    [
      'no positions',
      account({ positions: null }, exit),
      `${missing} (positions or working orders)`,
    ],
    ['no orders', account({ working: null }, exit), `${missing} (positions or working orders)`],
    ['all of it, without an instrument', withMarket(exit, { instrument: null }), 'pass'],
    [
      'a part, without an instrument',
      withMarket(sold('0.01'), { instrument: null }),
      `${missing} (the instrument or a price)`,
    ],
  ]);
  test('names what can be reduced', () => {
    expect(checkOf(sold('0.01'), 'E19')).toMatchObject({
      observed: qty('0.01'),
      limit: qty('0.02'),
      maxQty: qty('0.02'),
    });
    expect(checkOf(withWorking(sold('0.05'), { side: 'sell' }), 'E19').maxQty).toBe(qty('0.01'));
    expect(checkOf(withWorking(short, { side: 'buy' }), 'E19').maxQty).toBe(qty('0.01'));
    expect(checkOf(order({ reduceOnly: true }), 'E19').maxQty).toBe(0n);
    expect(checkOf(sold('0.01991667'), 'E19')).toMatchObject({
      limit: money('5'),
      maxQty: qty('0.02'),
    });
  });
});

describe('E20 allotment', () => {
  const standing: StrategyStanding = {
    exposure: money('0'),
    profit: money('0'),
    profitPeak: money('0'),
    capital: money('99999'),
    fillsWithoutHuman: 0,
  };
  const given = (capital: string, c: Case = base): Case =>
    account({ strategies: { [strategy]: { ...standing, capital: money(capital) } } }, c);
  const missing = 'ALLOTMENT_EXCEEDED_INPUT_MISSING';
  const capped = (worth: number): Case =>
    given(
      '99999',
      baseCase(
        policyWith({
          'E20-strategy-allotment': { capitalMax: { default: 1, by: { [strategy]: worth } } },
        }),
      ),
    );
  const own = { strategy };
  rows('E20', [
    ['at its capital', given('600'), 'pass'],
    ['past it', given('599.99999999'), 'ALLOTMENT_EXCEEDED'],
    ['at the limit of the policy', capped(600), 'pass'],
    ['past it', capped(599), 'ALLOTMENT_EXCEEDED'],
    ['with its positions elsewhere', beside(given('700'), [{ ...own, qty: qty('100') }]), 'pass'],
    [
      'of more',
      beside(given('700'), [{ ...own, qty: qty('-100.00000001') }]),
      'ALLOTMENT_EXCEEDED',
    ],
    [
      'not those of others',
      beside(given('600'), [{ strategy: 'another', qty: qty('9999') }]),
      'pass',
    ],
    ['with its position here', withPosition(given('1200'), { ...own, qty: qty('0.01') }), 'pass'],
    [
      'of more',
      withPosition(given('1200'), { ...own, qty: qty('0.01000001') }),
      'ALLOTMENT_EXCEEDED',
    ],
    [
      'not that of others',
      withPosition(given('600'), { strategy: 'another', qty: qty('9') }),
      'pass',
    ],
    ['with its working orders', withWorking(given('1199.99999999'), own), 'ALLOTMENT_EXCEEDED'],
    ['not those of others', withWorking(given('600'), { strategy: 'another' }), 'pass'],
    [
      'a hedge of its own short',
      withPosition(withPosition(given('0'), { ...own, qty: qty('-0.01') }), {
        strategy: 'another',
        qty: qty('0.01'),
      }),
      'pass',
    ],
    ['its own exit', given('0', owned(exit)), 'na'],
    ['an exit of what another holds', given('0', lent(exit)), 'ALLOTMENT_EXCEEDED'],
    ['which a human asked for', withControls(given('0', lent(exit)), { operatorExit: true }), 'na'],
    [
      'an entry which a human asked for',
      withControls(given('0'), { operatorExit: true }),
      'ALLOTMENT_EXCEEDED',
    ],
    ['its own exit, with marks missing elsewhere', blind(owned(exit)), 'na'],
    [
      'unknown to the ledger',
      account({ strategies: {} }),
      `${missing} (the standing of the strategy)`,
    ],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
  ]);
  test('reports what it uses, and how much more it may', () => {
    expect(checkOf(beside(given('1200'), [{ ...own, qty: qty('300') }]), 'E20')).toMatchObject({
      observed: money('900'),
      limit: money('1200'),
      maxQty: qty('0.015'),
    });
  });
  test('an exit beside its own working exits must leave them room', () => {
    const exiting = (size: string): Case =>
      given('0', withWorking(owned(exit), { ...own, side: 'sell', qty: qty(size) }));
    const half = (size: string): Case => order({ qty: qty('0.01') }, exiting(size));
    expect(outcomeOf(half('0.01'), 'E20')).toBe('na');
    expect(checkOf(half('0.01000001'), 'E20').status).not.toBe('na');
  });
});
/** The position of the exit is the strategy's own, or another's. */
function owned(c: Case, by = strategy): Case {
  return account(
    { positions: (c.account.positions ?? []).map((held) => ({ ...held, strategy: by })) },
    c,
  );
}
function lent(c: Case): Case {
  return owned(c, 'another');
}
function blind(c: Case): Case {
  return withPosition(c, { symbol: 'ETH/USDT', strategy: 'another' });
}

describe('E21 edge', () => {
  const expecting = (move: number, c: Case = base): Case => order({ expectedMove: ppm(move) }, c);
  const missing = 'EDGE_BELOW_COST_INPUT_MISSING (the book, the daily volume or the instrument)';
  rows('E21', [
    // Twice 520, and 2,000 of margin.
    ['at what it needs', expecting(3_040), 'pass'],
    ['less', expecting(3_039), 'EDGE_BELOW_COST'],
    ['a move against it', expecting(-9_000), 'EDGE_BELOW_COST'],
    ['a short', expecting(3_040, sell), 'pass'],
    ['a maker needs less', expecting(2_402, order({ postOnly: true })), 'pass'],
    ['but something', expecting(2_401, order({ postOnly: true })), 'EDGE_BELOW_COST'],
    ['no book', withMarket(base, { book: null }), missing],
    ['no volume', withMarket(base, { volume: null }), missing],
    ['no instrument', withMarket(base, { instrument: null }), missing],
    ['an exit needs none', expecting(-9_000, exit), 'na'],
  ]);
  test('reports the move, what it needs, and the largest quantity', () => {
    expect(checkOf(base, 'E21')).toMatchObject({ observed: 30_000, limit: 3_040 });
    expect(checkOf(expecting(2_000), 'E21').maxQty).toBe(0n);
    const odd = checkOf(expecting(3_041), 'E21').maxQty;
    expect(odd).toBe(checkOf(expecting(3_040), 'E21').maxQty);
  });
});

test('none of them judges a cancel', () => {
  for (let row = 17; row <= 21; row += 1) expect(outcomeOf(withCancel(base), `E${row}`)).toBe('na');
  expect(judge(exit).kind).toBe('approved');
});
