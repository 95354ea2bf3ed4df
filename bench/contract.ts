/** What a benchmark is: a name, and a run that returns figures with whatever they should be read against. */

export const AREAS = ['doors', 'neural', 'lab', 'backtest', 'evals', 'web', 'live'] as const;
export type Area = (typeof AREAS)[number];

export type Figure = Readonly<{
  name: string;
  value: number;
  unit: string;
  /** The cheapest thing that could do the same work, measured in the same run. */
  floor?: number;
  /** How many floors this costs; never below 1 unless the floor is not one. */
  ratio?: number;
  target?: number;
  /** Whether the target is met; absent where there is none. */
  ok?: boolean;
}>;

/** One measurement; `bench/<area>/*.bench.ts` exports `benchmarks: readonly Bench[]`. */
export type Bench = Readonly<{
  name: string;
  unit: string;
  run(): Promise<readonly Figure[]>;
}>;

/** Thrown by a benchmark whose outside part (a server, a data set) is absent here; printed, never a failure. */
export class BenchSkipped extends Error {
  override readonly name = 'BenchSkipped';
}
