/** What truly happened in a simulation, for whoever tests a statistic against it; never shown to a desk. */
import type { TimeMs } from '#firewall';

export type NewsTruth = Readonly<{
  id: string;
  base: string;
  score: number;
  decoy: boolean;
  /** Move of the log price that this headline causes, in parts per million. */
  impact: number;
  /** Over which time it acts: equal when it acts at once. */
  from: TimeMs;
  until: TimeMs;
}>;

export type RegimeTruth = Readonly<{ at: TimeMs; name: string }>;

/** The newest records; a simulation that runs for weeks forgets its first ones. */
const MEMORY = 50_000;

export class Truth {
  readonly #news: NewsTruth[] = [];
  readonly #regimes: RegimeTruth[] = [];

  get news(): readonly NewsTruth[] {
    return this.#news;
  }

  get regimes(): readonly RegimeTruth[] {
    return this.#regimes;
  }

  addNews(record: NewsTruth): void {
    this.#news.push(record);
    if (this.#news.length > MEMORY) this.#news.shift();
  }

  seeRegime(at: TimeMs, name: string): void {
    if (this.#regimes.at(-1)?.name === name) return;
    this.#regimes.push({ at, name });
    if (this.#regimes.length > MEMORY) this.#regimes.shift();
  }
}
