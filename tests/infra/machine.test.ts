/** What the machine says of itself, and what is made of a listing that is no listing. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probeMachine, readGpus, sizeOf } from '../../infra/machine.ts';

test('a machine has threads and memory, and never more free than there is', async () => {
  const machine = await probeMachine(tmpdir());
  expect(machine.threads).toBeGreaterThan(0);
  expect(machine.freeBytes).toBeLessThanOrEqual(machine.memoryBytes);
  expect(machine.physicalCores ?? 1).toBeGreaterThan(0);
  expect(machine.node).toBe(process.version);
});

test.each([
  ['one GPU', 'NVIDIA H100, 81559, 80000\n', [['NVIDIA H100', 81_559, 80_000]]],
  [
    'two of them',
    'A, 10, 5\nB, 20, 20\n',
    [
      ['A', 10, 5],
      ['B', 20, 20],
    ],
  ],
  ['none', '', []],
  ['an error in place of a list', 'No devices were found\n', []],
  ['a GPU that does not know its memory', 'Tesla, [N/A], [N/A]\n', []],
])('reads %s', (_what, listing, expected) => {
  const mib = 1_048_576;
  expect(readGpus(listing)).toEqual(
    expected.map(([name, memory, free]) => ({
      name,
      memoryBytes: Number(memory) * mib,
      freeBytes: Number(free) * mib,
    })),
  );
});

test('a folder is as large as its files, and links are not followed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-size-'));
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'a'), 'x'.repeat(1_000));
  writeFileSync(join(folder, 'in', 'b'), 'x'.repeat(500));
  symlinkSync('/', join(folder, 'everything'));
  expect(sizeOf(folder)).toBe(1_500);
  rmSync(folder, { recursive: true });
});
