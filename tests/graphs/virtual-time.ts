/** A clock that a test moves: whoever waits is woken in order, and no real time passes. */
import { setImmediate } from 'node:timers/promises';
import type { TimeMs } from '#firewall';

type Sleeper = Readonly<{ at: number; wake(): void }>;

export class VirtualTime {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start = 1_700_000_000_000) {
    this.#now = start;
  }

  now(): TimeMs {
    return this.#now as TimeMs;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal.aborted) {
      resolve();
      return promise;
    }
    const sleeper: Sleeper = {
      at: this.#now + ms,
      wake: () => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', sleeper.wake);
        resolve();
      },
    };
    this.#sleepers.add(sleeper);
    signal.addEventListener('abort', sleeper.wake);
    return promise;
  }

  /** Lets everything happen that happens within this time. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await setImmediate();
      const [next] = [...this.#sleepers].toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > until) break;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#now = until;
  }
}
