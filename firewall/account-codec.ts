/** The account view on the wire: recorded beside a verdict, so that the verdict can be given again. */
import type * as a from './account-view.ts';
import * as c from './codec.ts';
import { NETWORKS, ORDER_TYPES, SIDES } from './proposal.ts';
import type { Factor, Money, Ppm, Price, Qty } from './units.ts';

const money = c.fixed<Money>();
const price = c.fixed<Price>();
const signedQty = c.fixed<Qty>();
const qty = c.fixed<Qty>(0n);
const side = c.oneOf(SIDES);
/** More than a busy month of one account. */
const LIST_MAX = 100_000;

export const positionCodec: c.Codec<a.Position> = c.record({
  symbol: c.symbolName,
  strategy: c.name,
  base: c.name,
  settle: c.name,
  qty: signedQty,
  multiplier: c.fixed<Factor>(1n),
  entryPrice: price,
  openedAt: c.time,
  entries: c.count,
  profitPeak: money,
  stopPrice: c.nullable(price),
});

export const workingOrderCodec: c.Codec<a.WorkingOrder> = c.record<a.WorkingOrder>({
  clientId: c.name,
  symbol: c.symbolName,
  strategy: c.name,
  base: c.name,
  settle: c.name,
  multiplier: c.fixed<Factor>(1n),
  side,
  qty,
  price,
  reduceOnly: c.flag,
  placedAt: c.time,
  state: c.oneOf(['reserved', 'working', 'unknown'] as const),
});

const decision: c.Codec<a.RecentDecision> = c.record<a.RecentDecision>({
  at: c.time,
  proposalId: c.hex(32),
  desk: c.name,
  strategy: c.name,
  agent: c.name,
  symbol: c.symbolName,
  kind: c.oneOf(['order', 'cancel'] as const),
  side: c.nullable(side),
  type: c.nullable(c.oneOf(ORDER_TYPES)),
  qty,
  price,
  notional: money,
  verdict: c.oneOf(['approved', 'held', 'refused'] as const),
  reducing: c.flag,
});

const trade: c.Codec<a.ClosedTrade> = c.record<a.ClosedTrade>({
  closedAt: c.time,
  symbol: c.symbolName,
  strategy: c.name,
  side,
  qty,
  profit: money,
  byStop: c.flag,
});

const fill: c.Codec<a.RecentFill> = c.record<a.RecentFill>({
  at: c.time,
  symbol: c.symbolName,
  strategy: c.name,
  side,
  qty,
  price,
});

const counts = c.dictionary(c.count, 10_000);
const day: c.Codec<a.DayCounters> = c.record({
  day: c.count,
  ordersByAccount: c.count,
  ordersBySymbol: counts,
  ordersByStrategy: counts,
  turnover: money,
  fees: money,
});

const marks: c.Codec<a.EquityMarks> = c.record({
  dayOpen: money,
  weekAgo: money,
  monthAgo: money,
  windowHigh: money,
  highWater: money,
});

const standing: c.Codec<a.StrategyStanding> = c.record({
  exposure: money,
  profit: money,
  profitPeak: money,
  capital: money,
  fillsWithoutHuman: c.count,
});

const flow: c.Codec<a.OrderFlow> = c.record({
  cancelsLastMinute: c.count,
  ordersBySymbolToday: counts,
  fillsBySymbolToday: counts,
  cancelsBySymbolToday: counts,
  rejectStreak: c.count,
  slippageExcess: c.integer<Ppm>(),
  anomalies: c.list(c.name, 1_000),
});

export const accountViewCodec: c.Codec<a.AccountView> = c.record<a.AccountView>({
  account: c.name,
  venue: c.name,
  network: c.oneOf(NETWORKS),
  currency: c.name,
  asOf: c.time,
  version: c.count,
  ledgerHead: c.hash,
  equity: c.nullable(money),
  equityFault: c.flag,
  cash: c.nullable(money),
  free: c.nullable(money),
  balances: c.dictionary(signedQty, 10_000),
  marginUsed: c.nullable(money),
  maintenance: c.nullable(money),
  positions: c.nullable(c.list(positionCodec, 10_000)),
  working: c.nullable(c.list(workingOrderCodec, 10_000)),
  marks: c.nullable(marks),
  day: c.nullable(day),
  strategies: c.dictionary(standing, 10_000),
  decisions: c.nullable(c.list(decision, LIST_MAX)),
  trades: c.nullable(c.list(trade, LIST_MAX)),
  fills: c.nullable(c.list(fill, LIST_MAX)),
  flow: c.nullable(flow),
  decidedBefore: c.nullable(c.flag),
  unexplained: c.nullable(money),
});
