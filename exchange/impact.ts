/** How far our own taking has moved a symbol's price, and how that fades. */
import type { SpanMs, TimeMs } from '#firewall';

/** Halves every half-life, straight lines between; whole numbers, so that every machine agrees. */
export function decayed(offset: bigint, elapsedMs: number, halfLifeMs: SpanMs): bigint {
  if (offset === 0n || elapsedMs <= 0) return offset;
  const size = offset < 0n ? -offset : offset;
  const halvings = Math.floor(elapsedMs / halfLifeMs);
  if (halvings > 128) return 0n;
  const whole = size >> BigInt(halvings);
  const left = whole - (whole * BigInt(elapsedMs % halfLifeMs)) / BigInt(2 * halfLifeMs);
  return offset < 0n ? -left : left;
}

/** The offset that later prices of one symbol carry. */
export class CarriedImpact {
  readonly #halfLifeMs: SpanMs;
  #offset = 0n;
  #at = 0 as TimeMs;
  /** The last answer: one event asks several times. */
  #asked = -1;
  #answer = 0n;

  constructor(halfLifeMs: SpanMs) {
    this.#halfLifeMs = halfLifeMs;
  }

  at(now: TimeMs): bigint {
    if (this.#offset === 0n) return 0n;
    if (now !== this.#asked) {
      this.#asked = now;
      this.#answer = decayed(this.#offset, now - this.#at, this.#halfLifeMs);
      if (this.#answer === 0n) this.#offset = 0n;
    }
    return this.#answer;
  }

  push(by: bigint, now: TimeMs): void {
    this.#offset = this.at(now) + by;
    this.#at = now;
    this.#asked = -1;
  }
}
