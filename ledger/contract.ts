/** The ledger's words: one append-only, hash-chained, fsynced sequence of events per account, and its single writer. */
import type {
  Approval,
  Arm,
  Blackout,
  Controls,
  DeskRecord,
  Effect,
  Hash,
  HumanApproval,
  Json,
  Latch,
  MarketView,
  ModeSetting,
  ModelRecord,
  Money,
  Network,
  Price,
  Proposal,
  Qty,
  Runtime,
  Side,
  TimeMs,
} from '#firewall';

export type VerdictSummary = Readonly<{
  kind: 'approved' | 'held' | 'refused';
  codes: readonly string[];
  reducing: boolean;
  /** Hash of the whole verdict's canonical text; re-judging must give it again. */
  hash: Hash;
}>;

/** How an approval ended, as the courier reports it. */
export const OUTCOMES = [
  'signer-refused',
  'expired',
  'acked',
  'rejected',
  'unknown',
  'not-placed',
  'done',
] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

export type LedgerEvent =
  /** First entry of every ledger: whose it is. */
  | Readonly<{
      kind: 'opened';
      at: TimeMs;
      account: string;
      venue: string;
      network: Network;
      currency: string;
      ledgerId: string;
    }>
  /** Policy, desks, models, calendar and modes in force from here on. */
  | Readonly<{
      kind: 'configured';
      at: TimeMs;
      policy: Json;
      policyHash: Hash;
      desks: readonly DeskRecord[];
      models: readonly ModelRecord[];
      blackouts: readonly Blackout[];
      modes: readonly ModeSetting[];
      build: string;
    }>
  /** One judged proposal, with by-value inputs that cannot be folded from this ledger. */
  | Readonly<{
      kind: 'decision';
      at: TimeMs;
      proposal: Proposal;
      proposalHash: Hash;
      /** The desk's seal over the proposal. */
      signature: string;
      market: MarketView;
      runtime: Runtime;
      operatorExit: boolean;
      verdict: VerdictSummary;
      effects: readonly Effect[];
      /** Null unless approved outside shadow mode; the exact envelope body and seal that may be published. */
      approval: Approval | null;
      approvalSignature: string | null;
    }>
  /** A proposal that could not be decoded or whose seal was wrong: its hash and why, never its text. */
  | Readonly<{ kind: 'malformed'; at: TimeMs; payloadHash: Hash; code: string; detail: string }>
  | Readonly<{
      kind: 'outcome';
      at: TimeMs;
      approvalId: string;
      clientId: string;
      outcome: OutcomeKind;
      code: string | null;
      /** The courier's own sequence; an outcome is applied once. */
      sequence: number;
    }>
  | Readonly<{
      kind: 'fill';
      at: TimeMs;
      tradeId: string;
      clientId: string;
      symbol: string;
      side: Side;
      price: Price;
      qty: Qty;
      fee: Money;
      liquidity: 'maker' | 'taker';
    }>
  | Readonly<{
      kind: 'cash';
      at: TimeMs;
      id: string;
      amount: Money;
      reason: 'deposit' | 'withdrawal' | 'funding';
      symbol: string | null;
    }>
  /** Equity as marked at a moment; the loss rules look back on these. Null: it could not be computed. */
  | Readonly<{
      kind: 'marked';
      at: TimeMs;
      equity: Money | null;
      marks: Readonly<Record<string, Price>>;
    }>
  | Readonly<{ kind: 'latched'; at: TimeMs; latch: Latch }>
  | Readonly<{ kind: 'locked'; at: TimeMs; effect: Extract<Effect, { kind: 'lock' }> }>
  /** A named human loosens: the only way back. */
  | Readonly<{
      kind: 'resumed';
      at: TimeMs;
      scope: Latch['scope'];
      key: string;
      by: string;
      reason: string;
    }>
  | Readonly<{ kind: 'consented'; at: TimeMs; approval: HumanApproval }>
  | Readonly<{ kind: 'armed'; at: TimeMs; arm: Arm }>
  /** A named human asks for this very exit while halted. */
  | Readonly<{
      kind: 'exit-asked';
      at: TimeMs;
      proposalHash: Hash;
      by: string;
      reason: string;
      expiresAt: TimeMs;
    }>
  | Readonly<{
      kind: 'reconciled';
      at: TimeMs;
      status: 'clean' | 'mismatch';
      detail: string;
    }>
  | Readonly<{ kind: 'noted'; at: TimeMs; code: string; detail: string; qty: Qty | null }>;

/** What the courier says and the gate records word for word. */
export type CarriedEvent = Extract<
  LedgerEvent,
  { kind: 'outcome' | 'fill' | 'cash' | 'reconciled' | 'noted' }
>;

export type Entry = Readonly<{
  /** From 1, without a gap. */
  sequence: number;
  event: LedgerEvent;
  /** Hash of the entry before; 64 zeros for the first. */
  previous: Hash;
  /** SHA-256 of `previous`, the sequence and the event's canonical text. */
  hash: Hash;
}>;

/** The one writer's port. An append that returns is durable. */
export interface Ledger {
  readonly head: Hash;
  readonly length: number;
  append(event: LedgerEvent): Entry;
  entries(from?: number): Iterable<Entry>;
  close(): void;
}

/** The disk under a journal, so that tests can crash, tear and fill it. Lines are without their newline. */
export interface AppendFile {
  /** Durable on return, or throws; after a throw nothing more may be appended. */
  append(line: string): void;
  lines(): Iterable<string>;
  close(): void;
}

export type LedgerCode =
  | 'LEDGER_MISSING'
  | 'LEDGER_CORRUPT'
  | 'LEDGER_TRUNCATED'
  | 'LEDGER_ROLLED_BACK'
  | 'LEDGER_FOREIGN'
  | 'LEDGER_LOCKED'
  | 'LEDGER_DISK_FULL'
  | 'LEDGER_WRITE_FAILED';

export class LedgerError extends Error {
  readonly code: LedgerCode;
  readonly retryable = false;
  constructor(code: LedgerCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'LedgerError';
    this.code = code;
  }
}

/** Controls less what is measured at the moment of decision. */
export type StandingControls = Omit<Controls, 'runtime' | 'operatorExit'>;
