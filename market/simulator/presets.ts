/** What each preset plants, in numbers: the right answers that every statistic of the house is tested against. */
import type { Preset } from '../contract.ts';
import { CRASH_2008, DEPEG, FLASH_CRASH, type Script } from './scripts.ts';

/** A Markov state of the market; volatility is a factor, never a direction. */
export type Regime = Readonly<{ name: string; volatility: number; dwellMs: number }>;

/** How a headline that moves the price does it: not at all, in the step in which it is out, or slowly after it. */
type NewsEffect = 'none' | 'at-once' | 'drift';

export type PresetSpec = Readonly<{
  truth: string;
  regimes: readonly [Regime, ...Regime[]];
  jumpsPerDay: number;
  /** Standard deviation of a jump, as a share of the price. */
  jumpSize: number;
  newsPerHour: number;
  /** Share of headlines that sound like news and move nothing. */
  decoyShare: number;
  newsEffect: NewsEffect;
  /** Log-price move per point of a headline's score (-3 to 3), in parts per million. */
  newsImpact: number;
  /** How long a drifting effect takes, at a constant pace. */
  newsEffectMs: number;
  /** Log-price drift per second at a book imbalance of one, in parts per million. */
  imbalanceDrift: number;
  /** Standard deviation of the perpetual's premium over spot, as a share of the price. */
  basis: number;
  /** Funding per eight hours in parts per million. */
  funding: number;
  /** How far into the future the leaking fields look; zero leaks nothing. */
  leakMs: number;
  script: Script | null;
}>;

/** The book's imbalance forgets itself with this time constant. */
export const IMBALANCE_MEMORY_MS = 30_000;

const MINUTE_MS = 60_000;
const REGIMES: PresetSpec['regimes'] = [
  { name: 'normal', volatility: 1, dwellMs: 90 * MINUTE_MS },
  { name: 'quiet', volatility: 0.7, dwellMs: 60 * MINUTE_MS },
  { name: 'busy', volatility: 1.6, dwellMs: 20 * MINUTE_MS },
];

const CALM: PresetSpec = {
  truth:
    'No edge after a headline is out: it moves the price at once, by 500 ppm a point, and a decoy or one about a stablecoin by nothing. Everything else is a martingale, but for the premium of perpetuals, which returns to zero.',
  regimes: REGIMES,
  jumpsPerDay: 2,
  jumpSize: 0.004,
  newsPerHour: 6,
  decoyShare: 0.5,
  newsEffect: 'at-once',
  newsImpact: 500,
  newsEffectMs: 0,
  imbalanceDrift: 0,
  basis: 0.000_15,
  funding: 100,
  leakMs: 0,
  script: null,
};

const NOISE: PresetSpec = {
  ...CALM,
  truth:
    'Nothing: every price is a martingale with volatility clusters, no headline moves anything, books and prints know nothing of the next move, funding and premium are zero. Whoever finds an edge here has made a mistake.',
  newsEffect: 'none',
  newsImpact: 0,
  basis: 0,
  funding: 0,
};

export const PRESET_SPECS: Readonly<Record<Preset, PresetSpec>> = {
  calm: CALM,
  'pure-noise': NOISE,
  'planted-edge': {
    ...NOISE,
    truth:
      'Two edges. A headline that is not a decoy moves the price by 1,500 ppm a point of its score over the ten minutes after it. A book whose imbalance over all shown levels is b drifts by 20 ppm x b a second, and b forgets itself with a time constant of 30 s, so the next minute brings 519 ppm x b.',
    newsPerHour: 12,
    decoyShare: 0.3,
    newsEffect: 'drift',
    newsImpact: 1_500,
    newsEffectMs: 10 * MINUTE_MS,
    imbalanceDrift: 20,
  },
  'planted-leak': {
    ...NOISE,
    truth:
      'The price is a martingale, but two fields contain the future: the reference price is the middle price of 60 s later, and prints (and so volumes) are five times as large before a minute that ends higher as before one that ends lower. Nothing else helps.',
    leakMs: MINUTE_MS,
  },
  'flash-crash': {
    ...CALM,
    truth:
      'Ten minutes after the start the price falls by 9 % (times the beta of the asset) within 90 s, the books lose nine tenths of their depth, and 90 % of the fall is made good within the next fifteen minutes.',
    script: FLASH_CRASH,
  },
  'crash-2008': {
    ...CALM,
    truth:
      'Thirteen sessions in the manner of October 2008, one an hour: 23 % down at the worst and 19 % at the end (times the beta), with rebounds of 12 % and 4 % on the way; volatility three times and spreads four times the normal.',
    jumpsPerDay: 20,
    script: CRASH_2008,
  },
  depeg: {
    ...CALM,
    truth:
      'Twenty minutes after the start USDC loses its peg: 0.88 after two hours, 0.97 after six. The other coins fall by 4 % and rebound, and the venue trades up to 2.5 % above its own reference price while it lasts.',
    script: DEPEG,
  },
};
