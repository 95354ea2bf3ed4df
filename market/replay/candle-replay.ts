/** Replays bars: each is given when it has closed, with a book made up around its close. Bar tier: labelled as such, always. */
import {
  PPM,
  type Book,
  type Instrument,
  type Level,
  type Ppm,
  type Price,
  type Qty,
} from '#firewall';
import { MarketDataError, type Candle, type MarketEvent } from '../contract.ts';
import { EventReplay, type Replay } from './event-replay.ts';

export type CandleReplayOptions = Readonly<{
  instrument: Instrument;
  candles: readonly Candle[];
  /** Assumed distance between best bid and best ask. */
  spread?: Ppm;
  /** Assumed share of a bar's volume on each of the made-up levels. */
  depthShare?: Ppm;
}>;

const LEVELS = 10;
const SPREAD = 200 as Ppm;
const DEPTH_SHARE = 2_000 as Ppm;

export function replayCandles(options: CandleReplayOptions): Replay {
  const { instrument, candles } = options;
  const events: MarketEvent[] = [];
  const { symbol } = instrument;
  const first = candles[0];
  if (first !== undefined)
    events.push({ kind: 'status', symbol, at: first.openAt, status: 'trading' });
  for (const [index, candle] of candles.entries()) {
    if (candle.symbol !== symbol)
      throw new MarketDataError('SERIES_MIXED', `a bar of ${candle.symbol}`, { row: index + 1 });
    const at = candle.closeAt;
    events.push({ kind: 'candle', at, candle });
    const book = bookAround(candle, index + 1, options);
    if (book !== null) events.push({ kind: 'book', symbol, at, book });
    // There is no second source in a file of bars: the close stands in for it.
    events.push({ kind: 'reference', symbol, at, reference: { price: candle.close, at } });
    events.push({ kind: 'heartbeat', at });
  }
  return new EventReplay([instrument], events, 'bar');
}

/** Levels one half spread apart around the close, never through it; null for a bar that traded nothing. */
function bookAround(
  candle: Candle,
  sequence: number,
  { instrument, spread = SPREAD, depthShare = DEPTH_SHARE }: CandleReplayOptions,
): Book | null {
  const { tick, lot } = instrument;
  const qty = rounded((candle.volume * BigInt(depthShare)) / BigInt(PPM), lot) as Qty;
  if (qty <= 0n) return null;
  const half = (candle.close * BigInt(spread)) / BigInt(2 * PPM);
  const step = half > tick ? rounded(half, tick) : tick;
  const bids: Level[] = [];
  const asks: Level[] = [];
  const bid = rounded(candle.close - half, tick);
  const ask = rounded(candle.close + half + tick - 1n, tick);
  // A half spread below one tick would lock the book.
  const apart = ask > bid ? 0n : tick;
  for (let index = 0n; index < BigInt(LEVELS); index += 1n) {
    const below = bid - step * index;
    if (below > 0n) bids.push({ price: below as Price, qty });
    asks.push({ price: (ask + apart + step * index) as Price, qty });
  }
  return { bids, asks, sequence, exchangeAt: candle.closeAt, receivedAt: candle.closeAt };
}

const rounded = (value: bigint, unit: bigint): bigint => (value / unit) * unit;
