/** What several rules need to know about a case, computed once: references, notional, worst-case position, reducing. */
import type { AccountView, Position, WorkingOrder } from './account-view.ts';
import type { Instrument, MarketView } from './market-view.ts';
import type { OrderProposal, Proposal } from './proposal.ts';
import type { Case } from './verdict.ts';
import {
  ceilDiv,
  SCALE,
  type Factor,
  type Money,
  type Price,
  type Qty,
  type TimeMs,
} from './units.ts';

export type Facts = Readonly<{
  case: Case;
  now: TimeMs;
  proposal: Proposal;
  /** The proposal when it is an order; null for a cancel. */
  order: OrderProposal | null;
  market: MarketView;
  account: AccountView;
  instrument: Instrument | null;
  bid: Price | null;
  ask: Price | null;
  mid: Price | null;
  /** The worst price the order may trade at: its limit, or the far touch for a market order. */
  price: Price | null;
  /** Quote currency → account currency; null when the rate is not known. */
  rate: Factor | null;
  /** Value of the order at `price` in account currency, rounded up. */
  notional: Money | null;
  /** Signed position in this symbol, all strategies together. */
  held: Qty | null;
  /** Unfilled own orders and reservations in this symbol. */
  buysWorking: Qty | null;
  sellsWorking: Qty | null;
  /** Position after this order and all working orders of its own side have filled. */
  worst: Qty | null;
  /** True when no subset of fills can enlarge the exposure or flip its sign. */
  reducing: boolean;
}>;

export function factsOf(c: Case): Facts {
  const { proposal, market, account, now } = c;
  const order = proposal.kind === 'order' ? proposal : null;
  const bid = market.book?.bids[0]?.price ?? null;
  const ask = market.book?.asks[0]?.price ?? null;
  const mid = bid === null || ask === null ? null : (((bid + ask) / 2n) as Price);
  const price = order === null ? null : (order.limitPrice ?? (order.side === 'buy' ? ask : bid));
  const rate = rateOf(market, account, market.instrument?.quote ?? null);
  const notional =
    order === null || price === null || rate === null || market.instrument === null
      ? null
      : valueOf(order.qty, price, market.instrument.multiplier, rate);
  const held = heldIn(account.positions, proposal.symbol);
  const { buysWorking, sellsWorking } = workingIn(account.working, proposal.symbol);
  return {
    case: c,
    now,
    proposal,
    order,
    market,
    account,
    instrument: market.instrument,
    bid,
    ask,
    mid,
    price,
    rate,
    notional,
    held,
    buysWorking,
    sellsWorking,
    ...outcomeOf({ order, held, buysWorking, sellsWorking }),
  };
}

/** The factor from a currency to the account's own; null when it is not known. */
export function rateOf(
  market: Pick<MarketView, 'rates'>,
  account: Pick<AccountView, 'currency'>,
  currency: string | null,
): Factor | null {
  if (currency === null) return null;
  if (currency === account.currency) return SCALE as Factor;
  return Object.hasOwn(market.rates, currency) ? (market.rates[currency]?.factor ?? null) : null;
}

/** Rounded away from zero: a limit that rounding can slip under is not a limit. */
export const valueOf = (qty: Qty, price: Price, multiplier: Factor, rate: Factor): Money =>
  (multiplier === SCALE && rate === SCALE
    ? ceilDiv(qty * price, SCALE)
    : ceilDiv(qty * price * multiplier * rate, SCALE * SCALE * SCALE)) as Money;

function heldIn(positions: readonly Position[] | null, symbol: string): Qty | null {
  if (positions === null) return null;
  let sum = 0n;
  for (const position of positions) if (position.symbol === symbol) sum += position.qty;
  return sum as Qty;
}

function workingIn(
  working: readonly WorkingOrder[] | null,
  symbol: string,
): { buysWorking: Qty | null; sellsWorking: Qty | null } {
  if (working === null) return { buysWorking: null, sellsWorking: null };
  let buys = 0n;
  let sells = 0n;
  for (const order of working) {
    if (order.symbol !== symbol) continue;
    if (order.side === 'buy') buys += order.qty;
    else sells += order.qty;
  }
  return { buysWorking: buys as Qty, sellsWorking: sells as Qty };
}

type Sides = Pick<Facts, 'order' | 'held' | 'buysWorking' | 'sellsWorking'>;

function outcomeOf({
  order,
  held,
  buysWorking,
  sellsWorking,
}: Sides): Pick<Facts, 'worst' | 'reducing'> {
  if (order === null || held === null || buysWorking === null || sellsWorking === null)
    return { worst: null, reducing: false };
  const worst =
    order.side === 'buy' ? held + buysWorking + order.qty : held - sellsWorking - order.qty;
  // Even when every other order of this side fills first, what is left to reduce must cover this one.
  const reducing =
    order.qty > 0n && (order.side === 'buy' ? held < 0n && worst <= 0n : held > 0n && worst >= 0n);
  return { worst: worst as Qty, reducing };
}
