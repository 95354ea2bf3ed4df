/** The chain: what was written is read back, and everything else refuses to open. */
import { describe, expect, test } from 'vitest';
import type { Money } from '#firewall';
import { LedgerError, type LedgerCode } from '../../ledger/contract.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { NO_HEAD } from '../../ledger/head-anchor.ts';
import { SimDisk } from '../gate/world.ts';
import { decided, deposit, opened, order } from './history.ts';

function written(): SimDisk {
  const disk = new SimDisk();
  const ledger = openLedger(disk.open());
  for (const event of [opened, deposit(100), decided(order()), deposit(5)]) ledger.append(event);
  return disk;
}

const codeOf = (open: () => unknown): LedgerCode | 'opened' => {
  try {
    open();
  } catch (cause) {
    if (cause instanceof LedgerError) return cause.code;
    throw cause;
  }
  return 'opened';
};

test('entries come back as they were appended, numbered from 1 without a gap', () => {
  const disk = written();
  const seen: number[] = [];
  const ledger = openLedger({ ...disk.open(), onEntry: ({ sequence }) => seen.push(sequence) });
  expect(seen).toEqual([1, 2, 3, 4]);
  const entries = [...ledger.entries()];
  expect(entries.map(({ event }) => event.kind)).toEqual(['opened', 'cash', 'decision', 'cash']);
  expect(entries[2]?.previous).toBe(entries[1]?.hash);
  expect(ledger.head).toBe(entries[3]?.hash);
  expect(ledger.length).toBe(4);
  expect([...ledger.entries(4)]).toEqual(entries.slice(3));
});

test('what could not be read again is never written', () => {
  const disk = new SimDisk();
  const ledger = openLedger(disk.open());
  ledger.append(opened);
  const absurd = { ...deposit(1), amount: (10n ** 30n) as Money };
  expect(() => ledger.append(absurd)).toThrow(
    expect.objectContaining({ code: 'LEDGER_WRITE_FAILED' }),
  );
  expect(openLedger(disk.open()).length).toBe(1);
});

describe('a ledger in doubt refuses to open', () => {
  const rows: [string, LedgerCode, (disk: SimDisk) => void][] = [
    ['one bit flipped in an event', 'LEDGER_CORRUPT', (disk) => edit(disk, 1, '"100"', '"101"')],
    [
      'one bit flipped in a hash',
      'LEDGER_CORRUPT',
      (disk) => edit(disk, 1, '"hash":"', '"hash":"0'),
    ],
    ['a line missing in the middle', 'LEDGER_CORRUPT', (disk) => disk.lines.splice(1, 1)],
    ['a line twice', 'LEDGER_CORRUPT', (disk) => disk.lines.splice(1, 0, disk.lines[1] ?? '')],
    [
      'two lines exchanged',
      'LEDGER_CORRUPT',
      (disk) => disk.lines.splice(1, 2, ...disk.lines.slice(1, 3).toReversed()),
    ],
    ['the first line missing', 'LEDGER_CORRUPT', (disk) => disk.lines.shift()],
    ['an empty line', 'LEDGER_CORRUPT', (disk) => disk.lines.push('')],
    ['a line that is none', 'LEDGER_CORRUPT', (disk) => disk.lines.push('{"event":{}}')],
    ['the last entry missing', 'LEDGER_ROLLED_BACK', (disk) => disk.lines.pop()],
    ['all entries missing', 'LEDGER_MISSING', (disk) => (disk.lines = [])],
    ['the anchor missing', 'LEDGER_ROLLED_BACK', (disk) => (disk.head = null)],
    [
      'another history of the same length',
      'LEDGER_ROLLED_BACK',
      (disk) => {
        const other = new SimDisk();
        const ledger = openLedger(other.open());
        for (let index = 0; index < 4; index += 1) ledger.append(deposit(index));
        disk.lines = other.lines;
      },
    ],
  ];
  test.each(rows)('%s: %s', (_what, code, harm) => {
    const disk = written();
    harm(disk);
    expect(codeOf(() => openLedger(disk.open()))).toBe(code);
  });

  test('unharmed it opens, and so does one that is ahead of its anchor', () => {
    const disk = written();
    expect(codeOf(() => openLedger(disk.open()))).toBe('opened');
    // The power went between the append and the anchor.
    disk.head = { ...NO_HEAD };
    expect(codeOf(() => openLedger(disk.open()))).toBe('opened');
    expect(disk.head).toMatchObject({ sequence: 4 });
  });

  test('every single changed character of every line is noticed', () => {
    const disk = written();
    disk.lines.forEach((line, index) => {
      for (let position = 0; position < line.length; position += 7) {
        const copy = disk.copy();
        const other = line[position] === '0' ? '1' : '0';
        copy.lines[index] = line.slice(0, position) + other + line.slice(position + 1);
        expect(codeOf(() => openLedger(copy.open()))).toBe('LEDGER_CORRUPT');
      }
    });
  });
});

function edit(disk: SimDisk, index: number, from: string, to: string): void {
  disk.lines[index] = (disk.lines[index] ?? '').replace(from, to);
}

test('after a failed append nothing more is taken', () => {
  const disk = written();
  const ledger = openLedger(disk.open());
  const { head } = ledger;
  disk.failWith = 'LEDGER_DISK_FULL';
  expect(codeOf(() => ledger.append(opened))).toBe('LEDGER_DISK_FULL');
  disk.failWith = null;
  expect(codeOf(() => ledger.append(opened))).toBe('LEDGER_DISK_FULL');
  expect(ledger.head).toBe(head);
  expect(codeOf(() => openLedger(disk.open()))).toBe('opened');
});
