/** True ranges, Wilder's average of them, and his index of how directed the movement is. */
import { wilder } from './averages.ts';

export type HighLowClose = Readonly<{
  high: readonly number[];
  low: readonly number[];
  close: readonly number[];
}>;

/** From the second bar on: a gap from the close before counts as movement. */
export const trueRanges = ({ high, low, close }: HighLowClose): readonly number[] =>
  high.slice(1).map((top, index) => {
    const before = close[index] ?? top;
    return Math.max(top, before) - Math.min(low[index + 1] ?? top, before);
  });

/** Average true range with Wilder's smoothing. The first bar has no close before it and is left out. */
export const atr = (bars: HighLowClose, period: number): readonly number[] =>
  wilder(trueRanges(bars), period);

export type Directional = Readonly<{
  plus: readonly number[];
  minus: readonly number[];
  /** Between 0 and 100, shorter than the other two by the second smoothing. */
  adx: readonly number[];
}>;

/** Wilder's directional movement, all in percent. */
export function directional(bars: HighLowClose, period: number): Directional {
  const { high, low } = bars;
  const ups = high.slice(1).map((top, index) => top - (high[index] ?? top));
  const downs = low.slice(1).map((bottom, index) => (low[index] ?? bottom) - bottom);
  const ranges = wilder(trueRanges(bars), period);
  const share = (moves: readonly number[], others: readonly number[]): readonly number[] => {
    const own = moves.map((move, index) => (move > 0 && move > (others[index] ?? 0) ? move : 0));
    return wilder(own, period).map((value, index) => percent(value, ranges[index] ?? 0));
  };
  const plus = share(ups, downs);
  const minus = share(downs, ups);
  const spread = plus.map((value, index) => {
    const other = minus[index] ?? 0;
    return percent(Math.abs(value - other), value + other);
  });
  return { plus, minus, adx: wilder(spread, period) };
}

const percent = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole);
