/** What the ledger says of one account at one moment: folded from facts, never from what an agent claims. */
import type { Network, OrderType, Side } from './proposal.ts';
import type { Factor, Hash, Money, Ppm, Price, Qty, TimeMs } from './units.ts';

export type Position = Readonly<{
  symbol: string;
  strategy: string;
  base: string;
  settle: string;
  /** Signed: negative is short. */
  qty: Qty;
  /** Of the instrument: a position's worth can be told without asking for the instrument again. */
  multiplier: Factor;
  entryPrice: Price;
  openedAt: TimeMs;
  /** How many fills of entries built it. */
  entries: number;
  /** Best unrealised profit since it was opened. */
  profitPeak: Money;
  stopPrice: Price | null;
}>;

/** An order that is, or may be, working at the venue; a reservation is one that was approved and not yet acknowledged. */
export type WorkingOrder = Readonly<{
  clientId: string;
  symbol: string;
  strategy: string;
  base: string;
  settle: string;
  multiplier: Factor;
  side: Side;
  /** Still unfilled. */
  qty: Qty;
  price: Price;
  reduceOnly: boolean;
  placedAt: TimeMs;
  state: 'reserved' | 'working' | 'unknown';
}>;

/** One decision of the recent past, newest last. */
export type RecentDecision = Readonly<{
  at: TimeMs;
  proposalId: string;
  desk: string;
  strategy: string;
  agent: string;
  symbol: string;
  kind: 'order' | 'cancel';
  side: Side | null;
  type: OrderType | null;
  qty: Qty;
  price: Price;
  notional: Money;
  verdict: 'approved' | 'held' | 'refused';
  reducing: boolean;
}>;

/** One position that was closed, newest last. */
export type ClosedTrade = Readonly<{
  closedAt: TimeMs;
  symbol: string;
  strategy: string;
  /** Of its entry: buy for a long position. */
  side: Side;
  qty: Qty;
  profit: Money;
  byStop: boolean;
}>;

/** One fill, newest last. */
export type RecentFill = Readonly<{
  at: TimeMs;
  symbol: string;
  strategy: string;
  side: Side;
  qty: Qty;
  price: Price;
}>;

/** Counters of the UTC day of `day`; on another day they are all zero. */
export type DayCounters = Readonly<{
  /** Whole days since the epoch. */
  day: number;
  ordersByAccount: number;
  ordersBySymbol: Readonly<Record<string, number>>;
  ordersByStrategy: Readonly<Record<string, number>>;
  turnover: Money;
  fees: Money;
}>;

/** Equity at the moments the loss rules look back to, deposits and withdrawals taken out. */
export type EquityMarks = Readonly<{
  dayOpen: Money;
  weekAgo: Money;
  monthAgo: Money;
  /** Highest equity inside the loss-velocity window. */
  windowHigh: Money;
  highWater: Money;
}>;

export type StrategyStanding = Readonly<{
  exposure: Money;
  /** Attributed profit and its own high-water mark. */
  profit: Money;
  profitPeak: Money;
  capital: Money;
  /** Fills since a human last acted on the strategy. */
  fillsWithoutHuman: number;
}>;

export type OrderFlow = Readonly<{
  cancelsLastMinute: number;
  ordersBySymbolToday: Readonly<Record<string, number>>;
  fillsBySymbolToday: Readonly<Record<string, number>>;
  cancelsBySymbolToday: Readonly<Record<string, number>>;
  rejectStreak: number;
  /** EWMA of realised minus modelled cost. */
  slippageExcess: Ppm;
  /** Overfill, unknown order id, fill after cancel, wrong side: stable codes, newest last. */
  anomalies: readonly string[];
}>;

export type AccountView = Readonly<{
  account: string;
  venue: string;
  network: Network;
  currency: string;
  asOf: TimeMs;
  /** Counts every event that changed the account. */
  version: number;
  /** Head of the ledger that this view was folded from. */
  ledgerHead: Hash;
  equity: Money | null;
  /** True once a non-finite or contradictory balance was seen; only a human clears it. */
  equityFault: boolean;
  cash: Money | null;
  /** Cash on which nothing has a claim: no margin, no open loss, no working order, reservation or unknown order. */
  free: Money | null;
  balances: Readonly<Record<string, Qty>>;
  marginUsed: Money | null;
  maintenance: Money | null;
  positions: readonly Position[] | null;
  /** Working orders and reservations. */
  working: readonly WorkingOrder[] | null;
  marks: EquityMarks | null;
  day: DayCounters | null;
  strategies: Readonly<Record<string, StrategyStanding>>;
  decisions: readonly RecentDecision[] | null;
  trades: readonly ClosedTrade[] | null;
  fills: readonly RecentFill[] | null;
  flow: OrderFlow | null;
  /** Whether this proposal's id was ever decided before; null when that record is not available. */
  decidedBefore: boolean | null;
  /** Unexplained change of balance since the last reconciliation. */
  unexplained: Money | null;
}>;
