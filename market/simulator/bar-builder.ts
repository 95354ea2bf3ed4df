/** Adds prints up to bars, as a venue publishes them: one for every minute, without volume where nothing traded. */
import type { Price, Qty, SpanMs, TimeMs } from '#firewall';
import type { Candle, Print } from '../contract.ts';

export class BarBuilder {
  readonly #symbol: string;
  readonly #timeframeMs: SpanMs;
  readonly #closed: Candle[] = [];
  #openAt = 0;
  #open = 0n;
  #high = 0n;
  #low = 0n;
  #close = 0n;
  #volume = 0n;
  #quiet = true;

  constructor(symbol: string, timeframeMs: SpanMs) {
    this.#symbol = symbol;
    this.#timeframeMs = timeframeMs;
  }

  /** Goes on from a bar that ended at `openAt`; zero stands for a close that nobody knows. */
  begin(openAt: number, close: bigint): void {
    this.#openAt = openAt;
    this.#close = close;
    this.#reset();
  }

  /** Prints come in time order. */
  take({ at, price, qty }: Print): void {
    this.#roll(at);
    if (this.#quiet) this.#open = this.#high = this.#low = price;
    this.#quiet = false;
    if (price > this.#high) this.#high = price;
    if (price < this.#low) this.#low = price;
    this.#close = price;
    this.#volume += qty;
  }

  /** The bars that have ended by `at` and were not given yet. */
  ended(at: number): readonly Candle[] {
    this.#roll(at);
    return this.#closed.length === 0 ? [] : this.#closed.splice(0);
  }

  #roll(at: number): void {
    while (at >= this.#openAt + this.#timeframeMs) {
      if (this.#close > 0n) this.#closed.push(this.#candle());
      this.#openAt += this.#timeframeMs;
      this.#reset();
    }
  }

  #reset(): void {
    this.#open = this.#high = this.#low = this.#close;
    this.#volume = 0n;
    this.#quiet = true;
  }

  #candle(): Candle {
    return {
      symbol: this.#symbol,
      timeframeMs: this.#timeframeMs,
      openAt: this.#openAt as TimeMs,
      closeAt: (this.#openAt + this.#timeframeMs) as TimeMs,
      open: this.#open as Price,
      high: this.#high as Price,
      low: this.#low as Price,
      close: this.#close as Price,
      volume: this.#volume as Qty,
    };
  }
}
