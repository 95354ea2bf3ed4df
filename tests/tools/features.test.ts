/** What a price model is shown: eight numbers, each checked another way, and no more of the past than it says. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Price, Qty, SpanMs } from '#firewall';
import { FEATURE_BARS, FEATURES, featuresOf } from '../../tools/features.ts';
import * as s from '../market/samples.ts';
import { wavyCandles } from './wavy-candles.ts';

const wavy = wavyCandles({ symbol: s.PERP, count: 60, timeframeMs: 60_000 as SpanMs });
const of = (candles = wavy) => featuresOf(candles) ?? {};

describe('featuresOf', () => {
  it('gives every feature by name, as finite numbers', () => {
    expect(Object.keys(of())).toEqual([...FEATURES]);
    expect(of()).toMatchSnapshot();
  });

  it('computes what its names say', () => {
    const close = wavy.map((bar) => Number(bar.close));
    const back = (count: number): number =>
      Math.log((close.at(-1) ?? 1) / (close.at(-1 - count) ?? 1));
    const { ret_1: one, ret_5: five, ret_20: twenty, sma_spread: spread } = of();
    expect(one).toBeCloseTo(back(1), 10);
    expect(five).toBeCloseTo(back(5), 10);
    expect(twenty).toBeCloseTo(back(20), 10);
    const mean = (count: number) =>
      close.slice(-count).reduce((sum, value) => sum + value, 0) / count;
    expect(spread).toBeCloseTo(mean(5) / mean(20) - 1, 10);
  });

  it('does not change when every price is in another currency or every volume in another unit', () => {
    const times = (value: bigint, by: bigint): bigint => value * by;
    const other = wavy.map((bar) => ({
      ...bar,
      open: times(bar.open, 3n) as Price,
      high: times(bar.high, 3n) as Price,
      low: times(bar.low, 3n) as Price,
      close: times(bar.close, 3n) as Price,
      volume: times(bar.volume, 7n) as Qty,
    }));
    for (const name of FEATURES) expect(of(other)[name]).toBeCloseTo(of()[name] ?? Number.NaN, 9);
  });

  it('looks at so many bars and at none before them', () => {
    fc.assert(
      fc.property(fc.integer({ min: FEATURE_BARS, max: 59 }), (count) => {
        expect(featuresOf(wavy.slice(-count))).toEqual(of());
      }),
    );
    expect(featuresOf(wavy.slice(-FEATURE_BARS + 1))).toBeNull();
  });

  it('is nothing where a market does not move, does not trade, or has no price', () => {
    const [first] = wavy;
    const still = wavy.map((bar) => ({ ...bar, close: first?.close ?? bar.close }));
    expect(featuresOf(still)).toBeNull();
    expect(featuresOf(wavy.map((bar) => ({ ...bar, volume: s.qty(1) })))).toBeNull();
    expect(featuresOf(wavy.map((bar) => ({ ...bar, close: 0n as Price })))).toBeNull();
  });
});
