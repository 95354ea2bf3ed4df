/** What was known, and when: the words and ports of the market side. Event, receive and decision time are three fields. */
import type {
  Book,
  Funding,
  Instrument,
  MarketView,
  Price,
  Qty,
  Reference,
  SpanMs,
  TimeMs,
  VenueStatus,
} from '#firewall';

/** The only way to the time. Replays and tests bring their own. */
export interface Clock {
  now(): TimeMs;
}

export type Candle = Readonly<{
  symbol: string;
  timeframeMs: SpanMs;
  openAt: TimeMs;
  /** `openAt + timeframeMs`: before this moment the candle is not available to anyone. */
  closeAt: TimeMs;
  open: Price;
  high: Price;
  low: Price;
  close: Price;
  volume: Qty;
}>;

/** A public trade at the venue. */
export type Print = Readonly<{
  symbol: string;
  at: TimeMs;
  price: Price;
  qty: Qty;
  /** Which side was the taker. */
  taker: 'buy' | 'sell';
}>;

export type NewsItem = Readonly<{
  id: string;
  /** Untrusted text. It stays data. */
  headline: string;
  body: string;
  source: string;
  symbols: readonly string[];
  publishedAt: TimeMs;
  /** When a reader could have had it: publication plus the source's delay; the next day for date-only items. */
  availableAt: TimeMs;
}>;

/** Everything a feed can say. `at` is when it happened; the receiver stamps when it arrived. */
export type MarketEvent =
  | Readonly<{ kind: 'book'; symbol: string; at: TimeMs; book: Book }>
  | Readonly<{ kind: 'print'; at: TimeMs; print: Print }>
  | Readonly<{ kind: 'candle'; at: TimeMs; candle: Candle }>
  | Readonly<{ kind: 'funding'; symbol: string; at: TimeMs; funding: Funding }>
  | Readonly<{ kind: 'reference'; symbol: string; at: TimeMs; reference: Reference }>
  | Readonly<{ kind: 'status'; symbol: string; at: TimeMs; status: VenueStatus }>
  | Readonly<{ kind: 'news'; at: TimeMs; item: NewsItem }>
  | Readonly<{ kind: 'heartbeat'; at: TimeMs }>;

/** A source of events in time order. Pull it to drive a replay; a live feed pushes into the same shape. */
export interface Feed {
  readonly instruments: readonly Instrument[];
  /** Events with `at <= until`, in order; each is given once. */
  advance(until: TimeMs): readonly MarketEvent[];
  /** Time of the last event that this feed will ever give; null when it never ends. */
  readonly endsAt: TimeMs | null;
}

/** What can be asked of the past. Nothing answers with data that was not available at `asOf`. */
export interface MarketStore {
  apply(event: MarketEvent, receivedAt: TimeMs): void;
  /** Null when the symbol is unknown. */
  view(symbol: string, asOf: TimeMs, evidence: readonly string[]): MarketView | null;
  candles(symbol: string, timeframeMs: SpanMs, asOf: TimeMs, count: number): readonly Candle[];
  news(asOf: TimeMs, sinceMs: SpanMs): readonly NewsItem[];
  readonly symbols: readonly string[];
}

export const PRESETS = [
  'calm',
  'planted-edge',
  'pure-noise',
  'planted-leak',
  'flash-crash',
  'crash-2008',
  'depeg',
] as const;
export type Preset = (typeof PRESETS)[number];

/** A bad row of a file: where, what, and nothing imported. */
export class MarketDataError extends Error {
  readonly code: string;
  /** Counted from 1, the header included; null when the file as a whole is at fault. */
  readonly row: number | null;
  readonly retryable = false;
  constructor(
    code: string,
    message: string,
    { row = null, cause }: Readonly<{ row?: number | null; cause?: unknown }> = {},
  ) {
    super(row === null ? message : `row ${row}: ${message}`, { cause });
    this.name = 'MarketDataError';
    this.code = code;
    this.row = row;
  }
}
