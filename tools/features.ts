/** What a price model is shown of a market: eight numbers from the last closed bars, and of nothing later. */
import { barsOf } from './bars.ts';
import type { Candle, FeatureRow } from './contract.ts';
import { sma } from './indicators/averages.ts';
import { trueRanges } from './indicators/range.ts';
import { logReturns } from './indicators/volatility.ts';

/** In the order in which they are computed; a model's card says in which order it takes them. */
export const FEATURES = [
  'ret_1',
  'ret_5',
  'ret_20',
  'vol_ratio',
  'momentum_norm',
  'volume_z',
  'range_norm',
  'sma_spread',
] as const;
export type Feature = (typeof FEATURES)[number];

/** Bars that the longest of them looks at. What lies further back changes nothing. */
export const FEATURE_BARS = 21;

/** Null where one of them cannot be computed: too few bars, or a market without any movement or trade. */
export function featuresOf(candles: readonly Candle[]): FeatureRow | null {
  if (candles.length < FEATURE_BARS) return null;
  const bars = barsOf(candles.slice(-FEATURE_BARS));
  const moves = logReturns(bars.close);
  const total = (count: number): number => sum(moves.slice(-count));
  const [wide, near] = [spread(moves), spread(moves.slice(-5))];
  const volumes = bars.volume.slice(0, -1);
  const ranges = trueRanges(bars).slice(-14);
  const short = sma(bars.close, 5).at(-1) ?? Number.NaN;
  const long = sma(bars.close, 20).at(-1) ?? Number.NaN;
  const row: Record<Feature, number> = {
    ret_1: total(1),
    ret_5: total(5),
    ret_20: total(20),
    vol_ratio: near / wide,
    momentum_norm: total(20) / (wide * Math.sqrt(20)),
    volume_z: ((bars.volume.at(-1) ?? Number.NaN) - mean(volumes)) / spread(volumes),
    range_norm: (ranges.at(-1) ?? Number.NaN) / mean(ranges),
    sma_spread: short / long - 1,
  };
  // Twenty equal moves have no spread to speak of, only what rounding left of it.
  const known = moves.length > 0 && wide > 1e-12 && Object.values(row).every(Number.isFinite);
  return known ? row : null;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Standard deviation, dividing by the number of values. */
function spread(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
