/** Measuring without fooling oneself: warm-up, medians, tails, and the floor timed in turns with the subject. */
import type { Figure } from './contract.ts';

type Rounds = Readonly<{ rounds: number; warmup?: number }>;
type Reading = Readonly<{ name: string; value: number; unit: string; floor?: number }>;

const NS_PER_S = 1e9;

/** The value below which the share `p` (0 to 1) of the samples lies: nearest rank, no interpolation. */
export function percentile(samples: readonly number[], p: number): number {
  if (samples.length === 0) throw new RangeError('a percentile of nothing');
  if (!(p >= 0 && p <= 1)) throw new RangeError(`percentile ${p} is not between 0 and 1`);
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] as number;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** Nanoseconds of each of many calls, one by one, for tails. */
export async function timeEach(
  { rounds, warmup = Math.ceil(rounds / 10) }: Rounds,
  work: (round: number) => unknown,
): Promise<number[]> {
  const samples: number[] = [];
  for (let round = -warmup; round < rounds; round += 1) {
    const started = process.hrtime.bigint();
    const result = work(round);
    // Awaiting a plain value would add a turn of the event loop to every sample.
    if (result instanceof Promise) await result;
    if (round >= 0) samples.push(Number(process.hrtime.bigint() - started));
  }
  return samples;
}

/** Calls per second of a batch, as the median over rounds; `batch` says how many calls one round makes. */
export async function rate(
  { rounds, warmup = 2, batch }: Rounds & { batch: number },
  work: (round: number) => unknown,
): Promise<number> {
  return (batch * NS_PER_S) / median(await timeEach({ rounds, warmup }, work));
}

/**
 * Times two ways of doing the work in turns, so that a busy moment of the machine hits both alike.
 * Returns the median nanoseconds of each.
 */
export async function sideBySide(
  { rounds, warmup = 2 }: Rounds,
  subject: (round: number) => unknown,
  floor: (round: number) => unknown,
): Promise<Readonly<{ subject: number; floor: number }>> {
  const subjects: number[] = [];
  const floors: number[] = [];
  for (let round = -warmup; round < rounds; round += 1) {
    const pair: readonly [number[], () => unknown][] = [
      [subjects, () => subject(round)],
      [floors, () => floor(round)],
    ];
    // Alternate who goes first: the second of a pair finds warmer caches.
    for (const [samples, work] of round % 2 === 0 ? pair : pair.toReversed()) {
      const [sample] = await timeEach({ rounds: 1, warmup: 0 }, work);
      if (round >= 0 && sample !== undefined) samples.push(sample);
    }
  }
  return { subject: median(subjects), floor: median(floors) };
}

/** A figure where more is better (a rate): `ratio` says how many times faster the floor is. */
export function atLeast(reading: Reading & { target?: number }): Figure {
  const { value, floor, target } = reading;
  return {
    ...reading,
    ...(floor !== undefined && { ratio: floor / value }),
    ...(target !== undefined && { ok: value >= target }),
  };
}

/** A figure where less is better (a latency, a size): `ratio` says how many times cheaper the floor is. */
export function atMost(reading: Reading & { target?: number }): Figure {
  const { value, floor, target } = reading;
  return {
    ...reading,
    ...(floor !== undefined && { ratio: value / floor }),
    ...(target !== undefined && { ok: value <= target }),
  };
}
