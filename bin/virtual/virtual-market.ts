/** The market of a virtual house: one feed, one memory of it, and what the venue is told. */
import type { Instrument, MarketView, Qty, SpanMs, TimeMs } from '#firewall';
import type { PaperVenue } from '../../exchange/venue.ts';
import type { Config } from '../../infra/config.ts';
import type { Feed, MarketEvent } from '../../market/contract.ts';
import { simulate } from '../../market/simulator/simulator.ts';
import { createMarketStore, type LocalMarketStore } from '../../market/store.ts';
import { MarketMemory } from '../market-memory.ts';
import { Outskirts } from '../outskirts.ts';

const BEAT_MS = 1_000;
/** Each mark is a durable entry; a market that runs through an hour in seconds makes do with one a minute. */
const MARK_MS = 60_000;

export class VirtualMarket {
  readonly instruments: readonly Instrument[];
  readonly stepMs: SpanMs;
  readonly store: LocalMarketStore;
  readonly #feed: Feed;
  readonly #memory = new MarketMemory();
  #outskirts: Outskirts | null = null;
  #beatAt = 0;
  #markAt = 0;
  #now: TimeMs;

  /** The market's story begins at `startAt`; who opens its house later has missed what came before. */
  constructor(
    config: Config,
    feed: Feed | null,
    { startAt, openAt }: Readonly<{ startAt: TimeMs; openAt: TimeMs }>,
  ) {
    const stepMs = config.stepMs as SpanMs;
    const { preset, seed, symbols, currency } = config;
    this.#feed = feed ?? simulate({ preset, seed, symbols, stepMs, startAt });
    this.instruments = this.#feed.instruments;
    this.stepMs = stepMs;
    this.store = createMarketStore({ instruments: this.instruments, currency });
    this.#now = openAt;
    this.advance(openAt);
  }

  /** From here on the venue sees what happens outside, the latest state of it first. */
  connect(venue: PaperVenue): void {
    this.#outskirts = new Outskirts(venue);
    for (const event of this.#memory.latest()) this.#outskirts.meet(event);
  }

  dailyVolume(): Readonly<Record<string, Qty>> {
    return this.#memory.dailyVolume();
  }

  advance(now: TimeMs): void {
    this.#now = now;
    for (const event of this.#feed.advance(now)) this.#meet(event);
    if (now - this.#beatAt < BEAT_MS) return;
    this.#beatAt = now;
    this.store.apply({ kind: 'heartbeat', at: now }, now);
    this.store.observeClock({ skewMs: 0, monotonic: true, persistent: false }, now);
  }

  /** True once in every so often: it is time to mark the account. */
  minded(now: TimeMs): boolean {
    if (now - this.#markAt < MARK_MS) return false;
    this.#markAt = now;
    return true;
  }

  /** The view of now, for whoever asks as a process with its own eyes would. */
  readonly eyes = {
    view: (symbol: string, evidence: readonly string[]): MarketView | null =>
      this.store.view(symbol, this.#now, evidence),
  };

  #meet(event: MarketEvent): void {
    this.#memory.put(event);
    this.store.apply(event, event.at);
    this.#outskirts?.meet(event);
  }
}
