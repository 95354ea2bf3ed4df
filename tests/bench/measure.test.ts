/** The helpers of the benchmarks: ranks, turns and figures. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atLeast,
  atMost,
  median,
  percentile,
  rate,
  sideBySide,
  timeEach,
} from '../../bench/measure.ts';

describe('percentile', () => {
  test.each([
    [[7], 0.99, 7],
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 2, 3], 0.5, 2],
    [[4, 1, 2, 3], 0.51, 3],
    [[4, 1, 2, 3], 0, 1],
    [[4, 1, 2, 3], 1, 4],
  ])('of %j at %d is %d', (samples, p, expected) => {
    expect(percentile(samples, p)).toBe(expected);
  });

  test('refuses an empty list and a share outside 0 to 1', () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => percentile([1], 1.01)).toThrow(RangeError);
    expect(() => percentile([1], Number.NaN)).toThrow(RangeError);
  });

  test('is one of the samples, and at least the share of them lies at or below it', () => {
    const samples = fc.array(fc.integer(), { minLength: 1, maxLength: 50 });
    const share = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(samples, share, (list, percent) => {
        const value = percentile(list, percent / 100);
        const below = list.filter((sample) => sample <= value).length;
        return list.includes(value) && below >= (percent / 100) * list.length - 1e-9;
      }),
    );
  });
});

test('timeEach keeps one sample a round and leaves the warm-up out', async () => {
  const rounds: number[] = [];
  const samples = await timeEach({ rounds: 3, warmup: 2 }, (round) => rounds.push(round));
  expect(rounds).toEqual([-2, -1, 0, 1, 2]);
  expect(samples).toHaveLength(3);
});

test('sideBySide runs both as often and takes turns in going first', async () => {
  const order: string[] = [];
  await sideBySide(
    { rounds: 2, warmup: 0 },
    () => order.push('subject'),
    () => order.push('floor'),
  );
  expect(order).toEqual(['subject', 'floor', 'floor', 'subject']);
});

test('rate awaits work that returns a promise', async () => {
  let done = 0;
  const perSecond = await rate({ rounds: 2, warmup: 0, batch: 10 }, async () => {
    await Promise.resolve();
    done += 1;
  });
  expect(done).toBe(2);
  expect(perSecond).toBeGreaterThan(0);
});

test('a figure meets its target at the target and misses it one step past', () => {
  const more = { name: 'rate', unit: '/s', target: 100, floor: 400 };
  expect(atLeast({ ...more, value: 100 })).toEqual({ ...more, value: 100, ratio: 4, ok: true });
  expect(atLeast({ ...more, value: 99 }).ok).toBe(false);
  const less = { name: 'latency', unit: 'µs', target: 40, floor: 10 };
  expect(atMost({ ...less, value: 40 })).toEqual({ ...less, value: 40, ratio: 4, ok: true });
  expect(atMost({ ...less, value: 41 }).ok).toBe(false);
  expect(atMost({ name: 'bare', unit: 's', value: 1 })).toEqual({
    name: 'bare',
    unit: 's',
    value: 1,
  });
});
