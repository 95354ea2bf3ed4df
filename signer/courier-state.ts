/** The courier's memory, folded from its journal: where every approval stands, and what the gate has not yet confirmed. */
import * as f from '#firewall';
import type { COURIER_STATES, VaultAnchor } from './contract.ts';
import type { CourierRecord } from './courier-journal.ts';
import { JournalError } from './journal.ts';
import type { OutcomeEvent, OutcomeKind } from './outcome.ts';

export type Errand = Readonly<{
  approvalId: string;
  /** Of the approval's exact text; null for what was adopted. */
  approvalHash: f.Hash | null;
  clientId: string;
  symbol: string;
  /** What the venue is asked about: the order itself, or the target of a cancel. */
  asked: string;
  cancel: boolean;
  stage: (typeof COURIER_STATES)[number];
  /** The last word told about it; null before the first. */
  told: OutcomeKind | null;
  /** Null before it was signed. */
  deadline: f.TimeMs | null;
  letters: Readonly<{ approval: f.Envelope; proposal: f.Envelope }> | null;
}>;

export type CourierState = Readonly<{
  opened: Extract<CourierRecord, { kind: 'opened' }> | null;
  /** By approval id; ended ones are kept for a while, so that late words find them. */
  errands: ReadonlyMap<string, Errand>;
  byClientId: ReadonlyMap<string, string>;
  /** The last outcome's own number. */
  outcomes: number;
  /** The last message's number, and the messages that the gate's ledger is not known to hold. */
  messages: number;
  outbox: ReadonlyMap<number, OutcomeEvent>;
  /** How far the venue's private stream was followed, and the gate's ledger read. */
  cursor: number;
  offset: number;
  vault: VaultAnchor | null;
  positions: ReadonlyMap<string, bigint>;
  /** When the latest bad letters were noted, oldest first. */
  badLetters: readonly f.TimeMs[];
}>;

/** What is wrong with a letter; whoever can write to the queue can make as many of these as he likes. */
const BAD_LETTERS = [
  'APPROVAL_UNREADABLE',
  'APPROVAL_FORGED',
  'APPROVAL_FOREIGN',
  'APPROVAL_CONFLICT',
  'PROPOSAL_MISMATCH',
] as const;
export type BadLetter = (typeof BAD_LETTERS)[number];
/** More of them within an hour are an attack on the disk, and the first have said so. */
export const BAD_LETTERS_MAX = 100;
const HOUR_MS = 3_600_000;
export const mayDoubt = ({ badLetters }: CourierState, now: f.TimeMs): boolean =>
  badLetters.length < BAD_LETTERS_MAX || now - (badLetters[0] ?? 0) >= HOUR_MS;

export const blankCourier = (): CourierState => ({
  opened: null,
  errands: new Map(),
  byClientId: new Map(),
  outcomes: 0,
  messages: 0,
  outbox: new Map(),
  cursor: 0,
  offset: 0,
  vault: null,
  positions: new Map(),
  badLetters: [],
});

const ENDED_KEPT = 4_096;
const ENDS: readonly (OutcomeKind | null)[] = [
  'signer-refused',
  'expired',
  'rejected',
  'not-placed',
  'done',
];
export const hasEnded = (errand: Errand): boolean => ENDS.includes(errand.told);

const STAGE_AFTER: Readonly<Record<OutcomeKind, Errand['stage']>> = {
  'signer-refused': 'REJECTED',
  expired: 'REJECTED',
  acked: 'ACKED',
  rejected: 'REJECTED',
  unknown: 'UNKNOWN',
  'not-placed': 'RECONCILED',
  done: 'RECONCILED',
};

const impossible = (what: string): never => {
  throw new JournalError('JOURNAL_CORRUPT', what);
};

/** The state after one more durable record; `own` fills its maps in place while nobody else holds them. */
export function recall(state: CourierState, record: CourierRecord, own = false): CourierState {
  if ((state.opened === null) !== (record.kind === 'opened'))
    return impossible(`${record.kind} where a journal begins or goes on`);
  switch (record.kind) {
    case 'opened':
      return { ...state, opened: record };
    case 'received':
      return received(state, record, own);
    case 'sent': {
      const errand = state.errands.get(record.request.approvalId);
      if (errand?.stage !== 'RECEIVED') return impossible('sent without being received');
      const { deadline } = record.request;
      const sent: Errand = { ...errand, stage: 'SENT', deadline, letters: null };
      return { ...state, ...withErrand(state, sent, own), vault: record.vault };
    }
    case 'adopted': {
      const { approvalId, clientId, symbol, deadline } = record;
      if (state.errands.has(approvalId)) return impossible('adopted what was there');
      const adopted = { approvalId, clientId, symbol, asked: clientId, cancel: false, deadline };
      const nothing = { approvalHash: null, told: null, letters: null };
      const errand: Errand = { ...adopted, ...nothing, stage: 'SENT' };
      return { ...state, ...withErrand(state, errand, own) };
    }
    case 'told':
      return told(state, record, own);
    case 'heard':
      return { ...state, cursor: record.cursor };
    case 'acknowledged': {
      const outbox = own ? (state.outbox as Map<number, OutcomeEvent>) : new Map(state.outbox);
      for (const message of outbox.keys()) if (message <= record.upTo) outbox.delete(message);
      return { ...state, outbox, offset: record.offset };
    }
  }
}

type Received = Extract<CourierRecord, { kind: 'received' }>;

function received(state: CourierState, record: Received, own: boolean): CourierState {
  const { approvalId, clientId, symbol, target, approval, proposal } = record;
  if (state.errands.has(approvalId)) return impossible('received twice');
  const errand: Errand = {
    approvalId,
    approvalHash: f.hashText(approval.body),
    clientId,
    symbol,
    asked: target ?? clientId,
    cancel: target !== null,
    stage: 'RECEIVED',
    told: null,
    deadline: null,
    letters: { approval, proposal },
  };
  return { ...state, ...withErrand(state, errand, own) };
}

function told(
  state: CourierState,
  { event, cursor }: Extract<CourierRecord, { kind: 'told' }>,
  own: boolean,
): CourierState {
  const messages = state.messages + 1;
  const outbox = own ? (state.outbox as Map<number, OutcomeEvent>) : new Map(state.outbox);
  outbox.set(messages, event);
  const next = { ...state, messages, outbox, cursor: cursor ?? state.cursor };
  if (event.kind === 'fill') return { ...next, positions: filled(state, event, own) };
  if (event.kind === 'noted' && (BAD_LETTERS as readonly string[]).includes(event.code))
    return { ...next, badLetters: [...state.badLetters, event.at].slice(-BAD_LETTERS_MAX) };
  if (event.kind !== 'outcome') return next;
  if (event.sequence !== state.outcomes + 1) return impossible('an outcome out of its order');
  const errand = state.errands.get(event.approvalId);
  if (errand === undefined) return impossible('an outcome of what was never received');
  const stage = STAGE_AFTER[event.outcome];
  const changed: Errand = { ...errand, stage, told: event.outcome, letters: null };
  return { ...next, ...withErrand(state, changed, own), outcomes: event.sequence };
}

function filled(
  state: CourierState,
  fill: Extract<OutcomeEvent, { kind: 'fill' }>,
  own: boolean,
): ReadonlyMap<string, bigint> {
  const positions = own ? (state.positions as Map<string, bigint>) : new Map(state.positions);
  const held = positions.get(fill.symbol) ?? 0n;
  const now = fill.side === 'buy' ? held + fill.qty : held - fill.qty;
  if (now === 0n) positions.delete(fill.symbol);
  else positions.set(fill.symbol, now);
  return positions;
}

function withErrand(
  state: CourierState,
  errand: Errand,
  own: boolean,
): Pick<CourierState, 'errands' | 'byClientId'> {
  const errands = own ? (state.errands as Map<string, Errand>) : new Map(state.errands);
  const byClientId = own ? (state.byClientId as Map<string, string>) : new Map(state.byClientId);
  errands.set(errand.approvalId, errand);
  byClientId.set(errand.clientId, errand.approvalId);
  // The oldest ended ones go first: a map keeps the order of arrival.
  if (errands.size > 2 * ENDED_KEPT)
    for (const [id, old] of errands) {
      if (errands.size <= ENDED_KEPT) break;
      if (hasEnded(old) && errands.delete(id)) byClientId.delete(old.clientId);
    }
  return { errands, byClientId };
}
