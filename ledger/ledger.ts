/** The ledger: one hash-chained line per event, durable when `append` returns, checked from its first entry on opening. */
import { canonicalText, decodeText, hashText, type Hash } from '#firewall';
import {
  LedgerError,
  type AppendFile,
  type Entry,
  type Ledger,
  type LedgerEvent,
} from './contract.ts';
import { eventCodec } from './event-codec.ts';
import { NO_HEAD, openAnchorFile, type Anchor, type Head } from './head-anchor.ts';
import { openJournalFile } from './journal-file.ts';

/** The fixed end of a line; what comes before it is the event's canonical text, which the hash is over. */
const START = '{"event":';
const END = /,"hash":"([0-9a-f]{64})","previous":"([0-9a-f]{64})","sequence":([1-9]\d{0,15})\}$/;
const END_MAX = 200;
const EVENT_MAX = 4 * 1_048_576;

export const hashOfEntry = (previous: Hash, sequence: number, eventText: string): Hash =>
  hashText(`${previous}\n${sequence}\n${eventText}`);

/** Checks one line against the head before it, and gives its entry. */
export function readEntry(line: string, before: Head): Entry {
  const where = `entry ${before.sequence + 1}`;
  const tail = END.exec(line.slice(-END_MAX));
  if (tail === null || !line.startsWith(START))
    throw new LedgerError('LEDGER_CORRUPT', `${where} is not a ledger line`);
  const text = line.slice(START.length, line.length - tail[0].length);
  const [, hash, previous, sequence] = tail;
  if (Number(sequence) !== before.sequence + 1 || previous !== before.hash)
    throw new LedgerError('LEDGER_CORRUPT', `${where} does not follow the entry before it`);
  if (hash !== hashOfEntry(before.hash, before.sequence + 1, text))
    throw new LedgerError('LEDGER_CORRUPT', `${where} was changed after it was written`);
  const decoded = decodeText(eventCodec, text, EVENT_MAX);
  if (!decoded.ok)
    throw new LedgerError('LEDGER_CORRUPT', `${where} at ${decoded.at}: want ${decoded.want}`);
  return {
    sequence: before.sequence + 1,
    event: decoded.value,
    previous: before.hash,
    hash: hash as Hash,
  };
}

/** All entries of a journal's lines, each checked against the one before. */
export function* entriesOf(lines: Iterable<string>): Iterable<Entry> {
  let head = NO_HEAD;
  for (const line of lines) {
    const entry = readEntry(line, head);
    yield entry;
    head = entry;
  }
}

export type OpenLedger = Readonly<{
  file: AppendFile;
  anchor: Anchor;
  /** Given every entry in order, once, while the chain is checked: the place to fold. */
  onEntry?: (entry: Entry) => void;
}>;

/** Opens a ledger over a disk and an anchor. Any doubt refuses: a ledger that may be wrong is not written on. */
export function openLedger({ file, anchor, onEntry }: OpenLedger): Ledger {
  const noted = anchor.read();
  let head: Head = NO_HEAD;
  let anchored = noted === null || noted.sequence === 0;
  for (const entry of entriesOf(file.lines())) {
    if (noted === null)
      throw new LedgerError('LEDGER_ROLLED_BACK', 'the ledger has entries but no head anchor');
    if (entry.sequence === noted.sequence && entry.hash !== noted.hash)
      throw new LedgerError(
        'LEDGER_ROLLED_BACK',
        `entry ${entry.sequence} is not the one that was written`,
      );
    anchored ||= entry.sequence === noted.sequence;
    onEntry?.(entry);
    head = { sequence: entry.sequence, hash: entry.hash };
  }
  if (!anchored)
    throw head.sequence === 0
      ? new LedgerError('LEDGER_MISSING', `the ledger is empty and had ${noted?.sequence} entries`)
      : new LedgerError(
          'LEDGER_ROLLED_BACK',
          `the ledger ends at ${head.sequence} and had ${noted?.sequence} entries`,
        );
  anchor.write(head);
  return writing({ file, anchor, head });
}

function writing({
  file,
  anchor,
  head: from,
}: {
  file: AppendFile;
  anchor: Anchor;
  head: Head;
}): Ledger {
  let head = from;
  let failed: unknown = null;
  return {
    get head() {
      return head.hash;
    },
    get length() {
      return head.sequence;
    },
    append(event) {
      if (failed !== null) throw failed;
      const entry = nextEntry(head, event);
      try {
        file.append(entry.line);
        anchor.write(entry.entry);
      } catch (cause) {
        failed = cause;
        throw cause;
      }
      head = { sequence: entry.entry.sequence, hash: entry.entry.hash };
      return entry.entry;
    },
    *entries(first = 1) {
      for (const entry of entriesOf(file.lines())) if (entry.sequence >= first) yield entry;
    },
    close() {
      file.close();
      anchor.close();
    },
  };
}

function nextEntry(head: Head, event: LedgerEvent): Readonly<{ line: string; entry: Entry }> {
  const sequence = head.sequence + 1;
  const text = canonicalText(eventCodec.write(event));
  // One entry that cannot be read again would be the end of all of them.
  const readable = decodeText(eventCodec, text, EVENT_MAX);
  if (!readable.ok)
    throw new LedgerError(
      'LEDGER_WRITE_FAILED',
      `${event.kind} at ${readable.at}: want ${readable.want}`,
    );
  const hash = hashOfEntry(head.hash, sequence, text);
  const line = `${START}${text},"hash":"${hash}","previous":"${head.hash}","sequence":${sequence}}`;
  return { line, entry: { sequence, event, previous: head.hash, hash } };
}

/** The anchor lies beside the journal: `main.ledger` and `main.head`. */
export const anchorPath = (journal: string): string => `${journal.replace(/\.ledger$/, '')}.head`;

/** Opens an account's ledger on disk for its single writer. */
export function openLedgerFiles(
  journal: string,
  onEntry?: (entry: Entry) => void,
): Ledger & Readonly<{ torn: number }> {
  const file = openJournalFile(journal);
  let anchor: Anchor | null = null;
  try {
    anchor = openAnchorFile(anchorPath(journal));
    const ledger = openLedger({ file, anchor, ...(onEntry !== undefined && { onEntry }) });
    return Object.assign(ledger, { torn: file.torn });
  } catch (cause) {
    anchor?.close();
    file.close();
    throw cause;
  }
}
