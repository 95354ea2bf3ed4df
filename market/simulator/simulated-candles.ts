/** Long price series from the same hidden truth, without books: for training, backtests and statistics. */
import { assert, type Instrument, type SpanMs, type TimeMs } from '#firewall';
import type { Candle, NewsItem, Preset } from '../contract.ts';
import { runBars } from './bar-run.ts';
import { Newsroom } from './newsroom.ts';
import { PRESET_SPECS } from './presets.ts';
import { PriceProcess } from './price-process.ts';
import { assetsOf, simulated } from './simulator.ts';
import { Tape } from './tape.ts';
import type { NewsTruth } from './truth.ts';

export type CandleRunOptions = Readonly<{
  preset: Preset;
  seed: number;
  symbols: readonly string[];
  timeframeMs: SpanMs;
  /** Opening of the first bar, and the start of the preset's story. */
  startAt: TimeMs;
  count: number;
}>;

export type CandleRun = Readonly<{
  instruments: readonly Instrument[];
  /** Bars by symbol, oldest first. */
  candles: ReadonlyMap<string, readonly Candle[]>;
  news: readonly NewsItem[];
  truth: readonly NewsTruth[];
  /** What is planted, in words and numbers. */
  statement: string;
}>;

export function simulateCandles(options: CandleRunOptions): CandleRun {
  const { preset, seed, symbols, timeframeMs, startAt, count } = options;
  assert(startAt % timeframeMs === 0, 'bars open at whole multiples of their length');
  const spec = PRESET_SPECS[preset];
  const instruments = symbols.map(simulated);
  const assets = assetsOf(instruments);
  const tapes = instruments.map((instrument) => new Tape(instrument, assets, seed));
  const process = new PriceProcess(spec, assets, { seed, from: startAt, startAt });
  const newsroom = new Newsroom(spec, instruments, seed);
  const candles = new Map<string, Candle[]>(symbols.map((symbol) => [symbol, []]));
  const news: NewsItem[] = [];
  const run = { from: startAt, count, timeframeMs, leaks: spec.leakMs > 0 };
  for (const bar of runBars(process, tapes, run)) {
    for (const candle of bar.candles) candles.get(candle.symbol)?.push(candle);
    for (const frame of bar.frames)
      for (const event of newsroom.report(frame)) if (event.kind === 'news') news.push(event.item);
  }
  return { instruments, candles, news, truth: newsroom.truth.news, statement: spec.truth };
}
