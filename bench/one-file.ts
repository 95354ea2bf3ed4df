/** Runs the benchmarks of one file in a process of its own, so that none runs on code another has warmed. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BenchSkipped, type Bench, type Figure } from './contract.ts';

export type Message =
  | Readonly<{ kind: 'figure'; bench: string; figure: Figure }>
  | Readonly<{ kind: 'skipped'; bench: string; why: string }>;

const isBench = (value: unknown): value is Bench =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'run' in value &&
  typeof value.run === 'function';

async function benchmarksOf(file: string): Promise<readonly Bench[]> {
  const loaded: unknown = await import(pathToFileURL(resolve(file)).href);
  const list =
    typeof loaded === 'object' && loaded !== null && 'benchmarks' in loaded
      ? loaded.benchmarks
      : undefined;
  if (!Array.isArray(list) || !list.every(isBench))
    throw new TypeError(`${file} does not export "benchmarks", a list of Bench`);
  return list;
}

const send = (message: Message): void => void process.send?.(message);

async function main(file: string): Promise<void> {
  for (const bench of await benchmarksOf(file)) {
    try {
      for (const figure of await bench.run()) send({ kind: 'figure', bench: bench.name, figure });
    } catch (error) {
      if (!(error instanceof BenchSkipped)) throw error;
      send({ kind: 'skipped', bench: bench.name, why: error.message });
    }
  }
  process.disconnect?.();
}

await main(process.argv[2] ?? '');
