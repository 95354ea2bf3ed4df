/** Wilder's relative strength index, between 0 and 100. */
import { wilder } from './averages.ts';

/** From the second close on; a market that did not move at all stands in the middle. */
export function rsi(close: readonly number[], period: number): readonly number[] {
  const moves = close.slice(1).map((value, index) => value - (close[index] ?? value));
  const ups = wilder(
    moves.map((move) => Math.max(move, 0)),
    period,
  );
  const downs = wilder(
    moves.map((move) => Math.max(-move, 0)),
    period,
  );
  return ups.map((up, index) => {
    const total = up + (downs[index] ?? 0);
    return total === 0 ? 50 : (100 * up) / total;
  });
}
