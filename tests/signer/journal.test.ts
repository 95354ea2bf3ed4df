/** The journal against a bad disk: torn, full, broken, flipped, shared, and the wrong one altogether. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as f from '#firewall';
import {
  JOURNAL_CODES,
  chained,
  JournalError,
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

  it('writes a line of just that length, and reads it again', () => {
    const wide: f.Codec<Note> = f.record<Note>({ text: f.words(300_000) });
    const disk = new SimDisk();
    startJournal(disk, wide, { text: 'x' });
    const room = 262_144 - disk.size() + 1;
    for (const [text, code] of [
      ['x'.repeat(room), 'fine'],
      ['x'.repeat(room + 1), 'JOURNAL_FAILED'],
      // What counts is bytes: half as many letters of two bytes each are as long.
      ['ü'.repeat((room + 2) / 2), 'JOURNAL_FAILED'],
    ] as const) {
      const long = new SimDisk();
      expect(codeOf(() => startJournal(long, wide, { text }))).toBe(code);
      const read = codeOf(() => openJournal({ file: long, codec: wide, visit: () => undefined }));
      expect(read).toBe(code === 'fine' ? 'fine' : 'JOURNAL_EMPTY');
    }
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

  it('takes no line for endless that has just the length of the longest', () => {
    const inOne = (length: number) => ({
      chunks: () => [Buffer.alloc(length, 'x')],
      size: () => length,
      truncate: () => undefined,
      append: () => undefined,
      close: () => undefined,
    });
    expect(codeOf(() => reopen(inOne(262_144)))).toBe('JOURNAL_EMPTY');
    expect(codeOf(() => reopen(inOne(262_145)))).toBe('JOURNAL_CORRUPT');
  });

  it('cuts nothing off a file that ends with its last line', () => {
    const disk = begun(2);
    disk.truncate = () => expect.fail('cut');
    expect(reopen(disk).seen).toHaveLength(2);
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

  it('writes nothing once it is closed, and closes its file', () => {
    const disk = begun(1);
    let closed = 0;
    disk.close = () => (closed += 1);
    const { journal } = reopen(disk);
    journal.close();
    expect(closed).toBe(1);
    expect(codeOf(() => journal.append(note(2)))).toBe('JOURNAL_FAILED');
    expect(disk.lines).toHaveLength(1);
  });

  it('chains the head, the number of the entry and its text', () => {
    const head = f.hashText('head');
    expect(chained({ entries: 4, head }, '{}')).toBe(f.hashText(`${head}\n5\n{}`));
  });
});

describe('a journal that fails', () => {
  const told = (work: () => unknown): string => {
    try {
      work();
      return 'fine';
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      expect(error).toMatchObject({ name: 'JournalError', retryable: false });
      return `${error.code}: ${error.message}`;
    }
  };
  const linesOf = (...lines: readonly string[]): SimDisk =>
    new SimDisk(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  const [one = '', two = '', three = ''] = begun(3).lines;

  it.each([
    ['JOURNAL_EMPTY: the journal has no entry', () => reopen(new SimDisk())],
    ['JOURNAL_EXISTS: the journal is not empty', () => startJournal(begun(1), codec, note(1))],
    ['JOURNAL_CORRUPT: a line without an end', () => reopen(new SimDisk(Buffer.alloc(300_000)))],
    ['JOURNAL_CORRUPT: entry 2: $.sequence: wanted a value', () => reopen(linesOf(one, '{}'))],
    [
      'JOURNAL_CORRUPT: entry 2 does not follow from the one before',
      () => reopen(linesOf(one, three, two)),
    ],
    [
      'JOURNAL_FAILED: a line of 300059 bytes',
      () =>
        startJournal<Note>(new SimDisk(), f.record({ text: f.words(400_000) }), {
          text: 'x'.repeat(299_872),
        }),
    ],
  ])('says %s', (words, work) => {
    expect(told(work)).toContain(words);
  });

  it('says what the disk said, and from then on only that it failed', () => {
    const disk = begun(1);
    const { journal } = reopen(disk);
    disk.trouble = { kind: 'EIO', lands: 0 };
    let cause: unknown = null;
    try {
      journal.append(note(2));
    } catch (error) {
      ({ cause } = error as Error);
      expect((error as Error).message).toBe('the journal could not be written');
    }
    expect(cause).toMatchObject({ code: 'EIO' });
    expect(told(() => journal.append(note(2)))).toBe('JOURNAL_FAILED: the journal failed before');
  });

  it('says how long a shared file is, and how long it should be', () => {
    const disk = begun(1);
    const { journal } = reopen(disk);
    const size = disk.size();
    disk.append(Buffer.from('x\n'));
    expect(told(() => journal.append(note(2)))).toBe(
      `JOURNAL_SHARED: the file has ${size + 2} bytes, not ${size}`,
    );
  });
});
