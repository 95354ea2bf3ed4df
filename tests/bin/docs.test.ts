/** The generated pages say what the code says today. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RULES, SIGNER_ROWS } from '#firewall';
import { COMMANDS } from '../../bin/commands.ts';
import { pages } from '../../bin/docs-pages.ts';
import { SETTINGS } from '../../infra/config.ts';
import { loadPolicy, SHIPPED_POLICY } from '../../infra/policy-file.ts';

const root = join(import.meta.dirname, '..', '..');
const written = await pages(loadPolicy(SHIPPED_POLICY).policy);

test.each(Object.keys(written))('%s is fresh; if not, run npm run docs', (path) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(written[path]);
});

test('no row and no code is left out', () => {
  const rules = written['docs/firewall-rules.md'] ?? '';
  const codes = written['docs/refusal-codes.md'] ?? '';
  for (const { id, code } of [...RULES, ...SIGNER_ROWS])
    expect(rules).toContain(`| ${id} | \`${code}\` |`);
  for (const { code, codeMissing, notApplicable } of RULES)
    if (notApplicable === null) {
      expect(codes).toContain(`\`${code}\``);
      expect(codes).toContain(`\`${codeMissing}\``);
    }
});

test('no command and no setting is left out', () => {
  for (const name of Object.keys(COMMANDS))
    expect(written['docs/commands.md']).toContain(`## airlock ${name}\n`);
  for (const key of Object.keys(SETTINGS))
    expect(written['docs/configuration.md']).toContain(`| \`${key}\` |`);
});
