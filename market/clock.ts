/** Clocks: the system's, one that is set by hand, one that follows a replay; and the watch on their distance to a venue. */
import { assert, type ClockState, type SpanMs, type TimeMs } from '#firewall';
import type { Clock, MarketEvent } from './contract.ts';

/** Wall time. Only a process's entry makes one. */
export const systemClock: Clock = { now: () => Date.now() as TimeMs };

export class ManualClock implements Clock {
  #now: TimeMs;

  constructor(now: TimeMs) {
    this.#now = now;
  }

  now(): TimeMs {
    return this.#now;
  }

  set(now: TimeMs): void {
    assert(now >= this.#now, 'time never runs back');
    this.#now = now;
  }

  pass(span: SpanMs): void {
    this.set((this.#now + span) as TimeMs);
  }
}

/** In a replay it is as late as the latest event that was given. */
export class ReplayClock implements Clock {
  #now: TimeMs;

  constructor(startAt: TimeMs) {
    this.#now = startAt;
  }

  now(): TimeMs {
    return this.#now;
  }

  follow(event: MarketEvent): void {
    if (event.at > this.#now) this.#now = event.at;
  }
}

/** One question to the venue's clock: what it said, and when we asked and heard. */
export type ClockSample = Readonly<{ venueAt: TimeMs; askedAt: TimeMs; heardAt: TimeMs }>;

export type ClockWatchOptions = Readonly<{
  /** Samples that the median is taken over. */
  samples: number;
  /** A skew beyond this is bad, and `persistent` after so many bad samples in a row. */
  skewMsMax: SpanMs;
  badMax: number;
}>;

const WATCH_DEFAULTS: ClockWatchOptions = {
  samples: 5,
  skewMsMax: 1_000 as SpanMs,
  badMax: 5,
};

/** Compares the local clock with the venue's, by the middle of each round trip and a median that one slow answer cannot move. */
export class ClockWatch {
  readonly #options: ClockWatchOptions;
  readonly #skews: number[] = [];
  #heardAt = -Infinity;
  #monotonic = true;
  #bad = 0;

  constructor(options: ClockWatchOptions = WATCH_DEFAULTS) {
    this.#options = options;
  }

  sample({ venueAt, askedAt, heardAt }: ClockSample): ClockState {
    // Once the local clock ran back, what it says of ages is not to be trusted until a human looks.
    if (heardAt < askedAt || askedAt < this.#heardAt) this.#monotonic = false;
    this.#heardAt = Math.max(this.#heardAt, heardAt);
    this.#skews.push(Math.round((askedAt + heardAt) / 2 - venueAt));
    if (this.#skews.length > this.#options.samples) this.#skews.shift();
    const skewMs = this.#median();
    this.#bad = Math.abs(skewMs) > this.#options.skewMsMax ? this.#bad + 1 : 0;
    return {
      skewMs,
      monotonic: this.#monotonic,
      persistent: this.#bad >= this.#options.badMax,
    };
  }

  #median(): number {
    const sorted = this.#skews.toSorted((one, other) => one - other);
    // Zero is added because the middle of a symmetric sample may be a negative zero, which no codec accepts.
    return (sorted[sorted.length >> 1] ?? 0) + 0;
  }
}
