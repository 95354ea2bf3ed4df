/** One simulated instrument: turns frames of the hidden truth into books, prints, reference prices and bars. */
import {
  assert,
  type Book,
  type Instrument,
  type Price,
  type Qty,
  type Reference,
  type SpanMs,
  type TimeMs,
} from '#firewall';
import type { Candle, Print } from '../contract.ts';
import type { Asset } from './assets.ts';
import { BookMaker } from './book-maker.ts';
import type { AssetFrame, Frame } from './price-process.ts';
import { prng, type Prng } from './prng.ts';

/** A bar before its volume is known. */
export type Outline = Readonly<{
  openAt: number;
  open: number;
  high: number;
  low: number;
  close: number;
  heat: number;
}>;

const DAY_MS = 86_400_000;
const UNITS = 100_000_000;
/** Prints a second in a normal market, and the most that one step writes out: then they are larger, not more. */
const PRINTS_PER_SECOND = 1;
const PRINTS_MAX = 6;
/** Perpetuals trade more than spot. */
const PERP_VOLUME = 2;
/** Standard deviation of the reference's own error, as a share of the price. */
const REFERENCE_NOISE = 0.000_03;
/** A leaking print is that much larger, or smaller, than its mean. */
const LEAK_FACTOR = Math.sqrt(5);

export class Tape {
  readonly instrument: Instrument;
  readonly #asset: Asset;
  readonly #index: number;
  readonly #books: BookMaker;
  readonly #flow: Prng;
  readonly #noise: Prng;
  readonly #tick: number;
  readonly #lot: number;
  readonly #dayNotional: number;
  #sequence = 0;

  constructor(instrument: Instrument, assets: readonly Asset[], seed: number) {
    const { symbol } = instrument;
    const index = assets.findIndex((asset) => asset.base === instrument.base);
    const asset = assets[index];
    assert(asset !== undefined, 'the process moves the asset of every instrument shown');
    this.instrument = instrument;
    this.#asset = asset;
    this.#index = index;
    this.#books = new BookMaker(instrument, asset, prng(seed, `book ${symbol}`));
    this.#flow = prng(seed, `flow ${symbol}`);
    this.#noise = prng(seed, `reference ${symbol}`);
    this.#tick = Number(instrument.tick);
    this.#lot = Number(instrument.lot);
    this.#dayNotional = asset.dayNotional * (instrument.kind === 'perp' ? PERP_VOLUME : 1);
  }

  mid(frame: Frame): number {
    const asset = this.#of(frame);
    return this.instrument.kind === 'perp' ? asset.perp : asset.spot;
  }

  heat(frame: Frame): number {
    return this.#of(frame).heat;
  }

  book(frame: Frame): Book {
    this.#sequence += 1;
    return this.#books.make({
      mid: this.mid(frame),
      imbalance: this.#of(frame).imbalance,
      spread: frame.spread,
      depth: frame.depth,
      sequence: this.#sequence,
      at: frame.at,
    });
  }

  /** With a later frame, the reference is that frame's price: the planted leak. */
  reference(frame: Frame, later: Frame | null): Reference {
    const price = later === null ? this.#of(frame).index : this.mid(later);
    const noisy = price * (1 + REFERENCE_NOISE * this.#noise.normal());
    return { price: this.#price(noisy), at: frame.at };
  }

  /** Trades in time order at the touch of the book that stands, so that they know nothing of the next one. */
  prints(frame: Frame, book: Book, stepMs: number, later: Frame | null): Print[] {
    const bid = book.bids[0];
    const ask = book.asks[0];
    if (bid === undefined || ask === undefined) return [];
    const { imbalance, heat } = this.#of(frame);
    const expected = (PRINTS_PER_SECOND * stepMs * (0.5 + 0.5 * heat)) / 1_000;
    const written = Math.min(expected, PRINTS_MAX);
    const mean = (this.#dayNotional / (86_400 * PRINTS_PER_SECOND)) * (expected / written);
    const rises = later === null ? null : this.mid(later) > this.mid(frame);
    const lots = ((mean * leakOf(rises)) / this.mid(frame)) * (UNITS / this.#lot);
    const count = this.#flow.poisson(written);
    const prints: Print[] = [];
    for (let index = 0; index < count; index += 1) {
      const buys = this.#flow.uniform() < 0.5 + 0.3 * imbalance;
      prints.push({
        symbol: this.instrument.symbol,
        at: (frame.at + Math.floor(this.#flow.uniform() * stepMs)) as TimeMs,
        price: buys ? ask.price : bid.price,
        qty: this.#qty(lots * this.#flow.exponential()),
        taker: buys ? 'buy' : 'sell',
      });
    }
    return prints.toSorted((one, other) => one.at - other.at);
  }

  candle(bar: Outline, timeframeMs: SpanMs, rises: boolean | null): Candle {
    const { symbol } = this.instrument;
    const usual = (this.#dayNotional * timeframeMs * (0.5 + 0.5 * bar.heat)) / DAY_MS;
    const notional = usual * leakOf(rises) * (0.6 + 0.4 * this.#flow.exponential());
    return {
      symbol,
      timeframeMs,
      openAt: bar.openAt as TimeMs,
      closeAt: (bar.openAt + timeframeMs) as TimeMs,
      open: this.#price(bar.open),
      high: this.#price(bar.high),
      low: this.#price(bar.low),
      close: this.#price(bar.close),
      volume: this.#qty((notional / bar.close) * (UNITS / this.#lot)),
    };
  }

  #of(frame: Frame): AssetFrame {
    const asset = frame.assets[this.#index];
    assert(asset !== undefined, `a frame shows ${this.#asset.base}`);
    return asset;
  }

  #price(value: number): Price {
    return BigInt(Math.max(1, Math.round((value * UNITS) / this.#tick)) * this.#tick) as Price;
  }

  #qty(lots: number): Qty {
    return BigInt(Math.max(1, Math.round(lots)) * this.#lot) as Qty;
  }
}

const leakOf = (rises: boolean | null): number => {
  if (rises === null) return 1;
  return rises ? LEAK_FACTOR : 1 / LEAK_FACTOR;
};
