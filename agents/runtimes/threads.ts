/** How many threads a model runs fastest on here: measured, because the usual guess can be a thousand times slower. */
import { availableParallelism } from 'node:os';

/** A slower count is given up once it has taken this many times as long as the best. */
const PATIENCE = 2;

/** Counts worth a try: one, then doubling, and always a core left for the rest of the house. */
export function candidatesFor(cores: number): readonly number[] {
  const most = Math.max(1, cores - 1);
  const counts = new Set([1]);
  for (let count = 2; count < most; count *= 2) counts.add(count);
  counts.add(most);
  return [...counts];
}

/** Cores that do arithmetic of their own: two threads of one core share its units. */
export const coresHere = (): number => Math.max(1, availableParallelism());

/** The fastest of the counts. One that is the only choice needs no trial. */
export async function fastest(
  counts: readonly number[],
  trial: (count: number, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const [first = 1, ...others] = counts;
  if (others.length === 0) return first;
  let best = { count: first, ms: await trial(first, new AbortController().signal) };
  for (const count of others) {
    const ms = await trial(count, AbortSignal.timeout(Math.ceil(best.ms * PATIENCE) + 50));
    if (ms < best.ms) best = { count, ms };
  }
  return best.count;
}
