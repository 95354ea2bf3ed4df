/** The few statistics that the tests of the simulator need. */

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export const deviation = (values: readonly number[]): number => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};

export function correlation(xs: readonly number[], ys: readonly number[]): number {
  const x = mean(xs);
  const y = mean(ys);
  return (
    mean(xs.map((value, index) => (value - x) * ((ys[index] ?? 0) - y))) /
    (deviation(xs) * deviation(ys))
  );
}

export const lagged = (values: readonly number[], lag: number): number =>
  correlation(values.slice(lag), values.slice(0, -lag));

/** Least squares through the origin, with its standard error. */
export function slope(
  xs: readonly number[],
  ys: readonly number[],
): Readonly<{ value: number; error: number }> {
  const squares = xs.reduce((sum, x) => sum + x * x, 0);
  const value = xs.reduce((sum, x, index) => sum + x * (ys[index] ?? 0), 0) / squares;
  const rest = xs.map((x, index) => (ys[index] ?? 0) - value * x);
  return { value, error: deviation(rest) / Math.sqrt(squares) };
}
