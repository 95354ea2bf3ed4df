/** A book rebuilt from a snapshot and differences, by the venue's own rule of buffering and dropping. */
import type { Book, Level, Price, Qty, TimeMs } from '#firewall';
import { MarketDataError } from '../contract.ts';
import type { Change, L2Message } from './l2-lines.ts';

type Diff = Extract<L2Message, { kind: 'diff' }>;
type Snapshot = Extract<L2Message, { kind: 'snapshot' }>;

export class L2Book {
  readonly #bids = new Ladder(-1);
  readonly #asks = new Ladder(1);
  readonly #waiting: { diff: Diff; row: number }[] = [];
  #last: number | null = null;
  /** True until the first difference after the snapshot was taken. */
  #fresh = false;
  #sequence = 0;

  snapshot(snapshot: Snapshot, row: number): void {
    this.#bids.clear();
    this.#asks.clear();
    this.#bids.change(snapshot.bids);
    this.#asks.change(snapshot.asks);
    this.#last = snapshot.last;
    this.#fresh = true;
    const waiting = this.#waiting.splice(0);
    for (const { diff, row: at } of waiting) this.diff(diff, at);
    if (this.#bids.size === 0 || this.#asks.size === 0)
      throw new MarketDataError('SNAPSHOT_EMPTY', 'a side of the snapshot is empty', { row });
  }

  /** Whether the book is whole after it. */
  diff(diff: Diff, row: number): boolean {
    if (this.#last === null) {
      this.#waiting.push({ diff, row });
      return false;
    }
    // What the snapshot already holds is dropped; futures count its own last id as still to come.
    const held = diff.previous === null ? diff.last <= this.#last : diff.last < this.#last;
    if (this.#fresh && held) return true;
    if (!this.#follows(diff, this.#last))
      throw new MarketDataError(
        'SEQUENCE_BROKEN',
        `ids ${diff.first} to ${diff.last} do not follow`,
        {
          row,
        },
      );
    this.#fresh = false;
    this.#last = diff.last;
    this.#bids.change(diff.bids);
    this.#asks.change(diff.asks);
    return true;
  }

  view(depth: number, exchangeAt: TimeMs, receivedAt: TimeMs): Book {
    this.#sequence += 1;
    return {
      bids: this.#bids.best(depth),
      asks: this.#asks.best(depth),
      sequence: this.#sequence,
      exchangeAt,
      receivedAt,
    };
  }

  #follows(diff: Diff, last: number): boolean {
    if (this.#fresh)
      return diff.previous === null
        ? diff.first <= last + 1 && diff.last >= last + 1
        : diff.first <= last && diff.last >= last;
    return diff.previous === null ? diff.first === last + 1 : diff.previous === last;
  }
}

/** One side, best price first. */
class Ladder {
  readonly #sign: 1 | -1;
  readonly #levels: Level[] = [];

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  get size(): number {
    return this.#levels.length;
  }

  clear(): void {
    this.#levels.length = 0;
  }

  best(depth: number): readonly Level[] {
    return this.#levels.slice(0, depth);
  }

  change(changes: readonly Change[]): void {
    for (const { price, qty } of changes) {
      const index = this.#index(price);
      const here = this.#levels[index]?.price === price;
      if (qty === 0n) {
        if (here) this.#levels.splice(index, 1);
      } else this.#levels.splice(index, here ? 1 : 0, { price: price as Price, qty: qty as Qty });
    }
  }

  /** Where a price is, or would have to go. */
  #index(price: bigint): number {
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = this.#levels[middle]?.price ?? price;
      const better = this.#sign === 1 ? there < price : there > price;
      if (better) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
