/** The account as folded so far: owned by one lane, changed only by folding entries into it. */
import {
  SCALE,
  type Approval,
  type ClosedTrade,
  type Factor,
  type Hash,
  type Money,
  type Ppm,
  type Proposal,
  type RecentDecision,
  type RecentFill,
  type Reconciliation,
  type TimeMs,
} from '#firewall';
import type { LedgerEvent, VerdictSummary } from './contract.ts';
import { DayCounts } from './day-counts.ts';
import { EquityHistory } from './equity-history.ts';
import type { OrderState } from './orders.ts';
import type { PositionState } from './position.ts';
import { Recent } from './recent.ts';
import { SequencesSeen } from './sequences-seen.ts';
import { WINDOWS, type Windows } from './windows.ts';
import { termsFromName, type Terms } from './worth.ts';

export type StrategyState = {
  /** Realised and attributed, less fees, with funding. */
  profit: bigint;
  /** The same with open profit, at the last mark, and the best that it ever was. */
  marked: bigint;
  profitPeak: bigint;
  fillsWithoutHuman: number;
};

/** An approval that nobody has answered yet: what must be published until the courier does. */
export type Unanswered = Readonly<{
  approval: Approval;
  approvalSignature: string;
  proposal: Proposal;
  /** The desk's seal. */
  signature: string;
}>;

export type Held = Readonly<{ at: TimeMs; proposal: Proposal; hash: Hash; signature: string }>;

/** The first word on a proposal id; any other proposal under that id was decided before. */
export type Decided = Readonly<{
  hash: Hash;
  sequence: number;
  kind: VerdictSummary['kind'];
  approvalId: string | null;
}>;

export type AccountState = {
  opened: Extract<LedgerEvent, { kind: 'opened' }> | null;
  /** Latest time of any entry; it never runs backwards. */
  now: TimeMs;
  version: number;
  windows: Windows;
  readonly terms: Map<string, Terms>;
  readonly rates: Map<string, Factor>;
  cash: bigint;
  paidIn: bigint;
  equityFault: boolean;
  unexplained: bigint;
  /** Per symbol, as the venue sees it. */
  readonly net: Map<string, PositionState>;
  /** Per symbol and strategy, as we attribute it. */
  readonly positions: Map<string, PositionState>;
  /** By client id, ended ones as long as anything may still be said of them. */
  readonly orders: Map<string, OrderState>;
  /** Those that are not ended: all that any decision has to look at. */
  readonly live: Map<string, OrderState>;
  readonly byApproval: Map<string, OrderState>;
  readonly unanswered: Map<string, Unanswered>;
  /** Every approval ever given, by id. */
  readonly approvals: Set<string>;
  approvalSequence: number;
  readonly decided: Map<string, Decided>;
  readonly held: Map<string, Held>;
  /** What was said under each number. */
  readonly tradeIds: Map<string, string>;
  readonly cashIds: Map<string, string>;
  readonly outcomes: SequencesSeen;
  /** What the latest of them said, by number. */
  readonly outcomeWords: Map<number, string>;
  /** Statements without a number, by their words, so that none is recorded twice. */
  readonly said: Set<string>;
  readonly equity: EquityHistory;
  readonly strategies: Map<string, StrategyState>;
  /** Strategies that desks of this account may trade; capital is shared among them. */
  registered: ReadonlySet<string>;
  readonly decisions: Recent<RecentDecision>;
  readonly trades: Recent<ClosedTrade>;
  readonly fills: Recent<RecentFill>;
  readonly cancels: Recent<TimeMs>;
  readonly counts: DayCounts;
  rejectStreak: number;
  slippageExcess: Ppm;
  anomalies: readonly string[];
  reconciliation: Reconciliation | null;
};

export const emptyAccount = (): AccountState => ({
  opened: null,
  now: 0 as TimeMs,
  version: 0,
  windows: WINDOWS,
  terms: new Map(),
  rates: new Map(),
  cash: 0n,
  paidIn: 0n,
  equityFault: false,
  unexplained: 0n,
  net: new Map(),
  positions: new Map(),
  orders: new Map(),
  live: new Map(),
  byApproval: new Map(),
  unanswered: new Map(),
  approvals: new Set(),
  approvalSequence: 0,
  decided: new Map(),
  held: new Map(),
  tradeIds: new Map(),
  cashIds: new Map(),
  outcomes: new SequencesSeen(),
  outcomeWords: new Map(),
  said: new Set(),
  equity: new EquityHistory(),
  strategies: new Map(),
  registered: new Set(),
  decisions: new Recent((item) => item.at),
  trades: new Recent((item) => item.closedAt),
  fills: new Recent((item) => item.at),
  cancels: new Recent((at) => at),
  counts: new DayCounts(),
  rejectStreak: 0,
  slippageExcess: 0 as Ppm,
  anomalies: [],
  reconciliation: null,
});

export const termsOf = (state: AccountState, symbol: string): Terms =>
  state.terms.get(symbol) ?? termsFromName(symbol);

/** The factor from a currency to the account's own, as last seen by the gate; null when it never was. */
export const rateOf = (state: AccountState, currency: string): Factor | null =>
  currency === state.opened?.currency ? (SCALE as Factor) : (state.rates.get(currency) ?? null);

export function strategyOf(state: AccountState, name: string): StrategyState {
  let found = state.strategies.get(name);
  if (found === undefined) {
    found = { profit: 0n, marked: 0n, profitPeak: 0n, fillsWithoutHuman: 0 };
    state.strategies.set(name, found);
  }
  return found;
}

/** Whatever may have ended an order: an ended one is kept, and no longer looked at. */
export function retireEnded(state: AccountState, order: OrderState): void {
  if (order.state === 'ended') state.live.delete(order.approvalId);
}

/** A thousand are more than anyone reads; the first is what halted the account. */
const ANOMALIES_MAX = 1_000;

export function anomaly(state: AccountState, code: string): void {
  if (state.anomalies.length < ANOMALIES_MAX) state.anomalies = [...state.anomalies, code];
}

export const positionKey = (symbol: string, strategy: string): string => `${symbol}\0${strategy}`;

/** An account's money as the fold keeps it. */
export const asMoney = (value: bigint): Money => value as Money;
