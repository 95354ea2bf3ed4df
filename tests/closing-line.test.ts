/** The closing line counts what happened, and is the last thing that the suite prints. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { closingLine } from './closing-line.ts';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'closing-'));
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a suite of its own made of these files and returns its last line and exit code. */
function runSuite(name: string, files: Readonly<Record<string, string>>) {
  const dir = join(folder, name);
  mkdirSync(dir);
  writeFileSync(
    join(dir, 'vitest.config.ts'),
    `import { ClosingLine } from ${JSON.stringify(join(root, 'tests', 'closing-line.ts'))};
export default { test: { include: ['*.test.ts'], reporters: ['default', new ClosingLine()] } };`,
  );
  for (const [file, source] of Object.entries(files))
    writeFileSync(join(dir, file), `import { expect, test } from 'vitest';\n${source}`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const ran = spawnSync(process.execPath, [vitest, 'run'], { cwd: dir, encoding: 'utf8' });
  return { status: ran.status, lines: ran.stdout.trimEnd().split('\n') };
}

test('it is three numbers in plain words', () => {
  expect(closingLine({ passed: 12, failed: 0, skipped: 3 })).toBe('12 passed, 0 failed, 3 skipped');
});

test('a suite that passes ends with its numbers and says what it skipped and why', () => {
  const { status, lines } = runSuite('green', {
    'a.test.ts': `test('one', () => {}); test('two', ({ skip }) => skip('no such server'));`,
  });
  expect(status).toBe(0);
  expect(lines.at(-1)).toBe('1 passed, 0 failed, 1 skipped');
  expect(lines.at(-2)).toBe('skipped: two: no such server');
});

test('a file that cannot be loaded and an unhandled rejection are failures too', () => {
  const { status, lines } = runSuite('red', {
    'a.test.ts': `test('one', () => expect(1).toBe(2));`,
    'b.test.ts': `throw new Error('before any test');`,
    'c.test.ts': `test('fine', async () => { void Promise.reject(new Error('nobody waits')); await new Promise((r) => setTimeout(r, 20)); });`,
  });
  expect(status).toBe(1);
  expect(lines.at(-1)).toBe('1 passed, 3 failed, 0 skipped');
});
