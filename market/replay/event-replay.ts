/** Feeds over recorded events: one list in time order, or several feeds as one. */
import type { Instrument, TimeMs } from '#firewall';
import { MarketDataError, type Feed, type MarketEvent } from '../contract.ts';

/** How the books of a feed came to be: seen at the venue, or made up around bars. Every report says which. */
export type Tier = 'book' | 'bar';

export interface Replay extends Feed {
  readonly tier: Tier;
}

export class EventReplay implements Replay {
  readonly tier: Tier;
  readonly instruments: readonly Instrument[];
  readonly endsAt: TimeMs | null;
  readonly #events: readonly MarketEvent[];
  #next = 0;

  constructor(
    instruments: readonly Instrument[],
    events: readonly MarketEvent[],
    tier: Tier = 'book',
  ) {
    for (const [index, event] of events.entries())
      if (event.at < (events[index - 1]?.at ?? 0))
        throw new MarketDataError('TIME_UNSORTED', 'an event lies before the one above it', {
          row: index + 1,
        });
    this.tier = tier;
    this.instruments = instruments;
    this.#events = events;
    this.endsAt = events.at(-1)?.at ?? (0 as TimeMs);
  }

  advance(until: TimeMs): readonly MarketEvent[] {
    const from = this.#next;
    let event = this.#events[this.#next];
    while (event !== undefined && event.at <= until) {
      this.#next += 1;
      event = this.#events[this.#next];
    }
    return this.#events.slice(from, this.#next);
  }
}

/** Several feeds as one, in time order; at equal times the earlier feed of the list speaks first. */
export class MergedFeed implements Feed {
  readonly instruments: readonly Instrument[];
  readonly endsAt: TimeMs | null;
  readonly #feeds: readonly Feed[];

  constructor(feeds: readonly Feed[]) {
    this.#feeds = feeds;
    const bySymbol = new Map(
      feeds.flatMap((feed) =>
        feed.instruments.map((instrument) => [instrument.symbol, instrument]),
      ),
    );
    this.instruments = [...bySymbol.values()];
    const ends = feeds.map((feed) => feed.endsAt);
    this.endsAt = ends.includes(null)
      ? null
      : (Math.max(0, ...ends.map((end) => Number(end))) as TimeMs);
  }

  advance(until: TimeMs): readonly MarketEvent[] {
    // A stable sort keeps each feed's own order.
    return this.#feeds
      .flatMap((feed) => feed.advance(until))
      .toSorted((one, other) => one.at - other.at);
  }
}
