/** Feeds for what a recording does not hold but a gate wants to see: each is an assumption, added by whoever replays. */
import type { Funding, Instrument, Ppm, SpanMs, TimeMs } from '#firewall';
import type { Feed, MarketEvent } from '../contract.ts';
import { EventReplay, type Replay } from './event-replay.ts';

export type FundingAssumption = Readonly<{
  instrument: Instrument;
  rate: Ppm;
  everyMs: SpanMs;
  from: TimeMs;
  until: TimeMs;
}>;

/** One constant rate, known from the beginning of each interval. */
export function assumeFunding(assumption: FundingAssumption): Replay {
  const { instrument, rate, everyMs, from, until } = assumption;
  const { symbol } = instrument;
  const events: MarketEvent[] = [];
  for (let at = from; at <= until;) {
    const nextAt = ((Math.floor(at / everyMs) + 1) * everyMs) as TimeMs;
    const funding: Funding = { rate, nextAt, everyMs };
    events.push({ kind: 'funding', symbol, at, funding });
    at = nextAt;
  }
  return new EventReplay([instrument], events);
}

/** Takes the books of one symbol for the reference price of another, as with spot and perpetual of the same coin. */
export class CrossReference implements Feed {
  readonly instruments: readonly Instrument[];
  readonly endsAt: TimeMs | null;
  readonly #feed: Feed;
  readonly #references: Readonly<Record<string, string>>;

  /** `references` maps the symbol whose books are read to the symbol that they are the reference of. */
  constructor(feed: Feed, references: Readonly<Record<string, string>>) {
    this.#feed = feed;
    this.#references = references;
    this.instruments = feed.instruments;
    this.endsAt = feed.endsAt;
  }

  advance(until: TimeMs): readonly MarketEvent[] {
    return this.#feed.advance(until).flatMap((event) => {
      if (event.kind !== 'book' || !Object.hasOwn(this.#references, event.symbol)) return [event];
      const symbol = this.#references[event.symbol];
      const bid = event.book.bids[0]?.price;
      const ask = event.book.asks[0]?.price;
      if (symbol === undefined || bid === undefined || ask === undefined) return [event];
      const { at } = event;
      const price = ((bid + ask) / 2n) as typeof bid;
      return [event, { kind: 'reference', symbol, at, reference: { price, at } }];
    });
  }
}
