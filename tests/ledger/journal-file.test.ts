/** The real disk: durable lines, a torn end, one writer, a full device, and an anchor beside it. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { openAnchorFile } from '../../ledger/head-anchor.ts';
import { openJournalFile, readJournalFile } from '../../ledger/journal-file.ts';
import { anchorPath, openLedgerFiles } from '../../ledger/ledger.ts';
import { deposit, opened } from './history.ts';

const folder = mkdtempSync(join(tmpdir(), 'airlock-ledger-'));
let path = '';
let count = 0;
beforeEach(() => {
  path = join(folder, `${(count += 1)}.ledger`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('lines come back in order, also long ones and more than a chunk of them', () => {
  const file = openJournalFile(path);
  const lines = Array.from({ length: 40 }, (_, index) => `${index}`.repeat(index * 1_000 + 1));
  for (const line of lines) file.append(line);
  expect([...file.lines()]).toEqual(lines);
  file.close();
  expect([...readJournalFile(path)]).toEqual(lines);
});

describe('a line without its end was never acknowledged', () => {
  test.each(['{"event":', 'x', 'y'.repeat(3_000_000)])('it is cut off and counted', (torn) => {
    writeFileSync(path, `one\ntwo\n${torn}`);
    const file = openJournalFile(path);
    expect(file.torn).toBe(torn.length);
    file.append('three');
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthree\n');
  });

  test('even when it is the only one', () => {
    writeFileSync(path, 'torn');
    const file = openJournalFile(path);
    expect(file.torn).toBe(4);
    expect([...file.lines()]).toEqual([]);
    file.close();
  });

  test('a reader beside the writer does not see it', () => {
    writeFileSync(path, 'one\ntwo');
    expect([...readJournalFile(path)]).toEqual(['one']);
  });
});

test('a file that is not there cannot be read', () => {
  expect(() => readJournalFile(path)).toThrow(expect.objectContaining({ code: 'LEDGER_MISSING' }));
});

describe('one writer', () => {
  test('a second one is refused while the first is open, in this process and in another', () => {
    const first = openJournalFile(path);
    const again = () => openJournalFile(path);
    expect(again).toThrow(expect.objectContaining({ code: 'LEDGER_LOCKED' }));
    const module = new URL('../../ledger/journal-file.ts', import.meta.url).href;
    const script = `import('${module}').then((m) => m.openJournalFile('${path}')).catch((e) => console.log(e.code))`;
    const other = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(other.stdout.trim()).toBe('LEDGER_LOCKED');
    first.close();
    again().close();
  });

  test('a writer that was killed leaves nothing locked', () => {
    const module = new URL('../../ledger/journal-file.ts', import.meta.url).href;
    const script = `import('${module}').then((m) => { m.openJournalFile('${path}').append('one'); process.kill(process.pid, 'SIGKILL'); })`;
    expect(spawnSync(process.execPath, ['-e', script]).signal).toBe('SIGKILL');
    const file = openJournalFile(path);
    expect([...file.lines()]).toEqual(['one']);
    file.close();
  });
});

test.skipIf(!existsSync('/dev/full'))(
  'a full disk is said, and nothing is written afterwards',
  () => {
    symlinkSync('/dev/full', path);
    const file = openJournalFile(path);
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(() => file.append('one')).toThrow(
        expect.objectContaining({ code: 'LEDGER_DISK_FULL' }),
      );
    file.close();
  },
);

test('a path that cannot be opened is said', () => {
  expect(() => openJournalFile(folder)).toThrow(
    expect.objectContaining({ code: 'LEDGER_WRITE_FAILED' }),
  );
});

describe('ledger and anchor on disk', () => {
  test('are one: a copy of yesterday beside the anchor of today does not open', () => {
    const first = openLedgerFiles(path);
    first.append(opened);
    const yesterday = readFileSync(path);
    first.append(deposit(100));
    first.close();
    const again = openLedgerFiles(path);
    expect(again.length).toBe(2);
    expect(again.torn).toBe(0);
    again.close();
    writeFileSync(path, yesterday);
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(() => openLedgerFiles(path)).toThrow(
        expect.objectContaining({ code: 'LEDGER_ROLLED_BACK' }),
      );
  });

  test('a torn end behind the anchor is no rollback', () => {
    const first = openLedgerFiles(path);
    first.append(opened);
    first.close();
    appendFileSync(path, '{"event":{"kind"');
    const again = openLedgerFiles(path);
    expect([again.length, again.torn]).toEqual([1, 16]);
    again.close();
  });

  test('an anchor that is none is corrupt', () => {
    openLedgerFiles(path).close();
    writeFileSync(anchorPath(path), 'zero');
    expect(() => openLedgerFiles(path)).toThrow(
      expect.objectContaining({ code: 'LEDGER_CORRUPT' }),
    );
    const anchor = openAnchorFile(`${path}.other`);
    expect(anchor.read()).toBeNull();
    anchor.close();
  });
});
