/** The invariants of the signer, checked over what is on disk once everything is at rest: journals against venue against ledger. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode, hashText, type Json } from '#firewall';
import { paperRequestCodec } from '../../exchange/wire.ts';
import type { VenueRecord } from '../../exchange/records.ts';
import { openVenueJournal } from '../../exchange/venue-journal.ts';
import type { DataDir } from '../../infra/data-dir.ts';
import { entriesOf } from '../../ledger/ledger.ts';
import type { Entry, LedgerEvent } from '../../ledger/contract.ts';
import { readJournalFile } from '../../ledger/journal-file.ts';
import { Fold } from '../../ledger/fold.ts';
import type { VaultRecord } from '../../signer/vault-journal.ts';
import type { Sent } from './churn.ts';

export type Finding = Readonly<{ invariant: string; detail: string }>;
export type Verdict = Readonly<{
  findings: readonly Finding[];
  counts: Readonly<Record<string, number>>;
}>;

type Decision = Extract<LedgerEvent, { kind: 'decision' }>;
type Order = Extract<VenueRecord, { kind: 'order' }>;

export function verify(dir: DataDir, account: string, sent: readonly Sent[]): Verdict {
  const findings: Finding[] = [];
  const wrong = (invariant: string, detail: string): void => {
    findings.push({ invariant, detail });
  };
  const entries = [...entriesOf(readJournalFile(dir.ledger(account)))];
  const vault = vaultRecords(dir);
  const venue = [...openVenueJournal(join(dir.venue, 'venue.journal')).remembered];
  const orders = venue.filter((record) => record.kind === 'order');
  const approvals = approvalsOf(entries);

  once(orders, approvals, wrong);
  reservedFirst(vault, approvals, wrong);
  noncesRise(vault, wrong);
  signedAsApproved(vault, approvals, wrong);
  terminal(entries, approvals, wrong);
  agree(entries, venue, wrong);
  decided(entries, sent, wrong);
  return {
    findings,
    counts: {
      proposals: sent.length,
      decisions: entries.filter(({ event }) => event.kind === 'decision').length,
      approvals: approvals.size,
      signatures: vault.filter(({ kind }) => kind === 'signed').length,
      ordersAtVenue: orders.length,
      fills: entries.filter(({ event }) => event.kind === 'fill').length,
      malformedRecorded: entries.filter(({ event }) => event.kind === 'malformed').length,
    },
  };
}

type Wrong = (invariant: string, detail: string) => void;
type Approvals = ReadonlyMap<string, Decision>;

const approvalsOf = (entries: readonly Entry[]): Approvals =>
  new Map(
    entries
      .map(({ event }) => event)
      .filter((event) => event.kind === 'decision')
      .flatMap((event) => (event.approval === null ? [] : [[event.approval.id, event] as const])),
  );

function vaultRecords(dir: DataDir): readonly VaultRecord[] {
  return readFileSync(join(dir.vault, 'vault.journal'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { event: VaultRecord }).event);
}

/** I1: at most one accepted order per approval, and none without one. */
function once(orders: readonly Order[], approvals: Approvals, wrong: Wrong): void {
  const counts = new Map<string, number>();
  for (const { order } of orders) counts.set(order.clientId, (counts.get(order.clientId) ?? 0) + 1);
  for (const [clientId, count] of counts)
    if (count > 1) wrong('I1', `${clientId} was accepted ${count} times`);
  if (counts.size > approvals.size)
    wrong('I1', `${counts.size} orders for ${approvals.size} approvals`);
}

/** I2: every signature has an earlier reservation of exactly that digest. */
function reservedFirst(vault: readonly VaultRecord[], approvals: Approvals, wrong: Wrong): void {
  const reserved = new Map<string, string>();
  for (const record of vault) {
    if (record.kind === 'reserved') {
      if (reserved.has(record.approvalId)) wrong('I2', `${record.approvalId} was reserved twice`);
      reserved.set(record.approvalId, record.digest);
      if (record.digest !== hashText(`AIRLOCK-PAPER-v1\0${record.body}`))
        wrong('I2', 'a digest of another body');
      // I3: nothing is reserved that the gate did not approve, in its window.
      const decision = approvals.get(record.approvalId);
      if (decision === undefined || decision.approval === null)
        wrong('I3', `${record.approvalId} was never approved`);
      else if (record.at > decision.approval.expiresAt)
        wrong('I3', `${record.approvalId} was signed too late`);
    }
    if (record.kind === 'signed' && !reserved.has(record.approvalId))
      wrong('I2', `${record.approvalId} signed unreserved`);
  }
}

/** I4: the venue's nonces strictly rise, across every crash. */
function noncesRise(vault: readonly VaultRecord[], wrong: Wrong): void {
  let last = 0;
  for (const record of vault) {
    if (record.kind !== 'reserved') continue;
    if (record.requestNonce <= last) wrong('I4', `${record.requestNonce} after ${last}`);
    last = record.requestNonce;
  }
}

/** I7: what was signed is what was approved, whatever the queue carried. */
function signedAsApproved(vault: readonly VaultRecord[], approvals: Approvals, wrong: Wrong): void {
  for (const record of vault) {
    if (record.kind !== 'reserved') continue;
    const request = decode(paperRequestCodec, JSON.parse(record.body) as Json);
    const proposal = approvals.get(record.approvalId)?.proposal;
    if (!request.ok || request.value.kind !== 'order' || proposal?.kind !== 'order') continue;
    const { order } = request.value;
    if (
      order.qty !== proposal.qty ||
      order.limitPrice !== proposal.limitPrice ||
      order.side !== proposal.side
    )
      wrong('I7', `${record.approvalId} was signed otherwise than approved`);
  }
}

const ENDED = new Set(['signer-refused', 'expired', 'rejected', 'not-placed', 'done']);

/** I8, first half: every approval has come to an end. */
function terminal(entries: readonly Entry[], approvals: Approvals, wrong: Wrong): void {
  const ended = new Set<string>();
  for (const { event } of entries)
    if (event.kind === 'outcome' && ENDED.has(event.outcome)) ended.add(event.approvalId);
  for (const id of approvals.keys()) if (!ended.has(id)) wrong('I8', `approval ${id} has no end`);
}

/** I8, second half: the ledger and the venue agree on every fill, position and unit of cash. */
function agree(entries: readonly Entry[], venue: readonly VenueRecord[], wrong: Wrong): void {
  const atVenue = new Set<string>();
  let cash = 0n;
  for (const record of venue) {
    if (record.kind !== 'event') continue;
    if (record.event.kind === 'fill') atVenue.add(record.event.fill.tradeId);
    if (record.event.kind === 'cash') cash += record.event.move.amount;
  }
  const fold = new Fold();
  const booked = new Map<string, number>();
  for (const entry of entries) {
    fold.apply(entry);
    if (entry.event.kind === 'fill')
      booked.set(entry.event.tradeId, (booked.get(entry.event.tradeId) ?? 0) + 1);
  }
  for (const id of atVenue) if (!booked.has(id)) wrong('I8', `fill ${id} is not in the ledger`);
  for (const [id, count] of booked) {
    if (!atVenue.has(id)) wrong('I8', `fill ${id} is not at the venue`);
    if (count > 1) wrong('I8', `fill ${id} was booked ${count} times`);
  }
  if (fold.account.paidIn > cash) wrong('I8', 'more was paid in than the venue knows of');
}

/** Nothing lost: every proposal that the queue took was decided, once. */
function decided(entries: readonly Entry[], sent: readonly Sent[], wrong: Wrong): void {
  const counts = new Map<string, number>();
  for (const { event } of entries)
    if (event.kind === 'decision')
      counts.set(event.proposal.id, (counts.get(event.proposal.id) ?? 0) + 1);
  for (const { id } of sent) {
    const count = counts.get(id) ?? 0;
    if (count !== 1) wrong('lost', `proposal ${id} was decided ${count} times`);
  }
}
