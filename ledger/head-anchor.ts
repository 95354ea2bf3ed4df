/** Where the ledger had got to, kept beside it: a ledger that is behind its anchor was rolled back. */
import { closeSync, constants, existsSync, openSync, readSync, writeSync } from 'node:fs';
import { LedgerError } from './contract.ts';
import type { Hash } from '#firewall';

export type Head = Readonly<{ sequence: number; hash: Hash }>;
export const NO_HASH = '0'.repeat(64) as Hash;
export const NO_HEAD: Head = { sequence: 0, hash: NO_HASH };

/** The port, so that tests can lose it, tear it and set it back. */
export interface Anchor {
  /** The last head that was noted; null when there never was an anchor. */
  read(): Head | null;
  write(head: Head): void;
  close(): void;
}

const FORM = /^(\d{16}) ([0-9a-f]{64})\n$/;
const LENGTH = 16 + 1 + 64 + 1;

/** One line of fixed length, overwritten in place: a write is a single sector, so it is never half there. */
export function openAnchorFile(path: string): Anchor {
  const isNew = !existsSync(path);
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  return {
    read() {
      if (isNew) return null;
      const bytes = Buffer.alloc(LENGTH + 1);
      const count = readSync(fd, bytes, 0, bytes.length, 0);
      // The file is made before its first line is written, and a ledger before its first entry is empty.
      if (count === 0) return null;
      const [, sequence, hash] = FORM.exec(bytes.toString('latin1', 0, count)) ?? [];
      if (sequence === undefined || hash === undefined)
        throw new LedgerError('LEDGER_CORRUPT', `${path} is not a head anchor`);
      return { sequence: Number(sequence), hash: hash as Hash };
    },
    write({ sequence, hash }) {
      writeSync(fd, `${`${sequence}`.padStart(16, '0')} ${hash}\n`, 0);
    },
    close: () => closeSync(fd),
  };
}
