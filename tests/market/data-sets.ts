/** Finds the development data, which is never part of the repository; without it the tests that use it are skipped. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder =
  process.env['AIRLOCK_DATA_SETS'] ?? resolve(import.meta.dirname, '../../../shared/data');

/** Null, and a word about it, when the file is not there. */
export function dataSet(name: string): string | null {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  process.stderr.write(`skipped: the data set ${name} is not here (AIRLOCK_DATA_SETS)\n`);
  return null;
}
