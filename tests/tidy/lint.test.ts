/** The linter's rules bite: each is run on a small planted example under the configuration of the house. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ROOT } from './sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'lint-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PLANTED: Readonly<Record<string, readonly [rule: string, source: string]>> = {
  'a.ts': ['typescript(no-explicit-any)', 'export const a = (x: any): unknown => x;'],
  'b.ts': ['typescript(ban-ts-comment)', '// @ts-~ignore\nexport const b = 1;'],
  'c.ts': ['import(no-default-export)', 'export default 1;'],
  'd.ts': ['eslint(no-console)', 'console.log(1);'],
  'e.ts': ['eslint(no-empty)', 'try { await import("./a.ts"); } catch {}'],
  'f.ts': ['eslint(eqeqeq)', 'export const f = (x: number): boolean => x == 1;'],
  'camelCase.ts': ['unicorn(filename-case)', 'export const g = 1;'],
  'h.ts': [
    'eslint(max-lines-per-function)',
    `export const h = (): void => {\n${'h();\n'.repeat(60)}};`,
  ],
  'i.ts': ['import(no-cycle)', `import { j } from './j.ts'; export const i = (): number => j();`],
  'j.ts': ['import(no-cycle)', `import { i } from './i.ts'; export const j = (): number => i();`],
};

type Finding = Readonly<{ code: string; filename: string }>;

function findings(): readonly Finding[] {
  copyFileSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const [file, [, source]] of Object.entries(PLANTED))
    writeFileSync(join(folder, file), source.replace('~', ''));
  const oxlint = join(ROOT, 'node_modules', '.bin', 'oxlint');
  const ran = spawnSync(oxlint, ['--format', 'json'], { cwd: folder, encoding: 'utf8' });
  const report: unknown = JSON.parse(ran.stdout);
  return (report as Readonly<{ diagnostics: readonly Finding[] }>).diagnostics;
}

test('every planted fault is found by its rule', () => {
  const found = findings();
  const missed = Object.entries(PLANTED).filter(
    ([file, [rule]]) =>
      !found.some(({ code, filename }) => code === rule && filename.endsWith(file)),
  );
  expect(missed.map(([file, [rule]]) => `${file}: ${rule}`)).toEqual([]);
});
