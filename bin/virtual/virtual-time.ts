/** A clock that moves when it is told to, and the waits that end when it has moved far enough. */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { SpanMs, TimeMs } from '#firewall';
import { ManualClock } from '../../market/clock.ts';

type Waiter = Readonly<{ until: number; wake(): void }>;

/** A waiter that was woken is given so long, in real time, to do its work before the clock goes on without it. */
const PATIENCE_MS = 250;

export class VirtualTime {
  readonly clock: ManualClock;
  #waiters: Waiter[] = [];
  #awake = 0;
  #moving = false;

  constructor(startAt: TimeMs) {
    this.clock = new ManualClock(startAt);
  }

  now = (): TimeMs => this.clock.now();

  /** Like a timer's sleep, in this clock's time. Whoever comes back here has done what it was woken for. */
  wait = (ms: number): Promise<void> => {
    // Before the clock first moves nobody would ever be woken.
    if (!this.#moving) return sleep(Math.min(ms, 10));
    this.#awake = Math.max(0, this.#awake - 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ until: this.now() + ms, wake: resolve });
    return promise;
  };

  /** Moves the clock on and lets everyone who fell due finish. */
  async pass(span: SpanMs): Promise<void> {
    this.#moving = true;
    this.clock.pass(span);
    const now = this.now();
    const due = this.#waiters.filter(({ until }) => until <= now);
    // Sockets and timers get their turn at every step, whether or not somebody fell due.
    await turn();
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter(({ until }) => until > now);
    this.#awake += due.length;
    for (const { wake } of due) wake();
    const patience = performance.now() + PATIENCE_MS;
    while (this.#awake > 0 && performance.now() < patience) await turn();
    this.#awake = 0;
  }

  /** Ends every wait, so that loops can see that they are over. */
  release(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { wake } of waiters) wake();
  }
}
