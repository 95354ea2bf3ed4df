/** Small market events for tests: a book around a price, a print, a candle, a news item. */
import type { Book, Instrument, Level, Price, Qty, SpanMs, TimeMs } from '#firewall';
import { SCALE } from '#firewall';
import type { Candle, MarketEvent, NewsItem } from '../../market/contract.ts';
import { instrumentOf } from '../../market/instruments.ts';

export const BTC = 'BTC/USDT';
export const PERP = 'BTC/USDT:USDT';
export const MINUTE = 60_000 as SpanMs;
/** A whole minute, hour and day. */
export const START = Date.UTC(2026, 0, 5) as TimeMs;

export const at = (afterMs: number): TimeMs => (START + afterMs) as TimeMs;
export const price = (value: number): Price => (BigInt(value) * SCALE) as Price;
export const qty = (value: number): Qty => (BigInt(value) * SCALE) as Qty;

export function instrument(symbol: string): Instrument {
  const found = instrumentOf(symbol);
  if (found === null) throw new Error(`no instrument ${symbol}`);
  return found;
}

const level = (value: number): Level => ({ price: price(value), qty: qty(1) });

export const book = (mid: number, sequence: number, when: TimeMs, symbol = BTC): MarketEvent => ({
  kind: 'book',
  symbol,
  at: when,
  book: bookOf(mid, sequence, when),
});

const bookOf = (mid: number, sequence: number, when: TimeMs): Book => ({
  bids: [level(mid - 1), level(mid - 2)],
  asks: [level(mid + 1), level(mid + 2)],
  sequence,
  exchangeAt: when,
  receivedAt: when,
});

export const print = (value: number, size: number, when: TimeMs, symbol = BTC): MarketEvent => ({
  kind: 'print',
  at: when,
  print: { symbol, at: when, price: price(value), qty: qty(size), taker: 'buy' },
});

export const candle = (openAt: TimeMs, close: number, timeframeMs = MINUTE): Candle => ({
  symbol: BTC,
  timeframeMs,
  openAt,
  closeAt: (openAt + timeframeMs) as TimeMs,
  open: price(close),
  high: price(close),
  low: price(close),
  close: price(close),
  volume: qty(2),
});

export const candleEvent = (openAt: TimeMs, close: number): MarketEvent => {
  const given = candle(openAt, close);
  return { kind: 'candle', at: given.closeAt, candle: given };
};

export const news = (id: string, availableAt: TimeMs, publishedAt = availableAt): NewsItem => ({
  id,
  headline: `Headline ${id}`,
  body: '',
  source: 'test',
  symbols: [BTC],
  publishedAt,
  availableAt,
});
