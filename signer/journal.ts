/** An append-only, hash-chained journal over one file: durable on return, or dead. Nothing is ever rewritten. */
import * as f from '#firewall';
import type { JournalAnchor } from './contract.ts';

export const JOURNAL_CODES = [
  'JOURNAL_MISSING',
  'JOURNAL_EMPTY',
  'JOURNAL_CORRUPT',
  'JOURNAL_FOREIGN',
  'JOURNAL_ROLLED_BACK',
  'JOURNAL_SHARED',
  'JOURNAL_EXISTS',
  'JOURNAL_FAILED',
] as const;

export class JournalError extends Error {
  readonly code: (typeof JOURNAL_CODES)[number];
  readonly retryable = false;
  constructor(code: JournalError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    Object.defineProperty(this, 'name', { value: 'JournalError' });
    this.code = code;
  }
}

/** The disk under a journal, so that tests can crash, tear, fill, flip and roll it back. */
export interface JournalFile {
  /** The bytes as they are, in order. */
  chunks(): Iterable<Uint8Array>;
  size(): number;
  /** Cuts a tail that was never acknowledged. Only before the first append. */
  truncate(size: number): void;
  /** Durable on return, or throws. */
  append(bytes: Uint8Array): void;
  close(): void;
}

const ZEROS = '0'.repeat(64) as f.Hash;
const LINE_MAX = 262_144;

export type JournalEntry<E> = Readonly<{
  sequence: number;
  previous: f.Hash;
  event: E;
  hash: f.Hash;
}>;

export const chained = (anchor: JournalAnchor, eventText: string): f.Hash =>
  f.hashText(`${anchor.head}\n${anchor.entries + 1}\n${eventText}`);

export const NO_ENTRIES: JournalAnchor = { entries: 0, head: ZEROS };

/** The line that follows the anchor, and the anchor after it. */
export function lineOf<E>(
  codec: f.Codec<E>,
  anchor: JournalAnchor,
  event: E,
): Readonly<{ line: string; anchor: JournalAnchor }> {
  const written = codec.write(event);
  const hash = chained(anchor, f.canonicalText(written));
  const sequence = anchor.entries + 1;
  const line = f.canonicalText({ event: written, hash, previous: anchor.head, sequence });
  return { line, anchor: { entries: sequence, head: hash } };
}

export type Journal<E> = Readonly<{
  anchor(): JournalAnchor;
  /** Durable on return. After a throw the journal is dead, and so must its owner be. */
  append(event: E): JournalAnchor;
  close(): void;
}>;

type Opening<E> = Readonly<{
  file: JournalFile;
  codec: f.Codec<E>;
  /** Hears every entry in order, and throws a JournalError for one that cannot be. */
  visit(event: E, anchor: JournalAnchor): void;
}>;

/** Verifies the whole chain, cuts a torn tail, and opens the journal for appending. */
export function openJournal<E>({ file, codec, visit }: Opening<E>): Journal<E> {
  let anchor = NO_ENTRIES;
  let kept = 0;
  for (const line of completeLines(file)) {
    const event = readLine(codec, anchor, line);
    anchor = { entries: anchor.entries + 1, head: lineHash(line) };
    visit(event, anchor);
    kept += Buffer.byteLength(line) + 1;
  }
  if (anchor.entries === 0) throw new JournalError('JOURNAL_EMPTY', 'the journal has no entry');
  // A line without its end was never acknowledged, so nothing was ever done because of it.
  if (file.size() > kept) file.truncate(kept);
  return writer(file, codec, anchor, kept);
}

/** Starts a journal in an empty file. */
export function startJournal<E>(file: JournalFile, codec: f.Codec<E>, first: E): Journal<E> {
  if (file.size() !== 0) throw new JournalError('JOURNAL_EXISTS', 'the journal is not empty');
  const journal = writer(file, codec, NO_ENTRIES, 0);
  journal.append(first);
  return journal;
}

function writer<E>(
  file: JournalFile,
  codec: f.Codec<E>,
  from: JournalAnchor,
  bytes: number,
): Journal<E> {
  let anchor = from;
  let size = bytes;
  let dead = false;
  const must = (want: number): void => {
    // There is no lock to hold under the permission model; the file's own size betrays a second writer.
    if (file.size() !== want)
      throw new JournalError('JOURNAL_SHARED', `the file has ${file.size()} bytes, not ${want}`);
  };
  return {
    anchor: () => anchor,
    append(event) {
      if (dead) throw new JournalError('JOURNAL_FAILED', 'the journal failed before');
      const next = lineOf(codec, anchor, event);
      const line = Buffer.from(`${next.line}\n`);
      try {
        // What could not be read again would be the end of the whole journal.
        if (line.length > LINE_MAX)
          throw new JournalError('JOURNAL_FAILED', `a line of ${line.length} bytes`);
        must(size);
        file.append(line);
        size += line.length;
        must(size);
      } catch (error) {
        dead = true;
        if (error instanceof JournalError) throw error;
        throw new JournalError('JOURNAL_FAILED', 'the journal could not be written', error);
      }
      anchor = next.anchor;
      return anchor;
    },
    close() {
      dead = true;
      file.close();
    },
  };
}

const lineHash = (line: string): f.Hash => (JSON.parse(line) as { hash: f.Hash }).hash;

function readLine<E>(codec: f.Codec<E>, anchor: JournalAnchor, line: string): E {
  const at = `entry ${anchor.entries + 1}`;
  const shell = f.decodeText(
    f.record<JournalEntry<E>>({
      sequence: f.integer(1),
      previous: f.hash,
      event: codec,
      hash: f.hash,
    }),
    line,
    LINE_MAX,
  );
  if (!shell.ok)
    throw new JournalError('JOURNAL_CORRUPT', `${at}: ${shell.at}: wanted ${shell.want}`);
  // Written again from what was understood, it must be the very same line: chain, number and all.
  if (lineOf(codec, anchor, shell.value.event).line !== line)
    throw new JournalError('JOURNAL_CORRUPT', `${at} does not follow from the one before`);
  return shell.value.event;
}

/** Lines that have their end. Bytes that are not UTF-8 never come out equal to their canonical text. */
function* completeLines(file: JournalFile): Iterable<string> {
  let rest = Buffer.alloc(0);
  for (const chunk of file.chunks()) {
    let text = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    for (let end = text.indexOf(10); end !== -1; end = text.indexOf(10)) {
      yield text.subarray(0, end).toString('utf8');
      text = text.subarray(end + 1);
    }
    if (text.length > LINE_MAX) throw new JournalError('JOURNAL_CORRUPT', 'a line without an end');
    rest = Buffer.from(text);
  }
}
