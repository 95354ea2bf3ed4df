/** Gives drafts their words, their number and their place in the record of the truth. */
import type { Instrument, TimeMs } from '#firewall';
import type { MarketEvent } from '../contract.ts';
import { writeNews } from './headlines.ts';
import type { PresetSpec } from './presets.ts';
import type { Frame } from './price-process.ts';
import { prng, type Prng } from './prng.ts';
import { Truth } from './truth.ts';

export class Newsroom {
  readonly truth = new Truth();
  readonly #spec: PresetSpec;
  readonly #instruments: readonly Instrument[];
  readonly #seed: number;
  readonly #random: Prng;
  #count = 0;

  constructor(spec: PresetSpec, instruments: readonly Instrument[], seed: number) {
    this.#spec = spec;
    this.#instruments = instruments;
    this.#seed = seed;
    this.#random = prng(seed, 'headlines');
  }

  report(frame: Frame): readonly MarketEvent[] {
    this.truth.seeRegime(frame.at, frame.regime);
    if (frame.news.length === 0) return [];
    return frame.news.map((draft): MarketEvent => {
      this.#count += 1;
      const id = `sim-${this.#seed}-${this.#count}`;
      const { base } = draft.asset;
      const { at } = frame;
      const drifts = this.#spec.newsEffect === 'drift' && draft.impact !== 0;
      this.truth.addNews({
        id,
        base,
        score: draft.score,
        decoy: draft.decoy,
        impact: draft.impact,
        from: at,
        until: (drifts ? at + this.#spec.newsEffectMs : at) as TimeMs,
      });
      const symbols = this.#instruments
        .filter((instrument) => instrument.base === base)
        .map((instrument) => instrument.symbol);
      const item = writeNews(draft, { id, availableAt: at, symbols }, this.#random);
      return { kind: 'news', at, item };
    });
  }
}
