/** The benchmark runner from outside: its arguments, and what a file may do in its own process. */
import { fork, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const bench = join(import.meta.dirname, '..', '..', 'bench');
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cli = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(bench, 'run.ts'), ...args], { encoding: 'utf8' });

async function runFile(source: string): Promise<{ code: unknown; messages: readonly unknown[] }> {
  const file = join(folder, `planted-${source.length}.bench.ts`);
  writeFileSync(file, source);
  const messages: unknown[] = [];
  const child = fork(join(bench, 'one-file.ts'), [file], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.on('message', (message) => messages.push(message));
  const code = await new Promise((done) => child.once('close', done));
  return { code, messages };
}

test('--help names the areas, an unknown area is a usage error', () => {
  const help = cli('--help');
  expect(help.status).toBe(0);
  expect(help.stdout).toContain('doors, neural, lab, backtest, evals, web, live');
  expect(cli('kitchen').status).toBe(2);
  expect(cli('--colour').status).toBe(2);
  expect(cli('live', 'no-such-file', '--json')).toMatchObject({ status: 0, stdout: '' });
});

test('a file sends its figures', async () => {
  const figure = { name: 'one', value: 1, unit: 's' };
  const source = `export const benchmarks = [{ name: 'b', unit: 's', run: async () => [${JSON.stringify(figure)}] }];`;
  expect(await runFile(source)).toEqual({
    code: 0,
    messages: [{ kind: 'figure', bench: 'b', figure }],
  });
});

test('a benchmark may skip, with its reason', async () => {
  const contract = JSON.stringify(join(bench, 'contract.ts'));
  const source = `import { BenchSkipped } from ${contract};
export const benchmarks = [{ name: 'b', unit: 's', run() { throw new BenchSkipped('no server'); } }];`;
  expect(await runFile(source)).toEqual({
    code: 0,
    messages: [{ kind: 'skipped', bench: 'b', why: 'no server' }],
  });
});

test.each([
  [
    'crashes',
    `export const benchmarks = [{ name: 'b', unit: 's', run() { throw new Error(); } }];`,
  ],
  ['exports no list', `export const figures = [];`],
])('a file that %s ends badly', async (_, source) => {
  expect(await runFile(source)).toEqual({ code: 1, messages: [] });
});
