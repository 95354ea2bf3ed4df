/** Which messages the gate's ledger already holds: read from the ledger's own lines, the only receipt that counts. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import * as f from '#firewall';
import { outcomeCodec, type OutcomeEvent } from './outcome.ts';

/** What a message is known by in the ledger; null for one that needs no receipt. */
export function receiptOf(event: OutcomeEvent): string | null {
  switch (event.kind) {
    case 'outcome':
      return `outcome ${event.sequence}`;
    case 'fill':
      return `fill ${event.tradeId}`;
    case 'cash':
      return `cash ${event.id}`;
    // Said again at the next comparison, so one that is lost is no loss.
    case 'reconciled':
    case 'noted':
      return null;
  }
}

export type Receipts = Readonly<{
  /** Reads on from `offset`; returns what was found and where the last whole line ended. */
  read(offset: number): Readonly<{ found: readonly string[]; offset: number }>;
}>;

const CHUNK = 1 << 20;

/** Receipts from a ledger file of lines; a file that is not there yet holds none. */
export const ledgerReceipts = (path: string): Receipts => ({
  read(offset) {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { found: [], offset };
      throw error;
    }
    try {
      return readOn(fd, offset <= fstatSync(fd).size ? offset : 0);
    } finally {
      closeSync(fd);
    }
  },
});

function readOn(fd: number, from: number): ReturnType<Receipts['read']> {
  const found: string[] = [];
  const buffer = Buffer.alloc(CHUNK);
  let offset = from;
  let rest = Buffer.alloc(0);
  for (;;) {
    const read = readSync(fd, buffer, 0, CHUNK, offset + rest.length);
    if (read === 0) return { found, offset };
    const text = Buffer.concat([rest, buffer.subarray(0, read)]);
    const end = text.lastIndexOf(10) + 1;
    for (const line of text.toString('utf8', 0, end).split('\n')) {
      const receipt = receiptIn(line);
      if (receipt !== null) found.push(receipt);
    }
    offset += end;
    rest = Buffer.from(text.subarray(end));
  }
}

function receiptIn(line: string): string | null {
  // Most lines are decisions, which are long; only the short ones are worth parsing.
  if (!/"kind":"(?:outcome|fill|cash)"/.test(line)) return null;
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof entry !== 'object' || entry === null || !('event' in entry)) return null;
  const event = f.decode(outcomeCodec, entry.event);
  return event.ok ? receiptOf(event.value) : null;
}
