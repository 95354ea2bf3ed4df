/** The usual indicators over closed bars, each computed here and nowhere else. */
import { z } from 'zod';
import {
  barsBefore,
  barsOf,
  moveBps,
  prefixOf,
  TIMEFRAMES,
  timeframeMs,
  type Bars,
} from './bars.ts';
import type { Fact, Tool } from './contract.ts';
import { citedBar } from './evidence.ts';
import { numberFact, sorted, tickDigits, wordFact } from './facts.ts';
import { crossing, ema, sma } from './indicators/averages.ts';
import { bands } from './indicators/bands.ts';
import { macd } from './indicators/macd.ts';
import { atr, directional } from './indicators/range.ts';
import { rsi } from './indicators/rsi.ts';
import { realised } from './indicators/volatility.ts';
import { vwap } from './indicators/vwap.ts';

const input = z.strictObject({ timeframe: z.enum(TIMEFRAMES) });
type Input = z.infer<typeof input>;

/** The averages that look back forever look back over this many bars, so that one decision can be computed again. */
export const INDICATOR_BARS = 120;
/** Below this nothing but the shortest of them could be computed. */
const BARS_MIN = 22;
const CROSS_WITHIN = 3;
const VWAP_BARS = 48;
const DAY_MS = 86_400_000;

const BPS = { unit: 'bps', digits: 1 } as const;
const PERCENT = { unit: 'percent', digits: 1 } as const;
const RATIO = { unit: 'ratio', digits: 2 } as const;

export const indicators: Tool<Input> = {
  name: 'indicators',
  description: 'RSI, moving averages, MACD, ATR, Bollinger bands, ADX, VWAP and volatility.',
  effect: 'read',
  reads: 'typed',
  input,
  facts: {
    adx14: ['percent', 'strength of the trend, Wilder, 14 bars'],
    atr14: ['price', 'average true range, Wilder, 14 bars'],
    atr14_bps: ['bps', 'the same by the last close'],
    band_place: [
      'ratio',
      'where the close lies between lower (0) and upper (1) Bollinger band, 20 bars, 2 deviations',
    ],
    band_width: ['bps', 'width of the bands by their middle'],
    di_minus14: ['percent', 'downward movement, Wilder, 14 bars'],
    di_plus14: ['percent', 'upward movement, Wilder, 14 bars'],
    ema21: ['price', 'exponential average, 21 bars'],
    ema8: ['price', 'exponential average, 8 bars'],
    ema_cross: ['word', 'up, down or none: whether the averages crossed within 3 bars'],
    ema_gap: ['bps', 'from the slow to the fast exponential average'],
    macd: ['bps', '12 less 26 bars, by the last close'],
    macd_hist: ['bps', 'macd less its signal'],
    macd_signal: ['bps', 'average of macd, 9 bars'],
    rsi14: ['percent', 'relative strength, Wilder, 14 bars'],
    sma50_gap: ['bps', 'from the plain average of 50 bars to the last close'],
    volatility_day: ['percent', 'realised, for one day'],
    vwap_gap: ['bps', 'from the average price by volume of 48 bars to the last close'],
  },
  codes: ['SYMBOL_NOT_KNOWN', 'HISTORY_TOO_SHORT'],
  async run({ timeframe }, scope) {
    const { ports, symbol, now } = scope;
    const view = ports.market.view(symbol, now, []);
    if (view === null)
      return { ok: false, code: 'SYMBOL_NOT_KNOWN', hint: 'this symbol is not followed here' };
    const known = barsBefore(scope, timeframe, INDICATOR_BARS);
    const last = known.at(-1);
    if (last === undefined || known.length < BARS_MIN)
      return { ok: false, code: 'HISTORY_TOO_SHORT', hint: 'ask for a shorter timeframe' };
    const setting = {
      prefix: prefixOf('indicators', timeframe),
      digits: tickDigits(view.instrument?.tick ?? 1n),
      barsPerDay: DAY_MS / timeframeMs(timeframe),
    };
    return {
      ok: true,
      asOf: last.closeAt,
      facts: indicatorFacts(barsOf(known), setting),
      evidence: citedBar(scope, known),
      texts: [],
    };
  },
};

type Setting = Readonly<{ prefix: string; digits: number; barsPerDay: number }>;

/** What cannot be computed from so few bars is left out. */
function indicatorFacts(bars: Bars, { prefix, digits, barsPerDay }: Setting): readonly Fact[] {
  const price = { unit: 'price', digits } as const;
  const last = (values: readonly number[]): number | null => values.at(-1) ?? null;
  const { close } = bars;
  const here = last(close);
  const [near, far] = [ema(close, 8), ema(close, 21)];
  const range = last(atr(bars, 14));
  const average = vwap(
    {
      high: bars.high.slice(-VWAP_BARS),
      low: bars.low.slice(-VWAP_BARS),
      close: close.slice(-VWAP_BARS),
    },
    bars.volume.slice(-VWAP_BARS),
  );
  const move = realised(close);
  const asBps = (value: number | null): number | null =>
    value === null || here === null || here <= 0 ? null : (value / here) * 10_000;
  return sorted([
    numberFact(`${prefix}.atr14`, range, price),
    numberFact(`${prefix}.atr14_bps`, asBps(range), BPS),
    numberFact(`${prefix}.ema21`, last(far), price),
    numberFact(`${prefix}.ema8`, last(near), price),
    wordFact(`${prefix}.ema_cross`, crossing(near, far, CROSS_WITHIN)),
    numberFact(`${prefix}.ema_gap`, moveBps(last(far), last(near)), BPS),
    numberFact(`${prefix}.rsi14`, last(rsi(close, 14)), PERCENT),
    numberFact(`${prefix}.sma50_gap`, moveBps(last(sma(close, 50)), here), BPS),
    numberFact(`${prefix}.volatility_day`, day(move, barsPerDay), PERCENT),
    numberFact(`${prefix}.vwap_gap`, moveBps(average, here), BPS),
    ...macdFacts(close, prefix, asBps),
    ...bandFacts(close, prefix),
    ...directionFacts(bars, prefix),
  ]);
}

const day = (move: number | null, barsPerDay: number): number | null =>
  move === null ? null : move * Math.sqrt(barsPerDay) * 100;

function macdFacts(
  close: readonly number[],
  prefix: string,
  asBps: (value: number | null) => number | null,
): readonly (Fact | null)[] {
  const { line, signal, histogram } = macd(close, { fast: 12, slow: 26, signal: 9 });
  return [
    numberFact(`${prefix}.macd`, asBps(line.at(-1) ?? null), BPS),
    numberFact(`${prefix}.macd_hist`, asBps(histogram.at(-1) ?? null), BPS),
    numberFact(`${prefix}.macd_signal`, asBps(signal.at(-1) ?? null), BPS),
  ];
}

function bandFacts(close: readonly number[], prefix: string): readonly (Fact | null)[] {
  const { middle, upper, lower } = bands(close, { period: 20, width: 2 });
  const [top, bottom, here] = [upper.at(-1), lower.at(-1), close.at(-1)];
  if (top === undefined || bottom === undefined || here === undefined) return [];
  const mean = middle.at(-1) ?? 0;
  return [
    numberFact(
      `${prefix}.band_place`,
      top > bottom ? (here - bottom) / (top - bottom) : null,
      RATIO,
    ),
    numberFact(`${prefix}.band_width`, mean > 0 ? ((top - bottom) / mean) * 10_000 : null, BPS),
  ];
}

function directionFacts(bars: Bars, prefix: string): readonly (Fact | null)[] {
  const { plus, minus, adx } = directional(bars, 14);
  return [
    numberFact(`${prefix}.adx14`, adx.at(-1) ?? null, PERCENT),
    numberFact(`${prefix}.di_minus14`, minus.at(-1) ?? null, PERCENT),
    numberFact(`${prefix}.di_plus14`, plus.at(-1) ?? null, PERCENT),
  ];
}
