/** The as-of gate in one class: values by the time at which they became available, and no way to read past a moment. */
import { assert, type TimeMs } from '#firewall';

/** A bounded memory, oldest forgotten first. Times never run back; what was forgotten is unknown, never guessed. */
export class Timeline<T> {
  readonly #times: Float64Array;
  readonly #values: (T | null)[];
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, 'a timeline remembers at least one value');
    this.#times = new Float64Array(capacity);
    this.#values = Array.from({ length: capacity }, () => null);
  }

  get size(): number {
    return this.#size;
  }

  /** The newest value, whoever asks: for writers only. */
  get newest(): T | null {
    return this.#size === 0 ? null : this.#value(this.#size - 1);
  }

  /** When the newest value became available. */
  get newestAt(): number {
    return this.#size === 0 ? -Infinity : this.#time(this.#size - 1);
  }

  /** Takes a value that is available from `at` on, and returns the one that had to go. */
  push(at: TimeMs, value: T): T | null {
    assert(at >= this.newestAt, 'availability never runs back');
    const capacity = this.#values.length;
    const forgotten = this.#size === capacity ? (this.#values[this.#head] ?? null) : null;
    this.#times[this.#head] = at;
    this.#values[this.#head] = value;
    this.#head = (this.#head + 1) % capacity;
    if (this.#size < capacity) this.#size += 1;
    return forgotten;
  }

  /** The newest value that was available at `asOf`. */
  at(asOf: TimeMs): T | null {
    const index = this.#lastIndex(asOf);
    return index < 0 ? null : this.#value(index);
  }

  /** When the value that `at` answers became available. */
  availableAt(asOf: TimeMs): TimeMs | null {
    const index = this.#lastIndex(asOf);
    return index < 0 ? null : (this.#time(index) as TimeMs);
  }

  /** Up to `count` newest values that were available at `asOf`, oldest first. */
  last(count: number, asOf: TimeMs): T[] {
    const end = this.#lastIndex(asOf) + 1;
    const values: T[] = [];
    for (let index = Math.max(0, end - count); index < end; index += 1) {
      const value = this.#value(index);
      if (value !== null) values.push(value);
    }
    return values;
  }

  /** Availability of the value whose rising key equals `wanted`; null when it is not here. */
  find(key: (value: T) => number, wanted: number): TimeMs | null {
    let low = 0;
    let high = this.#size - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const value = this.#value(middle);
      const found = value === null ? -Infinity : key(value);
      if (found === wanted) return this.#time(middle) as TimeMs;
      if (found < wanted) low = middle + 1;
      else high = middle - 1;
    }
    return null;
  }

  #lastIndex(asOf: number): number {
    let high = this.#size - 1;
    // Nearly every question is about now, so the newest value is tried before any search.
    if (high < 0 || this.#time(high) <= asOf) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#time(middle) <= asOf) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #slot(index: number): number {
    const capacity = this.#values.length;
    const slot = this.#head - this.#size + index;
    return slot < 0 ? slot + capacity : slot;
  }

  #time(index: number): number {
    return this.#times[this.#slot(index)] ?? Number.NaN;
  }

  #value(index: number): T | null {
    return this.#values[this.#slot(index)] ?? null;
  }
}
