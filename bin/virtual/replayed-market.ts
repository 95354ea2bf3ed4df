/** A recorded market for a virtual house: one symbol's bars from a file, news beside them, and what a file of bars leaves out. */
import { DAY_MS, type Ppm, type SpanMs, type TimeMs } from '#firewall';
import { MarketDataError, type Candle, type Feed } from '../../market/contract.ts';
import { assumeFunding } from '../../market/replay/assumptions.ts';
import { replayCandles } from '../../market/replay/candle-replay.ts';
import { loadCandlesCsv } from '../../market/replay/csv.ts';
import { MergedFeed } from '../../market/replay/event-replay.ts';
import { loadNews, replayNews } from '../../market/replay/news-files.ts';
import { readCandlesParquet } from '../../market/replay/parquet.ts';
import { simulated } from '../../market/simulator/simulator.ts';

export type ReplaySource = Readonly<{
  symbol: string;
  /** CSV (compressed or not) or Parquet. */
  bars: string;
  /** Of a CSV file, which does not say. */
  timeframeMs: SpanMs;
  /** JSON lines; null for none. */
  news: string | null;
  /** Where in the recording to begin; null for as early as the indicators allow. */
  from: TimeMs | null;
}>;

export type ReplayedMarket = Readonly<{ feed: Feed; startAt: TimeMs; endsAt: TimeMs }>;

/** Bars that must lie before the first decision, so that every indicator has its history. */
export const BARS_BEFORE = 120;
/** A file of bars has no funding: one basis point every eight hours is assumed, as is usual where longs pay. */
const FUNDING = { rate: 100 as Ppm, everyMs: 28_800_000 as SpanMs };
const SUBJECTS: Readonly<Record<string, string>> = {
  bitcoin: 'BTC',
  ethereum: 'ETH',
  solana: 'SOL',
};

export async function replayedMarket(source: ReplaySource): Promise<ReplayedMarket> {
  const { symbol, news, from } = source;
  const candles = await barsOf(source);
  const [first, last] = [candles[BARS_BEFORE], candles.at(-1)];
  if (first === undefined || last === undefined)
    throw new MarketDataError(
      'BARS_TOO_FEW',
      `${candles.length} bars, and ${BARS_BEFORE} go before the first decision`,
    );
  const startAt = from === null ? first.openAt : (Math.max(from, first.openAt) as TimeMs);
  if (startAt >= last.closeAt)
    throw new MarketDataError(
      'TIME_BEYOND_DATA',
      `the recording ends at ${new Date(last.closeAt).toISOString()}`,
    );
  const instrument = simulated(symbol);
  const feeds: Feed[] = [replayCandles({ instrument, candles })];
  if (instrument.kind === 'perp') {
    const begin = candles[0]?.openAt ?? startAt;
    feeds.push(assumeFunding({ instrument, ...FUNDING, from: begin, until: last.closeAt }));
  }
  if (news !== null) feeds.push(replayNews(newsOf(news, symbol)));
  return {
    feed: new MergedFeed(feeds),
    startAt: closeAfter(candles, startAt),
    endsAt: last.closeAt,
  };
}

async function barsOf({ bars, symbol, timeframeMs }: ReplaySource): Promise<readonly Candle[]> {
  if (!bars.endsWith('.parquet'))
    return loadCandlesCsv(bars, { symbol, timeframeMs, gaps: 'report' }).candles;
  const { candles } = await readCandlesParquet(bars, { gaps: 'report' });
  const [first] = candles;
  if (first !== undefined && first.symbol !== symbol)
    throw new MarketDataError('SYMBOL_DIFFERS', `the file holds ${first.symbol}, not ${symbol}`);
  return candles;
}

/** News without a subject is about the market as a whole. */
function newsOf(file: string, symbol: string) {
  const base = symbol.split('/')[0];
  const symbolsOf = (subject: string | null): readonly string[] => {
    const coin = subject === null ? undefined : SUBJECTS[subject];
    return coin === base ? [symbol] : [];
  };
  return loadNews(file, { symbolsOf, source: 'recorded', delayMs: 60_000 as SpanMs }).items;
}

/** Decisions are made when a bar has closed: between two of them the book of a recording is old. */
const closeAfter = (candles: readonly Candle[], at: TimeMs): TimeMs =>
  candles.find(({ closeAt }) => closeAt >= at)?.closeAt ?? at;

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY_MS };

/** `1m`, `15m`, `1h`, `1d`; null for anything else. */
export function spanOf(text: string): SpanMs | null {
  const [, count, unit] = /^(\d{1,3})([mhd])$/.exec(text) ?? [];
  const span = Number(count) * (UNITS[unit ?? ''] ?? 0);
  return span > 0 ? (span as SpanMs) : null;
}
