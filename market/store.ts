/** The house's own memory of the market: it takes events and answers only with what was available at the moment asked about. */
import {
  DAY_MS,
  type ClockState,
  type Evidence,
  type Instrument,
  type MarketView,
  type Rate,
  type Reference,
  type SpanMs,
  type TimeMs,
} from '#firewall';
import type { Candle, MarketEvent, MarketStore, NewsItem } from './contract.ts';
import { NewsShelf } from './news-shelf.ts';
import { SymbolMemory, type MemoryOptions } from './symbol-memory.ts';
import { Timeline } from './timeline.ts';

/** A store that is also told how far the local clock is from the venue's. */
export interface LocalMarketStore extends MarketStore {
  observeClock(state: ClockState, at: TimeMs): void;
}

export type StoreOptions = Readonly<{
  instruments: readonly Instrument[];
  /** The account's currency: spot books quoted in it give the conversion rates. */
  currency: string;
  /** Length of the bars that volume, volatility and completeness are measured on. */
  timeframeMs?: SpanMs;
  memory?: Partial<Omit<MemoryOptions, 'timeframeMs'>>;
}>;

const MEMORY_DEFAULTS: MemoryOptions = {
  timeframeMs: 60_000 as SpanMs,
  quotes: 600,
  bars: 3_000,
  lookback: 60,
  depthMax: 20,
  cleanBooks: 10,
  warmBooks: 30,
};
const NEWS_MEMORY = 20_000;
const HEARTBEAT_MEMORY = 4_096;
/** Signs of life closer together than this are one. */
const HEARTBEAT_STEP_MS = 100;

export const createMarketStore = (options: StoreOptions): LocalMarketStore => new Store(options);

class Store implements LocalMarketStore {
  readonly symbols: readonly string[];
  readonly #memories = new Map<string, SymbolMemory>();
  readonly #converters: readonly SymbolMemory[];
  readonly #news = new NewsShelf(NEWS_MEMORY);
  readonly #heartbeats = new Timeline<TimeMs>(HEARTBEAT_MEMORY);
  readonly #clocks = new Timeline<ClockState>(64);
  /** No answer may depend on an event that arrived later, so arrival never runs back. */
  #receivedAt = 0 as TimeMs;

  constructor({ instruments, currency, timeframeMs, memory }: StoreOptions) {
    const kept = {
      ...MEMORY_DEFAULTS,
      ...memory,
      timeframeMs: timeframeMs ?? MEMORY_DEFAULTS.timeframeMs,
    };
    for (const instrument of instruments)
      this.#memories.set(instrument.symbol, new SymbolMemory(instrument, kept));
    this.symbols = [...this.#memories.keys()];
    this.#converters = [...this.#memories.values()].filter(
      ({ instrument }) => instrument.kind === 'spot' && instrument.quote === currency,
    );
  }

  apply(event: MarketEvent, receivedAt: TimeMs): void {
    if (receivedAt > this.#receivedAt) this.#receivedAt = receivedAt;
    const at = this.#receivedAt;
    if (at >= this.#heartbeats.newestAt + HEARTBEAT_STEP_MS) this.#heartbeats.push(at, at);
    if (event.kind === 'news') return this.#news.put(event.item, at);
    // A heartbeat says that the connection lives, not that any one symbol does.
    if (event.kind === 'heartbeat') return;
    const memory = this.#memories.get(symbolOf(event));
    // Events of symbols that nobody here trades are none of our business.
    if (memory !== undefined) remember(memory, event, at);
  }

  observeClock(state: ClockState, at: TimeMs): void {
    this.#clocks.push(Math.max(at, this.#clocks.newestAt) as TimeMs, state);
  }

  view(symbol: string, asOf: TimeMs, evidence: readonly string[]): MarketView | null {
    const memory = this.#memories.get(symbol);
    if (memory === undefined) return null;
    const quote = memory.quotes.at(asOf);
    const status = memory.statuses.at(asOf);
    const known = memory.bars.timeline.at(asOf);
    // Yesterday's volume says nothing of today: with no bar for a day it is unknown.
    const bar = known !== null && asOf - known.candle.closeAt <= DAY_MS ? known : null;
    const realised = bar?.realised ?? null;
    return {
      symbol,
      asOf,
      instrument: memory.instrument,
      status,
      book: quote?.book ?? null,
      motion: quote?.motion ?? null,
      bar: known?.state ?? null,
      volume: bar?.volume ?? null,
      volatility:
        realised === null || status === null
          ? null
          : { realised, interruption: status === 'halted' || status === 'auction' },
      reference: memory.references.at(asOf),
      funding: memory.fundings.at(asOf),
      feed: memory.feedState(asOf, this.#heartbeats.at(asOf)),
      clock: this.#clocks.at(asOf),
      rates: this.#rates(asOf),
      marks: this.#marks(asOf),
      evidence: evidence.map((id): Evidence => ({ id, availableAt: this.#resolve(id, asOf) })),
    };
  }

  candles(symbol: string, timeframeMs: SpanMs, asOf: TimeMs, count: number): readonly Candle[] {
    if (count <= 0) return [];
    return this.#memories.get(symbol)?.candles(timeframeMs, asOf, count) ?? [];
  }

  news(asOf: TimeMs, sinceMs: SpanMs): readonly NewsItem[] {
    return this.#news.since(asOf, sinceMs);
  }

  #rates(asOf: TimeMs): Readonly<Record<string, Rate>> {
    const rates: Record<string, Rate> = {};
    for (const memory of this.#converters) {
      const rate = memory.quotes.at(asOf)?.rate;
      if (rate !== null && rate !== undefined) rates[memory.instrument.base] = rate;
    }
    return rates;
  }

  #marks(asOf: TimeMs): Readonly<Record<string, Reference>> {
    const marks: Record<string, Reference> = {};
    for (const [symbol, memory] of this.#memories) {
      const mark = memory.quotes.at(asOf)?.mark;
      if (mark !== null && mark !== undefined) marks[symbol] = mark;
    }
    return marks;
  }

  /** What is not available yet resolves to nothing, exactly as what does not exist. */
  #resolve(id: string, asOf: TimeMs): TimeMs | null {
    const at = this.#availableAt(id);
    return at !== null && at <= asOf ? at : null;
  }

  #availableAt(id: string): TimeMs | null {
    if (id.startsWith('news:')) return this.#news.availableAt(id.slice(5));
    const book = /^book:([^#]+):(\d{1,15})$/.exec(id);
    if (book !== null)
      return this.#memories.get(book[1] ?? '')?.sequenceAvailableAt(Number(book[2])) ?? null;
    const candle = /^candle:([^#]+):(\d{1,12}):(\d{1,15})$/.exec(id);
    if (candle === null) return null;
    const series = this.#memories.get(candle[1] ?? '')?.series(Number(candle[2]) as SpanMs);
    return series?.timeline.find((bar) => bar.candle.closeAt, Number(candle[3])) ?? null;
  }
}

type SymbolEvent = Exclude<MarketEvent, { kind: 'news' } | { kind: 'heartbeat' }>;

const symbolOf = (event: SymbolEvent): string => {
  if (event.kind === 'print') return event.print.symbol;
  return event.kind === 'candle' ? event.candle.symbol : event.symbol;
};

function remember(memory: SymbolMemory, event: SymbolEvent, receivedAt: TimeMs): void {
  switch (event.kind) {
    case 'book':
      memory.book(event.book, receivedAt);
      return memory.bars.alive(event.at, receivedAt);
    case 'print':
      return memory.bars.print(event.print, receivedAt);
    case 'candle':
      return memory.candle(event.candle, receivedAt);
    case 'funding':
      return void memory.fundings.push(receivedAt, event.funding);
    case 'reference':
      return void memory.references.push(receivedAt, event.reference);
    case 'status':
      return void memory.statuses.push(receivedAt, event.status);
  }
}
