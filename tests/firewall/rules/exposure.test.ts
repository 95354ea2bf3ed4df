/** E1 to E11: sizes and exposures at their limits and one step past. */
import { describe, expect, test } from 'vitest';
import type { AccountView, Case, OrderProposal, Position, Qty } from '#firewall';
import {
  ago,
  factor,
  money,
  NOW,
  ppm,
  price,
  qty,
  SYMBOL,
  time,
} from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import { beside } from '../../../firewall/proofs/exposure.ts';
import {
  withAccount,
  withBook,
  withCancel,
  withDecision,
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
const sized = (size: string, c: Case = base): Case => order({ qty: qty(size) }, c);
/** Coins worth one unit of money each. */
const coins = (held: readonly (Partial<Position> & { worth: string })[], c: Case = base): Case =>
  beside(
    c,
    held.map(({ worth, ...rest }) => ({ ...rest, qty: qty(worth) })),
  );
type Row = readonly [what: string, c: Case, outcome: string];
const rows = (id: string, table: readonly Row[]): void => {
  test.each(table)('%s', (_, c, outcome) => {
    expect(outcomeOf(c, id)).toBe(outcome);
  });
};

describe('E1 order quantity', () => {
  rows('E1', [
    ['at the limit', sized('0.2'), 'pass'],
    ['past it', sized('0.20000001'), 'ORDER_QTY_ABOVE_MAX'],
    ['of another symbol', order({ symbol: 'ETH/USDT', qty: qty('4') }), 'pass'],
    [
      'of a symbol without a limit',
      order({ symbol: 'DOGE/USDT' }),
      'ORDER_QTY_ABOVE_MAX_INPUT_MISSING (qtyMax of the symbol)',
    ],
    [
      'of a symbol with an odd name',
      order({ symbol: 'constructor' }),
      'ORDER_QTY_ABOVE_MAX_INPUT_MISSING (qtyMax of the symbol)',
    ],
    ['of an exit', sized('9', withPosition(exit, { qty: qty('9') })), 'na'],
  ]);
});

describe('E2 order value', () => {
  rows('E2', [
    ['at the limit', sized('0.08333333'), 'pass'],
    ['past it', sized('0.08333334'), 'ORDER_NOTIONAL_ABOVE_MAX'],
    ['at another price', order({ qty: qty('0.1'), limitPrice: price('50000') }), 'pass'],
    ['by multiplier', withInstrument(sized('0.83333333'), { multiplier: factor('0.1') }), 'pass'],
    [
      'without an instrument',
      withMarket(base, { instrument: null }),
      'ORDER_NOTIONAL_ABOVE_MAX_INPUT_MISSING (price, rate or instrument)',
    ],
    [
      'without a rate',
      withInstrument(base, { quote: 'EUR' }),
      'ORDER_NOTIONAL_ABOVE_MAX_INPUT_MISSING (price, rate or instrument)',
    ],
    [
      'without a price',
      withMarket(order({ limitPrice: null }), { book: null }),
      'ORDER_NOTIONAL_ABOVE_MAX_INPUT_MISSING (price, rate or instrument)',
    ],
  ]);
  test('counts in account currency', () => {
    const euro = withMarket(withInstrument(base, { quote: 'EUR' }), {
      rates: { EUR: { factor: factor('1.1'), at: NOW } },
    });
    expect(checkOf(euro, 'E2').observed).toBe(money('660'));
  });
});

describe('E3 order share', () => {
  rows('E3', [
    ['at the limit', account({ equity: money('12000') }), 'pass'],
    ['past it', account({ equity: money('11999.99999999') }), 'ORDER_SHARE_ABOVE_MAX'],
    ['of nothing', account({ equity: money('0') }), 'ORDER_SHARE_ABOVE_MAX'],
    ['of less than nothing', account({ equity: money('-1') }), 'ORDER_SHARE_ABOVE_MAX'],
    ...['equity unknown', 'equity in doubt', 'value unknown'].map((what, index): Row => [
      what,
      [
        account({ equity: null }),
        account({ equityFault: true }),
        withMarket(base, { instrument: null }),
      ][index] ?? base,
      'ORDER_SHARE_ABOVE_MAX_INPUT_MISSING (equity, price, rate or instrument)',
    ]),
  ]);
});

describe('E4 trade risk', () => {
  const missing = 'TRADE_RISK_ABOVE_MAX_INPUT_MISSING';
  test('adds way to the stop, spread, both fees and the slip', () => {
    // 900 and 0.5; 30 of 60,000 and 29.55 of 59,100; 147.75 of slip.
    expect(checkOf(sized('1'), 'E4')).toMatchObject({
      observed: money('1107.8'),
      limit: money('500'),
      maxQty: qty('0.451345'),
    });
  });
  test('a maker pays his own fee on the way in', () => {
    expect(checkOf(order({ qty: qty('1'), postOnly: true }), 'E4').observed).toBe(money('1089.8'));
  });
  test('a rebate pays for nothing', () => {
    const costs = {
      maker: ppm(-100),
      taker: ppm(-500),
      impactTemporary: ppm(0),
      impactPermanent: ppm(0),
    };
    const paid = (c: Case) => checkOf(withInstrument(c, { costs }), 'E4').observed;
    expect(paid(order({ qty: qty('1'), postOnly: true }))).toBe(money('1048.25'));
    expect(paid(sized('1'))).toBe(money('1048.25'));
  });
  test('a short has its stop above', () => {
    const c = order({ qty: qty('1'), limitPrice: price('60000'), stopPrice: price('60900') }, sell);
    // 30.45 of fee and 152.25 of slip at 60,900.
    expect(checkOf(c, 'E4').observed).toBe(money('1113.2'));
  });
  test('counts in account currency', () => {
    const tenth = withInstrument(sized('10'), { multiplier: factor('0.1') });
    expect(checkOf(tenth, 'E4').observed).toBe(money('1107.8'));
  });
  rows('E4', [
    ['at the limit', sized('0.451345'), 'pass'],
    ['past it', sized('0.45134501'), 'TRADE_RISK_ABOVE_MAX'],
    ['no stop', order({ stopPrice: null }), `${missing} (a stop price)`],
    ['no equity', account({ equity: null }), `${missing} (equity)`],
    ['no book', withMarket(base, { book: null }), `${missing} (price, book, rate or instrument)`],
    [
      'no instrument',
      withMarket(base, { instrument: null }),
      `${missing} (price, book, rate or instrument)`,
    ],
    [
      'no rate',
      withInstrument(base, { quote: 'EUR' }),
      `${missing} (price, book, rate or instrument)`,
    ],
    [
      'no price',
      withBook(order({ limitPrice: null }), { asks: [] }),
      `${missing} (price, book, rate or instrument)`,
    ],
    ['an exit', exit, 'na'],
  ]);
});

describe('E5 value in the window', () => {
  const spent = (worth: string, ms: number, c: Case = base): Case =>
    withDecision(c, { at: ago(ms), notional: money(worth) });
  rows('E5', [
    ['at the limit', spent('14400', 599_999), 'pass'],
    ['past it', spent('14400.00000001', 599_999), 'WINDOW_NOTIONAL_ABOVE_MAX'],
    ['at the end of the window', spent('99999', 600_000), 'pass'],
    ['in two orders', spent('7200.00000001', 1, spent('7200', 9)), 'WINDOW_NOTIONAL_ABOVE_MAX'],
    ['behind one that is too old', spent('1', 600_000, spent('99999', 9)), 'pass'],
    [
      'refused',
      withDecision(base, { at: NOW, notional: money('99999'), verdict: 'refused' }),
      'pass',
    ],
    ['held', withDecision(base, { at: NOW, notional: money('99999'), verdict: 'held' }), 'pass'],
    ['a cancel', withDecision(base, { at: NOW, notional: money('99999'), kind: 'cancel' }), 'pass'],
    [
      'unknown',
      account({ decisions: null }),
      'WINDOW_NOTIONAL_ABOVE_MAX_INPUT_MISSING (the recent decisions, price, rate or instrument)',
    ],
    [
      'of unknown value',
      withMarket(base, { instrument: null }),
      'WINDOW_NOTIONAL_ABOVE_MAX_INPUT_MISSING (the recent decisions, price, rate or instrument)',
    ],
  ]);
  test('reports the sum and what is left', () => {
    expect(checkOf(spent('9000', 9), 'E5')).toMatchObject({
      observed: money('9600'),
      limit: money('15000'),
      maxQty: qty('0.1'),
    });
    expect(checkOf(spent('20000', 9), 'E5').maxQty).toBe(0n);
  });
});

describe('E6 position', () => {
  const holding = (held: string, c: Case = base): Case => withPosition(c, { qty: qty(held) });
  const missing = 'POSITION_ABOVE_MAX_INPUT_MISSING';
  rows('E6', [
    ['at the limit', holding('0.15666666'), 'pass'],
    ['past it', holding('0.15666667'), 'POSITION_ABOVE_MAX'],
    [
      'of another strategy',
      withPosition(base, { qty: qty('0.16'), strategy: 'carry' }),
      'POSITION_ABOVE_MAX',
    ],
    ['with working buys', withWorking(base, { qty: qty('0.16') }), 'POSITION_ABOVE_MAX'],
    [
      'with reservations',
      withWorking(base, { qty: qty('0.16'), state: 'reserved' }),
      'POSITION_ABOVE_MAX',
    ],
    [
      'with what is unknown',
      withWorking(base, { qty: qty('0.16'), state: 'unknown' }),
      'POSITION_ABOVE_MAX',
    ],
    [
      'working sells do not help',
      withWorking(holding('0.16'), { side: 'sell', qty: qty('0.1') }),
      'POSITION_ABOVE_MAX',
    ],
    ['of another symbol', withPosition(base, { symbol: 'BTC/USDT', qty: qty('0') }), 'pass'],
    [
      'short, at the limit',
      order({ limitPrice: price('60000') }, holding('-0.15666666', sell)),
      'pass',
    ],
    [
      'short, past it',
      order({ limitPrice: price('60000') }, holding('-0.15666667', sell)),
      'POSITION_ABOVE_MAX',
    ],
    [
      'the share of other symbols',
      order({ symbol: 'SOL/USDT', qty: qty('0.08333334') }),
      'POSITION_ABOVE_MAX',
    ],
    ['no equity', account({ equity: null }), `${missing} (equity)`],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
    ['no orders', account({ working: null }), `${missing} (the working orders)`],
    ['an exit', exit, 'na'],
  ]);
  test('a flip is judged by what it leads to', () => {
    expect(checkOf(sized('0.1', holding('-0.02')), 'E6')).toMatchObject({
      observed: money('4800'),
      maxQty: qty('0.18666666'),
    });
  });
});

describe('E7 gross', () => {
  const missing = 'GROSS_EXPOSURE_ABOVE_MAX_INPUT_MISSING';
  rows('E7', [
    ['at the limit', coins([{ worth: '50000' }, { worth: '-49400' }]), 'pass'],
    [
      'past it',
      coins([{ worth: '50000' }, { worth: '-49400.00000001' }]),
      'GROSS_EXPOSURE_ABOVE_MAX',
    ],
    ['marks as old as allowed', stale(10_000), 'pass'],
    ['older', stale(10_001), `${missing} (fresh marks)`],
    ['as far ahead', stale(-10_000), 'pass'],
    ['further ahead', stale(-10_001), `${missing} (fresh marks)`],
    ['without a time', stale(Number.NaN), `${missing} (fresh marks)`],
    ['no equity', account({ equity: null }), `${missing} (equity)`],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
    ['an exit', exit, 'na'],
  ]);
  test('counts the other side of this symbol where that is larger', () => {
    const short = withWorking(base, { side: 'sell', qty: qty('1') });
    expect(checkOf(short, 'E7')).toMatchObject({
      observed: money('60000'),
      maxQty: qty('1.66666666'),
    });
    const shorter = withWorking(base, { side: 'sell', qty: qty('1.7') });
    expect(checkOf(shorter, 'E7')).toMatchObject({ status: 'fail', maxQty: 0n });
  });
});
function stale(ms: number): Case {
  const c = coins([{ worth: '1' }]);
  const marks = { 'COIN0/USDT:USDT': { price: price('1'), at: time(NOW - ms) } };
  return withMarket(c, { marks });
}

describe('E8 net', () => {
  const bitcoin = (worth: string, c: Case = base): Case => {
    const held = coins([{ worth, base: 'BTC', symbol: 'BTC/USDT' }], c);
    return withMarket(held, {
      marks: { ...held.market.marks, 'BTC/USDT': { price: price('1'), at: NOW } },
    });
  };
  const missing = 'NET_EXPOSURE_ABOVE_MAX_INPUT_MISSING';
  const short = order({ limitPrice: price('60000') }, sell);
  rows('E8', [
    ['of the asset, at the limit', bitcoin('14400'), 'pass'],
    ['past it', bitcoin('14400.00000001'), 'NET_EXPOSURE_ABOVE_MAX (asset)'],
    ['the other way', bitcoin('-99999'), 'pass'],
    ['short, at the limit', bitcoin('-14400', short), 'pass'],
    ['short, past it', bitcoin('-14400.00000001', short), 'NET_EXPOSURE_ABOVE_MAX (asset)'],
    ['in all, at the limit', coins([{ worth: '59400' }]), 'pass'],
    ['past it', coins([{ worth: '59400.00000001' }]), 'NET_EXPOSURE_ABOVE_MAX (all assets)'],
    ['hedged', coins([{ worth: '99400' }, { worth: '-40000' }]), 'pass'],
    [
      'an unnamed asset has the share of the others',
      withInstrument(bitcoin('7400'), { base: 'SOL' }),
      'pass',
    ],
    ['no equity', account({ equity: null }), `${missing} (equity)`],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
    ['an exit', exit, 'na'],
  ]);
  test('reports the asset when that is too much, and else the whole', () => {
    expect(checkOf(coins([{ worth: '400' }]), 'E8')).toMatchObject({
      observed: money('1000'),
      limit: money('60000'),
      maxQty: qty('0.25'),
    });
    expect(checkOf(coins([{ worth: '54000' }]), 'E8').maxQty).toBe(qty('0.1'));
    expect(checkOf(bitcoin('15000'), 'E8')).toMatchObject({
      observed: money('15600'),
      limit: money('15000'),
      maxQty: 0n,
    });
  });
});

describe('E9 cluster', () => {
  const missing = 'CLUSTER_EXPOSURE_ABOVE_MAX_INPUT_MISSING';
  rows('E9', [
    ['at the limit', coins([{ worth: '29400', base: 'ETH' }]), 'pass'],
    ['past it', coins([{ worth: '29400.00000001', base: 'ETH' }]), 'CLUSTER_EXPOSURE_ABOVE_MAX'],
    [
      'shorts count as well',
      coins([{ worth: '-29400.00000001', base: 'ETH' }]),
      'CLUSTER_EXPOSURE_ABOVE_MAX',
    ],
    ['what is in no cluster is one by itself', coins([{ worth: '99999' }]), 'pass'],
    [
      'alone, at its limit',
      withInstrument(coins([{ worth: '19400', base: 'X' }]), { base: 'X' }),
      'pass',
    ],
    [
      'alone, past it',
      withInstrument(coins([{ worth: '19400.00000001', base: 'X' }]), { base: 'X' }),
      'CLUSTER_EXPOSURE_ABOVE_MAX',
    ],
    ['no equity', account({ equity: null }), `${missing} (equity)`],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
    ['an exit', exit, 'na'],
  ]);
  test('counts the other side of this symbol where that is larger', () => {
    const c = withWorking(base, { side: 'sell', qty: qty('0.4') });
    expect(checkOf(c, 'E9')).toMatchObject({ observed: money('24000'), maxQty: qty('0.5') });
    expect(checkOf(withWorking(c, { side: 'sell', qty: qty('0.2') }), 'E9').maxQty).toBe(0n);
  });
});

describe('E10 open positions', () => {
  const mixed = (count: number, change: Partial<Position> = {}): Case =>
    coins(
      Array.from({ length: count }, (_, n) => ({ worth: n % 2 === 0 ? '1' : '-1', ...change })),
    );
  const longs = (count: number): Case =>
    coins(Array.from({ length: count }, () => ({ worth: '1' })));
  const missing = 'OPEN_POSITIONS_ABOVE_MAX_INPUT_MISSING';
  rows('E10', [
    ['five others', mixed(5), 'pass'],
    ['six others', mixed(6), 'OPEN_POSITIONS_ABOVE_MAX (in all)'],
    ['four other longs', longs(4), 'pass'],
    ['five other longs', longs(5), 'OPEN_POSITIONS_ABOVE_MAX (on this side)'],
    ['five other longs beside a short', order({ side: 'sell' }, longs(5)), 'pass'],
    ['three others of the strategy', mixed(3, { strategy }), 'pass'],
    ['four', mixed(4, { strategy }), 'OPEN_POSITIONS_ABOVE_MAX (of this strategy)'],
    ['no positions', account({ positions: null }), `${missing} (the positions)`],
    ['an exit', exit, 'na'],
  ]);
  test('reports the count that is too much, or all', () => {
    expect(checkOf(mixed(2), 'E10')).toMatchObject({ observed: 3, limit: 6 });
    expect(checkOf(longs(5), 'E10')).toMatchObject({ observed: 6, limit: 5 });
    expect(checkOf(mixed(4, { strategy }), 'E10')).toMatchObject({ observed: 5, limit: 4 });
  });
});

describe('E11 entries', () => {
  const built = (change: Partial<Position>, c: Case = base): Case =>
    withPosition(c, { strategy, entries: 3, ...change });
  const missing = 'ENTRIES_ABOVE_MAX_INPUT_MISSING';
  const averaging = 'ENTRIES_ABOVE_MAX (averaging down is not allowed to the strategy)';
  const short = (entry: string): Case =>
    built({ qty: qty('-0.01'), entryPrice: price(entry) }, sell);
  rows('E11', [
    ['the fourth', built({}), 'pass'],
    ['the fifth', built({ entries: 4 }), 'ENTRIES_ABOVE_MAX'],
    ['of another strategy', built({ entries: 9, strategy: 'another' }), 'pass'],
    ['of another symbol', built({ entries: 9, symbol: 'BTC/USDT' }), 'pass'],
    ['the other way', built({ entries: 9, qty: qty('-0.001') }), 'pass'],
    ['of a flat position', built({ entries: 9, qty: qty('0') }), 'pass'],
    ['a working entry counts', withWorking(built({}), { strategy }), 'ENTRIES_ABOVE_MAX'],
    ['not of another strategy', withWorking(built({}), { strategy: 'another' }), 'pass'],
    ['not of another symbol', withWorking(built({}), { strategy, symbol: 'BTC/USDT' }), 'pass'],
    ['not the other way', withWorking(built({}), { strategy, side: 'sell' }), 'pass'],
    ['not one that reduces', withWorking(built({}), { strategy, reduceOnly: true }), 'pass'],
    ['at the entry price', built({ entryPrice: price('60000') }), 'pass'],
    ['below it', built({ entryPrice: price('60000.00000001') }), averaging],
    ['a short at its entry price', short('59999.5'), 'pass'],
    ['a short above it', short('59999.49999999'), averaging],
    [
      'no positions',
      account({ positions: null }),
      `${missing} (positions, working orders or a price)`,
    ],
    ['no orders', account({ working: null }), `${missing} (positions, working orders or a price)`],
    [
      'no price',
      withBook(order({ limitPrice: null }), { asks: [] }),
      `${missing} (positions, working orders or a price)`,
    ],
    ['an exit', exit, 'na'],
  ]);
  test('a strategy that may average down may', () => {
    const policy = policyWith({ 'E11-entries-per-position': { mayAverageDown: [strategy] } });
    const c = built({ entryPrice: price('70000') }, baseCase(policy));
    expect(checkOf(c, 'E11')).toMatchObject({ status: 'pass', observed: 4, limit: 4 });
  });
});

test('none of them judges a cancel', () => {
  for (let row = 1; row <= 11; row += 1) expect(outcomeOf(withCancel(base), `E${row}`)).toBe('na');
  expect(base.proposal.symbol).toBe(SYMBOL);
  expect((base.proposal as { qty: Qty }).qty).toBe(qty('0.01'));
});
