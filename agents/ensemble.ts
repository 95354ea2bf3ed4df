/** How the voices are weighed: explicit shares, whole numbers, and a record of what each of them contributed. */
import { PPM, type Ppm } from '#firewall';
import type { Forecast } from '../tools/contract.ts';
import type { Contribution, Sentiment, Technical, Weights } from './contract.ts';

/**
 * The chart has half of the say, since it is the one voice that is always there. News has a fifth: it can be written by
 * anyone. The price model has the rest, and none while it is away or does not know what it is looking at.
 */
export const WEIGHTS: Weights = {
  sentiment: 200_000 as Ppm,
  technical: 500_000 as Ppm,
  forecast: 300_000 as Ppm,
};

export type Voices = Readonly<{
  sentiment: Sentiment | null;
  technical: Technical | null;
  forecast: Forecast | null;
}>;

export type Ensemble = Readonly<{
  /** One for every voice that spoke. */
  contributions: readonly Contribution[];
  missing: readonly Contribution['voice'][];
  /** Between -1 and 1, in millionths: the mean by weight, where a missing voice weighs in with nothing. */
  signal: number;
}>;

const TOWARDS = { up: 1, long: 1, down: -1, short: -1, none: 0, flat: 0 } as const;

/** Strength times confidence, in millionths: half a conviction of half a move is a quarter. */
const opinion = (
  towards: keyof typeof TOWARDS,
  { strength, confidence }: Readonly<{ strength: number; confidence: number }>,
): number => TOWARDS[towards] * strength * confidence * 100;

/** Twice what a coin would have left; below a half the model contradicts itself and says nothing. */
const forecastSignal = ({ direction, probability }: Forecast): number =>
  TOWARDS[direction] * Math.min(PPM, Math.max(0, 2 * probability - PPM));

export function weigh(voices: Voices, weights: Weights = WEIGHTS): Ensemble {
  const { sentiment, technical, forecast } = voices;
  const signals: Readonly<Record<Contribution['voice'], number | null>> = {
    sentiment: sentiment === null ? null : opinion(sentiment.direction, sentiment),
    technical: technical === null ? null : opinion(technical.bias, technical),
    // A model that does not know what it is looking at is not asked.
    forecast: forecast === null || forecast.outOfDistribution ? null : forecastSignal(forecast),
  };
  const voicesInOrder = ['sentiment', 'technical', 'forecast'] as const;
  const contributions = voicesInOrder.flatMap((voice) => {
    const signal = signals[voice];
    // Zero has no sign here: what is written and hashed must read the same.
    return signal === null ? [] : [{ voice, signal: signal + 0, weight: weights[voice] }];
  });
  const all = voicesInOrder.reduce((sum, voice) => sum + weights[voice], 0);
  const sum = contributions.reduce((total, { signal, weight }) => total + signal * weight, 0);
  return {
    contributions,
    missing: voicesInOrder.filter((voice) => signals[voice] === null),
    signal: all === 0 ? 0 : Math.trunc(sum / all) + 0,
  };
}
