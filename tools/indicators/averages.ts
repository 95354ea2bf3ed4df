/** Moving averages. Each result lies at the end: its last value belongs to the last input. */

/** Mean of every run of `period` values; empty where there are fewer. */
export function sma(values: readonly number[], period: number): readonly number[] {
  const out: number[] = [];
  for (let end = period; end <= values.length; end += 1) {
    // Summed afresh each time: a running sum gathers rounding errors over a long history.
    let sum = 0;
    for (let index = end - period; index < end; index += 1) sum += values[index] ?? 0;
    out.push(sum / period);
  }
  return out;
}

/** Exponential average with weight 2 / (period + 1), begun with the mean of the first `period` values. */
export const ema = (values: readonly number[], period: number): readonly number[] =>
  smoothed(values, period, 2 / (period + 1));

/** Wilder's smoothing: an exponential average with weight 1 / period. */
export const wilder = (values: readonly number[], period: number): readonly number[] =>
  smoothed(values, period, 1 / period);

function smoothed(values: readonly number[], period: number, weight: number): readonly number[] {
  const first = sma(values.slice(0, period), period)[0];
  if (first === undefined) return [];
  const out = [first];
  let last = first;
  for (const value of values.slice(period)) {
    last += weight * (value - last);
    out.push(last);
  }
  return out;
}

export type Cross = 'up' | 'down' | 'none';

/** Whether the fast line went through the slow one within the last `within` steps; the latest crossing counts. */
export function crossing(fast: readonly number[], slow: readonly number[], within: number): Cross {
  for (let back = 1; back <= within; back += 1) {
    const here = side(fast.at(-back), slow.at(-back));
    const before = side(fast.at(-back - 1), slow.at(-back - 1));
    if (here === null || before === null) return 'none';
    if (here > 0 && before <= 0) return 'up';
    if (here < 0 && before >= 0) return 'down';
  }
  return 'none';
}

const side = (fast: number | undefined, slow: number | undefined): number | null =>
  fast === undefined || slow === undefined ? null : Math.sign(fast - slow);
