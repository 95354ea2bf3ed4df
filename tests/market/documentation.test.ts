/** The page on the market names every preset and every error code that the code has. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../market/contract.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/market.md'), 'utf8');
const source = globSync('market/**/*.ts', { cwd: root })
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');

describe('docs/market.md', () => {
  it.each(PRESETS)('states the truth of %s', (preset) => {
    expect(page).toContain(`| \`${preset}\` |`);
  });

  it('lists exactly the codes that can be thrown', () => {
    const thrown = [...source.matchAll(/(?:MarketDataError|bad)\(\s*'([A-Z_]+)'/g)].map(
      (match) => match[1],
    );
    const listed = [...page.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map((match) => match[1]);
    expect(new Set(listed)).toEqual(new Set(thrown));
  });
});
