/** The state of the house around an account: modes, locks, arms, registries and the health of its own parts. */
import type { Network } from './proposal.ts';
import type { Hash, TimeMs } from './units.ts';

/** From free to closed. Tightening is automatic and latches; loosening takes a named human. */
export const TRADING_STATES = ['ACTIVE', 'REDUCE_ONLY', 'CANCEL_ONLY', 'HALTED'] as const;
export type TradingState = (typeof TRADING_STATES)[number];
export const SCOPES = ['global', 'venue', 'account', 'strategy', 'symbol', 'agent'] as const;
export type Scope = (typeof SCOPES)[number];
export const MODES = ['auto', 'review', 'shadow'] as const;
/** auto sends, review holds for a human, shadow judges and records but sends nothing. */
export type Mode = (typeof MODES)[number];
export const STAGES = ['shadow', 'canary', 'full'] as const;
export type Stage = (typeof STAGES)[number];

export type Latch = Readonly<{
  scope: Scope;
  /** What of that scope: an account's name, a symbol; `*` for global. */
  key: string;
  state: TradingState;
  /** The code that tightened it, or the human's reason. */
  reason: string;
  by: string;
  at: TimeMs;
}>;

/** A lock ends by itself; null means that only a human ends it. */
export type Lock = Readonly<{ scope: Scope; key: string; code: string; until: TimeMs | null }>;
export type ModeSetting = Readonly<{ scope: Scope; key: string; mode: Mode }>;

/** A desk's right to propose: which key, for what. */
export type DeskRecord = Readonly<{
  desk: string;
  /** Ed25519 public key, base64 of its 32 bytes. */
  publicKey: string;
  strategies: readonly string[];
  accounts: readonly string[];
  symbols: readonly string[];
  stage: Stage;
  enabled: boolean;
}>;

export const DRIFT_STATES = ['ok', 'reduce', 'pause'] as const;
export type ModelRecord = Readonly<{
  id: string;
  artefact: Hash;
  role: 'champion' | 'challenger' | 'retired';
  trainedUntil: TimeMs;
  drift: (typeof DRIFT_STATES)[number];
}>;

/** A named human's consent to one exact proposal. */
export type HumanApproval = Readonly<{
  proposalHash: Hash;
  by: string;
  at: TimeMs;
  expiresAt: TimeMs;
}>;
/** A human's deliberate switch to a real network, with an end. */
export type Arm = Readonly<{ network: Network; account: string; by: string; expiresAt: TimeMs }>;
/** No new risk between these moments. `symbol` null means all. */
export type Blackout = Readonly<{
  from: TimeMs;
  until: TimeMs;
  symbol: string | null;
  why: string;
}>;

export type Reconciliation = Readonly<{
  status: 'clean' | 'mismatch' | 'pending';
  /** When the status began. */
  since: TimeMs;
  checkedAt: TimeMs;
}>;

/** Measured by the worker at the moment of decision; recorded by value beside the verdict. */
export type Runtime = Readonly<{
  publicStreamAt: TimeMs | null;
  privateStreamAt: TimeMs | null;
  /** The venue's dead-man switch: null where the venue has none. */
  deadManArmed: boolean | null;
  auditDurable: boolean | null;
  reconciliation: Reconciliation | null;
  /** Symbols with an order whose outcome is unknown. */
  unresolved: readonly string[] | null;
  host: Readonly<{ diskFreeMb: number; memoryFreeMb: number; loopLagMs: number }> | null;
  /** Requests left in the venue's budget. */
  apiWeightLeft: number | null;
  /** Build and policy hash of every worker that has shaken hands. */
  builds: readonly Readonly<{ worker: string; build: string; policy: Hash }>[] | null;
  /** The account state version at commit time. */
  stateVersion: number | null;
  /** Hash of the policy that an operator approved; must be the one in use. */
  policyApproved: Hash | null;
}>;

export type Controls = Readonly<{
  latches: readonly Latch[] | null;
  locks: readonly Lock[] | null;
  modes: readonly ModeSetting[] | null;
  desks: readonly DeskRecord[] | null;
  models: readonly ModelRecord[] | null;
  arms: readonly Arm[];
  approvals: readonly HumanApproval[];
  blackouts: readonly Blackout[] | null;
  /** True when an operator asked for this very exit while halted. */
  operatorExit: boolean;
  runtime: Runtime;
}>;

export type DriftState = (typeof DRIFT_STATES)[number];
