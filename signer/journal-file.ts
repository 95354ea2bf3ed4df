/** A journal on a real disk: one pre-created file, opened O_APPEND and O_DSYNC, since fsync is denied under `--permission`. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { JournalError, type JournalFile } from './journal.ts';

const CHUNK = 1 << 20;

/** Opens a file that exists; makes none. A disk that fills up writes less than it was given, and `write` says so. */
export function openJournalFile(
  path: string,
  write: (fd: number, bytes: Uint8Array) => number = writeSync,
): JournalFile {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new JournalError('JOURNAL_MISSING', `${path} is not there; without it nothing is signed`);
  if (!stat.isFile()) throw new JournalError('JOURNAL_CORRUPT', `${path} is not a plain file`);
  // Without O_CREAT: a journal that vanishes is never replaced by an empty one.
  const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_DSYNC);
  return {
    chunks: () => chunksOf(path),
    size: () => fstatSync(fd).size,
    truncate: (size) => truncateSync(path, size),
    append(bytes) {
      const written = write(fd, bytes);
      if (written !== bytes.length)
        throw new JournalError(
          'JOURNAL_FAILED',
          `${written} of ${bytes.length} bytes were written`,
        );
    },
    close: () => closeSync(fd),
  };
}

/** The same for whoever only looks, also while the vault is at work: a line being written is left alone. */
export function readJournalFile(path: string): JournalFile {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new JournalError('JOURNAL_MISSING', `${path} is not there`);
  return {
    chunks: () => chunksOf(path),
    size: () => stat.size,
    truncate: () => undefined,
    append: () => {
      throw new JournalError('JOURNAL_FAILED', 'opened for reading only');
    },
    close: () => undefined,
  };
}

function* chunksOf(path: string): Iterable<Uint8Array> {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      const read = readSync(fd, buffer);
      if (read === 0) return;
      yield Uint8Array.prototype.slice.call(buffer, 0, read);
    }
  } finally {
    closeSync(fd);
  }
}
