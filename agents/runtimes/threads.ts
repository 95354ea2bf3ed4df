/** How many threads a model runs fastest on here: measured, because the usual guess can be a thousand times slower. */

/** A slower count is given up once it has taken this many times as long as the best. */
const PATIENCE = 2;
/** A trial of a small model is over in less than a timer can tell. */
const SLACK_MS = 50;

/** Counts worth a try: one, then doubling, and always a core left for the rest of the house. */
export function candidatesFor({
  cores,
  calls,
}: Readonly<{ cores: number; calls: number }>): readonly number[] {
  const most = Math.max(1, Math.floor((cores - 1) / calls));
  const counts = new Set([1]);
  for (let count = 2; count < most; count *= 2) counts.add(count);
  counts.add(most);
  return [...counts];
}

/** The fastest of the counts, by trials in milliseconds. One that is the only choice needs none. */
export async function fastest(
  counts: readonly number[],
  trial: (count: number, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const [first = 1, ...others] = counts;
  if (others.length === 0) return first;
  let best = { count: first, ms: await trial(first, new AbortController().signal) };
  for (const count of others) {
    const patience = AbortSignal.timeout(Math.ceil(best.ms * PATIENCE) + SLACK_MS);
    const ms = await trial(count, patience);
    if (ms < best.ms) best = { count, ms };
  }
  return best.count;
}
