/** The hidden truth of the simulated market: regimes, volatility clusters, jumps, news and scripted shocks, step by step. */
import type { TimeMs } from '#firewall';
import type { Asset } from './assets.ts';
import { IMBALANCE_MEMORY_MS, type PresetSpec, type Regime } from './presets.ts';
import { prng, type Prng } from './prng.ts';
import { valueAt } from './scripts.ts';

/** One asset at one moment. Prices are floats here and become ticks at the edge. */
export type AssetFrame = Readonly<{
  asset: Asset;
  /** What the reference source says, before its noise. */
  index: number;
  /** Middle of the spot book, and of the perpetual's. */
  spot: number;
  perp: number;
  /** Share of bids minus share of asks in the book, -0.8 to 0.8. */
  imbalance: number;
  /** Variance against the normal: activity follows it. */
  heat: number;
}>;

/** A headline that is about to be written, and what it truly does. */
export type NewsDraft = Readonly<{
  asset: Asset;
  /** What a careful reader would take from the words: -3 to 3, never 0. */
  score: number;
  /** Written so that a careful reader knows it for no news. */
  decoy: boolean;
  /** True effect on the log price, in parts per million. */
  impact: number;
}>;

export type Frame = Readonly<{
  at: TimeMs;
  assets: readonly AssetFrame[];
  regime: string;
  spread: number;
  depth: number;
  news: readonly NewsDraft[];
}>;

type Drift = Readonly<{ perMs: number; untilMs: number }>;

type AssetState = {
  readonly asset: Asset;
  readonly random: Prng;
  logPrice: number;
  variance: number;
  imbalance: number;
  basis: number;
  drifts: Drift[];
};

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
/** Pull of the variance to its mean, and its own volatility, both per second: a half-life of about 20 minutes. */
const VARIANCE_PULL = 1 / 1_800;
const VARIANCE_NOISE = Math.sqrt(VARIANCE_PULL);
const VARIANCE_MIN = 0.15;
const VARIANCE_MAX = 20;
const BASIS_MEMORY_MS = 1_800_000;
const IMBALANCE_DEVIATION = 0.3;
const IMBALANCE_MAX = 0.8;
const JUMP_VOLATILITY = 0.025;
const PPM = 1e-6;

export class PriceProcess {
  readonly #spec: PresetSpec;
  readonly #startAt: number;
  readonly #market: Prng;
  readonly #news: Prng;
  readonly #states: readonly AssetState[];
  #regime: Regime;
  #at: number;

  constructor(
    spec: PresetSpec,
    assets: readonly Asset[],
    { seed, from, startAt }: Readonly<{ seed: number; from: number; startAt: number }>,
  ) {
    this.#spec = spec;
    this.#startAt = startAt;
    this.#at = from;
    this.#market = prng(seed, 'market');
    this.#news = prng(seed, 'news');
    this.#regime = spec.regimes[0];
    this.#states = assets.map((asset) => ({
      asset,
      random: prng(seed, `asset ${asset.base}`),
      logPrice: Math.log(asset.price),
      variance: 1,
      imbalance: 0,
      basis: 0,
      drifts: [],
    }));
  }

  step(stepMs: number): Frame {
    const { script } = this.#spec;
    const before = this.#at - this.#startAt;
    this.#at += stepMs;
    const after = this.#at - this.#startAt;
    this.#turnRegime(stepMs);
    const common = this.#market.normal();
    const wild = this.#regime.volatility * valueAt(script?.volatility ?? [], after, 1);
    for (const state of this.#states) {
      this.#move(state, { common, wild, stepMs });
      state.logPrice += this.#scripted(state.asset, after) - this.#scripted(state.asset, before);
    }
    const news = this.#happen(stepMs);
    const premium = valueAt(script?.premium ?? [], after, 0);
    return {
      at: this.#at as TimeMs,
      assets: this.#states.map((state) => frameOf(state, premium, wild)),
      regime: this.#regime.name,
      spread: valueAt(script?.spread ?? [], after, 1),
      depth: valueAt(script?.depth ?? [], after, 1),
      news,
    };
  }

  #turnRegime(stepMs: number): void {
    const draw = this.#market.uniform();
    if (draw >= 1 - Math.exp(-stepMs / this.#regime.dwellMs)) return;
    const others = this.#spec.regimes.filter((regime) => regime !== this.#regime);
    const [first, ...rest] = others;
    if (first !== undefined) this.#regime = this.#market.pick([first, ...rest]);
  }

  /** The drift takes half the variance back, so that the price, not its logarithm, is the martingale. */
  #move(
    state: AssetState,
    { common, wild, stepMs }: Readonly<{ common: number; wild: number; stepMs: number }>,
  ): void {
    const { asset, random } = state;
    const seconds = stepMs / SECOND_MS;
    const own = Math.sqrt(1 - asset.correlation * asset.correlation);
    const shock = asset.correlation * common + own * random.normal();
    const scale = asset.volatilityDay * wild * Math.sqrt(stepMs / DAY_MS);
    const variance = scale * scale * state.variance;
    state.logPrice += Math.sqrt(variance) * shock - variance / 2;
    state.logPrice += this.#jump(state, stepMs);
    state.logPrice += this.#drift(state, stepMs);
    // The GARCH recursion in its diffusion limit: a large shock today makes tomorrow wilder.
    const news = VARIANCE_NOISE * Math.sqrt(seconds / 2) * (shock * shock - 1);
    const pulled = state.variance + VARIANCE_PULL * seconds * (1 - state.variance);
    state.variance = clamp(pulled + news * state.variance, VARIANCE_MIN, VARIANCE_MAX);
    const kept = Math.exp(-stepMs / IMBALANCE_MEMORY_MS);
    const fresh = IMBALANCE_DEVIATION * Math.sqrt(1 - kept * kept);
    const imbalance = state.imbalance * kept + fresh * random.normal();
    state.imbalance = clamp(imbalance, -IMBALANCE_MAX, IMBALANCE_MAX);
    const held = Math.exp(-stepMs / BASIS_MEMORY_MS);
    const noise = this.#spec.basis * Math.sqrt(1 - held * held);
    state.basis = state.basis * held + noise * random.normal();
  }

  /** Sized for an asset as wild as Bitcoin; calmer ones jump less. */
  #jump({ asset, random }: AssetState, stepMs: number): number {
    const { jumpsPerDay } = this.#spec;
    const jumpSize = (this.#spec.jumpSize * asset.volatilityDay) / JUMP_VOLATILITY;
    const expected = (jumpsPerDay * stepMs) / DAY_MS;
    const compensation = expected * Math.expm1((jumpSize * jumpSize) / 2);
    const jumped = random.uniform() < -Math.expm1(-expected);
    return (jumped ? jumpSize * random.normal() : 0) - compensation;
  }

  /** The imbalance that was shown until now pushes, never the one that nobody has seen yet. */
  #drift(state: AssetState, stepMs: number): number {
    const pushed = this.#spec.imbalanceDrift * PPM * state.imbalance * (stepMs / SECOND_MS);
    if (state.drifts.length === 0) return pushed;
    const from = this.#at - stepMs;
    let sum = pushed;
    for (const drift of state.drifts)
      sum += drift.perMs * (Math.min(this.#at, drift.untilMs) - from);
    state.drifts = state.drifts.filter((drift) => drift.untilMs > this.#at);
    return sum;
  }

  #happen(stepMs: number): readonly NewsDraft[] {
    const random = this.#news;
    const count = random.poisson((this.#spec.newsPerHour * stepMs) / 3_600_000);
    const drafts: NewsDraft[] = [];
    for (let index = 0; index < count; index += 1) {
      const state = this.#states[Math.floor(random.uniform() * this.#states.length)];
      const strength = 1 + Math.floor(random.uniform() * 3);
      const score = random.uniform() < 0.5 ? -strength : strength;
      const decoy = random.uniform() < this.#spec.decoyShare;
      if (state === undefined) continue;
      const impact = decoy || state.asset.beta === 0 ? 0 : this.#spec.newsImpact * score;
      drafts.push({ asset: state.asset, score, decoy, impact });
      if (impact !== 0) this.#act(state, impact * PPM);
    }
    return drafts;
  }

  #act(state: AssetState, impact: number): void {
    const { newsEffect, newsEffectMs } = this.#spec;
    if (newsEffect === 'at-once') state.logPrice += impact;
    if (newsEffect === 'drift')
      state.drifts.push({ perMs: impact / newsEffectMs, untilMs: this.#at + newsEffectMs });
  }

  #scripted(asset: Asset, afterMs: number): number {
    const shift = this.#spec.script?.shift;
    if (shift === undefined) return 0;
    const own = shift[asset.base];
    if (own !== undefined) return valueAt(own, afterMs, 0);
    return asset.beta * valueAt(shift['market'] ?? [], afterMs, 0);
  }
}

function frameOf(state: AssetState, premium: number, wild: number): AssetFrame {
  const index = Math.exp(state.logPrice);
  // What follows no market has no premium either: a stablecoin.
  const spot = premium === 0 || state.asset.beta === 0 ? index : index * Math.exp(premium);
  return {
    asset: state.asset,
    index,
    spot,
    perp: spot * (1 + state.basis),
    imbalance: state.imbalance,
    heat: state.variance * wild * wild,
  };
}

const clamp = (value: number, min: number, max: number): number =>
  Math.max(min, Math.min(max, value));
