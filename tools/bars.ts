/** Closed bars as plain numbers, and the lengths of bars that may be asked for. */
import type { SpanMs } from '#firewall';
import type { Candle, ToolScope } from './contract.ts';

export const TIMEFRAMES = ['1m', '5m', '15m', '1h', '4h', '1d'] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

/** Bars that facts are named after without saying so. */
export const MAIN_TIMEFRAME: Timeframe = '5m';

const LENGTHS: Readonly<Record<Timeframe, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
};

export const timeframeMs = (timeframe: Timeframe): SpanMs => LENGTHS[timeframe] as SpanMs;

/** `candles` for the main timeframe, `candles.1h` for any other: two lengths of bars never share a name. */
export const prefixOf = (tool: string, timeframe: Timeframe): string =>
  timeframe === MAIN_TIMEFRAME ? tool : `${tool}.${timeframe}`;

export type Bars = Readonly<{
  open: readonly number[];
  high: readonly number[];
  low: readonly number[];
  close: readonly number[];
  volume: readonly number[];
}>;

const SCALE = 1e8;
const plain = (value: bigint): number => Number(value) / SCALE;

export const barsOf = (candles: readonly Candle[]): Bars => ({
  open: candles.map(({ open }) => plain(open)),
  high: candles.map(({ high }) => plain(high)),
  low: candles.map(({ low }) => plain(low)),
  close: candles.map(({ close }) => plain(close)),
  volume: candles.map(({ volume }) => plain(volume)),
});

/** The last closed bars of the decision's symbol. */
export const barsBefore = (
  { ports, symbol, now }: ToolScope,
  timeframe: Timeframe,
  count: number,
): readonly Candle[] => ports.market.candles(symbol, timeframeMs(timeframe), now, count);

/** The move from one price to another in basis points; null when there is no price to move from. */
export const moveBps = (
  from: number | null | undefined,
  to: number | null | undefined,
): number | null =>
  from === null || from === undefined || to === null || to === undefined || from <= 0
    ? null
    : (to / from - 1) * 10_000;
