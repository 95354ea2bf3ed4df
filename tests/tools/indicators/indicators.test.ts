/** The indicators against worked examples that others have published, and against a second way to compute each of them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossing, ema, sma, wilder } from '../../../tools/indicators/averages.ts';
import { bands } from '../../../tools/indicators/bands.ts';
import { macd } from '../../../tools/indicators/macd.ts';
import { atr, directional, trueRanges } from '../../../tools/indicators/range.ts';
import { rsi } from '../../../tools/indicators/rsi.ts';
import { logReturns, realised } from '../../../tools/indicators/volatility.ts';
import { vwap } from '../../../tools/indicators/vwap.ts';
import { ACHELIS, CHART_SCHOOL, INVEST_EXCEL } from './published.ts';

/** Every published number, to within half of its last printed digit or what the note beside it says. */
function near(values: readonly number[], published: readonly number[], within: number): void {
  expect(values).toHaveLength(published.length);
  for (const [index, value] of values.entries())
    expect(Math.abs(value - (published[index] ?? Number.NaN)), `at ${index}`).toBeLessThan(within);
}

describe('published values', () => {
  it('averages', () => {
    near(sma(ACHELIS.plain.values, 5), ACHELIS.plain.averages, 0.0006);
    near(ema(CHART_SCHOOL.exponential.close, 10), CHART_SCHOOL.exponential.averages, 0.006);
    near(wilder(ACHELIS.wilder.values, 5), ACHELIS.wilder.averages, 0.0001);
  });

  it('relative strength', () => {
    near(rsi(ACHELIS.strength.close, 5), ACHELIS.strength.rsi, 0.0001);
    near(rsi(CHART_SCHOOL.strength.close, 14), CHART_SCHOOL.strength.rsi, 0.006);
  });

  it('convergence and divergence', () => {
    const { line, signal } = macd(INVEST_EXCEL.close, { fast: 12, slow: 26, signal: 9 });
    near(line.slice(0, INVEST_EXCEL.line.length), INVEST_EXCEL.line, 1e-8);
    near(signal.slice(0, INVEST_EXCEL.signal.length), INVEST_EXCEL.signal, 1e-8);
  });

  it('true ranges', () => {
    const { high, low, trueRanges: ranges, averages } = ACHELIS.ranges;
    const own = [high[0] - low[0], ...trueRanges(ACHELIS.ranges)];
    near(own, ranges, 0.0002);
    near(wilder(own, 4), averages, 0.0002);
  });

  it('bands', () => {
    const { lower, middle, upper } = bands(ACHELIS.bands.close, { period: 5, width: 2 });
    near(middle, ACHELIS.bands.middle, 0.0001);
    near(upper, ACHELIS.bands.upper, 0.0001);
    near(lower, ACHELIS.bands.lower, 0.0001);
  });

  it('directional index', () => {
    near(directional(CHART_SCHOOL.directional, 14).adx, CHART_SCHOOL.directional.adx, 0.14);
  });
});

const price = fc.double({ min: 1, max: 1_000, noNaN: true });
const closes = fc.array(price, { minLength: 30, maxLength: 80 });
const bars = fc
  .array(fc.tuple(price, price, price), { minLength: 30, maxLength: 60 })
  .map((rows) => ({
    high: rows.map((row) => Math.max(...row)),
    low: rows.map((row) => Math.min(...row)),
    close: rows.map((row) => row.toSorted((a, b) => a - b)[1] ?? 0),
  }));
const period = fc.integer({ min: 2, max: 14 });
const close8 = (a: number, b: number): void =>
  expect(Math.abs(a - b)).toBeLessThan(1e-8 * Math.max(1, Math.abs(a), Math.abs(b)));
const last = (values: readonly number[]): number => values.at(-1) ?? Number.NaN;
const runs = { numRuns: 60 };

/** The weights written out: (1 - w)^k of what lies k steps back, and the rest on the mean of the beginning. */
function weighted(values: readonly number[], first: number, weight: number): number {
  const rest = values.slice(first).toReversed();
  const start = values.slice(0, first).reduce((sum, value) => sum + value, 0) / first;
  return rest.reduce(
    (sum, value, back) => sum + weight * (1 - weight) ** back * value,
    start * (1 - weight) ** rest.length,
  );
}

describe('a second way to compute', () => {
  it('exponential averages: weights written out', () => {
    fc.assert(
      fc.property(closes, period, (values, n) => {
        close8(last(ema(values, n)), weighted(values, n, 2 / (n + 1)));
        close8(last(wilder(values, n)), weighted(values, n, 1 / n));
      }),
      runs,
    );
  });

  it('plain averages: differences of running sums', () => {
    fc.assert(
      fc.property(closes, period, (values, n) => {
        let sum = 0;
        const sums = [0, ...values.map((value) => (sum += value))];
        sma(values, n).forEach((mean, index) =>
          close8(mean, ((sums[index + n] ?? 0) - (sums[index] ?? 0)) / n),
        );
      }),
      runs,
    );
  });

  it('relative strength: 100 - 100 / (1 + ups / downs), with weights written out', () => {
    fc.assert(
      fc.property(closes, period, (values, n) => {
        const moves = values.slice(1).map((value, index) => value - (values[index] ?? 0));
        const ups = weighted(
          moves.map((move) => (move > 0 ? move : 0)),
          n,
          1 / n,
        );
        const downs = weighted(
          moves.map((move) => (move < 0 ? -move : 0)),
          n,
          1 / n,
        );
        fc.pre(downs > 1e-9);
        close8(last(rsi(values, n)), 100 - 100 / (1 + ups / downs));
      }),
      runs,
    );
  });

  it('convergence: linear in the prices', () => {
    const spec = { fast: 3, slow: 7, signal: 4 };
    fc.assert(
      fc.property(closes, fc.double({ min: 0.1, max: 9, noNaN: true }), (values, times) => {
        const one = macd(values, spec);
        const moved = macd(
          values.map((value) => 100 + times * value),
          spec,
        );
        close8(last(moved.line), times * last(one.line));
        close8(last(moved.histogram), times * (last(one.line) - last(one.signal)));
      }),
      runs,
    );
  });

  it('true range: the largest of three distances', () => {
    fc.assert(
      fc.property(bars, period, (known, n) => {
        const { high, low, close } = known;
        const ranges = high.slice(1).map((top, index) => {
          const [bottom, before] = [low[index + 1] ?? 0, close[index] ?? 0];
          return Math.max(top - bottom, Math.abs(top - before), Math.abs(bottom - before));
        });
        trueRanges(known).forEach((range, index) => close8(range, ranges[index] ?? 0));
        close8(last(atr(known, n)), weighted(ranges, n, 1 / n));
      }),
      runs,
    );
  });

  it('bands: deviation by the mean of squares less the square of the mean', () => {
    fc.assert(
      fc.property(closes, period, (values, n) => {
        const { middle, upper, lower } = bands(values, { period: n, width: 2 });
        const run = values.slice(-n);
        const mean = run.reduce((sum, value) => sum + value, 0) / n;
        const squares = run.reduce((sum, value) => sum + value * value, 0) / n;
        const deviation = Math.sqrt(Math.max(0, squares - mean * mean));
        expect(last(upper) - last(middle)).toBeCloseTo(2 * deviation, 3);
        close8(last(upper) - last(middle), last(middle) - last(lower));
      }),
      runs,
    );
  });

  it('directional movement: Wilder’s own sums, which forget a share of themselves at each step', () => {
    fc.assert(
      fc.property(bars, period, ({ high, low, close }, n) => {
        const steps = high.slice(1).map((top, index) => {
          const up = top - (high[index] ?? 0);
          const down = (low[index] ?? 0) - (low[index + 1] ?? 0);
          const range =
            Math.max(top, close[index] ?? 0) - Math.min(low[index + 1] ?? 0, close[index] ?? 0);
          return {
            up: up > down && up > 0 ? up : 0,
            down: down > up && down > 0 ? down : 0,
            range,
          };
        });
        const sums = { up: 0, down: 0, range: 0 };
        for (const [index, step] of steps.entries())
          for (const key of ['up', 'down', 'range'] as const)
            sums[key] += step[key] - (index < n ? 0 : sums[key] / n);
        fc.pre(sums.range > 1e-9);
        const { plus, minus } = directional({ high, low, close }, n);
        close8(last(plus), (100 * sums.up) / sums.range);
        close8(last(minus), (100 * sums.down) / sums.range);
      }),
      runs,
    );
  });

  it('volatility: the root of n times the variance plus the squared drift', () => {
    fc.assert(
      fc.property(closes, (values) => {
        const moves = logReturns(values);
        const mean = moves.reduce((sum, move) => sum + move, 0) / moves.length;
        const variance = moves.reduce((sum, move) => sum + (move - mean) ** 2, 0) / moves.length;
        close8(realised(values) ?? 0, Math.sqrt(variance + mean * mean));
        close8(mean * moves.length, Math.log(last(values) / (values[0] ?? 1)));
      }),
      runs,
    );
  });

  it('price by volume: between the extremes, and that of one bar split in two', () => {
    fc.assert(
      fc.property(bars, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (known, share) => {
        const volume = known.close.map((_, index) => 1 + (index % 5));
        const whole = vwap(known, volume) ?? 0;
        expect(whole).toBeGreaterThanOrEqual(Math.min(...known.low) - 1e-9);
        expect(whole).toBeLessThanOrEqual(Math.max(...known.high) + 1e-9);
        const twice = {
          high: [...known.high, last(known.high)],
          low: [...known.low, last(known.low)],
          close: [...known.close, last(known.close)],
        };
        const split = [...volume.slice(0, -1), last(volume) * share, last(volume) * (1 - share)];
        close8(vwap(twice, split) ?? 0, whole);
      }),
      runs,
    );
  });
});

describe('bounds and edges', () => {
  it('keeps to 0 and 100 whatever the market does', () => {
    fc.assert(
      fc.property(bars, period, (known, n) => {
        const { plus, minus, adx } = directional(known, n);
        for (const value of [...rsi(known.close, n), ...plus, ...minus, ...adx]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(100 + 1e-9);
        }
      }),
      runs,
    );
  });

  it('is empty with one value too few and has one value with just enough', () => {
    const values = [1, 2, 3, 4, 5];
    expect(sma(values, 6)).toEqual([]);
    expect(sma(values, 5)).toEqual([3]);
    expect(ema(values, 6)).toEqual([]);
    expect(ema(values, 5)).toEqual([3]);
    expect(rsi(values, 5)).toEqual([]);
    expect(rsi(values, 4)).toEqual([100]);
    expect(rsi([3, 3, 3], 2)).toEqual([50]);
    expect(vwap({ high: [1], low: [1], close: [1] }, [0])).toBeNull();
    expect(realised([5])).toBeNull();
    expect(realised([5, 0])).toBeNull();
  });

  it('sees a crossing within its steps and not one step earlier', () => {
    expect(crossing([1, 3], [2, 2], 1)).toBe('up');
    expect(crossing([3, 1], [2, 2], 1)).toBe('down');
    expect(crossing([1, 3, 3], [2, 2, 2], 1)).toBe('none');
    expect(crossing([1, 3, 3], [2, 2, 2], 2)).toBe('up');
    expect(crossing([1, 3, 1], [2, 2, 2], 2)).toBe('down');
    expect(crossing([2, 3], [2, 2], 1)).toBe('up');
    expect(crossing([2, 2], [2, 2], 1)).toBe('none');
    expect(crossing([3], [2], 1)).toBe('none');
  });
});
