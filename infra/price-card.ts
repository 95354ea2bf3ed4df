/** A price model's card: what goes in and in which order, what comes out, and what it was trained on. */
import { z } from 'zod';
import type { Forecast } from '../tools/contract.ts';
import type { Hash, Ppm, SpanMs, TimeMs } from '#firewall';

const ppm = z.int().min(0).max(1_000_000);
const span = z.int().min(1_000).max(31_536_000_000);
const finite = z.number().refine(Number.isFinite);
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@#+-]{0,63}$/);

export const cardSchema = z.strictObject({
  card: z.literal(1),
  id: word,
  /** SHA-256 of the model file. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Which symbols it was trained for; an empty list is any. */
  symbols: z.array(z.string().max(64)).max(1_000),
  timeframeMs: span,
  barsMin: z.int().min(2).max(5_000),
  horizonMs: span,
  trainedUntil: z.int().min(0),
  input: word,
  output: word,
  /** The one number that comes out: the probability that the price is higher after the horizon. */
  head: z.literal('probability-up'),
  /** In the model's order, with mean and standard deviation over the training data. */
  features: z
    .array(z.strictObject({ name: word, mean: finite, sd: finite.refine((sd) => sd > 0) }))
    .min(1)
    .max(256),
  /** Closer than this to one half, the model has no opinion. */
  deadband: ppm,
  /** Mean move in training when the price rose, and when it fell. */
  moveUp: ppm,
  moveDown: ppm,
  /** Width of the interval that held four of five moves. */
  interval: ppm,
  /** A single feature further than this from its mean is one that the model never learned about. */
  deviationsMax: z.number().min(1).max(100),
});
export type PriceCard = z.infer<typeof cardSchema>;

const MILLION = 1_000_000;
/** Where the inputs are this many standard deviations off on average, nothing of the training is left in them. */
const UNLIKE_AT = 10;

/** How far the inputs lie from the training data, from 0 to 1: the root of the mean squared deviation, in tenths. */
export function dissimilarityOf(card: PriceCard, inputs: readonly number[]): number {
  const squares = deviations(card, inputs).map((value) => value * value);
  const root = Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / squares.length);
  return Math.min(1, root / UNLIKE_AT);
}

const deviations = ({ features }: PriceCard, inputs: readonly number[]): readonly number[] =>
  features.map(({ mean, sd }, index) => Math.abs((inputs[index] ?? Number.NaN) - mean) / sd);

type Saying = Readonly<{
  card: PriceCard;
  artefact: Hash;
  inputs: readonly number[];
  up: number;
  closeAt: TimeMs;
}>;

/** One probability as a forecast. The expected move is signed: below zero it is a fall. */
export function forecastOf({ card, artefact, inputs, up, closeAt }: Saying): Forecast {
  const probability = Math.round(Math.max(up, 1 - up) * MILLION);
  const off = Math.round(Math.abs(up - 0.5) * MILLION);
  const opinion = off > 0 && off >= card.deadband;
  const deviant = deviations(card, inputs).some((value) => !(value <= card.deviationsMax));
  return {
    modelId: card.id,
    artefact,
    direction: opinion ? (up > 0.5 ? 'up' : 'down') : 'none',
    probability: probability as Ppm,
    intervalWidth: card.interval as Ppm,
    expectedMove: (Math.round(up * card.moveUp - (1 - up) * card.moveDown) + 0) as Ppm,
    horizonMs: card.horizonMs as SpanMs,
    expiresAt: (closeAt + card.horizonMs) as TimeMs,
    outOfDistribution: deviant,
    dissimilarity: Math.ceil(dissimilarityOf(card, inputs) * MILLION) as Ppm,
  };
}
