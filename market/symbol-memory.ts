/** Everything that one symbol's events said, by when it was available. */
import {
  PPM,
  type Book,
  type Factor,
  type FeedState,
  type Funding,
  type Instrument,
  type Motion,
  type Ppm,
  type Price,
  type Rate,
  type Reference,
  type SpanMs,
  type TimeMs,
  type VenueStatus,
} from '#firewall';
import { BarSeries } from './bars.ts';
import type { Candle } from './contract.ts';
import { MotionMeter } from './motion.ts';
import { Timeline } from './timeline.ts';

/** What was known after one book. */
export type Quote = Readonly<{
  book: Book;
  motion: Motion | null;
  gap: boolean;
  resyncing: boolean;
  /** Books since the start, up to what warming up needs. */
  count: number;
  /** Null while a side of the book is empty. */
  mark: Reference | null;
  rate: Rate | null;
}>;

export type MemoryOptions = Readonly<{
  timeframeMs: SpanMs;
  /** Books, references and statuses that are remembered; older questions get no answer. */
  quotes: number;
  bars: number;
  lookback: number;
  depthMax: number;
  /** Contiguous books after which a gap or a restart of the feed is forgiven. */
  cleanBooks: number;
  /** Books that the feed needs to be warm. */
  warmBooks: number;
}>;

export class SymbolMemory {
  readonly instrument: Instrument;
  readonly quotes: Timeline<Quote>;
  readonly references: Timeline<Reference>;
  readonly fundings = new Timeline<Funding>(64);
  readonly statuses = new Timeline<VenueStatus>(64);
  readonly bars: BarSeries;
  readonly #options: MemoryOptions;
  readonly #motion = new MotionMeter();
  readonly #otherBars = new Map<number, BarSeries>();
  readonly #sequences = new Map<number, TimeMs>();
  #sequence: number | null = null;
  #dirty: 'gap' | 'resyncing' | null = null;
  #clean = 0;
  #count = 0;

  constructor(instrument: Instrument, options: MemoryOptions) {
    this.instrument = instrument;
    this.#options = options;
    this.quotes = new Timeline(options.quotes);
    this.references = new Timeline(options.quotes);
    this.bars = this.#series(options.timeframeMs);
  }

  book(given: Book, receivedAt: TimeMs): void {
    const book = this.#stamp(given, receivedAt);
    this.#follow(book.sequence);
    this.#count = Math.min(this.#count + 1, this.#options.warmBooks);
    const bid = book.bids[0]?.price ?? null;
    const ask = book.asks[0]?.price ?? null;
    const mid = bid === null || ask === null ? null : (((bid + ask) / 2n) as Price);
    const usable = mid !== null && mid > 0n && bid !== null && ask !== null;
    const spread = usable ? Math.round((Number(ask - bid) / Number(mid)) * PPM) : 0;
    const motion = usable ? this.#motion.see(mid, spread as Ppm) : null;
    const gone = this.quotes.push(receivedAt, {
      book,
      motion,
      gap: this.#dirty === 'gap',
      resyncing: this.#dirty === 'resyncing',
      count: this.#count,
      mark: usable ? { price: mid, at: receivedAt } : null,
      rate: usable ? { factor: mid as bigint as Factor, at: receivedAt } : null,
    });
    if (gone !== null) this.#sequences.delete(gone.book.sequence);
    this.#sequences.set(book.sequence, receivedAt);
  }

  candle(candle: Candle, receivedAt: TimeMs): void {
    const series = this.series(candle.timeframeMs);
    if (series !== null) return series.give(candle, receivedAt);
    const added = this.#series(candle.timeframeMs);
    this.#otherBars.set(candle.timeframeMs, added);
    added.give(candle, receivedAt);
  }

  /** The series that is kept as such, if it is. */
  series(timeframeMs: SpanMs): BarSeries | null {
    if (timeframeMs === this.#options.timeframeMs) return this.bars;
    return this.#otherBars.get(timeframeMs) ?? null;
  }

  /** Closed bars of any length that is a multiple of the kept one; only those of which no part is missing. */
  candles(timeframeMs: SpanMs, asOf: TimeMs, count: number): readonly Candle[] {
    const kept = this.series(timeframeMs);
    if (kept !== null) return kept.timeline.last(count, asOf).map((snapshot) => snapshot.candle);
    const parts = timeframeMs / this.#options.timeframeMs;
    if (!Number.isInteger(parts)) return [];
    const small = this.bars.timeline.last(parts * (count + 1), asOf);
    return joined(
      small.map((snapshot) => snapshot.candle),
      timeframeMs,
      parts,
    ).slice(-count);
  }

  sequenceAvailableAt(sequence: number): TimeMs | null {
    return this.#sequences.get(sequence) ?? null;
  }

  warm(asOf: TimeMs): boolean {
    const quote = this.quotes.at(asOf);
    const bar = this.bars.timeline.at(asOf);
    return (
      quote !== null &&
      quote.count >= this.#options.warmBooks &&
      bar !== null &&
      bar.count >= this.#options.lookback &&
      bar.realised !== null &&
      this.references.at(asOf) !== null &&
      (this.instrument.kind !== 'perp' || this.fundings.at(asOf) !== null)
    );
  }

  feedState(asOf: TimeMs, heartbeatAt: TimeMs | null): FeedState | null {
    const quote = this.quotes.at(asOf);
    if (quote === null || heartbeatAt === null) return null;
    return {
      gap: quote.gap,
      resyncing: quote.resyncing,
      heartbeatAt,
      warm: this.warm(asOf),
    };
  }

  /** The receiver's own stamp replaces whatever the sender wrote there. */
  #stamp(book: Book, receivedAt: TimeMs): Book {
    const { depthMax } = this.#options;
    const { bids, asks } = book;
    return {
      bids: bids.length > depthMax ? bids.slice(0, depthMax) : bids,
      asks: asks.length > depthMax ? asks.slice(0, depthMax) : asks,
      sequence: book.sequence,
      exchangeAt: book.exchangeAt,
      receivedAt,
    };
  }

  #follow(sequence: number): void {
    const before = this.#sequence;
    this.#sequence = sequence;
    if (before === null || sequence === before + 1) {
      this.#clean += 1;
      if (this.#clean >= this.#options.cleanBooks) this.#dirty = null;
      return;
    }
    this.#clean = 0;
    // A number that runs back is a feed that started again: nothing says what was lost in between.
    this.#dirty = sequence > before ? 'gap' : 'resyncing';
  }

  #series(timeframeMs: SpanMs): BarSeries {
    return new BarSeries({
      symbol: this.instrument.symbol,
      timeframeMs,
      memory: this.#options.bars,
      lookback: this.#options.lookback,
      sessions: this.instrument.kind === 'equity',
    });
  }
}

function joined(small: readonly Candle[], timeframeMs: SpanMs, parts: number): Candle[] {
  const whole: Candle[] = [];
  for (let index = 0; index + parts <= small.length;) {
    const first = small[index];
    const last = small[index + parts - 1];
    if (first === undefined || last === undefined) break;
    const aligned = first.openAt % timeframeMs === 0;
    if (!aligned || last.closeAt - first.openAt !== timeframeMs) {
      index += 1;
      continue;
    }
    whole.push(merged(small.slice(index, index + parts), first, last, timeframeMs));
    index += parts;
  }
  return whole;
}

function merged(
  parts: readonly Candle[],
  first: Candle,
  last: Candle,
  timeframeMs: SpanMs,
): Candle {
  let { high, low } = first;
  let volume = 0n;
  for (const part of parts) {
    if (part.high > high) high = part.high;
    if (part.low < low) low = part.low;
    volume += part.volume;
  }
  return {
    symbol: first.symbol,
    timeframeMs,
    openAt: first.openAt,
    closeAt: last.closeAt,
    open: first.open,
    high,
    low,
    close: last.close,
    volume: volume as Candle['volume'],
  };
}
