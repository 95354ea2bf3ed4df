/** How much a price moves: the root of the mean squared logarithmic return. */

/** Logarithmic returns from one close to the next; empty where a close is not above zero. */
export function logReturns(close: readonly number[]): readonly number[] {
  if (close.some((value) => !(value > 0))) return [];
  return close.slice(1).map((value, index) => Math.log(value / (close[index] ?? value)));
}

/** Over one step, as a share of the price and without a mean taken off; null without returns. */
export function realised(close: readonly number[]): number | null {
  const moves = logReturns(close);
  if (moves.length === 0) return null;
  return Math.sqrt(moves.reduce((sum, move) => sum + move * move, 0) / moves.length);
}
