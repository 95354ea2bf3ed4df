/** A process's own view of the market: its own connection, its own memory, its own measure of how fresh they are. */
import type { MarketView, SpanMs, TimeMs } from '#firewall';
import type { Candle, MarketStore } from '../market/contract.ts';
import { readEventLine } from '../market/event-codec.ts';
import { simulated } from '../market/simulator/simulator.ts';
import { createMarketStore, type LocalMarketStore } from '../market/store.ts';
import { followLines, type LineStream } from './line-stream.ts';

export type EyesOptions = Readonly<{
  venueUrl: string;
  symbols: readonly string[];
  currency: string;
  now(): TimeMs;
  /** Told when the stream is cut off, and of lines that are no market events. */
  trouble(code: string, detail: string): void;
}>;

/** Skew that stays this long is no hiccup. */
const PERSISTENT_MS = 30_000;
const SKEW_MS = 1_000;

export class MarketEyes {
  readonly #options: EyesOptions;
  readonly #store: LocalMarketStore;
  readonly #stream: LineStream;
  #streamAt: TimeMs | null = null;
  #wall: number;
  #steady: number;
  #skewedSince: number | null = null;

  constructor(options: EyesOptions) {
    this.#options = options;
    this.#store = createMarketStore({
      instruments: options.symbols.map(simulated),
      currency: options.currency,
    });
    this.#wall = options.now();
    this.#steady = performance.now();
    this.#stream = followLines({
      url: () => `${options.venueUrl}/v1/stream`,
      onLine: (line) => this.#take(line),
      onUp: () => undefined,
      onDown: (reason) => options.trouble('MARKET_STREAM_DOWN', reason),
    });
  }

  /** When the stream last said anything. */
  get streamAt(): TimeMs | null {
    return this.#streamAt;
  }

  /** What these eyes have seen so far, to be asked as of any moment. */
  get memory(): MarketStore {
    return this.#store;
  }

  view(symbol: string, evidence: readonly string[]): MarketView | null {
    return this.#store.view(symbol, this.#options.now(), evidence);
  }

  candles(symbol: string, timeframeMs: SpanMs, count: number): readonly Candle[] {
    return this.#store.candles(symbol, timeframeMs, this.#options.now(), count);
  }

  close(): void {
    this.#stream.close();
  }

  #take(line: string): void {
    const event = readEventLine(line);
    if (!event.ok) {
      this.#options.trouble('MARKET_EVENT_MALFORMED', `${event.at}: want ${event.want}`);
      return;
    }
    const now = this.#options.now();
    this.#streamAt = now;
    this.#store.apply(event.value, now);
    if (event.value.kind === 'heartbeat') this.#watchClock(event.value.at, now);
  }

  /** The venue's clock against ours, and ours against the one that never runs back. */
  #watchClock(venueAt: TimeMs, now: TimeMs): void {
    const steady = performance.now();
    const slipped = now - this.#wall - (steady - this.#steady);
    const monotonic = now >= this.#wall && Math.abs(slipped) < SKEW_MS;
    this.#wall = now;
    this.#steady = steady;
    const skewMs = now - venueAt;
    if (Math.abs(skewMs) <= SKEW_MS) this.#skewedSince = null;
    else this.#skewedSince ??= steady;
    const persistent = this.#skewedSince !== null && steady - this.#skewedSince > PERSISTENT_MS;
    this.#store.observeClock({ skewMs, monotonic, persistent }, now);
  }
}
