/** `npm run docs`: writes the pages that are generated from the code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPolicy, SHIPPED_POLICY } from '../infra/policy-file.ts';
import { pages } from './docs-pages.ts';

for (const [path, text] of Object.entries(await pages(loadPolicy(SHIPPED_POLICY).policy))) {
  writeFileSync(join(import.meta.dirname, '..', path), text);
  process.stdout.write(`${path}\n`);
}
