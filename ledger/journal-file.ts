/** The disk under a ledger: an append-only file whose every append is durable on return, with one writer at a time. */
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { LedgerError, type AppendFile } from './contract.ts';
import { writerLock, type WriterLock } from './writer-lock.ts';

export type JournalFile = AppendFile &
  Readonly<{
    /** Bytes of an unfinished last line that were cut off on opening; its append never returned. */
    torn: number;
  }>;

/** No entry is anywhere near this long; a longer line is not one of ours. */
const LINE_MAX = 4 * 1_048_576;
const CHUNK = 1 << 20;
const NEWLINE = 0x0a;
const DURABLE = constants.O_DSYNC | constants.O_APPEND | constants.O_CREAT;

/** Opens a journal for its single writer, making the file when it is not there. */
export function openJournalFile(path: string): JournalFile {
  const lock = writerLock(`${path}.lock`);
  let fd: number;
  let torn: number;
  try {
    const isNew = !existsSync(path);
    fd = openSync(path, constants.O_RDWR | DURABLE, 0o600);
    if (isNew) syncFolder(dirname(path));
    torn = cutTornLine(fd);
  } catch (cause) {
    lock.release();
    throw diskError(cause, `${path} cannot be opened`);
  }
  return writing({ fd, path, torn, lock });
}

/** Reads a journal without taking its lock, for audits beside the running writer. */
export function readJournalFile(path: string): Iterable<string> {
  if (!existsSync(path)) throw new LedgerError('LEDGER_MISSING', `${path} is not there`);
  return {
    *[Symbol.iterator]() {
      const fd = openSync(path, 'r');
      try {
        yield* linesOf(fd, path);
      } finally {
        closeSync(fd);
      }
    },
  };
}

type Open = Readonly<{ fd: number; path: string; torn: number; lock: WriterLock }>;

function writing({ fd, path, torn, lock }: Open): JournalFile {
  let failed: LedgerError | null = null;
  let closed = false;
  return {
    torn,
    append(line) {
      if (failed !== null) throw failed;
      const bytes = Buffer.from(`${line}\n`);
      try {
        for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      } catch (cause) {
        // What the disk holds now is not known, so nothing may follow it.
        failed = diskError(cause, `${path} cannot be written`);
        throw failed;
      }
    },
    lines: () => linesOf(fd, path),
    close() {
      if (closed) return;
      closed = true;
      closeSync(fd);
      lock.release();
    },
  };
}

/** Whole lines in order. Bytes after the last newline belong to an append that has not returned. */
function* linesOf(fd: number, path: string): Iterable<string> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  let rest = Buffer.alloc(0);
  for (let position = 0; ;) {
    const count = readSync(fd, chunk, 0, CHUNK, position);
    if (count === 0) return;
    position += count;
    let from = 0;
    for (;;) {
      const end = chunk.subarray(0, count).indexOf(NEWLINE, from);
      if (end === -1) break;
      const piece = chunk.subarray(from, end);
      yield (rest.length === 0 ? piece : Buffer.concat([rest, piece])).toString('utf8');
      rest = Buffer.alloc(0);
      from = end + 1;
    }
    rest = Buffer.concat([rest, chunk.subarray(from, count)]);
    if (rest.length > LINE_MAX)
      throw new LedgerError('LEDGER_CORRUPT', `${path} holds a line of over ${LINE_MAX} bytes`);
  }
}

function cutTornLine(fd: number): number {
  const { size } = fstatSync(fd);
  const tail = Buffer.allocUnsafe(Math.min(size, CHUNK));
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - tail.length);
    const count = readSync(fd, tail, 0, end - from, from);
    const newline = tail.subarray(0, count).lastIndexOf(NEWLINE);
    if (newline !== -1) return cut(fd, from + newline + 1, size);
    end = from;
  }
  return cut(fd, 0, size);
}

/** A new file is there for good only once its folder says so on disk. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function cut(fd: number, length: number, size: number): number {
  if (length < size) ftruncateSync(fd, length);
  return size - length;
}

function diskError(cause: unknown, message: string): LedgerError {
  if (cause instanceof LedgerError) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new LedgerError('LEDGER_DISK_FULL', message, cause);
  return new LedgerError('LEDGER_WRITE_FAILED', message, cause);
}
