/** The journal against a bad disk: torn, full, broken, flipped, shared, and the wrong one altogether. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as f from '#firewall';
import {
  JOURNAL_CODES,
  NO_ENTRIES,
  openJournal,
  startJournal,
  type Journal,
  type JournalFile,
} from '../../signer/journal.ts';
import { SimDisk } from './sim-disk.ts';

type Note = Readonly<{ text: string }>;
const codec: f.Codec<Note> = f.record<Note>({ text: f.words(2_000) });
const note = (n: number): Note => ({ text: `note ${n} ü` });

function begun(entries: number): SimDisk {
  const disk = new SimDisk();
  const journal = startJournal(disk, codec, note(1));
  for (let n = 2; n <= entries; n += 1) journal.append(note(n));
  return disk;
}
function reopen(disk: JournalFile): Readonly<{ journal: Journal<Note>; seen: readonly string[] }> {
  const seen: string[] = [];
  const journal = openJournal({ file: disk, codec, visit: ({ text }) => seen.push(text) });
  return { journal, seen };
}
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'fine';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a journal', () => {
  it('gives back what was written, in order, with the same head, and goes on', () => {
    const disk = begun(5);
    const { journal, seen } = reopen(disk);
    expect(seen).toEqual([1, 2, 3, 4, 5].map((n) => note(n).text));
    expect(journal.anchor().entries).toBe(5);
    const anchor = journal.append(note(6));
    expect(reopen(disk.copy()).journal.anchor()).toEqual(anchor);
  });

  it('drops a torn last line wherever it was torn, and nothing else', () => {
    const whole = begun(3);
    const longer = begun(4);
    for (let cut = whole.size() + 1; cut < longer.size(); cut += 1) {
      const torn = new SimDisk(longer.bytes.subarray(0, cut));
      const { journal, seen } = reopen(torn);
      expect(seen).toHaveLength(3);
      expect(torn.bytes.equals(whole.bytes)).toBe(true);
      journal.append(note(4));
      expect(torn.bytes.equals(longer.bytes)).toBe(true);
    }
  });

  it('refuses one that is empty, or torn within its first line', () => {
    expect(codeOf(() => reopen(new SimDisk()))).toBe('JOURNAL_EMPTY');
    expect(codeOf(() => reopen(new SimDisk(begun(1).bytes.subarray(0, 40))))).toBe('JOURNAL_EMPTY');
  });

  it('never writes a line that is too long to be read again', () => {
    const disk = new SimDisk();
    const wide: f.Codec<Note> = f.record<Note>({ text: f.words(300_000) });
    const journal = startJournal(disk, wide, note(1));
    expect(codeOf(() => journal.append({ text: 'x'.repeat(262_144) }))).toBe('JOURNAL_FAILED');
    expect(reopen(disk).seen).toEqual([note(1).text]);
  });

  it('never starts over one that has a beginning', () => {
    expect(codeOf(() => startJournal(begun(1), codec, note(1)))).toBe('JOURNAL_EXISTS');
  });

  it('refuses every flipped bit before the last line end', () => {
    const { bytes } = begun(3);
    fc.assert(
      fc.property(fc.nat(bytes.length - 2), fc.nat(7), (at, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        expect(codeOf(() => reopen(new SimDisk(flipped)))).toBe('JOURNAL_CORRUPT');
      }),
    );
  });

  it.each([
    ['a line is missing', (lines: string[]) => lines.toSpliced(1, 1)],
    ['a line is twice there', (lines: string[]) => lines.toSpliced(1, 0, lines[1] ?? '')],
    ['two lines changed places', ([a, b, c]: string[]) => [a, c, b]],
    ['its first line is missing', (lines: string[]) => lines.slice(1)],
    ['a line is empty', (lines: string[]) => lines.toSpliced(1, 0, '')],
    ['a line has a space more', ([a, b, c]: string[]) => [a, `${b} `, c]],
    ['a line is no JSON', ([a, b]: string[]) => [a, b, '{']],
    ['a line is another shape', ([a, b]: string[]) => [a, b, '{"text":"hello"}']],
  ])('refuses one in which %s', (_, change) => {
    const lines = change([...begun(3).lines]);
    const disk = new SimDisk(Buffer.from(lines.map((line) => `${line}\n`).join('')));
    expect(codeOf(() => reopen(disk))).toBe('JOURNAL_CORRUPT');
  });

  it('refuses a line without an end instead of eating memory', () => {
    expect(codeOf(() => reopen(new SimDisk(Buffer.alloc(300_000, 'x'))))).toBe('JOURNAL_CORRUPT');
  });

  it('cannot see that whole lines were cut off its end: that takes an anchor elsewhere', () => {
    const disk = new SimDisk(Buffer.from(begun(3).lines.slice(0, 2).join('\n').concat('\n')));
    expect(reopen(disk).journal.anchor().entries).toBe(2);
  });

  it.each([
    ['ENOSPC', 0],
    ['ENOSPC', 17],
    ['EIO', 0],
    ['EIO', 60],
  ] as const)('is dead after %s with %i bytes landed, and whole after a restart', (kind, lands) => {
    const disk = begun(2);
    const { journal } = reopen(disk);
    disk.trouble = { kind, lands };
    expect(codeOf(() => journal.append(note(3)))).toBe('JOURNAL_FAILED');
    disk.trouble = null;
    expect(codeOf(() => journal.append(note(3)))).toBe('JOURNAL_FAILED');
    expect(reopen(disk.copy()).seen).toHaveLength(2);
  });

  it('notices a second writer before it writes', () => {
    const disk = begun(2);
    const first = reopen(disk).journal;
    const second = reopen(disk).journal;
    first.append(note(3));
    expect(codeOf(() => second.append(note(3)))).toBe('JOURNAL_SHARED');
    expect(reopen(disk.copy()).seen).toHaveLength(3);
  });

  it('notices a second writer that was faster by a hair', () => {
    const disk = begun(2);
    const { journal } = reopen(disk);
    disk.onAppend = () => {
      disk.bytes = Buffer.concat([disk.bytes, Buffer.from('x\n')]);
    };
    expect(codeOf(() => journal.append(note(3)))).toBe('JOURNAL_SHARED');
  });

  it('starts from no entries', () => {
    expect(NO_ENTRIES.entries).toBe(0);
    expect(JOURNAL_CODES).toContain('JOURNAL_ROLLED_BACK');
  });
});
