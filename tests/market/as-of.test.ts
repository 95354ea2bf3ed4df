/** The as-of gate: what arrives later never changes an answer about an earlier moment. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, hashOf, marketViewCodec, type SpanMs } from '#firewall';
import type { MarketEvent } from '../../market/contract.ts';
import { createMarketStore, type LocalMarketStore } from '../../market/store.ts';
import * as s from './samples.ts';

const HOUR = 3_600_000 as SpanMs;
const instruments = [s.instrument(s.BTC)];
const make = (): LocalMarketStore => createMarketStore({ instruments, currency: 'USDT' });

const step = fc.record({
  kind: fc.constantFrom(
    'book',
    'print',
    'candle',
    'news',
    'reference',
    'status',
    'clock',
    'heartbeat',
  ),
  gap: fc.integer({ min: 0, max: 45_000 }),
  delay: fc.integer({ min: 0, max: 5_000 }),
  value: fc.integer({ min: 50, max: 150 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

type Moment = Readonly<{ now: number; value: number; delay: number }>;

function eventOf(kind: Step['kind'], { now, value, delay }: Moment): MarketEvent | null {
  const when = s.at(now);
  const symbol = s.BTC;
  switch (kind) {
    case 'book':
      return s.book(value, now, when);
    case 'print':
      return s.print(value, 1, when);
    case 'candle':
      return s.candleEvent(s.at(now - (now % 60_000) - 60_000), value);
    case 'news':
      return { kind, at: when, item: s.news(`n${now}`, s.at(now + delay * 7)) };
    case 'reference':
      return { kind, symbol, at: when, reference: { price: s.price(value), at: when } };
    case 'status':
      return { kind, symbol, at: when, status: value > 100 ? 'halted' : 'trading' };
    case 'heartbeat':
      return { kind, at: when };
    case 'clock':
      return null;
  }
}

function play(store: LocalMarketStore, steps: readonly Step[], from = 0): number {
  let now = from;
  for (const { kind, gap, delay, value } of steps) {
    now += gap;
    const heard = s.at(now + delay);
    const event = eventOf(kind, { now, value, delay });
    if (event === null)
      store.observeClock({ skewMs: value, monotonic: true, persistent: false }, heard);
    else store.apply(event, heard);
  }
  return now;
}

describe('the as-of gate', () => {
  it('never changes an answer because of what arrived later', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (first, second, share) => {
          const store = make();
          const end = play(store, first);
          const asOf = s.at(Math.floor(end * share));
          const ids = [
            `candle:${s.BTC}:60000:${s.at(60_000)}`,
            `book:${s.BTC}:${end}`,
            `news:n${end}`,
          ];
          const answers = () => ({
            view: store.view(s.BTC, asOf, ids),
            candles: store.candles(s.BTC, s.MINUTE, asOf, 100),
            joined: store.candles(s.BTC, 180_000 as SpanMs, asOf, 100),
            news: store.news(asOf, HOUR),
          });
          const before = answers();
          play(store, second, end + 1);
          expect(answers()).toEqual(before);
          expect(before.candles.every((bar) => bar.closeAt <= asOf)).toBe(true);
          expect(before.news.every((item) => item.availableAt <= asOf)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives views that cross a process unchanged', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = make();
        const end = s.at(play(store, steps));
        const view = store.view(s.BTC, end, ['news:x']);
        if (view === null) throw new Error('the symbol is known');
        const decoded = decode(marketViewCodec, marketViewCodec.write(view));
        expect(decoded.ok && hashOf(marketViewCodec, decoded.value)).toBe(
          hashOf(marketViewCodec, view),
        );
      }),
      { numRuns: 50 },
    );
  });
});
