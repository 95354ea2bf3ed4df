/** The whole house, from the first start to a clean end: a fill, a refusal, and nothing left running. */
import { mkdtempSync, rmSync } from 'node:fs';
import { spawnSync, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHappening, type Happening } from '../../bin/happening.ts';
import type { Json } from '#firewall';
import { airlock, startAirlock } from './command-line.ts';

type Decision = Extract<Happening, { kind: 'decision' }>;

const cwd = mkdtempSync(join(tmpdir(), 'airlock-up-'));
const seen: Happening[] = [];
let house: ChildProcess;
/** Everything that the house had running when it was told to stop. */
let family: readonly Process[] = [];
let code: number | null = null;

type Process = Readonly<{ pid: number; parent: number; what: string }>;

const processes = (): readonly Process[] =>
  spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .stdout.split('\n')
    .map((line) => /^ *(\d+) +(\d+) (.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, what = '']) => ({ pid: Number(pid), parent: Number(parent), what }));

function descendants(of: number, all = processes()): readonly Process[] {
  const children = all.filter(({ parent }) => parent === of);
  return children.flatMap((child) => [child, ...descendants(child.pid, all)]);
}

/** Resolves when both have been seen; the house is told to stop, and is waited for, whatever happened. */
beforeAll(async () => {
  house = startAirlock(cwd, 'up', '--json', '--minutes', '2');
  const ended = new Promise<number | null>((resolve) => house.once('exit', resolve));
  const both = Promise.withResolvers<void>();
  if (house.stdout === null) throw new Error('the house has no standard output');
  createInterface({ input: house.stdout }).on('line', (line) => {
    const happening = readHappening(JSON.parse(line) as Json);
    if (happening !== null) seen.push(happening);
    if (filled() !== undefined && refused() !== undefined) both.resolve();
  });
  await Promise.race([both.promise, ended]);
  family = descendants(house.pid ?? 0);
  house.kill('SIGTERM');
  code = await ended;
}, 180_000);
afterAll(() => {
  house.kill('SIGKILL');
  rmSync(cwd, { recursive: true, force: true });
});

const filled = () => seen.find(({ kind }) => kind === 'fill');
const refused = (): Decision | undefined =>
  seen
    .filter((happening): happening is Decision => happening.kind === 'decision')
    .find(({ verdict }) => verdict === 'refused');

test('an order was approved, signed and filled, and a reckless one was refused with its numbers', () => {
  expect(filled()).toBeDefined();
  expect(refused()).toMatchObject({ desk: 'reckless-demo' });
  expect(refused()?.codes).toContain('ORDER_NOTIONAL_ABOVE_MAX');
  expect(refused()?.reason).toMatch(/ORDER_QTY_ABOVE_MAX 0\.\d+, limit 0\.2/);
});

test('one SIGTERM ends it well and leaves nothing running', () => {
  expect(code).toBe(0);
  for (const part of ['venue.ts', 'courier.ts', 'gate.ts', 'desk.ts', 'vault-main.ts', 'postgres'])
    expect(family.some(({ what }) => what.includes(part))).toBe(true);
  const now = processes();
  const left = family.filter((one) =>
    now.some(({ pid, what }) => pid === one.pid && what === one.what),
  );
  expect(left).toEqual([]);
});

test('the record is sound, and shows the refusal', () => {
  const audit = airlock(cwd, 'audit', 'verify', '--json');
  expect(audit.status).toBe(0);
  expect(JSON.parse(audit.out)).toMatchObject({ sound: true, fault: null });
  // As the live view shows it.
  const id = refused()?.proposalId.slice(0, 8) ?? '';
  const { status, out } = airlock(cwd, 'capsule', 'show', id);
  expect(status).toBe(0);
  expect(out).toContain('REFUSED');
  expect(out).toMatch(/FAIL E2 .*ORDER_NOTIONAL_ABOVE_MAX/);
});

test('afterwards the house says that it does not run', () => {
  const { status, out } = airlock(cwd, 'status');
  expect(status).toBe(1);
  expect(out).toContain('not running');
});
