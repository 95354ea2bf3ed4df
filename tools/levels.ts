/** The prices that a stop, a target or an invalidation may name: found by code, on the instrument's tick, never invented. */
import { assert, formatFixed, type Price } from '#firewall';
import { barsOf, type Bars } from './bars.ts';
import type { Candle, Level } from './contract.ts';
import { bands } from './indicators/bands.ts';
import { atr } from './indicators/range.ts';
import { vwap } from './indicators/vwap.ts';

/** Bars that the volume average looks at. */
const VWAP_BARS = 48;
/** Bars on either side that a swing stands out from. All are closed: a swing is known two bars late. */
const SWING_SHOULDER = 2;
const SWINGS_MAX = 2;
const MULTIPLES = [1, 2, 3] as const;

type Found = Readonly<{ name: string; at: number }>;

/** From the lowest to the highest; of several at one price the first by name stays, and none lies at the market itself. */
export function levelsOf(
  candles: readonly Candle[],
  { mid, tick }: Readonly<{ mid: Price; tick: Price }>,
): readonly Level[] {
  assert(tick > 0n && mid > 0n, 'levels lie on a tick around a price');
  const bars = barsOf(candles);
  const here = Number(mid) / 1e8;
  const found = [
    ...rangesAround(bars, here),
    ...bandsOf(bars),
    ...averageOf(bars),
    ...swingsOf(bars),
  ];
  const byPrice = new Map<bigint, string>();
  for (const { name, at } of found.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const price = onTick(at, tick);
    const off = price > mid ? price - mid : mid - price;
    if (price > 0n && off >= tick && !byPrice.has(price)) byPrice.set(price, name);
  }
  return [...byPrice]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([price, name]) => ({ name, price: formatFixed(price) }));
}

/** The nearest price on the tick; zero where the number is none. */
function onTick(at: number, tick: bigint): bigint {
  if (!Number.isFinite(at) || at <= 0 || at >= 1e15) return 0n;
  const exact = BigInt(Math.round(at * 1e8));
  return ((exact + tick / 2n) / tick) * tick;
}

function rangesAround(bars: Bars, here: number): readonly Found[] {
  const range = atr(bars, 14).at(-1) ?? 0;
  if (!(range > 0)) return [];
  return MULTIPLES.flatMap((times) => [
    { name: `atr${times}_above`, at: here + times * range },
    { name: `atr${times}_below`, at: here - times * range },
  ]);
}

function bandsOf({ close }: Bars): readonly Found[] {
  const { upper, lower } = bands(close, { period: 20, width: 2 });
  const [top, bottom] = [upper.at(-1), lower.at(-1)];
  return top === undefined || bottom === undefined
    ? []
    : [
        { name: 'band_lower', at: bottom },
        { name: 'band_upper', at: top },
      ];
}

function averageOf(bars: Bars): readonly Found[] {
  const from = -VWAP_BARS;
  const { high, low, close, volume } = bars;
  const average = vwap(
    { high: high.slice(from), low: low.slice(from), close: close.slice(from) },
    volume.slice(from),
  );
  return average === null ? [] : [{ name: 'vwap', at: average }];
}

function swingsOf({ high, low }: Bars): readonly Found[] {
  const highs = turns(high, (value, other) => value > other);
  const lows = turns(low, (value, other) => value < other);
  return [
    ...highs.map((at, index) => ({ name: `swing_high${index + 1}`, at })),
    ...lows.map((at, index) => ({ name: `swing_low${index + 1}`, at })),
  ];
}

/** The newest values that stand out from those on either side, newest first. */
function turns(
  values: readonly number[],
  beyond: (value: number, other: number) => boolean,
): readonly number[] {
  const found: number[] = [];
  for (
    let index = values.length - 1 - SWING_SHOULDER;
    index >= SWING_SHOULDER && found.length < SWINGS_MAX;
    index -= 1
  ) {
    const value = values[index] ?? 0;
    const around = values.slice(index - SWING_SHOULDER, index + SWING_SHOULDER + 1);
    if (around.every((other, place) => place === SWING_SHOULDER || beyond(value, other)))
      found.push(value);
  }
  return found;
}
