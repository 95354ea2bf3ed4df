/** One writer at a time, by a lock that the system takes back when its holder dies, however it dies. */
import { DatabaseSync } from 'node:sqlite';
import { LedgerError } from './contract.ts';

export type WriterLock = Readonly<{ release(): void }>;

/** SQLite's file lock is the one lock that Node offers without an addon; no data is ever written to it. */
export function writerLock(path: string): WriterLock {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = OFF; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    throw new LedgerError('LEDGER_LOCKED', `${path}: another process writes this ledger`, cause);
  }
  const held = database;
  return {
    release() {
      if (held.isOpen) held.close();
    },
  };
}
