/** The weighing of the voices: whole numbers, each voice by its share, and a missing one with nothing. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hash, Ppm, SpanMs, TimeMs } from '#firewall';
import { BIASES, DIRECTIONS, type Weights } from '../../agents/contract.ts';
import { weigh, WEIGHTS, type Voices } from '../../agents/ensemble.ts';
import type { Forecast } from '../../tools/contract.ts';
import { bullish, upbeat } from './scene.ts';

const forecast = (
  direction: Forecast['direction'],
  probability: number,
  odd = false,
): Forecast => ({
  modelId: 'm',
  artefact: '0'.repeat(64) as Hash,
  direction,
  probability: probability as Ppm,
  intervalWidth: 0 as Ppm,
  expectedMove: 0 as Ppm,
  horizonMs: 0 as SpanMs,
  expiresAt: 0 as TimeMs,
  outOfDistribution: odd,
  dissimilarity: 0 as Ppm,
});
const silent: Voices = { sentiment: null, technical: null, forecast: null };
const weights = (sentiment: number, technical: number, price: number): Weights => ({
  sentiment: sentiment as Ppm,
  technical: technical as Ppm,
  forecast: price as Ppm,
});

describe('one voice', () => {
  it.each<readonly [string, Partial<Voices>, number | undefined]>([
    ['half sure of six tenths', { sentiment: upbeat }, 300_000],
    ['the same, downwards', { sentiment: { ...upbeat, direction: 'down' } }, -300_000],
    ['a fall of no strength', { sentiment: { ...upbeat, direction: 'down', strength: 0 } }, 0],
    ['no direction, however strong', { sentiment: { ...upbeat, direction: 'none' } }, 0],
    ['a long bias', { technical: bullish }, 420_000],
    ['a short bias', { technical: { ...bullish, bias: 'short' } }, -420_000],
    ['all that there is', { technical: { ...bullish, strength: 100, confidence: 100 } }, 1_000_000],
    ['a coin', { forecast: forecast('up', 500_000) }, 0],
    ['a step more than a coin', { forecast: forecast('up', 500_001) }, 2],
    ['a sure fall', { forecast: forecast('down', 1_000_000) }, -1_000_000],
    ['less than a coin', { forecast: forecast('up', 400_000) }, 0],
    ['no forecast of either', { forecast: forecast('none', 900_000) }, 0],
    ['a forecast out of its depth', { forecast: forecast('up', 900_000, true) }, undefined],
  ])('%s', (_what, voices, expected) => {
    const { contributions, missing } = weigh({ ...silent, ...voices });
    expect(contributions[0]?.signal).toBe(expected);
    expect(contributions.some(({ signal }) => Object.is(signal, -0))).toBe(false);
    expect(contributions.length + missing.length).toBe(3);
  });
});

describe('all voices', () => {
  it('are weighed by their shares', () => {
    const voices = { sentiment: upbeat, technical: bullish, forecast: forecast('down', 600_000) };
    expect(weigh(voices)).toEqual({
      contributions: [
        { voice: 'sentiment', signal: 300_000, weight: 200_000 },
        { voice: 'technical', signal: 420_000, weight: 500_000 },
        { voice: 'forecast', signal: -200_000, weight: 300_000 },
      ],
      missing: [],
      signal: 210_000,
    });
  });
  it('that are missing weigh in with nothing, so that the rest does not become surer', () => {
    expect(weigh({ ...silent, technical: bullish })).toMatchObject({
      contributions: [{ voice: 'technical', signal: 420_000, weight: 500_000 }],
      missing: ['sentiment', 'forecast'],
      signal: 210_000,
    });
    expect(weigh(silent)).toEqual({
      contributions: [],
      missing: ['sentiment', 'technical', 'forecast'],
      signal: 0,
    });
  });
  it('with no share at all say nothing', () => {
    expect(weigh({ ...silent, technical: bullish }, weights(0, 0, 0)).signal).toBe(0);
  });
  it('have shares that add up to one, as shipped', () => {
    expect(WEIGHTS.sentiment + WEIGHTS.technical + WEIGHTS.forecast).toBe(1_000_000);
  });
});

const percent = fc.integer({ min: 0, max: 100 });
const share = fc.integer({ min: 0, max: 1_000_000 });
const anyVoices: fc.Arbitrary<Voices> = fc.record({
  sentiment: fc.option(
    fc.record({
      direction: fc.constantFrom(...DIRECTIONS),
      strength: percent,
      confidence: percent,
      volatility: percent,
      catalyst: fc.constant('none' as const),
      items: fc.constant([]),
    }),
  ),
  technical: fc.option(
    fc.record({
      bias: fc.constantFrom(...BIASES),
      strength: percent,
      confidence: percent,
      invalidation: fc.constant('none'),
      cites: fc.constant(['a']),
    }),
  ),
  forecast: fc.option(
    fc
      .tuple(fc.constantFrom(...DIRECTIONS), share, fc.boolean())
      .map(([direction, probability, odd]) => forecast(direction, probability, odd)),
  ),
});
const anyWeights = fc.tuple(share, share, share).map(([a, b, c]) => weights(a, b, c));

const TURNED = {
  up: 'down',
  down: 'up',
  none: 'none',
  long: 'short',
  short: 'long',
  flat: 'flat',
} as const;
const turned = ({ sentiment, technical, forecast: price }: Voices): Voices => ({
  sentiment: sentiment && { ...sentiment, direction: TURNED[sentiment.direction] },
  technical: technical && { ...technical, bias: TURNED[technical.bias] },
  forecast: price && { ...price, direction: TURNED[price.direction] },
});

describe('always', () => {
  it('whole numbers within one, and no further out than the loudest voice', () => {
    fc.assert(
      fc.property(anyVoices, anyWeights, (voices, shares) => {
        const { contributions, signal } = weigh(voices, shares);
        const signals = contributions.map((one) => one.signal);
        for (const value of [...signals, signal]) {
          expect(Number.isSafeInteger(value)).toBe(true);
          expect(Math.abs(value)).toBeLessThanOrEqual(1_000_000);
        }
        expect(signal).toBeLessThanOrEqual(Math.max(0, ...signals));
        expect(signal).toBeGreaterThanOrEqual(Math.min(0, ...signals));
      }),
    );
  });
  it('turned voices make a turned signal', () => {
    fc.assert(
      fc.property(anyVoices, anyWeights, (voices, shares) => {
        expect(weigh(turned(voices), shares).signal).toBe(0 - weigh(voices, shares).signal);
      }),
    );
  });
  it('a voice without a share changes nothing', () => {
    fc.assert(
      fc.property(anyVoices, share, share, (voices, a, b) => {
        const mute = weigh(voices, weights(0, a, b)).signal;
        expect(mute).toBe(weigh({ ...voices, sentiment: null }, weights(0, a, b)).signal);
      }),
    );
  });
});
