/** Family C, part one: quotes, feeds and clocks at their limits and one step past. */
import { describe, expect, test } from 'vitest';
import {
  ceilDiv,
  floorDiv,
  judge,
  type Book,
  type Case,
  type MarketView,
  type Price,
} from '#firewall';
import {
  NOW,
  SYMBOL,
  ago,
  ahead,
  ppm,
  price,
  qty,
  span,
  time,
} from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withBook,
  withCancel,
  withMarket,
  withOrder,
} from '../../../firewall/proofs/vary.ts';
import { baseBook, baseMarket } from '../../../firewall/proofs/views.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const market = (change: Partial<MarketView>, c: Case = base): Case => withMarket(c, change);
const book = (change: Partial<Book>, c: Case = base): Case => withBook(c, change);
const MID = price('59999.75');
/** The lowest and the highest price from which the middle is no further than so many millionths of them. */
const lowest = (millionths: bigint): bigint => ceilDiv(MID * 1_000_000n, 1_000_000n + millionths);
const highest = (millionths: bigint): bigint => floorDiv(MID * 1_000_000n, 1_000_000n - millionths);
type Row = readonly [what: string, c: Case, outcome: string];

const rows = (id: string, table: readonly Row[]): void => {
  test.each(table)('%s', (_, c, outcome) => {
    expect(outcomeOf(c, id)).toBe(outcome);
  });
};

describe('C1 quote age', () => {
  const naked = (ms: number, c: Case = base): Case =>
    withOrder(book({ receivedAt: ago(ms), exchangeAt: ago(ms) }, c), {
      type: 'market',
      limitPrice: null,
    });
  rows('C1', [
    ['received 2 s ago', book({ receivedAt: ago(2_000) }), 'pass'],
    ['received 2.001 s ago', book({ receivedAt: ago(2_001) }), 'QUOTE_STALE'],
    ['stamped 2 s ago', book({ exchangeAt: ago(2_000) }), 'pass'],
    ['stamped 2.001 s ago', book({ exchangeAt: ago(2_001) }), 'QUOTE_STALE'],
    ['an exit on a book of 10 s', book({ exchangeAt: ago(10_000) }, exit), 'pass'],
    ['an exit on a book of 10.001 s', book({ exchangeAt: ago(10_001) }, exit), 'QUOTE_STALE'],
    ['a market order on a book of 1 s', naked(1_000), 'pass'],
    ['a market order on a book of 1.001 s', naked(1_001), 'QUOTE_STALE'],
    ['a market exit has the bound of exits', naked(10_000, exit), 'pass'],
    ['no book', market({ book: null }), 'QUOTE_STALE_INPUT_MISSING (the book)'],
    ['an age that is no number', book({ receivedAt: time(Number.NaN) }), 'QUOTE_STALE'],
    ['a cancel', withCancel(base), 'na'],
  ]);

  test('reports the older of both ages', () => {
    const c = book({ receivedAt: ago(5), exchangeAt: ago(7) });
    expect(checkOf(c, 'C1')).toMatchObject({ observed: 7, limit: 2_000 });
  });

  test('is set by symbol', () => {
    const policy = policyWith({
      'C1-quote-age': {
        ageMax: { default: '1 s', by: { [SYMBOL]: '3 s' } },
        exitAgeMax: { default: '1 s', by: { [SYMBOL]: '4 s' } },
      },
    });
    const aged = (c: Case, ms: number): Case => book({ exchangeAt: ago(ms) }, c);
    expect(outcomeOf(aged(baseCase(policy), 3_000), 'C1')).toBe('pass');
    expect(outcomeOf(aged(exitCase(policy), 4_000), 'C1')).toBe('pass');
    expect(outcomeOf(aged(exitCase(policy), 4_001), 'C1')).toBe('QUOTE_STALE');
  });
});

describe('C2 book sanity', () => {
  const bids = (...levels: readonly [string, string][]): Partial<Book> => ({
    bids: levels.map(([at, size]) => ({ price: price(at), qty: qty(size) })),
  });
  const asks = (...levels: readonly [string, string][]): Partial<Book> => ({
    asks: levels.map(([at, size]) => ({ price: price(at), qty: qty(size) })),
  });
  test.each<[string, Partial<Book>, string]>([
    ['one level a side', { ...bids(['10', '1']), ...asks(['11', '1']) }, 'sane'],
    ['locked', bids(['60000', '1']), 'locked'],
    ['crossed', bids(['60000.1', '1']), 'crossed'],
    ['no bids', bids(), 'one-sided'],
    ['no asks', asks(), 'one-sided'],
    ['an empty bid', bids(['59999.5', '0']), 'not-positive'],
    ['an empty level behind', asks(['60000', '1'], ['60001', '0']), 'not-positive'],
    ['a negative quantity', asks(['60000', '-1']), 'not-positive'],
    ['a bid of zero', bids(['59999.5', '1'], ['0', '1']), 'not-positive'],
    ['rising bids', bids(['59999', '1'], ['59999.5', '1']), 'out-of-order'],
    ['equal bids', bids(['59999', '1'], ['59999', '1']), 'out-of-order'],
    ['falling asks', asks(['60001', '1'], ['60000', '1']), 'out-of-order'],
    ['equal asks', asks(['60001', '1'], ['60001', '1']), 'out-of-order'],
  ])('%s', (_, change, found) => {
    for (const c of [base, exit])
      expect(checkOf(book(change, c), 'C2')).toMatchObject({
        status: found === 'sane' ? 'pass' : 'fail',
        code: found === 'sane' ? null : 'BOOK_NOT_SANE',
        observed: found,
        limit: 'sane',
      });
  });
  rows('C2', [['no book', market({ book: null }), 'BOOK_NOT_SANE_INPUT_MISSING (the book)']]);
});

describe('C3 spread', () => {
  const motion = (spreadMedian: number) => ({
    motion: baseMarket.motion && { ...baseMarket.motion, spreadMedian: ppm(spreadMedian) },
  });
  /** A spread of so many millionths around a middle of a million. */
  const wide = (millionths: number, median: number, c: Case = base): Case => {
    const half = (BigInt(millionths) * 100_000_000n) / 2n;
    const middle = price('1000000');
    return book(
      {
        bids: [{ price: (middle - half) as typeof middle, qty: qty('1') }],
        asks: [{ price: (middle + half) as typeof middle, qty: qty('1') }],
      },
      market(motion(median), c),
    );
  };
  rows('C3', [
    ['at the cap', wide(1_000, 1_000), 'pass'],
    ['past the cap', wide(1_001, 1_000), 'SPREAD_ABOVE_MAX'],
    ['at three medians', wide(300, 100), 'pass'],
    ['past three medians', wide(301, 100), 'SPREAD_ABOVE_MAX'],
    ['at the floor', wide(200, 1), 'pass'],
    ['past the floor', wide(201, 1), 'SPREAD_ABOVE_MAX'],
    ['an exit at its own cap', wide(20_000, 1, exit), 'pass'],
    ['an exit past it', wide(20_001, 1, exit), 'SPREAD_ABOVE_MAX'],
    ['an exit needs no median', market({ motion: null }, exit), 'pass'],
    ['no median', market({ motion: null }), 'SPREAD_ABOVE_MAX_INPUT_MISSING (the median spread)'],
    ['no book', market({ book: null }), 'SPREAD_ABOVE_MAX_INPUT_MISSING (the book)'],
    ['no bids', book({ bids: [] }), 'SPREAD_ABOVE_MAX_INPUT_MISSING (the book)'],
    ['no asks', book({ asks: [] }), 'SPREAD_ABOVE_MAX_INPUT_MISSING (the book)'],
    ['another symbol has the cap of the others', other(wide(3_000, 1_000)), 'pass'],
    ['and no more', other(wide(3_001, 1_001)), 'SPREAD_ABOVE_MAX'],
  ]);
  test('reports the tightest of its limits', () => {
    expect(checkOf(wide(10, 1_000), 'C3')).toMatchObject({ observed: 10, limit: 1_000 });
    expect(checkOf(wide(10, 100), 'C3')).toMatchObject({ observed: 10, limit: 300 });
    expect(checkOf(wide(10, 1), 'C3')).toMatchObject({ observed: 10, limit: 200 });
  });
});
function other(c: Case): Case {
  return withOrder(c, { symbol: 'SOL/USDT:USDT' });
}

describe('C4 price jump', () => {
  const moved = (change: Partial<NonNullable<MarketView['motion']>>): Case =>
    market({ motion: baseMarket.motion && { ...baseMarket.motion, ...change } });
  rows('C4', [
    // The middle is 59999.75; 75 bps of the previous one is the limit.
    ['up at the cap', moved({ midPrevious: lowest(7_500n) as Price }), 'pass'],
    ['up past it', moved({ midPrevious: (lowest(7_500n) - 1n) as Price }), 'PRICE_JUMPED (jump)'],
    ['down at the cap', moved({ midPrevious: highest(7_500n) as Price }), 'pass'],
    [
      'down past it',
      moved({ midPrevious: (highest(7_500n) + 1n) as Price }),
      'PRICE_JUMPED (jump)',
    ],
    ['eight deviations', moved({ zScore: ppm(8_000_000) }), 'pass'],
    ['more', moved({ zScore: ppm(8_000_001) }), 'PRICE_JUMPED (z-score)'],
    ['no number of deviations', moved({ zScore: ppm(Number.NaN) }), 'PRICE_JUMPED (z-score)'],
    ['ten calm ticks', moved({ ticksSinceJump: 10 }), 'pass'],
    ['nine', moved({ ticksSinceJump: 9 }), 'PRICE_JUMPED (calm ticks)'],
    [
      'no path',
      market({ motion: null }),
      'PRICE_JUMPED_INPUT_MISSING (the path of the middle price)',
    ],
    [
      'no book',
      market({ book: null }),
      'PRICE_JUMPED_INPUT_MISSING (the path of the middle price)',
    ],
    [
      'a previous price of zero',
      moved({ midPrevious: price('0') }),
      'PRICE_JUMPED_INPUT_MISSING (the previous middle price)',
    ],
    [
      'an exit too',
      market({ motion: null }, exit),
      'PRICE_JUMPED_INPUT_MISSING (the path of the middle price)',
    ],
  ]);
  test('reports what it found', () => {
    expect(checkOf(base, 'C4')).toMatchObject({ observed: 17, limit: 7_500, note: null });
    expect(checkOf(moved({ ticksSinceJump: 3 }), 'C4')).toMatchObject({ observed: 3, limit: 10 });
  });
});

describe('C5 divergence', () => {
  const second = (value: bigint, ms = 200): Case =>
    market({ reference: { price: value as Price, at: ago(ms) } });
  rows('C5', [
    ['below at the cap', second(lowest(4_000n)), 'pass'],
    ['below past it', second(lowest(4_000n) - 1n), 'SOURCES_DIVERGE'],
    ['above at the cap', second(highest(4_000n)), 'pass'],
    ['above past it', second(highest(4_000n) + 1n), 'SOURCES_DIVERGE'],
    ['as old as allowed', second(price('59999'), 10_000), 'pass'],
    [
      'older',
      second(price('59999'), 10_001),
      'SOURCES_DIVERGE_INPUT_MISSING (a fresh second price)',
    ],
    ['as far ahead', second(price('59999'), -10_000), 'pass'],
    [
      'further ahead',
      second(price('59999'), -10_001),
      'SOURCES_DIVERGE_INPUT_MISSING (a fresh second price)',
    ],
    ['none', market({ reference: null }), 'SOURCES_DIVERGE_INPUT_MISSING (a fresh second price)'],
    ['zero', second(price('0')), 'SOURCES_DIVERGE_INPUT_MISSING (a second price above zero)'],
    ['no book', market({ book: null }), 'SOURCES_DIVERGE_INPUT_MISSING (the book)'],
  ]);
  test('locks the symbol for a while, but not for want of an input', () => {
    expect(judge(second(price('59000'))).effects).toContainEqual({
      kind: 'lock',
      scope: 'symbol',
      key: SYMBOL,
      code: 'SOURCES_DIVERGE',
      until: NOW + 120_000,
    });
    expect(judge(market({ reference: null })).effects).toEqual([]);
  });
});

describe('C6 feed continuity', () => {
  const feed = (change: Partial<NonNullable<MarketView['feed']>>): Case =>
    market({ feed: baseMarket.feed && { ...baseMarket.feed, ...change } });
  rows('C6', [
    ['a heart that beat 5 s ago', feed({ heartbeatAt: ago(5_000) }), 'pass'],
    ['longer ago', feed({ heartbeatAt: ago(5_001) }), 'FEED_BROKEN (heartbeat)'],
    ['as far ahead', feed({ heartbeatAt: ago(-5_000) }), 'pass'],
    ['further ahead', feed({ heartbeatAt: ago(-5_001) }), 'FEED_BROKEN (heartbeat)'],
    ['no time', feed({ heartbeatAt: time(Number.NaN) }), 'FEED_BROKEN (heartbeat)'],
    ['a gap', feed({ gap: true }), 'FEED_BROKEN (sequence gap)'],
    ['resyncing', feed({ resyncing: true }), 'FEED_BROKEN (resyncing)'],
    ['no feed', market({ feed: null }), 'FEED_BROKEN_INPUT_MISSING (the state of the feed)'],
  ]);
  test('reports the age of the last beat', () => {
    expect(checkOf(base, 'C6')).toMatchObject({ observed: 150, limit: 5_000 });
  });
});

describe('C7 bar', () => {
  const HOUR = 3_600_000;
  const bar = (change: Partial<NonNullable<MarketView['bar']>>): Case =>
    market({ bar: baseMarket.bar && { ...baseMarket.bar, ...change } });
  rows('C7', [
    ['closed two bars and a minute ago', bar({ closedAt: ago(2 * HOUR + 60_000) }), 'pass'],
    ['1 ms longer ago', bar({ closedAt: ago(2 * HOUR + 60_001) }), 'BAR_INCOMPLETE (age)'],
    ['closed just now', bar({ closedAt: NOW }), 'pass'],
    ['closes in 1 ms', bar({ closedAt: ahead(1) }), 'BAR_INCOMPLETE (closed)'],
    ['still open', bar({ closed: false }), 'BAR_INCOMPLETE (closed)'],
    ['no time', bar({ closedAt: time(Number.NaN) }), 'BAR_INCOMPLETE (closed)'],
    ['a gap', bar({ gapsInLookback: 1 }), 'BAR_INCOMPLETE (gaps)'],
    ['no number of gaps', bar({ gapsInLookback: Number.NaN }), 'BAR_INCOMPLETE (gaps)'],
    [
      'a timeframe that is no number',
      bar({ timeframeMs: span(Number.NaN) }),
      'BAR_INCOMPLETE (age)',
    ],
    ['no bar', market({ bar: null }), 'BAR_INCOMPLETE_INPUT_MISSING (the bar)'],
  ]);
  test('reports age and bound', () => {
    expect(checkOf(base, 'C7')).toMatchObject({ observed: HOUR / 2, limit: 2 * HOUR + 60_000 });
    expect(checkOf(bar({ gapsInLookback: 2 }), 'C7')).toMatchObject({ observed: 2, limit: 0 });
    expect(checkOf(bar({ closed: false }), 'C7')).toMatchObject({ observed: false, limit: true });
  });
});

describe('C11 volatility', () => {
  const moving = (realised: number, interruption = false, c: Case = base): Case =>
    market({ volatility: { realised: ppm(realised), interruption } }, c);
  rows('C11', [
    ['at the cap', moving(100_000), 'pass'],
    ['past it', moving(100_001), 'VOLATILITY_ABOVE_MAX (realised)'],
    ['no number', moving(Number.NaN), 'VOLATILITY_ABOVE_MAX (realised)'],
    ['interrupted', moving(1, true), 'VOLATILITY_ABOVE_MAX (interruption)'],
    [
      'unknown',
      market({ volatility: null }),
      'VOLATILITY_ABOVE_MAX_INPUT_MISSING (the volatility)',
    ],
    ['an exit stays open', moving(900_000, true, exit), 'na'],
    ['another symbol has the cap of the others', other(moving(150_000)), 'pass'],
  ]);
  test('leaves the symbol in reduce-only', () => {
    expect(judge(moving(100_001)).effects).toContainEqual({
      kind: 'latch',
      scope: 'symbol',
      key: SYMBOL,
      state: 'REDUCE_ONLY',
      code: 'VOLATILITY_ABOVE_MAX',
    });
  });
});

describe('C12 clock', () => {
  const clock = (change: Partial<NonNullable<MarketView['clock']>>): Case =>
    market({ clock: { skewMs: 4, monotonic: true, persistent: false, ...change } });
  rows('C12', [
    ['500 ms ahead', clock({ skewMs: 500 }), 'pass'],
    ['501 ms ahead', clock({ skewMs: 501 }), 'CLOCK_UNHEALTHY (skew)'],
    ['501 ms behind', clock({ skewMs: -501 }), 'CLOCK_UNHEALTHY (skew)'],
    ['no number', clock({ skewMs: Number.NaN }), 'CLOCK_UNHEALTHY (skew)'],
    ['runs back', clock({ monotonic: false }), 'CLOCK_UNHEALTHY (monotonic)'],
    ['unknown', market({ clock: null }), 'CLOCK_UNHEALTHY_INPUT_MISSING (the state of the clock)'],
    ['a market of now', market({ asOf: NOW }), 'pass'],
    ['a market of the future', market({ asOf: ahead(1) }), 'CLOCK_UNHEALTHY (from the future)'],
    [
      'an account of the future',
      withAccount(base, { asOf: ahead(1) }),
      'CLOCK_UNHEALTHY (from the future)',
    ],
    [
      'a book received in the future',
      book({ receivedAt: ahead(1) }),
      'CLOCK_UNHEALTHY (from the future)',
    ],
    ['no time', market({ asOf: time(Number.NaN) }), 'CLOCK_UNHEALTHY (from the future)'],
    ['stamped as far ahead as the clocks may differ', book({ exchangeAt: ahead(500) }), 'pass'],
    [
      'stamped further',
      book({ exchangeAt: ahead(501) }),
      'CLOCK_UNHEALTHY (stamped in the future)',
    ],
    ['without a book', market({ book: null }), 'pass'],
  ]);
  test('halts everything once it persists', () => {
    expect(judge(clock({ skewMs: 501 })).effects).toEqual([]);
    expect(judge(clock({ skewMs: 501, persistent: true })).effects).toContainEqual({
      kind: 'latch',
      scope: 'global',
      key: '*',
      state: 'HALTED',
      code: 'CLOCK_UNHEALTHY',
    });
    expect(judge(clock({ persistent: true })).effects).toEqual([]);
  });
});

describe('C13 coherence', () => {
  const seen = (market_: number, account: number): Case =>
    withAccount(market({ asOf: ago(market_) }), { asOf: ago(account) });
  const thought = (ms: number): Case => withOrder(seen(100, 50), { basisAt: ago(ms) });
  rows('C13', [
    ['a market 1 s older', seen(1_050, 50), 'pass'],
    ['1 ms more', seen(1_051, 50), 'SNAPSHOTS_APART'],
    ['an account 1 s older', seen(100, 1_100), 'pass'],
    ['1 ms more', seen(100, 1_101), 'SNAPSHOTS_APART'],
    ['a basis of 90 s before the market', thought(90_100), 'pass'],
    ['1 ms more', thought(90_101), 'SNAPSHOTS_APART'],
    ['a basis of 1 s after the market', thought(-900), 'pass'],
    ['1 ms more', thought(-901), 'SNAPSHOTS_APART'],
    ['no time', seen(Number.NaN, 50), 'SNAPSHOTS_APART'],
  ]);
  test('reports how far', () => {
    expect(checkOf(seen(1_060, 50), 'C13')).toMatchObject({ observed: 1_010, limit: 1_000 });
    expect(checkOf(thought(-950), 'C13')).toMatchObject({ observed: 1_050, limit: 1_000 });
    expect(checkOf(thought(3_100), 'C13')).toMatchObject({ observed: 3_000, limit: 90_000 });
  });
});

describe('C14 warm-up', () => {
  const feed = (warm: boolean): Case =>
    market({ feed: baseMarket.feed && { ...baseMarket.feed, warm } });
  rows('C14', [
    ['warm', feed(true), 'pass'],
    ['cold', feed(false), 'FEED_NOT_WARM'],
    ['unknown', market({ feed: null }), 'FEED_NOT_WARM_INPUT_MISSING (the state of the feed)'],
  ]);
  test('reports it', () => {
    expect(checkOf(feed(false), 'C14')).toMatchObject({ observed: false, limit: true });
  });
});

test('none of them judges a cancel, and all but C11 judge an exit', () => {
  const all = ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C11', 'C12', 'C13', 'C14'];
  for (const id of all) {
    expect(outcomeOf(withCancel(base), id)).toBe('na');
    expect(outcomeOf(exit, id)).toBe(id === 'C11' ? 'na' : 'pass');
  }
  expect(baseBook.bids).toHaveLength(20);
});
