/** Price levels: on the tick, in order, none at the market itself, and the same when everything doubles. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFixed, type Price, type SpanMs, type TimeMs } from '#firewall';
import type { Candle } from '../../tools/contract.ts';
import { levelsOf } from '../../tools/levels.ts';
import * as s from '../market/samples.ts';
import { wavyCandles } from './wavy-candles.ts';
import { priceOf } from './world.ts';

const FIVE = 300_000 as SpanMs;
const bars = wavyCandles({ symbol: s.PERP, count: 120, timeframeMs: FIVE });
const mid = bars.at(-1)?.close ?? (0n as Price);
const tick = priceOf(0.1);

/** Bars whose true range is always two and whose middle never moves. */
const flat = (
  count: number,
  changes: Readonly<Record<number, Partial<Candle>>> = {},
): readonly Candle[] =>
  Array.from({ length: count }, (_, index) => ({
    symbol: s.PERP,
    timeframeMs: FIVE,
    openAt: (s.START + index * FIVE) as TimeMs,
    closeAt: (s.START + (index + 1) * FIVE) as TimeMs,
    open: s.price(100),
    high: s.price(101),
    low: s.price(99),
    close: s.price(100),
    volume: s.qty(1),
    ...changes[index],
  }));

test('multiples of the average range lie around the middle, and what lies at the market is left out', () => {
  const levels = levelsOf(flat(30), { mid: s.price(100), tick: s.price(1) });
  expect(levels).toEqual([
    { name: 'atr3_below', price: '94' },
    { name: 'atr2_below', price: '96' },
    { name: 'atr1_below', price: '98' },
    { name: 'atr1_above', price: '102' },
    { name: 'atr2_above', price: '104' },
    { name: 'atr3_above', price: '106' },
  ]);
});

test('swings stand out from two bars on either side, the newest first', () => {
  const spikes = {
    5: { high: s.price(110) },
    12: { high: s.price(108) },
    20: { low: s.price(90) },
  };
  const named = new Map(
    levelsOf(flat(30, spikes), { mid: s.price(100), tick: priceOf(0.01) }).map(
      ({ name, price }) => [name, price],
    ),
  );
  expect(named.get('swing_high1')).toBe('108');
  expect(named.get('swing_high2')).toBe('110');
  expect(named.get('swing_low1')).toBe('90');
  expect(named.has('swing_low2')).toBe(false);
});

test('a swing is known two closed bars late and not earlier', () => {
  const spike = { 27: { high: s.price(110) } };
  const names = (count: number) =>
    levelsOf(flat(30, spike).slice(0, count), { mid: s.price(100), tick: s.price(1) }).map(
      ({ name }) => name,
    );
  expect(names(30)).toContain('swing_high1');
  expect(names(29)).not.toContain('swing_high1');
});

test('of several at one price the first by name stays', () => {
  const wide = flat(30, { 10: { high: s.price(106) } });
  const levels = levelsOf(wide, { mid: s.price(100), tick: s.price(4) });
  const prices = levels.map(({ price }) => price);
  expect(new Set(prices).size).toBe(prices.length);
  expect(levels.every(({ name }) => name.startsWith('atr'))).toBe(true);
});

test('all of them together', () => {
  expect(levelsOf(bars, { mid, tick })).toMatchSnapshot();
});

test('few bars give few levels, none give none', () => {
  expect(levelsOf([], { mid, tick })).toEqual([]);
  const four = levelsOf(flat(4), { mid: s.price(50), tick: s.price(1) });
  expect(four.map(({ name }) => name)).toEqual(['vwap']);
  expect(() => levelsOf(bars, { mid, tick: 0n as Price })).toThrow('invariant');
});

test('whatever the bars: on the tick, rising, positive, and not within a tick of the market', () => {
  const value = fc.integer({ min: 1, max: 1_000_000 });
  const candle = fc.tuple(value, value, value, value, fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(
      fc.array(candle, { maxLength: 60 }),
      fc.integer({ min: 1, max: 50_000 }),
      value,
      (rows, step, middle) => {
        const made = rows.map(([a, b, c, d, volume], index): Candle => {
          const whole = (part: number): Price => BigInt(part) as Price;
          return {
            ...(flat(1)[0] as Candle),
            openAt: (s.START + index * FIVE) as TimeMs,
            open: whole(a),
            high: whole(Math.max(a, b, c, d)),
            low: whole(Math.min(a, b, c, d)),
            close: whole(d),
            volume: s.qty(volume),
          };
        });
        const at = { mid: BigInt(middle) as Price, tick: BigInt(step) as Price };
        const prices = levelsOf(made, at).map(({ price }) => parseFixed(price) ?? 0n);
        for (const [index, price] of prices.entries()) {
          expect(price > 0n && price % at.tick === 0n).toBe(true);
          expect(price >= at.mid + at.tick || price <= at.mid - at.tick).toBe(true);
          expect(index === 0 || price > (prices[index - 1] ?? 0n)).toBe(true);
        }
      },
    ),
    { numRuns: 150 },
  );
});
