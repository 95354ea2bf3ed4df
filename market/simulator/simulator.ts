/** The known-truth market as a feed: same preset, seed, symbols, step and start give the same events, byte for byte. */
import {
  assert,
  DAY_MS,
  type Funding,
  type Instrument,
  type Ppm,
  type SpanMs,
  type TimeMs,
} from '#firewall';
import { MarketDataError, type Feed, type MarketEvent, type Preset } from '../contract.ts';
import { instrumentOf } from '../instruments.ts';
import { assetOf, type Asset } from './assets.ts';
import { BarBuilder } from './bar-builder.ts';
import { runBars } from './bar-run.ts';
import { Newsroom } from './newsroom.ts';
import { PRESET_SPECS, type PresetSpec } from './presets.ts';
import { PriceProcess, type Frame } from './price-process.ts';
import { prng } from './prng.ts';
import { Tape } from './tape.ts';
import type { Truth } from './truth.ts';

export type SimulatorOptions = Readonly<{
  preset: Preset;
  seed: number;
  symbols: readonly string[];
  /** Time between two books of a symbol. */
  stepMs: SpanMs;
  /** When the preset's story begins. History is given up to here. */
  startAt: TimeMs;
  /** Length of the history of one-minute bars before the start. */
  historyMs?: SpanMs;
}>;

/** A feed that never ends, and that knows what it planted. */
export interface Simulator extends Feed {
  readonly tier: 'book';
  readonly preset: Preset;
  /** What is planted, in words and numbers. */
  readonly statement: string;
  readonly truth: Truth;
}

export const simulate = (options: SimulatorOptions): Simulator => new Simulation(options);

const MINUTE_MS = 60_000;
const FUNDING_MS = 28_800_000;
/** Books before the start, so that statistics of books are warm when the story begins. */
const STEPS_BEFORE = 60;

class Simulation implements Simulator {
  readonly tier = 'book';
  readonly endsAt = null;
  readonly preset: Preset;
  readonly instruments: readonly Instrument[];
  readonly #options: SimulatorOptions;
  readonly #spec: PresetSpec;
  readonly #process: PriceProcess;
  readonly #tapes: readonly Tape[];
  /** Beside each tape. */
  readonly #bars: readonly BarBuilder[];
  readonly #newsroom: Newsroom;
  readonly #fundingDraws;
  /** Frames that were run but not shown yet; the last is the newest. Longer than one only where the preset leaks. */
  readonly #ahead: Frame[] = [];
  readonly #lead: number;
  readonly #historyFrom: number;
  readonly #booksFrom: number;
  #pending: MarketEvent[] = [];
  #nextAt: number;
  #fundingAt: number;
  #begun = false;

  constructor(options: SimulatorOptions) {
    const { preset, seed, symbols, stepMs, startAt } = options;
    assert(Number.isSafeInteger(stepMs) && stepMs > 0, 'a step takes whole milliseconds');
    assert(Number.isSafeInteger(seed) && seed >= 0, 'a seed is a whole number from 0 on');
    this.preset = preset;
    this.#options = options;
    this.#spec = PRESET_SPECS[preset];
    this.instruments = symbols.map(simulated);
    const assets = assetsOf(this.instruments);
    this.#tapes = this.instruments.map((instrument) => new Tape(instrument, assets, seed));
    this.#bars = symbols.map((symbol) => new BarBuilder(symbol, MINUTE_MS as SpanMs));
    this.#booksFrom = Math.floor((startAt - STEPS_BEFORE * stepMs) / MINUTE_MS) * MINUTE_MS;
    const bars = Math.floor((options.historyMs ?? DAY_MS) / MINUTE_MS);
    this.#historyFrom = this.#booksFrom - bars * MINUTE_MS;
    this.#process = new PriceProcess(this.#spec, assets, {
      seed,
      from: this.#historyFrom,
      startAt,
    });
    this.#newsroom = new Newsroom(this.#spec, this.instruments, seed);
    this.#fundingDraws = prng(seed, 'funding');
    this.#lead = Math.ceil(this.#spec.leakMs / stepMs);
    this.#nextAt = this.#booksFrom + stepMs;
    this.#fundingAt = this.#historyFrom;
  }

  get statement(): string {
    return this.#spec.truth;
  }

  get truth(): Truth {
    return this.#newsroom.truth;
  }

  advance(until: TimeMs): readonly MarketEvent[] {
    if (!this.#begun) {
      this.#begun = true;
      this.#pending = this.#history();
    }
    const given: MarketEvent[] = [];
    const kept: MarketEvent[] = [];
    for (const event of this.#pending) (event.at <= until ? given : kept).push(event);
    while (this.#nextAt <= until) {
      for (const event of this.#step()) (event.at <= until ? given : kept).push(event);
      this.#nextAt += this.#options.stepMs;
    }
    this.#pending = kept;
    return given;
  }

  #history(): MarketEvent[] {
    const events: MarketEvent[] = [];
    const from = this.#historyFrom as TimeMs;
    for (const { symbol } of this.instruments)
      events.push({ kind: 'status', symbol, at: from, status: 'trading' });
    this.#fund(from, events);
    const run = {
      from,
      count: (this.#booksFrom - from) / MINUTE_MS,
      timeframeMs: MINUTE_MS as SpanMs,
      leaks: this.#spec.leakMs > 0,
    };
    for (const bars of this.#bars) bars.begin(this.#booksFrom, 0n);
    for (const bar of runBars(this.#process, this.#tapes, run)) {
      for (const frame of bar.frames) events.push(...this.#newsroom.report(frame));
      const at = bar.closeAt as TimeMs;
      for (const [index, candle] of bar.candles.entries()) {
        events.push({ kind: 'candle', at, candle });
        this.#bars[index]?.begin(this.#booksFrom, candle.close);
      }
      this.#fund(at, events);
    }
    for (let index = 0; index < this.#lead; index += 1)
      this.#ahead.push(this.#process.step(this.#options.stepMs));
    return events;
  }

  #step(): MarketEvent[] {
    const { stepMs } = this.#options;
    const newest = this.#process.step(stepMs);
    this.#ahead.push(newest);
    const frame = this.#ahead.shift() ?? newest;
    const later = this.#lead > 0 ? newest : null;
    const { at } = frame;
    const events: MarketEvent[] = [];
    const prints: MarketEvent[] = [];
    for (const bars of this.#bars)
      for (const candle of bars.ended(at)) events.push({ kind: 'candle', at, candle });
    for (const [index, tape] of this.#tapes.entries()) {
      const { symbol } = tape.instrument;
      const book = tape.book(frame);
      events.push({ kind: 'book', symbol, at, book });
      events.push({ kind: 'reference', symbol, at, reference: tape.reference(frame, later) });
      for (const print of tape.prints(frame, book, stepMs, later)) {
        this.#bars[index]?.take(print);
        prints.push({ kind: 'print', at: print.at, print });
      }
    }
    events.push(...this.#newsroom.report(frame));
    this.#fund(at, events);
    events.push({ kind: 'heartbeat', at });
    prints.sort((one, other) => one.at - other.at);
    for (const print of prints) events.push(print);
    return events;
  }

  /** The rate of an interval is known from its beginning, as at most venues. */
  #fund(at: TimeMs, events: MarketEvent[]): void {
    if (at < this.#fundingAt) return;
    this.#fundingAt = (Math.floor(at / FUNDING_MS) + 1) * FUNDING_MS;
    const drawn = this.#spec.funding * (1 + 0.5 * this.#fundingDraws.normal());
    const funding: Funding = {
      // Adding zero turns a negative zero, which no codec accepts, into zero.
      rate: (Math.round(drawn) + 0) as Ppm,
      nextAt: this.#fundingAt as TimeMs,
      everyMs: FUNDING_MS as SpanMs,
    };
    for (const { symbol, kind } of this.instruments)
      if (kind === 'perp') events.push({ kind: 'funding', symbol, at, funding });
  }
}

/** The instruments that a simulation of these symbols shows. */
export function simulated(symbol: string): Instrument {
  const instrument = instrumentOf(symbol);
  if (instrument === null)
    throw new MarketDataError('SYMBOL_UNKNOWN', `${symbol} is not in the catalogue`);
  return instrument;
}

/** The assets behind the instruments, each once. */
export const assetsOf = (instruments: readonly Instrument[]): readonly Asset[] =>
  [...new Set(instruments.map((instrument) => instrument.base))].map(assetOf);
