/** The outside market of one symbol: its book, what we took from it, and how far we moved it. */
import type { Book, Instrument, Level, Price, Qty, Side, SpanMs, TimeMs } from '#firewall';
import { CarriedImpact } from './impact.ts';

/** A level as we could trade with it: where it stands after our impact, and what we have left of it. */
export type Offer = Readonly<{ price: Price; qty: Qty; level: Price }>;

export class Outside {
  readonly impact: CarriedImpact;
  book: Book | null = null;
  readonly #tick: Price;
  readonly #taken: Readonly<Record<Side, Map<bigint, bigint>>> = {
    buy: new Map(),
    sell: new Map(),
  };

  constructor(instrument: Instrument, halfLifeMs: SpanMs) {
    this.#tick = instrument.tick;
    this.impact = new CarriedImpact(halfLifeMs);
  }

  /** What we took stays taken until the level shows more than what it showed less. */
  refresh(book: Book): void {
    this.book = book;
    if (this.#taken.buy.size > 0) forget(this.#taken.buy, book.bids);
    if (this.#taken.sell.size > 0) forget(this.#taken.sell, book.asks);
  }

  /** The levels of the side that an order of `taker` trades with. */
  levels(taker: Side): readonly Level[] {
    if (this.book === null) return [];
    return taker === 'buy' ? this.book.asks : this.book.bids;
  }

  /** What is left of one level for an order of `taker`, given an offset of our making. */
  offer(taker: Side, level: Level, offset: bigint): Offer {
    const side = taker === 'buy' ? 'sell' : 'buy';
    const all = this.#taken[side];
    const taken = all.size === 0 ? 0n : (all.get(level.price) ?? 0n);
    return {
      price: this.shifted(side, level.price, offset),
      qty: (level.qty > taken ? level.qty - taken : 0n) as Qty,
      level: level.price,
    };
  }

  /** The best level that still has something for an order of `taker`. */
  best(taker: Side, offset: bigint): Offer | null {
    for (const level of this.levels(taker)) {
      const offer = this.offer(taker, level, offset);
      if (offer.qty > 0n) return offer;
    }
    return null;
  }

  take(taker: Side, level: Price, qty: Qty): void {
    const taken = this.#taken[taker === 'buy' ? 'sell' : 'buy'];
    taken.set(level, (taken.get(level) ?? 0n) + qty);
  }

  /** A price of the given side after our impact, rounded to the tick that is worse for whoever trades with it. */
  shifted(side: Side, price: Price, offset: bigint): Price {
    if (offset === 0n) return price;
    const tick = this.#tick;
    const moved = price + offset;
    if (moved <= tick) return tick;
    const down = moved - (moved % tick);
    return (side === 'sell' && down !== moved ? down + tick : down) as Price;
  }

  /** What the book shows at one of our prices; null where it does not look that far, or is empty. */
  shownAt(side: Side, price: Price, offset: bigint): Qty | null {
    const levels = side === 'buy' ? this.book?.bids : this.book?.asks;
    if (levels === undefined || levels.length === 0) return null;
    // Most orders that wait far away are settled by this one comparison.
    const end = this.shifted(side, (levels.at(-1) as Level).price, offset);
    if (side === 'buy' ? price < end : price > end) return null;
    for (const level of levels) {
      const here = this.shifted(side, level.price, offset);
      if (here === price) return level.qty;
      if (side === 'buy' ? here < price : here > price) break;
    }
    return 0n as Qty;
  }

  mid(now: TimeMs): Price | null {
    const bid = this.book?.bids[0];
    const ask = this.book?.asks[0];
    if (bid === undefined || ask === undefined) return null;
    const mid = (bid.price + ask.price) / 2n + this.impact.at(now);
    return (mid > this.#tick ? mid : this.#tick) as Price;
  }
}

function forget(taken: Map<bigint, bigint>, levels: readonly Level[]): void {
  for (const [price, qty] of taken) {
    const shown = levels.find((level) => level.price === price)?.qty ?? 0n;
    if (shown === 0n) taken.delete(price);
    else if (shown < qty) taken.set(price, shown);
  }
}
