/** How a fill changes an account: cash, positions for the venue and for the strategy, trades, counters, anomalies. */
import { abs, type Money, type Ppm, type Qty } from '#firewall';
import {
  anomaly,
  asMoney,
  positionKey,
  retireEnded,
  rateOf,
  strategyOf,
  termsOf,
  type AccountState,
} from './account-state.ts';
import { fillWord } from './account-words.ts';
import type { LedgerEvent } from './contract.ts';
import { faultsOf, finish, type OrderState } from './orders.ts';
import {
  enlarge,
  flat,
  reduce,
  stoppedAt,
  type PositionFill,
  type PositionState,
} from './position.ts';
import { onMargin, paid, received, type Terms } from './worth.ts';

type Fill = Extract<LedgerEvent, { kind: 'fill' }>;
type BookedFill = PositionFill & Readonly<{ symbol: string }>;

/** A fill whose order nobody knows still moved money; it is booked here until a human looks. */
export const UNATTRIBUTED = 'unattributed';

export function applyFill(state: AccountState, fill: Fill): void {
  if (state.tradeIds.has(fill.tradeId)) return;
  state.tradeIds.set(fill.tradeId, fillWord(fill));
  state.version += 1;
  const order = state.orders.get(fill.clientId);
  for (const code of faultsOf(order, fill)) anomaly(state, code);
  const strategy = order?.strategy ?? UNATTRIBUTED;
  const terms = termsOf(state, fill.symbol);
  const rate = rateOf(state, onMargin(terms) ? terms.settle : terms.quote);
  if (rate === null || terms.inverse || terms.quanto) {
    // The position is a fact, what it costs is not known: from here on no equity can be stated.
    state.equityFault = true;
    anomaly(state, 'FILL_WITHOUT_RATE');
  }
  const part: BookedFill = { ...fill, stopPrice: order?.stopPrice ?? null };
  const price = fill.qty * fill.price;
  if (rate !== null) {
    const turnover = paid(price, terms, rate);
    state.counts.fill(state.now, fill.symbol, { turnover, fee: fill.fee });
    if (!onMargin(terms))
      state.cash += fill.side === 'buy' ? 0n - turnover : received(price, terms, rate);
  }
  state.cash -= fill.fee;
  bookNet(state, part, terms);
  bookStrategy(state, part, { strategy, fee: fill.fee, terms });
  state.fills.push({
    at: state.now,
    symbol: fill.symbol,
    strategy,
    side: fill.side,
    qty: fill.qty,
    price: fill.price,
  });
  if (order !== undefined) bookOrder(state, order, fill);
}

function bookNet(state: AccountState, fill: BookedFill, terms: Terms): void {
  const position = take(state.net, fill.symbol, '');
  const { profit, left } = reduce(position, fill);
  const rate = rateOf(state, terms.settle);
  if (onMargin(terms) && rate !== null) state.cash += received(profit, terms, rate);
  enlarge(position, { ...fill, qty: left });
  keep(state.net, fill.symbol, position);
}

type Attribution = Readonly<{ strategy: string; fee: Money; terms: Terms }>;

function bookStrategy(
  state: AccountState,
  fill: BookedFill,
  { strategy, fee, terms }: Attribution,
): void {
  const standing = strategyOf(state, strategy);
  standing.fillsWithoutHuman += 1;
  standing.profit -= fee;
  const key = positionKey(fill.symbol, strategy);
  const position = take(state.positions, key, strategy, fill.symbol);
  const wasLong = position.qty > 0n;
  const { profit, left } = reduce(position, fill);
  const rate = rateOf(state, onMargin(terms) ? terms.settle : terms.quote);
  const realised = rate === null ? 0n : received(profit, terms, rate);
  standing.profit += realised;
  position.realised = asMoney(position.realised + realised - fee);
  if (position.qty === 0n && left < fill.qty)
    state.trades.push({
      closedAt: state.now,
      symbol: fill.symbol,
      strategy,
      side: wasLong ? 'buy' : 'sell',
      qty: position.closedQty as Qty,
      profit: position.realised,
      byStop: stoppedAt(position, fill.side, fill.price),
    });
  enlarge(position, { ...fill, qty: left });
  keep(state.positions, key, position);
}

function take(
  map: ReadonlyMap<string, PositionState>,
  key: string,
  strategy: string,
  symbol = key,
): PositionState {
  return map.get(key) ?? flat(symbol, strategy);
}

function keep(map: Map<string, PositionState>, key: string, position: PositionState): void {
  if (position.qty === 0n) map.delete(key);
  else map.set(key, position);
}

function bookOrder(state: AccountState, order: OrderState, fill: Fill): void {
  order.filled += fill.qty;
  if (order.state === 'reserved' || order.state === 'unknown') order.state = 'working';
  if (order.state === 'working' && order.filled >= order.qty)
    finish(order, 'filled', null, state.now);
  retireEnded(state, order);
  const excess = fill.liquidity === 'taker' ? excessOf(order, fill) : null;
  // An exponential average over about eight fills, rounded away from zero.
  if (excess !== null) {
    const step = excess - state.slippageExcess;
    const eighth = step < 0 ? Math.floor(step / 8) : Math.ceil(step / 8);
    state.slippageExcess = (state.slippageExcess + eighth) as Ppm;
  }
}

/** Realised less modelled cost of a fill, as a share of the middle price that the order was judged at. */
function excessOf(order: OrderState, fill: Fill): number | null {
  if (order.mid === null || order.modelled === null || order.mid <= 0n) return null;
  const against = fill.side === 'buy' ? fill.price - order.mid : order.mid - fill.price;
  return Number((against * 1_000_000n) / abs(order.mid)) - order.modelled;
}
