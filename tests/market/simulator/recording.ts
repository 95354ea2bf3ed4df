/** Runs a simulation and keeps what the statistics look at. */
import type { Book, SpanMs } from '#firewall';
import type { MarketEvent, NewsItem, Preset } from '../../../market/contract.ts';
import { simulate, type Simulator } from '../../../market/simulator/simulator.ts';
import * as s from '../samples.ts';

export type Series = {
  readonly at: number[];
  readonly mid: number[];
  readonly imbalance: number[];
  readonly reference: number[];
  /** Traded between this book and the next: bought and sold by takers. */
  readonly bought: number[];
  readonly sold: number[];
  readonly spread: number[];
};

export type Recording = Readonly<{
  feed: Simulator;
  series: ReadonlyMap<string, Series>;
  news: readonly NewsItem[];
}>;

export const SYMBOLS = [s.BTC, s.PERP, 'ETH/USDT'];

export const feedOf = (
  preset: Preset,
  seed: number,
  symbols = SYMBOLS,
  stepMs = 1_000,
): Simulator =>
  simulate({
    preset,
    seed,
    symbols,
    stepMs: stepMs as SpanMs,
    startAt: s.START,
    historyMs: 0 as SpanMs,
  });

const empty = (): Series => ({
  at: [],
  mid: [],
  imbalance: [],
  reference: [],
  bought: [],
  sold: [],
  spread: [],
});

export function record(
  preset: Preset,
  {
    seed,
    spanMs,
    symbols,
    stepMs,
  }: Readonly<{ seed: number; spanMs: number; symbols?: string[]; stepMs?: number }>,
): Recording {
  const feed = feedOf(preset, seed, symbols, stepMs);
  const series = new Map(feed.instruments.map(({ symbol }) => [symbol, empty()]));
  const news: NewsItem[] = [];
  // In pieces, so that hours of events need not be held at once.
  for (let after = 0; after <= spanMs; after += 60_000)
    for (const event of feed.advance(s.at(after))) keep(event, series, news);
  return { feed, series, news };
}

function keep(event: MarketEvent, all: ReadonlyMap<string, Series>, news: NewsItem[]): void {
  if (event.kind === 'news') news.push(event.item);
  if (event.kind === 'book') add(all.get(event.symbol), event.at, event.book);
  if (event.kind === 'reference')
    all.get(event.symbol)?.reference.push(Number(event.reference.price));
  if (event.kind !== 'print') return;
  const { symbol, taker, qty } = event.print;
  const side = taker === 'buy' ? all.get(symbol)?.bought : all.get(symbol)?.sold;
  if (side !== undefined) side[side.length - 1] = (side.at(-1) ?? 0) + Number(qty);
}

function add(series: Series | undefined, at: number, book: Book): void {
  const bid = book.bids[0];
  const ask = book.asks[0];
  if (series === undefined || bid === undefined || ask === undefined) return;
  let bids = 0;
  let asks = 0;
  for (const level of book.bids) bids += Number(level.qty);
  for (const level of book.asks) asks += Number(level.qty);
  series.at.push(at);
  series.mid.push((Number(bid.price) + Number(ask.price)) / 2);
  series.imbalance.push((bids - asks) / (bids + asks));
  series.spread.push(Number(ask.price - bid.price) / Number(bid.price));
  series.bought.push(0);
  series.sold.push(0);
}

export function seriesOf(recording: Recording, symbol: string): Series {
  const series = recording.series.get(symbol);
  if (series === undefined) throw new Error(`no series of ${symbol}`);
  return series;
}

/** Return of the next `steps` steps after each step, in parts per million. */
export const ahead = (mids: readonly number[], steps: number): number[] =>
  mids.slice(0, -steps).map((mid, index) => ((mids[index + steps] ?? mid) / mid - 1) * 1_000_000);
