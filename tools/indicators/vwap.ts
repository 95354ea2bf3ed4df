/** Average price by traded volume, with the middle of each bar's high, low and close. */
import type { HighLowClose } from './range.ts';

/** Null where nothing was traded. */
export function vwap({ high, low, close }: HighLowClose, volume: readonly number[]): number | null {
  let worth = 0;
  let traded = 0;
  for (const [index, qty] of volume.entries()) {
    const typical = ((high[index] ?? 0) + (low[index] ?? 0) + (close[index] ?? 0)) / 3;
    worth += typical * qty;
    traded += qty;
  }
  return traded > 0 ? worth / traded : null;
}
