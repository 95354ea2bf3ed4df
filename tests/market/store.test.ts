/** The store: bars from prints, gaps, warm-up, marks, rates and evidence. */
import { describe, expect, it } from 'vitest';
import type { SpanMs, TimeMs } from '#firewall';
import type { MarketEvent } from '../../market/contract.ts';
import { createMarketStore, type LocalMarketStore } from '../../market/store.ts';
import * as s from './samples.ts';

const HOUR = 3_600_000 as SpanMs;
const instruments = [s.instrument(s.BTC), s.instrument(s.PERP), s.instrument('USDC/USDT')];
const make = (): LocalMarketStore => createMarketStore({ instruments, currency: 'USDT' });

function fed(events: readonly MarketEvent[], delayMs = 0): LocalMarketStore {
  const store = make();
  for (const event of events) store.apply(event, (event.at + delayMs) as TimeMs);
  return store;
}

describe('bars', () => {
  it('closes a bar of prints when something of the next minute is heard, not before', () => {
    const store = fed([
      s.print(100, 1, s.at(0)),
      s.print(105, 2, s.at(10_000)),
      s.print(98, 3, s.at(59_999)),
    ]);
    expect(store.candles(s.BTC, s.MINUTE, s.at(59_999), 5)).toEqual([]);
    store.apply(s.book(99, 1, s.at(60_000)), s.at(60_250));
    expect(store.candles(s.BTC, s.MINUTE, s.at(60_249), 5)).toEqual([]);
    expect(store.candles(s.BTC, s.MINUTE, s.at(60_250), 5)).toMatchObject([
      {
        openAt: s.at(0),
        closeAt: s.at(60_000),
        open: s.price(100),
        high: s.price(105),
        low: s.price(98),
        close: s.price(98),
        volume: s.qty(6),
      },
    ]);
  });

  it('never builds a bar that it did not watch from the beginning', () => {
    const store = fed([
      s.print(100, 1, s.at(30_000)),
      s.print(101, 1, s.at(59_000)),
      s.print(102, 1, s.at(61_000)),
      s.print(103, 1, s.at(121_000)),
    ]);
    const bars = store.candles(s.BTC, s.MINUTE, s.at(200_000), 5);
    expect(bars.map((bar) => bar.openAt)).toEqual([s.at(60_000)]);
  });

  it('goes on from a given bar only when it joins soon after it', () => {
    const opens = (joinedAt: number) =>
      fed([
        s.candleEvent(s.at(-60_000), 100),
        s.book(100, 1, s.at(joinedAt)),
        s.book(100, 2, s.at(60_000)),
      ])
        .candles(s.BTC, s.MINUTE, s.at(60_000), 5)
        .map((bar) => bar.openAt - s.START);
    expect(opens(10_000)).toEqual([-60_000, 0]);
    expect(opens(10_001)).toEqual([-60_000]);
  });

  it('takes the bar that is given over the one that it was building', () => {
    const store = fed([
      s.candleEvent(s.at(-60_000), 100),
      s.print(101, 1, s.at(5_000)),
      s.candleEvent(s.at(0), 103),
    ]);
    expect(store.candles(s.BTC, s.MINUTE, s.at(60_000), 1)).toMatchObject([
      { close: s.price(103) },
    ]);
  });

  it('makes a bar without volume of a minute in which only books came, and a gap of silence', () => {
    const events: MarketEvent[] = [s.candleEvent(s.at(-60_000), 100)];
    for (let second = 0; second <= 60; second += 1)
      events.push(s.book(100, second, s.at(second * 1_000)));
    events.push(s.book(100, 61, s.at(200_000)), s.book(100, 62, s.at(240_000)));
    const store = fed(events);
    const bars = store.candles(s.BTC, s.MINUTE, s.at(300_000), 5);
    expect(bars.map((bar) => [bar.openAt - s.START, bar.volume])).toEqual([
      [-60_000, s.qty(2)],
      [0, 0n],
    ]);
    store.apply(s.book(100, 63, s.at(300_000)), s.at(300_000));
    expect(store.view(s.BTC, s.at(300_000), [])?.bar).toMatchObject({
      closedAt: s.at(300_000),
      gapsInLookback: 3,
    });
  });

  it('joins small bars to a large one only when none is missing', () => {
    const events = Array.from({ length: 11 }, (_, index) => index)
      .filter((index) => index !== 7)
      .map((index) => s.candleEvent(s.at(index * 60_000), 100 + index));
    const store = fed(events);
    const five = (5 * 60_000) as SpanMs;
    expect(store.candles(s.BTC, five, s.at(HOUR), 9)).toMatchObject([
      {
        openAt: s.at(0),
        closeAt: s.at(300_000),
        open: s.price(100),
        close: s.price(104),
        volume: s.qty(10),
      },
    ]);
    expect(store.candles(s.BTC, 90_000 as SpanMs, s.at(HOUR), 9)).toEqual([]);
    expect(store.candles('DOGE/USDT', s.MINUTE, s.at(HOUR), 9)).toEqual([]);
    expect(store.candles(s.BTC, s.MINUTE, s.at(HOUR), 0)).toEqual([]);
  });

  it('leaves a bar as it was first given', () => {
    const store = fed([s.candleEvent(s.at(0), 100), s.candleEvent(s.at(0), 500)]);
    expect(store.candles(s.BTC, s.MINUTE, s.at(HOUR), 9)).toMatchObject([{ close: s.price(100) }]);
  });

  it('measures a day of volume, ten minutes of volume, and volatility in whole numbers', () => {
    const minutes = 1_500;
    const events = Array.from({ length: minutes }, (_, index) =>
      s.candleEvent(s.at(index * 60_000), index % 2 === 0 ? 10_000 : 10_010),
    );
    const end = s.at(minutes * 60_000);
    const view = fed(events).view(s.BTC, end, []);
    expect(view?.volume).toMatchObject({ dayQty: s.qty(2_880), recentQty: s.qty(20) });
    // Every minute moves by 0.1 %: sqrt(1440) x 999.5 ppm, to the next whole ppm.
    expect(view?.volatility).toBeNull();
    const store = fed(events);
    store.apply({ kind: 'status', symbol: s.BTC, at: end, status: 'auction' }, end);
    expect(store.view(s.BTC, end, [])?.volatility).toEqual({
      realised: 37_948,
      interruption: true,
    });
    const nextDay = (end + 86_400_001) as TimeMs;
    expect(store.view(s.BTC, nextDay, [])).toMatchObject({ volume: null, volatility: null });
  });
});

const run = (sequences: readonly number[]) => {
  const store = fed(sequences.map((sequence, index) => s.book(100, sequence, s.at(index * 1_000))));
  return store.view(s.BTC, s.at(sequences.length * 1_000), [])?.feed;
};
const clean = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const warm = (events: readonly MarketEvent[]) =>
  fed(events.toSorted((one, other) => one.at - other.at)).view(s.BTC, s.at(60_000), [])?.feed?.warm;

describe('feed state', () => {
  it.each([
    ['contiguous', clean(1, 5), { gap: false, resyncing: false }],
    ['a hole', [1, 2, 4], { gap: true, resyncing: false }],
    ['nine books after a hole', [1, ...clean(3, 10)], { gap: true }],
    ['ten books after a hole', [1, ...clean(3, 11)], { gap: false }],
    ['running back', [5, 6, 2], { gap: false, resyncing: true }],
  ])('%s', (_, sequences, expected) => {
    expect(run(sequences)).toMatchObject(expected);
  });

  it('is warm only with books, bars, a reference, and funding where there is one', () => {
    const bars = Array.from({ length: 60 }, (_, index) =>
      s.candleEvent(s.at((index - 60) * 60_000), 100 + index),
    );
    const books = Array.from({ length: 30 }, (_, index) => s.book(100, index, s.at(index * 1_000)));
    const reference: MarketEvent = {
      kind: 'reference',
      symbol: s.BTC,
      at: s.at(0),
      reference: { price: s.price(100), at: s.at(0) },
    };
    expect(warm([...bars, ...books, reference])).toBe(true);
    expect(warm([...bars.slice(1), ...books, reference])).toBe(false);
    expect(warm([...bars, ...books.slice(1), reference])).toBe(false);
    expect(warm([...bars, ...books])).toBe(false);
  });

  it('stamps a book with its own time of receipt', () => {
    const store = fed([s.book(100, 1, s.at(0))], 700);
    expect(store.view(s.BTC, s.at(699), [])?.book).toBeNull();
    expect(store.view(s.BTC, s.at(700), [])?.book).toMatchObject({
      exchangeAt: s.at(0),
      receivedAt: s.at(700),
    });
  });
});

describe('marks, rates and evidence', () => {
  it('converts by the spot books in the account currency', () => {
    const store = fed([
      s.book(100, 1, s.at(0)),
      s.book(3, 1, s.at(5), 'USDC/USDT'),
      s.book(102, 1, s.at(6), s.PERP),
    ]);
    const view = store.view(s.BTC, s.at(10), []);
    expect(view?.rates).toEqual({
      BTC: { factor: s.price(100), at: s.at(0) },
      USDC: { factor: s.price(3), at: s.at(5) },
    });
    expect(Object.keys(view?.marks ?? {})).toEqual([s.BTC, s.PERP, 'USDC/USDT']);
  });

  it('resolves what it knows, and nothing before its time', () => {
    const store = fed([s.book(100, 41, s.at(0), s.PERP), s.candleEvent(s.at(0), 100)]);
    store.apply({ kind: 'news', at: s.at(0), item: s.news('n1', s.at(90_000)) }, s.at(70_000));
    const ids = [
      `book:${s.PERP}:41`,
      `candle:${s.BTC}:60000:${s.at(60_000)}`,
      'news:n1',
      'news:n2',
      `book:${s.PERP}:42`,
      `candle:${s.BTC}:300000:${s.at(60_000)}`,
      'something else',
    ];
    const known = (asOf: TimeMs) =>
      store.view(s.BTC, asOf, ids)?.evidence.map((evidence) => evidence.availableAt);
    expect(known(s.at(89_999))).toEqual([s.at(0), s.at(60_000), null, null, null, null, null]);
    expect(known(s.at(90_000))?.[2]).toBe(s.at(90_000));
    expect(known(s.at(59_999))?.[1]).toBeNull();
  });

  it('gives news by availability, the first version of each', () => {
    const store = make();
    for (const item of [s.news('b', s.at(20)), s.news('a', s.at(10)), s.news('b', s.at(5))])
      store.apply({ kind: 'news', at: item.availableAt, item }, s.at(0));
    expect(store.news(s.at(20), 10 as SpanMs).map((item) => item.id)).toEqual(['b']);
    expect(store.news(s.at(20), 11 as SpanMs).map((item) => item.id)).toEqual(['a', 'b']);
    expect(store.news(s.at(19), HOUR).map((item) => item.id)).toEqual(['a']);
  });

  it('knows no symbol that it was not given', () => {
    const store = fed([s.book(100, 1, s.at(0), 'DOGE/USDT')]);
    expect(store.view('DOGE/USDT', s.at(0), [])).toBeNull();
    expect(store.symbols).toEqual([s.BTC, s.PERP, 'USDC/USDT']);
  });
});
