/** The courier's life: reconcile first, then take approvals, and keep comparing, telling and listening until the end. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type * as f from '#firewall';
import { Comparison } from './compare.ts';
import type { CourierParts } from './courier.ts';
import { courierRecordCodec, type CourierRecord } from './courier-journal.ts';
import type { CourierPorts } from './courier-ports.ts';
import { CourierRuntime, type CourierError } from './courier-runtime.ts';
import { openJournalFile } from './journal-file.ts';
import { startJournal } from './journal.ts';

export type CourierStanding = Readonly<{
  streaming: boolean;
  /** Symbols with an order whose fate is not known. */
  unresolved: readonly string[];
  /** Messages that the gate's ledger is not known to hold. */
  untold: number;
}>;

export type Courier = Readonly<{
  standing(): CourierStanding;
  /** Resolves when it cannot go on: end the process and start it again. */
  failed: Promise<CourierError>;
  close(): Promise<void>;
}>;

const ROUND_MS = 1_000;
const COMPARE_ROUNDS = 10;
/** A clean comparison is told again this often, so that the gate knows that somebody still looks. */
const STALE_MS = 60_000;

/** Makes the journal of a courier that never ran; one that is there is never touched. */
export function initCourier(
  path: string,
  made: Readonly<{ account: string; by: string; now: f.TimeMs }>,
): void {
  writeFileSync(path, '', { mode: 0o600, flag: 'wx' });
  const journalId = randomBytes(16).toString('hex');
  const { account, by, now: at } = made;
  const file = openJournalFile(path);
  startJournal<CourierRecord>(file, courierRecordCodec, {
    kind: 'opened',
    at,
    journalId,
    account,
    by,
  }).close();
}

export async function startCourier(parts: CourierParts, ports: CourierPorts): Promise<Courier> {
  const runtime = new CourierRuntime(parts, ports);
  await runtime.resume();
  const stream = runtime.listen();
  const comparison = new Comparison(runtime, ports);
  await settled(runtime, comparison, ports);
  const worker = ports.lanes.work(ports.laneNames.approvals, (payload) => runtime.take(payload));
  const rounds = keepRound(runtime, comparison, ports);
  return {
    failed: runtime.failed,
    standing: () => ({
      streaming: runtime.streaming,
      unresolved: unresolvedIn(runtime),
      untold: runtime.state.outbox.size,
    }),
    async close() {
      await worker.close();
      stream.close();
      await runtime.close();
      await rounds;
    },
  };
}

const unresolvedIn = ({ state }: CourierRuntime): readonly string[] => [
  ...new Set(
    [...state.errands.values()]
      .filter((errand) => errand.stage === 'UNKNOWN' || errand.stage === 'SENT')
      .map((errand) => errand.symbol),
  ),
];

/** Nothing new is taken before every old order's fate is known and the venue was compared with. */
async function settled(
  runtime: CourierRuntime,
  comparison: Comparison,
  ports: CourierPorts,
): Promise<void> {
  while (!runtime.over) {
    try {
      if (unresolvedIn(runtime).length === 0 && (await comparison.compare(0)) !== 'moving') return;
    } catch (error) {
      ports.log('warn', 'VENUE_UNREACHABLE', (error as Error).message);
    }
    await ports.wait(ROUND_MS / 4);
  }
}

async function keepRound(
  runtime: CourierRuntime,
  comparison: Comparison,
  ports: CourierPorts,
): Promise<void> {
  for (let round = 1; !runtime.over; round += 1) {
    await ports.wait(ROUND_MS);
    try {
      await runtime.chase();
      if (round % COMPARE_ROUNDS === 0) await comparison.compare(STALE_MS);
    } catch (error) {
      ports.log('warn', 'ROUND_FAILED', (error as Error).message);
    }
  }
}
