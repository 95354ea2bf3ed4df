/** Lists of the recent past that forget: nothing older than the longest window any rule looks back over. */
import type { TimeMs } from '#firewall';

/** Oldest first, by times that never run backwards. What was given out never changes afterwards. */
export class Recent<T> {
  readonly #at: (item: T) => number;
  #items: T[] = [];
  #lent = false;

  constructor(at: (item: T) => number) {
    this.#at = at;
  }

  push(item: T): void {
    if (this.#lent) this.#items = [...this.#items];
    this.#lent = false;
    this.#items.push(item);
  }

  /** Forgets what happened before a moment; in batches, so that the cost per item stays constant. */
  prune(before: TimeMs): void {
    const stale = this.#staleCount(before);
    if (stale > 0 && stale * 2 >= this.#items.length) this.#items = this.#items.slice(stale);
  }

  /** What happened from a moment on. */
  since(from: number): readonly T[] {
    const stale = this.#staleCount(from);
    if (stale > 0) return this.#items.slice(stale);
    this.#lent = true;
    return this.#items;
  }

  get length(): number {
    return this.#items.length;
  }

  #staleCount(before: number): number {
    const items = this.#items;
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = items[middle];
      if (item !== undefined && this.#at(item) < before) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
