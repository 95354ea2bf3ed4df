/** Family C, part two: depth, participation and cost at their limits and one step past. */
import { describe, expect, test } from 'vitest';
import { costShareOf, type Book, type Case, type MarketView, type OrderProposal } from '#firewall';
import { factor, money, ppm, price, qty } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import {
  withBook,
  withCancel,
  withInstrument,
  withMarket,
  withOrder,
} from '../../../firewall/proofs/vary.ts';
import { baseInstrument, baseMarket } from '../../../firewall/proofs/views.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const sell = sellCase(defaultPolicy());
const order = (change: Partial<OrderProposal>, c: Case = base): Case => withOrder(c, change);
const levels = (...side: readonly [string, string][]): Book['asks'] =>
  side.map(([at, size]) => ({ price: price(at), qty: qty(size) }));
type Row = readonly [what: string, c: Case, outcome: string];
const rows = (id: string, table: readonly Row[]): void => {
  test.each(table)('%s', (_, c, outcome) => {
    expect(outcomeOf(c, id)).toBe(outcome);
  });
};

describe('C8 depth', () => {
  const asks = (...side: readonly [string, string][]): Case =>
    withBook(base, { asks: levels(...side) });
  const bids = (...side: readonly [string, string][]): Case =>
    withBook(sell, { bids: levels(...side) });
  const missing = 'DEPTH_BELOW_MIN_INPUT_MISSING';
  rows('C8', [
    ['five times the order', asks(['60000', '0.05']), 'pass'],
    ['less', asks(['60000', '0.04999999']), 'DEPTH_BELOW_MIN'],
    ['20 bps away', asks(['60000', '0.01'], ['60120', '0.04']), 'pass'],
    ['further away', asks(['60000', '0.01'], ['60120.00000001', '9']), 'DEPTH_BELOW_MIN'],
    ['five times on the other side', bids(['60000', '0.05']), 'pass'],
    ['less', bids(['60000', '0.04999999']), 'DEPTH_BELOW_MIN'],
    ['20 bps below', bids(['60000', '0.01'], ['59880', '0.04']), 'pass'],
    ['further below', bids(['60000', '0.01'], ['59879.99999999', '9']), 'DEPTH_BELOW_MIN'],
    // 50 dollars at a price of 60,000.
    ['a best level worth enough', asks(['60000', '0.00083334'], ['60001', '9']), 'pass'],
    ['a crumb', asks(['60000', '0.00083333'], ['60001', '9']), 'DEPTH_BELOW_MIN (best level)'],
    [
      'no book',
      withMarket(base, { book: null }),
      `${missing} (the book, the instrument or a price)`,
    ],
    ['no asks', asks(), `${missing} (a best level)`],
    [
      'no instrument',
      withMarket(base, { instrument: null }),
      `${missing} (the book, the instrument or a price)`,
    ],
    ['an exit', withMarket(exitCase(base.policy), { book: null }), 'na'],
  ]);
  test('reports depth, what is wanted, and the largest quantity', () => {
    expect(checkOf(asks(['60000', '0.09'], ['60001', '0.00000004']), 'C8')).toMatchObject({
      observed: qty('0.09000004'),
      limit: qty('0.05'),
      maxQty: qty('0.018'),
    });
    expect(checkOf(asks(['60000', '0.0001']), 'C8').maxQty).toBeNull();
  });
  test('wants nothing where the policy does not', () => {
    const policy = policyWith({ 'C8-depth': { multiple: 0, topMin: 0 } });
    const c = withBook(baseCase(policy), { asks: levels(['60000', '0']) });
    expect(checkOf(c, 'C8')).toMatchObject({ status: 'pass', maxQty: null });
  });
  test('values the best level as the account does', () => {
    const tenth = (size: string): Case =>
      withInstrument(asks(['60000', size], ['60001', '9']), { multiplier: factor('0.1') });
    expect(outcomeOf(tenth('0.00833334'), 'C8')).toBe('pass');
    expect(outcomeOf(tenth('0.00833333'), 'C8')).toBe('DEPTH_BELOW_MIN (best level)');
  });
});

describe('C9 participation', () => {
  const volume = (day: string, recent: string): Case =>
    withMarket(base, {
      volume: { dayQty: qty(day), recentQty: qty(recent), dayNotional: money('1200000000') },
    });
  rows('C9', [
    ['one per cent of a day', volume('1', '9'), 'pass'],
    ['more', volume('0.99999999', '9'), 'PARTICIPATION_ABOVE_MAX'],
    ['five per cent of ten minutes', volume('9', '0.2'), 'pass'],
    ['more', volume('9', '0.19999999'), 'PARTICIPATION_ABOVE_MAX'],
    ['no trade at all', volume('0', '0'), 'PARTICIPATION_ABOVE_MAX'],
    [
      'unknown',
      withMarket(base, { volume: null }),
      'PARTICIPATION_ABOVE_MAX_INPUT_MISSING (the volume)',
    ],
    ['an exit', withMarket(exitCase(base.policy), { volume: null }), 'na'],
  ]);
  test('names the smaller of both as the limit', () => {
    expect(checkOf(volume('2', '9'), 'C9')).toMatchObject({
      observed: qty('0.01'),
      limit: qty('0.02'),
      maxQty: qty('0.02'),
    });
    expect(checkOf(volume('9', '1'), 'C9').maxQty).toBe(qty('0.05'));
  });
});

describe('C10 cost', () => {
  const without = (input: 'book' | 'volume' | 'instrument'): Partial<MarketView> => ({
    [input]: null,
  });
  const taking = (taker: number, c: Case = base): Case =>
    withInstrument(c, { costs: { ...baseInstrument.costs, taker: ppm(taker) } });
  // Half the spread is 5, both impacts 15.
  rows('C10', [
    ['at the cap', taking(1_480), 'pass'],
    ['past it', taking(1_481), 'COST_ABOVE_MAX'],
    ['spot may cost more', taking(2_980, order({ symbol: 'BTC/USDT' })), 'pass'],
    ['but not everything', taking(2_981, order({ symbol: 'BTC/USDT' })), 'COST_ABOVE_MAX'],
    ...(['book', 'volume', 'instrument'] as const).map((input): Row => [
      `no ${input}`,
      withMarket(base, without(input)),
      'COST_ABOVE_MAX_INPUT_MISSING (the book, the daily volume or the instrument)',
    ]),
    [
      'no daily volume',
      withMarket(base, { volume: baseMarket.volume && { ...baseMarket.volume, dayQty: qty('0') } }),
      'COST_ABOVE_MAX_INPUT_MISSING (the book, the daily volume or the instrument)',
    ],
    ['an exit', withMarket(exitCase(base.policy), { volume: null }), 'na'],
  ]);
  test('a maker pays no spread and no temporary impact', () => {
    expect(checkOf(base, 'C10')).toMatchObject({ observed: 520, limit: 1_500 });
    const maker = checkOf(order({ postOnly: true }), 'C10');
    expect(maker).toMatchObject({ observed: 201, limit: 1_500 });
    // (1,500 - 200) millionths of the price at 10,000 per daily volume.
    expect(maker.maxQty).toBe(qty('2600'));
  });
  test('no quantity fits when the fee alone is too much', () => {
    expect(checkOf(taking(1_496), 'C10')).toMatchObject({ status: 'fail', maxQty: 0n });
  });
  test('half of an odd spread is rounded up', () => {
    const trade = { qty: qty('0'), dayQty: qty('1'), spread: ppm(3), liquidity: 'taker' } as const;
    const costs = baseInstrument.costs;
    expect(costShareOf(trade, costs)).toEqual({ fixed: 502, total: 502 });
    expect(costShareOf({ ...trade, liquidity: 'maker' }, costs)).toEqual({
      fixed: 200,
      total: 200,
    });
    expect(costShareOf({ ...trade, dayQty: qty('0') }, costs)).toBeNull();
  });
});

test('none of them judges a cancel', () => {
  for (const id of ['C8', 'C9', 'C10']) expect(outcomeOf(withCancel(base), id)).toBe('na');
});
