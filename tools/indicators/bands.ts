/** Bollinger's bands: a mean and so many standard deviations on either side, over the whole run of values. */
import { sma } from './averages.ts';

export type Bands = Readonly<{
  middle: readonly number[];
  upper: readonly number[];
  lower: readonly number[];
}>;

/** The deviation divides by `period`, as Bollinger's own does. */
export function bands(
  close: readonly number[],
  { period, width }: Readonly<{ period: number; width: number }>,
): Bands {
  const middle = sma(close, period);
  const deviations = middle.map((mean, start) => {
    let squares = 0;
    for (let index = start; index < start + period; index += 1)
      squares += ((close[index] ?? mean) - mean) ** 2;
    return Math.sqrt(squares / period);
  });
  const side = (sign: number): readonly number[] =>
    middle.map((mean, index) => mean + sign * width * (deviations[index] ?? 0));
  return { middle, upper: side(1), lower: side(-1) };
}
