/** News by the time at which a reader could have had it. */
import type { SpanMs, TimeMs } from '#firewall';
import type { NewsItem } from './contract.ts';

type Shelved = Readonly<{ item: NewsItem; availableAt: TimeMs }>;

export class NewsShelf {
  readonly #memory: number;
  readonly #byId = new Map<string, Shelved>();
  /** Sorted by availability; nearly every item goes to the end. */
  readonly #shelf: Shelved[] = [];

  constructor(memory: number) {
    this.#memory = memory;
  }

  /** The first version of an item stands: a later one under the same id cannot rewrite the past. */
  put(item: NewsItem, receivedAt: TimeMs): void {
    if (this.#byId.has(item.id)) return;
    const availableAt = Math.max(item.availableAt, receivedAt) as TimeMs;
    const shelved = { item, availableAt };
    let index = this.#shelf.length;
    while (index > 0 && (this.#shelf[index - 1]?.availableAt ?? 0) > availableAt) index -= 1;
    this.#shelf.splice(index, 0, shelved);
    this.#byId.set(item.id, shelved);
    if (this.#shelf.length <= this.#memory) return;
    const oldest = this.#shelf.shift();
    if (oldest !== undefined) this.#byId.delete(oldest.item.id);
  }

  /** Items that became available in `(asOf - sinceMs, asOf]`, oldest first. */
  since(asOf: TimeMs, sinceMs: SpanMs): readonly NewsItem[] {
    const end = this.#count(asOf);
    const start = this.#count((asOf - sinceMs) as TimeMs);
    return this.#shelf.slice(start, end).map((shelved) => shelved.item);
  }

  availableAt(id: string): TimeMs | null {
    return this.#byId.get(id)?.availableAt ?? null;
  }

  /** How many items were available at `asOf`. */
  #count(asOf: TimeMs): number {
    let low = 0;
    let high = this.#shelf.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#shelf[middle]?.availableAt ?? Infinity) <= asOf) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
