/** How many threads: which counts are tried, and that the fastest is kept even where more is a trap. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { coresApart, coresHere, coresOf, placed } from '../../../agents/runtimes/llama-place.ts';
import { candidatesFor, fastest } from '../../../agents/runtimes/threads.ts';

test.each([
  [1, 1, [1]],
  [2, 1, [1]],
  [3, 1, [1, 2]],
  [8, 1, [1, 2, 4, 7]],
  [9, 1, [1, 2, 4, 8]],
  [9, 2, [1, 2, 4]],
  [16, 8, [1]],
])('%i cores and %i calls at once: %j', (cores, calls, counts) => {
  expect(candidatesFor({ cores, calls })).toEqual(counts);
});

describe('the fastest', () => {
  test('of one is that one, untried', async () => {
    expect(await fastest([1], () => Promise.reject(new Error('tried')))).toBe(1);
  });
  test('is kept', async () => {
    const ms: Readonly<Record<number, number>> = { 1: 40, 2: 25, 4: 30 };
    expect(await fastest([1, 2, 4], (count) => Promise.resolve(ms[count] ?? 0))).toBe(2);
  });
  test('does not wait for a count that never comes to an end', async () => {
    const tried: number[] = [];
    const chosen = await fastest([1, 2], async (count, signal) => {
      tried.push(count);
      if (count === 1) return 5;
      while (!signal.aborted) await wait(5);
      return Infinity;
    });
    expect([chosen, tried]).toEqual([1, [1, 2]]);
  });
});

describe('its place', () => {
  test.each([
    ['', []],
    ['0', [0]],
    ['0-3,8', [0, 1, 2, 3, 8]],
  ])('%s is %j', (list, cores) => {
    expect(coresOf(list)).toEqual(cores);
  });

  test.each([
    ['linux', [0, 1, 2], true, '1,2'],
    ['linux', [0, 1], true, null],
    ['linux', [0, 1, 2], false, null],
    ['darwin', [0, 1, 2], true, null],
  ])('%s with cores %j', (platform, cores, taskset, apart) => {
    expect(coresApart(platform, cores, taskset)).toBe(apart);
  });

  test('has a core, and ends in the program', () => {
    expect(coresHere()).toBeGreaterThanOrEqual(1);
    const { command, args } = placed('1,2');
    expect([command, ...args.slice(0, 3)]).toEqual(['taskset', '-c', '1,2', process.execPath]);
    expect(args.at(-1)).toMatch(/llama-process\.ts$/);
    expect(placed(null).command).toBe(process.execPath);
  });

  test.each([
    ['a server', "await fetch('http://127.0.0.1:9099').catch((e) => Promise.reject(e.cause))"],
    [
      'a socket',
      "await (await import('node:events')).once((await import('node:net')).connect(1), 'connect')",
    ],
    ['a file of its own', "(await import('node:fs')).writeFileSync('stray', '')"],
  ])('has no use of %s', (_, work) => {
    const { command, args, env } = placed(null);
    const code = `try { ${work}; console.log('done'); } catch ({ code }) { console.log(code); }`;
    const words = [...args.slice(0, -1), '--input-type=module', '-e', code];
    const { stdout } = spawnSync(command, words, { env, encoding: 'utf8', cwd: tmpdir() });
    expect(stdout.trim()).toBe('ERR_ACCESS_DENIED');
  });
});
