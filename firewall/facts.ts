/** What several rules need to know about a case, computed once: prices, worst-case portfolio, reducing. */
import type { AccountView, Position, WorkingOrder } from './account-view.ts';
import { costShareOf, type CostShare, type Liquidity } from './costs.ts';
import type { Instrument, MarketView } from './market-view.ts';
import { portfolioOf, type PortfolioResult } from './portfolio.ts';
import { pricingOf, type Pricing } from './pricing.ts';
import type { OrderProposal, Proposal, Side } from './proposal.ts';
import type { Case } from './verdict.ts';
import type { Money, Qty, TimeMs } from './units.ts';

export type Facts = Pricing &
  Readonly<{
    case: Case;
    now: TimeMs;
    proposal: Proposal;
    /** The proposal when it is an order; null for a cancel. */
    order: OrderProposal | null;
    market: MarketView;
    account: AccountView;
    instrument: Instrument | null;
    /** Null when it is not known, and when what is known contradicts itself. */
    equity: Money | null;
    /** Signed position in this symbol, all strategies together. */
    held: Qty | null;
    /** Unfilled own orders and reservations in this symbol. */
    buysWorking: Qty | null;
    sellsWorking: Qty | null;
    /** Position after this order and all working orders of its own side have filled. */
    worst: Qty | null;
    /** True when no subset of fills can enlarge the exposure or flip its sign. */
    reducing: boolean;
    /** For an order: the worst-case portfolio, or the name of what it cannot be computed without. */
    portfolio: PortfolioResult;
    /** Whether the order would take liquidity or can only make it. */
    liquidity: Liquidity;
    /** Cost of an entry by the one cost model; null when the book, the volume or the instrument is not known. */
    cost: CostShare | null;
  }>;

/** Written out field by field: spreading objects here would cost more than several rules do. */
export function factsOf(c: Case): Facts {
  const { proposal, market, account, now } = c;
  const order = proposal.kind === 'order' ? proposal : null;
  const pricing = pricingOf(order, market, account);
  const held = heldIn(account.positions, proposal.symbol);
  const buysWorking = workingIn(account.working, proposal.symbol, 'buy');
  const sellsWorking = workingIn(account.working, proposal.symbol, 'sell');
  const worst = worstOf(order, held, order?.side === 'buy' ? buysWorking : sellsWorking);
  const reducing = reduces(order, held, worst);
  return {
    bid: pricing.bid,
    ask: pricing.ask,
    mid: pricing.mid,
    spread: pricing.spread,
    spreadPpm: pricing.spreadPpm,
    price: pricing.price,
    rate: pricing.rate,
    unit: pricing.unit,
    scale: pricing.scale,
    factor: pricing.factor,
    factorScale: pricing.factorScale,
    notional: pricing.notional,
    case: c,
    now,
    proposal,
    order,
    market,
    account,
    instrument: market.instrument,
    equity: account.equityFault ? null : account.equity,
    held,
    buysWorking,
    sellsWorking,
    worst,
    reducing,
    portfolio: order === null ? 'an order' : portfolioOf({ order, market, account, pricing }),
    liquidity: liquidityOf(order),
    cost: order === null || reducing ? null : costOf(order, market, pricing),
  };
}

const liquidityOf = (order: OrderProposal | null): Liquidity =>
  order?.postOnly === true ? 'maker' : 'taker';

function costOf(
  order: OrderProposal,
  { instrument, volume }: MarketView,
  { spreadPpm }: Pricing,
): CostShare | null {
  if (instrument === null || volume === null || spreadPpm === null) return null;
  const trade = { qty: order.qty, dayQty: volume.dayQty, spread: spreadPpm };
  return costShareOf({ ...trade, liquidity: liquidityOf(order) }, instrument.costs);
}

function heldIn(positions: readonly Position[] | null, symbol: string): Qty | null {
  if (positions === null) return null;
  let sum = 0n;
  for (const position of positions) if (position.symbol === symbol) sum += position.qty;
  return sum as Qty;
}

function workingIn(
  working: readonly WorkingOrder[] | null,
  symbol: string,
  side: Side,
): Qty | null {
  if (working === null) return null;
  let sum = 0n;
  for (const order of working) if (order.side === side && order.symbol === symbol) sum += order.qty;
  return sum as Qty;
}

function worstOf(order: OrderProposal | null, held: Qty | null, sameSide: Qty | null): Qty | null {
  if (order === null || held === null || sameSide === null) return null;
  const added = sameSide + order.qty;
  return (order.side === 'buy' ? held + added : held - added) as Qty;
}

/** Even when every other order of this side fills first, what is left to reduce must cover this one. */
function reduces(order: OrderProposal | null, held: Qty | null, worst: Qty | null): boolean {
  if (order === null || held === null || worst === null || order.qty <= 0n) return false;
  return order.side === 'buy' ? held < 0n && worst <= 0n : held > 0n && worst >= 0n;
}
