/** Appel's moving average convergence and divergence. */
import { ema } from './averages.ts';

export type Macd = Readonly<{
  line: readonly number[];
  /** Average of the line. */
  signal: readonly number[];
  /** Line less signal, as long as the signal. */
  histogram: readonly number[];
}>;

export function macd(
  close: readonly number[],
  { fast, slow, signal }: Readonly<{ fast: number; slow: number; signal: number }>,
): Macd {
  const near = ema(close, fast);
  const far = ema(close, slow);
  const line = far.map((value, index) => (near[index + near.length - far.length] ?? value) - value);
  const average = ema(line, signal);
  const histogram = average.map(
    (value, index) => (line[index + line.length - average.length] ?? value) - value,
  );
  return { line, signal: average, histogram };
}
