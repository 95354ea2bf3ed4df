/** The vault's memory, folded from its journal: the same fold at start and while it runs. */
import * as f from '#firewall';
import type {
  JournalAnchor,
  OpenOrder,
  Settlement,
  SignedRequest,
  VaultAnchor,
} from './contract.ts';
import { JournalError, lineOf, NO_ENTRIES } from './journal.ts';
import { vaultRecordCodec, type Reserved, type VaultRecord } from './vault-journal.ts';

export type Signing = Readonly<{
  reserved: Reserved;
  signature: string | null;
  outcome: Settlement | null;
}>;

export type VaultState = Readonly<{
  /** Null until the journal's first entry. */
  opened: Extract<VaultRecord, { kind: 'opened' }> | null;
  halted: string | null;
  /** The highest approval sequence ever reserved. */
  highWater: number;
  /** The highest venue nonce ever reserved. */
  requestNonce: number;
  /** Recent signings, oldest first: what is open, and what still counts against the day. */
  signings: ReadonlyMap<string, Signing>;
  anchor: JournalAnchor;
  /** The hashes of the last entries, newest last. */
  trail: readonly f.Hash[];
  /** Set when somebody knows more of this journal than it says itself. Not durable: it never signs again. */
  rolledBack: boolean;
}>;

export const blank = (): VaultState => ({
  opened: null,
  halted: null,
  highWater: 0,
  requestNonce: 0,
  signings: new Map(),
  anchor: NO_ENTRIES,
  trail: [],
  rolledBack: false,
});

const TRAIL = 512;
const KEPT_MS = f.DAY_MS;
/** Old signings are forgotten in batches, so that forgetting costs nothing on most steps. */
const FORGET_EVERY = 256;

const FINAL: readonly (Settlement | null)[] = ['rejected', 'not-placed', 'done'];
export const isOpen = (signing: Signing): boolean => !FINAL.includes(signing.outcome);

const impossible = (what: string): never => {
  throw new JournalError('JOURNAL_CORRUPT', what);
};

type Step = Readonly<{
  /** Where the journal stands after this record; computed when it is not known yet. */
  anchor?: JournalAnchor;
  /** True while a state is being built and nobody else holds it: then its maps are filled in place. */
  own?: boolean;
}>;

/** The state after one more durable record. Throws for a record that no vault can have written. */
export function remember(state: VaultState, record: VaultRecord, step: Step = {}): VaultState {
  const anchor = step.anchor ?? lineOf(vaultRecordCodec, state.anchor, record).anchor;
  const trail = [...state.trail.slice(1 - TRAIL), anchor.head];
  return { ...state, ...change(state, record, step.own ?? false), anchor, trail };
}

function change(state: VaultState, record: VaultRecord, own: boolean): Partial<VaultState> {
  if ((state.opened === null) !== (record.kind === 'opened'))
    return impossible(`${record.kind} where a journal begins or goes on`);
  switch (record.kind) {
    case 'opened': {
      const { sequence, nonce } = record.floor;
      return { opened: record, highWater: sequence, requestNonce: nonce };
    }
    case 'reserved':
      return reserve(state, record, own);
    case 'signed': {
      const signing = state.signings.get(record.approvalId);
      if (signing === undefined || signing.signature !== null)
        return impossible('a signature that was not reserved, or was there already');
      return { signings: put(state, { ...signing, signature: record.signature }, own) };
    }
    case 'settled': {
      const signing = state.signings.get(record.approvalId);
      if (signing === undefined) return impossible('an end of what was never reserved');
      return { signings: put(state, { ...signing, outcome: record.outcome }, own) };
    }
    case 'halted':
      return { halted: record.reason };
    case 'resumed':
      return { halted: null };
    case 'pinned':
      return {};
  }
}

function reserve(state: VaultState, record: Reserved, own: boolean): Partial<VaultState> {
  if (record.sequence <= state.highWater || record.requestNonce <= state.requestNonce)
    return impossible('a sequence or nonce that runs back');
  if (state.signings.has(record.approvalId))
    return impossible('an approval that was reserved before');
  const signings = put(state, { reserved: record, signature: null, outcome: null }, own);
  if (signings.size % FORGET_EVERY === 0)
    for (const [id, signing] of signings)
      if (!isOpen(signing) && signing.reserved.at <= record.at - KEPT_MS) signings.delete(id);
  return { signings, highWater: record.sequence, requestNonce: record.requestNonce };
}

function put(state: VaultState, signing: Signing, own: boolean): Map<string, Signing> {
  const signings = own
    ? (state.signings as Map<string, Signing>)
    : new Map<string, Signing>(state.signings);
  return signings.set(signing.reserved.approvalId, signing);
}

export function nonceUsed(state: VaultState, nonce: string): boolean {
  for (const { reserved } of state.signings.values()) if (reserved.nonce === nonce) return true;
  return false;
}

/** What has been reserved within the last day and counts: the caps look at this. */
export function countedSince(
  state: VaultState,
  since: f.TimeMs,
): Readonly<{ notional: f.Money; orders: number }> {
  let notional = 0n;
  let orders = 0;
  for (const { reserved } of state.signings.values()) {
    if (reserved.counted === null || reserved.at <= since) continue;
    notional += reserved.counted;
    orders += 1;
  }
  return { notional: notional as f.Money, orders };
}

/** Whether an anchor is an entry of this journal, as far back as the trail goes. */
export function knows(state: VaultState, anchor: VaultAnchor): boolean {
  // Of a journal that the operator has replaced, nothing is asked any more.
  if (anchor.journalId !== state.opened?.journalId) return true;
  const back = state.anchor.entries - anchor.entries;
  if (back < 0) return false;
  const index = state.trail.length - 1 - back;
  return index < 0 || state.trail[index] === anchor.head;
}

export function signedRequest(reserved: Reserved, signature: string): SignedRequest {
  const { approvalId, clientId, symbol, body, digest, deadline } = reserved;
  return { approvalId, clientId, symbol, body, digest, deadline, signature };
}

export const requestOf = ({ reserved, signature }: Signing): SignedRequest | null =>
  signature === null ? null : signedRequest(reserved, signature);

export const openOrders = (state: VaultState): readonly OpenOrder[] =>
  [...state.signings.values()].filter(isOpen).map((signing) => {
    const { approvalId, clientId, symbol, deadline } = signing.reserved;
    return { approvalId, clientId, symbol, deadline, request: requestOf(signing) };
  });
