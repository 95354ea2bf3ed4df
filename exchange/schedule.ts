/** What falls due later: arrivals, cancels and expiries, in time order; and the seeded jitter of the way. */
import type { TimeMs } from '#firewall';
import type { OpenOrder } from './open-order.ts';

export type Due = Readonly<{
  at: TimeMs;
  kind: 'arrive' | 'cancel' | 'expire';
  open: OpenOrder;
}>;

/** Earliest first; of two at the same moment, the one that was put in first. */
export class Schedule {
  readonly #queue: Due[] = [];
  /** Infinite when nothing is due: one comparison per market event. */
  nextAt = Number.POSITIVE_INFINITY;

  put(due: Due): void {
    let at = this.#queue.length;
    while (at > 0 && (this.#queue[at - 1] as Due).at > due.at) at -= 1;
    this.#queue.splice(at, 0, due);
    this.nextAt = this.#queue[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  take(now: TimeMs): Due | null {
    if (this.nextAt > now) return null;
    const due = this.#queue.shift() ?? null;
    this.nextAt = this.#queue[0]?.at ?? Number.POSITIVE_INFINITY;
    return due;
  }
}

/** Mulberry32: small, seeded, the same on every machine. Gives a whole number from 0 to max. */
export function jitterOf(seed: number): (max: number) => number {
  let state = seed >>> 0;
  return (max) => {
    if (max <= 0) return 0;
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % (max + 1);
  };
}
