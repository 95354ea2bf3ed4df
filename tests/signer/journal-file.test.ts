/** A journal on a real disk: made by nobody, only ever longer, and read in pieces. */
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openJournalFile, readJournalFile } from '../../signer/journal-file.ts';

const root = mkdtempSync(join(tmpdir(), 'airlock-journal-'));
afterAll(() => rmSync(root, { recursive: true }));
let made = 0;
function pathWith(text: string): string {
  made += 1;
  const path = join(root, `journal-${made}`);
  writeFileSync(path, text);
  return path;
}
const ABSENT = join(root, 'absent');
const textOf = (file: { chunks(): Iterable<Uint8Array> }): string =>
  Buffer.concat([...file.chunks()]).toString();

describe('the file of a journal that is written', () => {
  test('gives what it holds, grows by what is appended, and is cut where it is told', () => {
    const path = pathWith('one\n');
    const file = openJournalFile(path);
    expect(file.size()).toBe(4);
    file.append(Buffer.from('two\n'));
    expect(file.size()).toBe(8);
    expect(textOf(file)).toBe('one\ntwo\n');
    file.truncate(4);
    file.append(Buffer.from('2\n'));
    expect(readFileSync(path, 'utf8')).toBe('one\n2\n');
    file.close();
    expect(() => file.append(Buffer.from('more'))).toThrow('EBADF');
  });

  test('is appended to where it ends now, not where it ended', () => {
    const path = pathWith('one\n');
    const file = openJournalFile(path);
    appendFileSync(path, 'another\n');
    file.append(Buffer.from('two\n'));
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('one\nanother\ntwo\n');
  });

  test('fails when less was written than it was given', () => {
    const path = pathWith('one\n');
    const half = (fd: number, bytes: Uint8Array): number => writeSync(fd, bytes.subarray(0, 2));
    const file = openJournalFile(path, half);
    expect(() => file.append(Buffer.from('two\n'))).toThrow(
      expect.objectContaining({
        code: 'JOURNAL_FAILED',
        message: '2 of 4 bytes were written',
      }),
    );
    file.close();
  });

  test('is not made where it is missing, and must be a plain file', () => {
    const code = (name: string) => ({ name: 'JournalError', code: name });
    expect(() => openJournalFile(ABSENT)).toThrow(
      expect.objectContaining({
        ...code('JOURNAL_MISSING'),
        message: `${ABSENT} is not there; without it nothing is signed`,
      }),
    );
    const link = join(root, 'link');
    symlinkSync(pathWith('one\n'), link);
    for (const path of [root, link])
      expect(() => openJournalFile(path)).toThrow(
        expect.objectContaining({
          ...code('JOURNAL_CORRUPT'),
          message: `${path} is not a plain file`,
        }),
      );
  });
});

describe('the file of a journal that is only read', () => {
  test('stays as it was found', () => {
    const path = pathWith('one\nhalf');
    const file = readJournalFile(path);
    appendFileSync(path, ' a line');
    expect(file.size()).toBe(8);
    file.truncate(4);
    expect(() => file.append(Buffer.from('x'))).toThrow(
      expect.objectContaining({ code: 'JOURNAL_FAILED', message: 'opened for reading only' }),
    );
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('one\nhalf a line');
  });

  test('is let go after each reading', () => {
    const path = pathWith('one\n');
    const next = (): number => {
      const fd = openSync(path, 'r');
      closeSync(fd);
      return fd;
    };
    const before = next();
    for (let n = 0; n < 100; n += 1) expect(textOf(readJournalFile(path))).toBe('one\n');
    // Others in this process may open a file or two meanwhile.
    expect(next()).toBeLessThan(before + 50);
  });

  test('comes in pieces, the same whole', () => {
    const text = 'a line of some length\n'.repeat(100_000);
    const file = readJournalFile(pathWith(text));
    expect([...file.chunks()].length).toBeGreaterThan(1);
    expect(textOf(file)).toBe(text);
  });

  test('must be there', () => {
    expect(() => readJournalFile(ABSENT)).toThrow(
      expect.objectContaining({ code: 'JOURNAL_MISSING', message: `${ABSENT} is not there` }),
    );
  });
});
