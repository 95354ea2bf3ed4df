/** One suite for every feed: in order, once, nothing from after the question, and an end that is the end. */
import { describe, expect, it } from 'vitest';
import type { Ppm, SpanMs, TimeMs } from '#firewall';
import type { Feed, MarketEvent } from '../../market/contract.ts';
import { assumeFunding, CrossReference } from '../../market/replay/assumptions.ts';
import { replayCandles } from '../../market/replay/candle-replay.ts';
import { EventReplay, MergedFeed } from '../../market/replay/event-replay.ts';
import { replayNews } from '../../market/replay/news-files.ts';
import { simulate } from '../../market/simulator/simulator.ts';
import { createMarketStore } from '../../market/store.ts';
import * as s from './samples.ts';

const bars = Array.from({ length: 90 }, (_, index) =>
  s.candle(s.at(index * 60_000), 100 + (index % 7)),
);
const funding = () =>
  assumeFunding({
    instrument: s.instrument(s.BTC),
    rate: 10 as Ppm,
    everyMs: 1_800_000 as SpanMs,
    from: s.at(600_000),
    until: s.at(90 * 60_000),
  });
const bar = () => replayCandles({ instrument: s.instrument(s.BTC), candles: bars });
const simulation = () =>
  simulate({
    preset: 'calm',
    seed: 1,
    symbols: [s.BTC, s.PERP],
    stepMs: 1_000 as SpanMs,
    startAt: s.at(120_000),
    historyMs: 600_000 as SpanMs,
  });

const FEEDS: Readonly<Record<string, () => Feed>> = {
  simulator: simulation,
  bars: bar,
  news: () => replayNews([s.news('a', s.at(70_000)), s.news('b', s.at(10_000))]),
  funding,
  merged: () => new MergedFeed([funding(), bar(), simulation()]),
  'cross reference': () => new CrossReference(simulation(), { [s.BTC]: s.PERP }),
  empty: () => new EventReplay([], []),
};

describe.each(Object.entries(FEEDS))('%s', (_, make) => {
  it('gives each event once, in order, never early, however it is pulled', () => {
    const end = 5_400_000;
    const whole = make().advance(s.at(end));
    const feed = make();
    const pieces: MarketEvent[] = [];
    for (let now = -1_000_000; now <= end; now += 40_000) {
      const events = feed.advance(s.at(now));
      for (const event of events) expect(event.at).toBeLessThanOrEqual(s.at(now));
      pieces.push(...events);
    }
    expect(pieces).toEqual(whole);
    expect(whole.every((event, index) => event.at >= (whole[index - 1]?.at ?? 0))).toBe(true);
    expect(feed.advance(s.at(end))).toEqual([]);
  });

  it('ends when it says', () => {
    const feed = make();
    if (feed.endsAt === null) return;
    const last = feed.advance(feed.endsAt).at(-1);
    expect(last?.at ?? 0).toBe(feed.endsAt);
    expect(feed.advance(8_000_000_000_000 as TimeMs)).toEqual([]);
  });
});

describe('a replay of bars', () => {
  it('is labelled, and shows a bar and a book around it only when the bar has closed', () => {
    const feed = bar();
    expect(feed.tier).toBe('bar');
    expect(feed.advance(s.at(59_999)).map((event) => event.kind)).toEqual(['status']);
    const [candle, book, reference, heartbeat] = feed.advance(s.at(60_000));
    expect(candle).toMatchObject({ kind: 'candle', candle: bars[0] });
    expect(reference).toMatchObject({ kind: 'reference', reference: { price: s.price(100) } });
    expect(heartbeat?.kind).toBe('heartbeat');
    if (book?.kind !== 'book') throw new Error('a book follows the bar');
    // 200 ppm of spread around 100, and 0.2 % of two units traded on each level.
    expect(book.book.bids[0]).toEqual({ price: 9_999_000_000n, qty: 400_000n });
    expect(book.book.asks[0]).toEqual({ price: 10_001_000_000n, qty: 400_000n });
    expect(book.book.bids).toHaveLength(10);
  });

  it('shows no book of a bar that traded nothing, and never a locked one', () => {
    const quiet = { ...s.candle(s.at(0), 100), volume: 0n as (typeof bars)[0]['volume'] };
    const kinds = (candles: typeof bars, spread: number) =>
      replayCandles({ instrument: s.instrument(s.BTC), candles, spread: spread as Ppm }).advance(
        s.at(9_999_999),
      );
    expect(kinds([quiet], 200).map((event) => event.kind)).toEqual([
      'status',
      'candle',
      'reference',
      'heartbeat',
    ]);
    for (const event of kinds([s.candle(s.at(0), 100)], 0))
      if (event.kind === 'book')
        expect((event.book.bids[0]?.price ?? 0n) < (event.book.asks[0]?.price ?? 0n)).toBe(true);
  });

  it('refuses a bar of another symbol', () => {
    const make = () => replayCandles({ instrument: s.instrument(s.PERP), candles: bars });
    expect(make).toThrow('row 1: a bar of BTC/USDT');
  });

  it('warms a store', () => {
    const store = createMarketStore({ instruments: [s.instrument(s.BTC)], currency: 'USDT' });
    for (const event of bar().advance(s.at(90 * 60_000))) store.apply(event, event.at);
    expect(store.view(s.BTC, s.at(90 * 60_000), [])?.feed).toMatchObject({
      gap: false,
      warm: true,
    });
  });
});

describe('assumptions', () => {
  it('funds at every stamp from the first moment on', () => {
    const events = funding().advance(s.at(90 * 60_000));
    expect(
      events.map((event) => event.kind === 'funding' && [event.at, event.funding.nextAt]),
    ).toEqual([
      [s.at(600_000), s.at(1_800_000)],
      [s.at(1_800_000), s.at(3_600_000)],
      [s.at(3_600_000), s.at(5_400_000)],
      [s.at(5_400_000), s.at(7_200_000)],
    ]);
  });

  it('takes the middle of one book for the reference of another symbol', () => {
    const feed = new CrossReference(
      new EventReplay(
        [s.instrument(s.BTC)],
        [s.book(100, 1, s.at(0)), s.book(90, 1, s.at(1), s.PERP)],
      ),
      { [s.BTC]: s.PERP },
    );
    expect(
      feed.advance(s.at(5)).map((event) => [event.kind, 'symbol' in event ? event.symbol : '']),
    ).toEqual([
      ['book', s.BTC],
      ['reference', s.PERP],
      ['book', s.PERP],
    ]);
  });
});

describe('a merged feed', () => {
  it('shows every instrument once, and never ends when one of them does not', () => {
    const merged = new MergedFeed([funding(), bar()]);
    expect(merged.instruments.map((instrument) => instrument.symbol)).toEqual([s.BTC]);
    expect(merged.endsAt).toBe(s.at(90 * 60_000));
    expect(new MergedFeed([bar(), simulation()]).endsAt).toBeNull();
  });

  it('refuses a recording that is out of order', () => {
    const make = () => new EventReplay([], [s.book(1, 1, s.at(5)), s.book(1, 2, s.at(4))]);
    expect(make).toThrow('row 2');
  });
});
