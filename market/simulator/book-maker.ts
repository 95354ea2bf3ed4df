/** Draws an order book around a price: ticks and lots come out, and the imbalance is exactly the one that was asked for. */
import type { Book, Instrument, Level, Price, Qty, TimeMs } from '#firewall';
import type { Asset } from './assets.ts';
import type { Prng } from './prng.ts';

export type BookShape = Readonly<{
  mid: number;
  imbalance: number;
  /** Factors on the normal spread and depth. */
  spread: number;
  depth: number;
  sequence: number;
  at: TimeMs;
}>;

const LEVELS = 12;
const UNITS = 100_000_000;

export class BookMaker {
  readonly #asset: Asset;
  readonly #random: Prng;
  readonly #tick: number;
  readonly #lot: number;
  readonly #weights: number[] = [];

  constructor(instrument: Instrument, asset: Asset, random: Prng) {
    this.#asset = asset;
    this.#random = random;
    // Both are far below 2^53 as hundred-millionths, so plain numbers hold them exactly.
    this.#tick = Number(instrument.tick);
    this.#lot = Number(instrument.lot);
  }

  make({ mid, imbalance, spread, depth, sequence, at }: BookShape): Book {
    const half = mid * this.#asset.halfSpread * spread * UNITS;
    const middle = mid * UNITS;
    const bid = Math.floor((middle - half) / this.#tick);
    const ask = Math.max(bid + 1, Math.ceil((middle + half) / this.#tick));
    const gap = Math.max(1, Math.round((middle * this.#asset.levelGap * spread) / this.#tick));
    const lots = (this.#asset.levelNotional * depth * LEVELS * UNITS) / mid / this.#lot;
    return {
      bids: this.#side(bid, -gap, lots * (1 + imbalance)),
      asks: this.#side(ask, gap, lots * (1 - imbalance)),
      sequence,
      exchangeAt: at,
      receivedAt: at,
    };
  }

  /** Weights are drawn first and then scaled, so that noise between levels leaves the side's total alone. */
  #side(best: number, gap: number, lots: number): readonly Level[] {
    const random = this.#random;
    const weights = this.#weights;
    let sum = 0;
    for (let index = 0; index < LEVELS; index += 1) {
      const weight = (0.4 + 0.1 * index) * (0.5 + random.uniform());
      weights[index] = weight;
      sum += weight;
    }
    const levels: Level[] = [];
    for (let index = 0; index < LEVELS; index += 1) {
      const ticks = best + gap * index;
      if (ticks <= 0) break;
      const size = Math.max(1, Math.round((lots * (weights[index] ?? 0)) / sum));
      levels.push({
        price: BigInt(ticks * this.#tick) as Price,
        qty: BigInt(size * this.#lot) as Qty,
      });
    }
    return levels;
  }
}
