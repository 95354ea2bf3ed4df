/** The signer's words: what the vault is asked and answers, what the courier does, and the venue's port. */
import type { Envelope, Hash, MarketView, Money, Network, Ppm, Qty, TimeMs } from '#firewall';
import type { OutcomeEvent } from './outcome.ts';

/** What the courier asks of the vault, over IPC only. There is no "sign these bytes". */
export type VaultRequest =
  | Readonly<{
      kind: 'sign';
      id: number;
      /** The gate's sealed approval, and the desk's sealed proposal that it is about. */
      approval: Envelope;
      proposal: Envelope;
      /** The freshest market view that the courier's own feed has. */
      market: MarketView;
      now: TimeMs;
    }>
  /** What became of a signed order, so that the vault's own caps and journal know. */
  | Readonly<{ kind: 'settle'; id: number; approvalId: string; outcome: Settlement }>
  /** The anchor is what the asker last knew of the vault's journal; one that is behind it was rolled back. */
  | Readonly<{ kind: 'status'; id: number; anchor: VaultAnchor | null }>
  | Readonly<{ kind: 'halt'; id: number; reason: string }>;

/** How long a journal is, and the hash of its last entry. */
export type JournalAnchor = Readonly<{ entries: number; head: Hash }>;
/** And which journal it was: an operator may have begun another. */
export type VaultAnchor = JournalAnchor & Readonly<{ journalId: string }>;

export type Settlement = 'acked' | 'rejected' | 'not-placed' | 'done';

export type VaultAnswer =
  | Readonly<{ kind: 'signed'; id: number; request: SignedRequest; journal: VaultAnchor }>
  | Readonly<{ kind: 'refused'; id: number; code: SignerCode; detail: string }>
  | Readonly<{ kind: 'settled'; id: number }>
  | Readonly<{ kind: 'status'; id: number; status: VaultStatus }>;

/** The vault's first word after it was spawned. Without `ready` it has already ended itself. */
export type VaultBoot =
  | Readonly<{ kind: 'ready'; status: VaultStatus }>
  | Readonly<{ kind: 'failed'; code: string; detail: string }>;

export type VaultStatus = Readonly<{
  ready: boolean;
  halted: string | null;
  address: string;
  network: Network;
  account: string;
  journalId: string;
  journalEntries: number;
  journalHead: Hash;
  /** Signed and not yet settled, for reconciliation at start. */
  open: readonly OpenOrder[];
}>;

export type OpenOrder = Readonly<{
  approvalId: string;
  clientId: string;
  symbol: string;
  deadline: TimeMs;
  request: SignedRequest | null;
}>;

/** A request to the venue, ready to be sent verbatim, as often as it takes. */
export type SignedRequest = Readonly<{
  approvalId: string;
  clientId: string;
  symbol: string;
  /** The exact body that was signed. */
  body: string;
  /** `0x`, recovery byte last. */
  signature: string;
  digest: Hash;
  /** After this the venue refuses it. */
  deadline: TimeMs;
}>;

export const SIGNER_CODES = [
  'APPROVAL_MALFORMED',
  'APPROVAL_FORGED',
  'APPROVAL_EXPIRED',
  'APPROVAL_NOT_YET_VALID',
  'APPROVAL_SEQUENCE_REPLAYED',
  'APPROVAL_NONCE_REPLAYED',
  'APPROVAL_CONFLICT',
  'APPROVAL_FOREIGN',
  'PROPOSAL_MISMATCH',
  'PROPOSAL_FORGED',
  'POLICY_MISMATCH',
  'RECHECK_REFUSED',
  'CAP_NOTIONAL',
  'CAP_WINDOW',
  'CAP_ORDERS',
  'CAP_SYMBOL',
  'CAP_PRICE',
  'CAP_ENDED',
  'CLOCK_DISAGREES',
  'SIGNER_HALTED',
  'SIGNER_NOT_READY',
  'JOURNAL_ROLLED_BACK',
  'JOURNAL_FAILED',
  'SIGNATURE_INVALID',
  'REQUEST_MALFORMED',
] as const;
export type SignerCode = (typeof SIGNER_CODES)[number];

/** The operator's own caps, which the gate cannot raise. */
export type HardCaps = Readonly<{
  symbols: readonly string[];
  notionalMax: Money;
  notionalPerDayMax: Money;
  ordersPerDayMax: number;
  priceDeviationMax: Ppm;
  /** No signature after this moment; null for none. */
  notAfter: TimeMs | null;
}>;

/** Journal states of one approval, in the courier. */
export const COURIER_STATES = [
  'RECEIVED',
  'SENT',
  'ACKED',
  'REJECTED',
  'UNKNOWN',
  'RECONCILED',
] as const;

/** What the venue says to a request. A timeout is not an answer. */
export type VenueReply =
  | Readonly<{ kind: 'acked'; venueOrderId: string; state: string }>
  | Readonly<{ kind: 'rejected'; code: string }>
  | Readonly<{ kind: 'timeout' }>;

export type VenueOrderState = Readonly<{
  clientId: string;
  venueOrderId: string;
  state: 'resting' | 'filled' | 'cancelled' | 'expired' | 'rejected';
  symbol: string;
}>;

/** What the venue says of its own accord, on its private stream. */
export type VenueFact =
  | Readonly<{
      kind: 'report';
      clientId: string;
      symbol: string;
      state: VenueOrderState['state'];
      /** Stable code of a rejection. */
      reason: string | null;
    }>
  | Readonly<{ kind: 'fill'; fill: Extract<OutcomeEvent, { kind: 'fill' }> }>
  | Readonly<{ kind: 'cash'; move: Extract<OutcomeEvent, { kind: 'cash' }> }>;

/** What the venue holds for the account; the venue is right about facts. */
export type VenueStanding = Readonly<{
  open: readonly Readonly<{ clientId: string; symbol: string }>[];
  positions: readonly Readonly<{ symbol: string; qty: Qty }>[];
}>;

export type VenueListener = Readonly<{
  /** Each fact once, in the venue's own numbering. */
  fact(sequence: number, fact: VenueFact): void;
  up(): void;
  down(reason: string): void;
}>;

/** The courier's side of a venue; one conformance suite runs against every implementation. */
export interface Venue {
  /** Sends the signed bytes as they are. Anything but a clear word of the venue is a timeout. */
  send(request: SignedRequest): Promise<VenueReply>;
  /** What the venue knows of a client id; null when it does not know it; throws when it cannot be asked. */
  query(clientId: string): Promise<VenueOrderState | null>;
  now(): Promise<TimeMs>;
  standing(): Promise<VenueStanding>;
  /** Follows the private stream from behind `since()`, again and again, until it is closed. */
  follow(since: () => number, listener: VenueListener): Readonly<{ close(): void }>;
}

export class VenueError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  constructor(code: string, message: string, retryable: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = 'VenueError';
    this.code = code;
    this.retryable = retryable;
  }
}
