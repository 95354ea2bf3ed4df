/** Family D: prices at the edge of what makes sense and one step past. */
import { describe, expect, test } from 'vitest';
import {
  ceilDiv,
  floorDiv,
  judge,
  type Book,
  type Case,
  type MarketView,
  type OrderProposal,
  type Price,
  type RecentDecision,
} from '#firewall';
import { NOW, SYMBOL, ago, price, qty } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withBook,
  withCancel,
  withDecision,
  withMarket,
  withOrder,
} from '../../../firewall/proofs/vary.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const sell = sellCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const noBook = (c: Case = base): Case => withMarket(c, { book: null });
const order = (change: Partial<OrderProposal>, c: Case = base): Case => withOrder(c, change);
const MID = price('59999.75');
const MILLION = 1_000_000n;
const above = (millionths: bigint, step = 0n): Price =>
  (floorDiv(MID * (MILLION + millionths), MILLION) + step) as Price;
const below = (millionths: bigint, step = 0n): Price =>
  (ceilDiv(MID * (MILLION - millionths), MILLION) - step) as Price;
type Row = readonly [what: string, c: Case, outcome: string];
const rows = (id: string, table: readonly Row[]): void => {
  test.each(table)('%s', (_, c, outcome) => {
    expect(outcomeOf(c, id)).toBe(outcome);
  });
};

describe('D1 collar', () => {
  const at = (limitPrice: Price, c: Case = base): Case => order({ limitPrice }, c);
  rows('D1', [
    ['a buy that takes at the cap', at(above(5_000n)), 'pass'],
    ['past it', at(above(5_000n, 1n)), 'PRICE_OUTSIDE_COLLAR'],
    ['a buy that rests at its cap', at(below(10_000n)), 'pass'],
    ['past it', at(below(10_000n, 1n)), 'PRICE_OUTSIDE_COLLAR'],
    ['a sell that takes at the cap', at(below(5_000n), sell), 'pass'],
    ['past it', at(below(5_000n, 1n), sell), 'PRICE_OUTSIDE_COLLAR'],
    ['a sell that rests at its cap', at(above(10_000n), sell), 'pass'],
    ['past it', at(above(10_000n, 1n), sell), 'PRICE_OUTSIDE_COLLAR'],
    ['an exit at its own', at(below(30_000n), exit), 'pass'],
    ['past it', at(below(30_000n, 1n), exit), 'PRICE_OUTSIDE_COLLAR'],
    ['an exit that rests', at(above(30_000n), exit), 'pass'],
    ['too far away', at(above(30_000n, 1n), exit), 'PRICE_OUTSIDE_COLLAR'],
    [
      'the caps of other symbols',
      order({ symbol: 'SOL/USDT', limitPrice: above(10_000n) }),
      'pass',
    ],
    ['no book', noBook(), 'PRICE_OUTSIDE_COLLAR_INPUT_MISSING (a price or the book)'],
    [
      'no price',
      withBook(order({ type: 'market', limitPrice: null }), { asks: [] }),
      'PRICE_OUTSIDE_COLLAR_INPUT_MISSING (a price or the book)',
    ],
    [
      'a middle of zero',
      withBook(base, {
        bids: [{ price: price('0'), qty: qty('1') }],
        asks: [{ price: price('0'), qty: qty('1') }],
      }),
      'PRICE_OUTSIDE_COLLAR_INPUT_MISSING (a middle price above zero)',
    ],
  ]);
  test('a market order is judged at the far touch', () => {
    const naked = { type: 'market', limitPrice: null } as const;
    expect(checkOf(order(naked), 'D1')).toMatchObject({ observed: 5, limit: 5_000 });
    expect(checkOf(order(naked, sell), 'D1')).toMatchObject({ observed: 5, limit: 5_000 });
  });
  test('exactly the middle rests', () => {
    expect(checkOf(at(MID), 'D1')).toMatchObject({ observed: 0, limit: 10_000 });
  });
});

describe('D2 drift', () => {
  const PRICE = price('60000');
  const low = ceilDiv(PRICE * MILLION, MILLION + 15_000n);
  const high = floorDiv(PRICE * (MILLION + 15_000n), MILLION);
  const past = (value: bigint, change: Partial<RecentDecision> = {}, c: Case = base): Case =>
    withDecision(c, { at: ago(30_000), price: value as Price, ...change });
  rows('D2', [
    ['none', base, 'pass'],
    ['one below at the cap', past(low), 'pass'],
    ['past it', past(low - 1n), 'PRICES_DRIFTED'],
    ['one above at the cap', past(high), 'pass'],
    ['past it', past(high + 1n), 'PRICES_DRIFTED'],
    ['below and above together', past(price('59500'), {}, past(price('60500'))), 'PRICES_DRIFTED'],
    ['just inside the window', past(low - 1n, { at: ago(59_999) }), 'PRICES_DRIFTED'],
    ['at its end', past(low - 1n, { at: ago(60_000) }), 'pass'],
    ['behind one that is newer', past(PRICE, { at: ago(1) }, past(low - 1n)), 'PRICES_DRIFTED'],
    [
      'behind one that is too old',
      past(PRICE, { at: ago(60_000) }, past(low - 1n, { at: ago(59_999) })),
      'pass',
    ],
    ['refused', past(low - 1n, { verdict: 'refused' }), 'pass'],
    ['held', past(low - 1n, { verdict: 'held' }), 'pass'],
    ['a cancel', past(low - 1n, { kind: 'cancel' }), 'pass'],
    ['another symbol', past(low - 1n, { symbol: 'BTC/USDT' }), 'pass'],
    [
      'unknown',
      withAccount(base, { decisions: null }),
      'PRICES_DRIFTED_INPUT_MISSING (a price or the recent decisions)',
    ],
    ['an earlier price of zero', past(0n), 'PRICES_DRIFTED_INPUT_MISSING (prices above zero)'],
    [
      'no price',
      withBook(order({ type: 'market', limitPrice: null }), { asks: [] }),
      'PRICES_DRIFTED_INPUT_MISSING (a price or the recent decisions)',
    ],
  ]);
  test('locks the symbol', () => {
    expect(judge(past(low - 1n)).effects).toContainEqual({
      kind: 'lock',
      scope: 'symbol',
      key: SYMBOL,
      code: 'PRICES_DRIFTED',
      until: NOW + 300_000,
    });
  });
  test('reports the whole range', () => {
    const c = past(price('59700'), {}, past(price('60300')));
    expect(checkOf(c, 'D2')).toMatchObject({ observed: 10_051, limit: 15_000 });
  });
});

describe('D3 market orders', () => {
  const allowed = policyWith({ 'D3-market-order': { allowed: true } });
  const naked = (c: Case, size = '0.01'): Case =>
    order({ type: 'market', limitPrice: null, qty: qty(size) }, c);
  const asks = (...levels: readonly [string, string][]): Partial<Book> => ({
    asks: levels.map(([at, size]) => ({ price: price(at), qty: qty(size) })),
  });
  const bids = (...levels: readonly [string, string][]): Partial<Book> => ({
    bids: levels.map(([at, size]) => ({ price: price(at), qty: qty(size) })),
  });
  const buying = baseCase(allowed);
  /** A middle of 60,000 whatever comes behind the touch; 30 bps of it are 180. */
  const thin = (c: Case): Case =>
    withBook(c, {
      ...bids(['59999', '1'], ['59820', '1'], ['59819.99', '1'], ['59800', '1']),
      ...asks(['60001', '1'], ['60180', '1'], ['60180.01', '1'], ['60200', '1']),
    });
  rows('D3', [
    ['a limit order', base, 'pass'],
    ['a market order', naked(base), 'MARKET_ORDER_UNPROTECTED'],
    ['a market exit', naked(exit), 'MARKET_ORDER_UNPROTECTED'],
    ['allowed', naked(buying), 'pass'],
    ['a limit order where both are', buying, 'pass'],
    ['a buy up to the cap', naked(thin(buying), '2'), 'pass'],
    [
      'past it',
      naked(thin(buying), '2.00000001'),
      'MARKET_ORDER_UNPROTECTED (slip of the last fill)',
    ],
    ['a sell down to the cap', naked(thin(sellCase(allowed)), '2'), 'pass'],
    [
      'past it',
      naked(thin(sellCase(allowed)), '2.00000001'),
      'MARKET_ORDER_UNPROTECTED (slip of the last fill)',
    ],
    [
      'more than the book',
      naked(thin(buying), '4.00000001'),
      'MARKET_ORDER_UNPROTECTED (larger than the visible book)',
    ],
    ['no book', noBook(naked(buying)), 'MARKET_ORDER_UNPROTECTED_INPUT_MISSING (the book)'],
    [
      'no middle',
      withBook(naked(buying), { bids: [] }),
      'MARKET_ORDER_UNPROTECTED_INPUT_MISSING (the book)',
    ],
  ]);
  test.each(['0.5', '2', '3', '4', '5'])('names the largest quantity, asked for %s', (size) => {
    expect(checkOf(naked(thin(buying), size), 'D3').maxQty).toBe(qty('2'));
    expect(checkOf(naked(thin(sellCase(allowed)), size), 'D3').maxQty).toBe(qty('2'));
  });
  test('reports the slip of the last fill, rounded up', () => {
    expect(checkOf(naked(thin(buying), '1'), 'D3')).toMatchObject({ observed: 17, limit: 3_000 });
    expect(checkOf(naked(thin(buying), '3'), 'D3')).toMatchObject({ observed: 3_001 });
    expect(checkOf(naked(thin(buying), '9'), 'D3')).toMatchObject({ observed: null, limit: 3_000 });
  });
  test('asks first whether they are allowed', () => {
    expect(checkOf(naked(base), 'D3')).toMatchObject({ observed: 'market', limit: 'limit' });
  });
});

describe('D4 basis', () => {
  const saw = (basisMid: bigint): Case => order({ basisMid: basisMid as Price });
  const low = ceilDiv(MID * MILLION, MILLION + 5_000n);
  const high = floorDiv(MID * MILLION, MILLION - 5_000n);
  rows('D4', [
    ['risen to the cap', saw(low), 'pass'],
    ['past it', saw(low - 1n), 'BASIS_DRIFTED'],
    ['fallen to the cap', saw(high), 'pass'],
    ['past it', saw(high + 1n), 'BASIS_DRIFTED'],
    ['the cap of other symbols', order({ basisMid: price('60300'), symbol: 'SOL/USDT' }), 'pass'],
    ['no book', noBook(), 'BASIS_DRIFTED_INPUT_MISSING (the book)'],
  ]);
});

describe('D5 post-only', () => {
  const resting = (limitPrice: string, c: Case = base): Case =>
    order({ postOnly: true, limitPrice: price(limitPrice) }, c);
  rows('D5', [
    ['a buy below the ask', resting('59999.9'), 'pass'],
    ['at the ask', resting('60000'), 'POST_ONLY_WOULD_TAKE'],
    ['a sell above the bid', resting('59999.6', sell), 'pass'],
    ['at the bid', resting('59999.5', sell), 'POST_ONLY_WOULD_TAKE'],
    ['an order that may take', base, 'na'],
    [
      'no book',
      noBook(resting('1')),
      'POST_ONLY_WOULD_TAKE_INPUT_MISSING (the book or a limit price)',
    ],
    [
      'no bid',
      withBook(resting('1'), { bids: [] }),
      'POST_ONLY_WOULD_TAKE_INPUT_MISSING (the book or a limit price)',
    ],
    [
      'no ask',
      withBook(resting('1'), { asks: [] }),
      'POST_ONLY_WOULD_TAKE_INPUT_MISSING (the book or a limit price)',
    ],
    [
      'no limit price',
      order({ postOnly: true, limitPrice: null }),
      'POST_ONLY_WOULD_TAKE_INPUT_MISSING (the book or a limit price)',
    ],
  ]);
  test('reports the price and what it must not reach', () => {
    expect(checkOf(resting('60001'), 'D5')).toMatchObject({
      observed: price('60001'),
      limit: price('60000'),
    });
    expect(checkOf(resting('60001', sell), 'D5')).toMatchObject({ limit: price('59999.5') });
  });
});

describe('D6 stop', () => {
  const gap = ceilDiv(MID * 2_000n, MILLION);
  const long = (stopPrice: bigint): Case => order({ stopPrice: stopPrice as Price });
  const short = (stopPrice: bigint): Case => order({ stopPrice: stopPrice as Price }, sell);
  rows('D6', [
    ['a long, as near as allowed', long(price('59999.5') - gap), 'pass'],
    ['nearer', long(price('59999.5') - gap + 1n), 'STOP_WOULD_FIRE'],
    ['above the market', long(price('60100')), 'STOP_WOULD_FIRE'],
    ['a short, as near as allowed', short(price('60000') + gap), 'pass'],
    ['nearer', short(price('60000') + gap - 1n), 'STOP_WOULD_FIRE'],
    ['below the market', short(price('59000')), 'STOP_WOULD_FIRE'],
    ['no stop', order({ stopPrice: null }), 'na'],
    ['no book', noBook(), 'STOP_WOULD_FIRE_INPUT_MISSING (the book)'],
    ['no bid', withBook(base, { bids: [] }), 'STOP_WOULD_FIRE_INPUT_MISSING (the book)'],
    ['no ask', withBook(base, { asks: [] }), 'STOP_WOULD_FIRE_INPUT_MISSING (the book)'],
    [
      'a middle of zero',
      withBook(base, {
        bids: [{ price: price('0'), qty: qty('1') }],
        asks: [{ price: price('0'), qty: qty('1') }],
      }),
      'STOP_WOULD_FIRE_INPUT_MISSING (the book)',
    ],
  ]);
  test('a stop on the wrong side has a distance below zero', () => {
    expect(checkOf(long(price('60100')), 'D6').observed).toBe(-1_676);
  });
});

test('none of them judges a cancel, and all judge an exit', () => {
  for (const id of ['D1', 'D2', 'D3', 'D4', 'D5', 'D6']) {
    expect(outcomeOf(withCancel(base), id)).toBe('na');
    const stopless: Partial<MarketView> = { book: null };
    const blind = withMarket(order({ postOnly: true, stopPrice: price('1') }, exit), stopless);
    expect(checkOf(withAccount(blind, { decisions: null }), id).status).toBe(
      id === 'D3' ? 'pass' : 'fail',
    );
  }
});
