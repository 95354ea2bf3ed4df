/** What code a process runs: a hash over the sources between a proposal and money. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashText } from '#firewall';

const ROOT = join(import.meta.dirname, '..');

/** Equal for equal sources, wherever they lie. Workers of one house must all show the same. */
export function buildId(): string {
  const files = globSync('{firewall,gate,ledger,signer,exchange}/**/*.ts', {
    cwd: ROOT,
  }).toSorted();
  const text = files.map(
    (file) => `${file.replaceAll('\\', '/')}\n${readFileSync(join(ROOT, file), 'utf8')}`,
  );
  return hashText(text.join('\0')).slice(0, 16);
}
