/** The venue's memory on disk: append-only lines, one per moment, so that a killed venue comes back as it was. */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { count, decodeText, list, record, textOf, type Codec } from '#firewall';
import { ExchangeError } from './codes.ts';
import { venueRecordCodec, type VenueRecord } from './records.ts';

type Line = Readonly<{ sequence: number; records: readonly VenueRecord[] }>;
const RECORDS_MAX = 100_000;
const LINE_MAX = 64 * 1024 * 1024;
const lineCodec: Codec<Line> = record<Line>({
  sequence: count,
  records: list(venueRecordCodec, RECORDS_MAX),
});

export type VenueJournal = Readonly<{
  /** What was remembered when it was opened. */
  remembered: readonly VenueRecord[];
  /** Bytes of a last line that was being written when the venue died, and so was never answered for. */
  torn: number;
  /**
   * All of them or, after a crash of the process, none. Throws when the disk does not take them.
   * Not forced to the platter: this money is paper, and a power cut may take its last second.
   */
  append(records: readonly VenueRecord[]): void;
  close(): void;
}>;

export function openVenueJournal(path: string): VenueJournal {
  let fd: number;
  try {
    fd = openSync(path, 'a+', 0o600);
  } catch (cause) {
    throw new ExchangeError('JOURNAL_FAILED', `cannot open ${path}`, false, cause);
  }
  try {
    const bytes = readFileSync(path);
    const { records, whole, lines } = readLines(bytes, path);
    const torn = bytes.length - whole;
    if (torn > 0) ftruncateSync(fd, whole);
    return { remembered: records, torn, ...writerOf(fd, lines) };
  } catch (cause) {
    closeSync(fd);
    if (cause instanceof ExchangeError) throw cause;
    throw new ExchangeError('JOURNAL_FAILED', `cannot read ${path}`, false, cause);
  }
}

function readLines(bytes: Buffer, path: string) {
  const records: VenueRecord[] = [];
  let whole = 0;
  let lines = 0;
  for (;;) {
    const end = bytes.indexOf(10, whole);
    // A line without its end was never answered for.
    if (end === -1) return { records, whole, lines };
    const decoded = decodeText(lineCodec, bytes.toString('utf8', whole, end), LINE_MAX);
    if (!decoded.ok)
      throw new ExchangeError(
        'JOURNAL_CORRUPT',
        `${path} line ${lines + 1}: ${decoded.at} must be ${decoded.want}`,
      );
    if (decoded.value.sequence !== lines + 1)
      throw new ExchangeError('JOURNAL_CORRUPT', `${path} line ${lines + 1}: out of sequence`);
    records.push(...decoded.value.records);
    lines += 1;
    whole = end + 1;
  }
}

function writerOf(fd: number, written: number): Pick<VenueJournal, 'append' | 'close'> {
  let lines = written;
  return {
    append(records) {
      const line = Buffer.from(`${textOf(lineCodec, { sequence: lines + 1, records })}\n`);
      try {
        let done = 0;
        while (done < line.length) done += writeSync(fd, line, done);
      } catch (cause) {
        throw new ExchangeError('JOURNAL_FAILED', 'the journal cannot be written', false, cause);
      }
      lines += 1;
    },
    close: () => closeSync(fd),
  };
}
