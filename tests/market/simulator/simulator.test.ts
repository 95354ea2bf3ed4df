/** The simulator as a feed: deterministic to the byte, in order, warm from the first minute, sane in every event. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Instrument, Level, SpanMs } from '#firewall';
import {
  MarketDataError,
  PRESETS,
  type MarketEvent,
  type Preset,
} from '../../../market/contract.ts';
import { eventLine } from '../../../market/event-codec.ts';
import { createMarketStore } from '../../../market/store.ts';
import { simulateCandles } from '../../../market/simulator/simulated-candles.ts';
import { simulate } from '../../../market/simulator/simulator.ts';
import * as s from '../samples.ts';
import { feedOf, SYMBOLS } from './recording.ts';

const digest = (events: readonly MarketEvent[]): string => {
  const hash = createHash('sha256');
  for (const event of events) hash.update(`${eventLine(event)}\n`);
  return hash.digest('hex');
};

const options = (preset: Preset, seed: number) => ({
  preset,
  seed,
  symbols: SYMBOLS,
  stepMs: 1_000 as SpanMs,
  startAt: s.START,
  historyMs: 3_600_000 as SpanMs,
});

/** Strictly away from the touch, on ticks and lots, and never empty. */
const ladder = (side: readonly Level[], sign: bigint, rule: Instrument | undefined): boolean =>
  rule !== undefined &&
  side.every(({ price, qty }, index) => {
    const before = side[index - 1];
    const apart = before === undefined || (price - before.price) * sign > 0n;
    return apart && price > 0n && qty > 0n && price % rule.tick === 0n && qty % rule.lot === 0n;
  });

describe('the same seed', () => {
  it('gives the same bytes, however it is pulled', () => {
    const whole = simulate(options('calm', 99)).advance(s.at(180_000));
    const feed = simulate(options('calm', 99));
    const pieces: MarketEvent[] = [];
    for (let now = -4_000_000; now <= 180_000; now += 333) pieces.push(...feed.advance(s.at(now)));
    pieces.push(...feed.advance(s.at(180_000)));
    expect(digest(pieces)).toBe(digest(whole));
  });

  // A compiler may fuse floating-point operations on other processors, so only the runs of one machine are compared there.
  it.runIf(process.arch === 'x64').each(PRESETS)(
    'gives the bytes that are on record: %s',
    (preset) => {
      const feed = simulate({ ...options(preset, 2_026), stepMs: 10_000 as SpanMs });
      expect(digest(feed.advance(s.at(1_500_000)))).toMatchSnapshot();
    },
  );

  it('and another seed gives others', () => {
    const one = digest(simulate(options('calm', 1)).advance(s.at(60_000)));
    const other = digest(simulate(options('calm', 2)).advance(s.at(60_000)));
    const far = digest(simulate(options('calm', 1 + 2 ** 32)).advance(s.at(60_000)));
    expect(new Set([one, other, far]).size).toBe(3);
  });

  it('gives the same bars', () => {
    const run = () =>
      simulateCandles({
        preset: 'calm',
        seed: 8,
        symbols: SYMBOLS,
        timeframeMs: s.MINUTE,
        startAt: s.START,
        count: 50,
      });
    expect(run()).toEqual(run());
  });
});

describe('as a feed', () => {
  it.each(PRESETS)(
    'gives every event once, in order, and none from after the question: %s',
    (preset) => {
      const feed = feedOf(preset, 5);
      const seen: MarketEvent[] = [];
      for (let now = -300_000; now <= 120_000; now += 250) {
        const events = feed.advance(s.at(now));
        for (const event of events) {
          expect(event.at).toBeLessThanOrEqual(s.at(now));
          expect(event.at).toBeGreaterThanOrEqual(seen.at(-1)?.at ?? 0);
          seen.push(event);
        }
      }
      expect(feed.advance(s.at(120_000))).toEqual([]);
      const sequences = seen.flatMap((event) =>
        event.kind === 'book' && event.symbol === s.BTC ? [event.book.sequence] : [],
      );
      expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    },
  );

  it('gives books that are whole: ten levels and more, ordered, on ticks and lots, never crossed', () => {
    for (const preset of ['calm', 'flash-crash', 'depeg'] as const) {
      const feed = feedOf(preset, 6, ['SOL/USDT', 'USDC/USDT', s.PERP], 10_000);
      const rules = new Map(feed.instruments.map((instrument) => [instrument.symbol, instrument]));
      const faults: MarketEvent[] = [];
      for (const event of feed.advance(s.at(1_200_000))) {
        if (event.kind !== 'book') continue;
        const rule = rules.get(event.symbol);
        const { bids, asks } = event.book;
        const whole =
          Math.min(bids.length, asks.length) >= 10 &&
          (bids[0]?.price ?? 0n) < (asks[0]?.price ?? 0n) &&
          ladder(bids, -1n, rule) &&
          ladder(asks, 1n, rule);
        if (!whole) faults.push(event);
      }
      expect(faults).toEqual([]);
    }
  });

  it('is warm when the story begins', () => {
    const feed = simulate({ ...options('calm', 7), historyMs: 86_400_000 as SpanMs });
    const store = createMarketStore({ instruments: feed.instruments, currency: 'USDT' });
    for (const event of feed.advance(s.START)) store.apply(event, event.at);
    for (const symbol of SYMBOLS) {
      const view = store.view(symbol, s.START, []);
      expect(view).toMatchObject({
        status: 'trading',
        bar: { closedAt: s.START, gapsInLookback: 0 },
        feed: { gap: false, resyncing: false, warm: true },
      });
      expect(view?.volume?.dayQty).toBeGreaterThan(0n);
      expect(view?.volatility?.realised).toBeGreaterThan(5_000);
      expect(view?.motion?.spreadMedian).toBeGreaterThan(0);
      expect(view?.funding === null).toBe(symbol !== s.PERP);
    }
    expect(store.candles(s.PERP, s.MINUTE, s.START, 5_000)).toHaveLength(1_441);
    expect(store.news(s.START, 86_400_000 as SpanMs).length).toBeGreaterThan(10);
  });

  it('goes on with bars that are exactly what its prints add up to', () => {
    for (const stepMs of [1_000, 7_000, 60_000, 90_000]) {
      const feed = simulate({ ...options('calm', 7), stepMs: stepMs as SpanMs });
      const given = createMarketStore({ instruments: feed.instruments, currency: 'USDT' });
      const built = createMarketStore({ instruments: feed.instruments, currency: 'USDT' });
      for (const event of feed.advance(s.at(900_000))) {
        given.apply(event, event.at);
        if (event.kind !== 'candle') built.apply(event, event.at);
      }
      const bars = given.candles(s.PERP, s.MINUTE, s.at(900_000), 14);
      expect(given.view(s.PERP, s.at(900_000), [])?.bar).toMatchObject({ gapsInLookback: 0 });
      expect(bars).toHaveLength(14);
      if (stepMs <= 60_000)
        expect(built.candles(s.PERP, s.MINUTE, bars.at(-2)?.closeAt ?? s.START, 10)).toEqual(
          given.candles(s.PERP, s.MINUTE, bars.at(-2)?.closeAt ?? s.START, 10),
        );
    }
  });

  it('records the truth of every headline, and keeps it out of the events', () => {
    const feed = feedOf('planted-edge', 3, SYMBOLS, 10_000);
    const events = feed.advance(s.at(6 * 3_600_000));
    const news = events.flatMap((event) => (event.kind === 'news' ? [event.item] : []));
    expect(feed.truth.news.map((truth) => truth.id)).toEqual(news.map((item) => item.id));
    expect(feed.truth.news.some((truth) => truth.decoy)).toBe(true);
    expect(feed.truth.regimes.length).toBeGreaterThan(0);
    for (const truth of feed.truth.news) {
      expect(truth.impact).toBe(truth.decoy ? 0 : 1_500 * truth.score);
      expect(truth.until - truth.from).toBe(truth.decoy ? 0 : 600_000);
    }
    for (const item of news) {
      expect(item.publishedAt).toBeLessThan(item.availableAt);
      expect(item.headline).not.toMatch(/[{}]/);
      expect(Object.keys(item)).not.toContain('impact');
    }
    expect(feed.statement).toContain('1,500 ppm');
    expect(feed.endsAt).toBeNull();
  });

  it('stamps funding at eight-hour boundaries', () => {
    const feed = feedOf('calm', 3, [s.PERP], 60_000);
    const stamps = feed
      .advance(s.at(20 * 3_600_000))
      .flatMap((event) => (event.kind === 'funding' ? [event.funding.nextAt] : []));
    expect(stamps).toEqual([
      s.at(0),
      s.at(8 * 3_600_000),
      s.at(16 * 3_600_000),
      s.at(24 * 3_600_000),
    ]);
  });

  it('refuses a symbol that it does not know', () => {
    const make = () => simulate({ ...options('calm', 1), symbols: ['DOGE/USDT'] });
    expect(make).toThrow(MarketDataError);
    expect(make).toThrow('DOGE/USDT');
    expect(() => simulate({ ...options('calm', -1) })).toThrow('seed');
    expect(() => simulate({ ...options('calm', 1), stepMs: 0 as SpanMs })).toThrow('step');
  });
});
