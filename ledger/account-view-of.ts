/** The account as the rules see it at one moment, from the fold and the gate's own prices. */
import {
  abs,
  type AccountView,
  type Hash,
  type Money,
  type Position,
  type Price,
  type Qty,
  type Reference,
  type StrategyStanding,
  type TimeMs,
  type WorkingOrder,
} from '#firewall';
import { asMoney, positionKey, rateOf, termsOf, type AccountState } from './account-state.ts';
import { equityOf, lockedBy, marginOf, unrealised, type PriceOf } from './account-valuation.ts';
import { overdue, workingOf } from './orders.ts';
import { entryPriceOf } from './position.ts';
import { velocityAt } from './windows.ts';
import { onMargin, paid } from './worth.ts';

/** What a view is taken for: the moment, the gate's marks, the ledger's head, and the proposal if there is one. */
export type ViewOf = Readonly<{
  now: TimeMs;
  marks: Readonly<Record<string, Reference>>;
  head: Hash;
  proposal: Readonly<{ id: string; hash: Hash }> | null;
}>;

export function accountView(
  state: AccountState,
  { now, marks, head, proposal }: ViewOf,
): AccountView {
  const { opened } = state;
  const priceOf: PriceOf = (symbol) =>
    Object.hasOwn(marks, symbol) ? (marks[symbol]?.price ?? null) : null;
  const known = opened !== null;
  const equity = known ? equityOf(state, priceOf) : null;
  const margin = known ? marginOf(state, priceOf) : null;
  const working = workingOrders(state, now);
  // A clock that is set back over midnight does not make the day's loss undone.
  const latest = Math.max(now, state.now) as TimeMs;
  const { day, flow } = state.counts.view(now);
  const recent = now - state.windows.recentMs;
  return {
    account: opened?.account ?? 'unknown',
    venue: opened?.venue ?? 'unknown',
    network: opened?.network ?? 'paper',
    currency: opened?.currency ?? 'UNKNOWN',
    asOf: now,
    version: state.version,
    ledgerHead: head,
    equity: state.equityFault ? null : equity,
    equityFault: state.equityFault,
    cash: known ? asMoney(state.cash) : null,
    free: freeCash(state, margin),
    balances: balancesOf(state),
    marginUsed: margin?.used ?? null,
    maintenance: margin?.maintenance ?? null,
    positions: known ? positionsOf(state, priceOf) : null,
    working: known ? working : null,
    marks: state.equity.view(latest, asMoney(state.paidIn), velocityAt(state.windows, now)),
    day: known ? day : null,
    strategies: standings(state, priceOf, working),
    decisions: known ? state.decisions.since(recent) : null,
    trades: known ? state.trades.since(recent) : null,
    fills: known ? state.fills.since(recent) : null,
    flow: known
      ? {
          cancelsLastMinute: state.cancels.since(now - 60_000 + 1).length,
          ...flow,
          rejectStreak: state.rejectStreak,
          slippageExcess: state.slippageExcess,
          anomalies: state.anomalies,
        }
      : null,
    decidedBefore: known && proposal !== null ? decidedBefore(state, proposal) : null,
    unexplained: known ? asMoney(state.unexplained) : null,
  };
}

/** A held proposal may be judged again when a human consents; any other id is used up by its first decision. */
function decidedBefore(
  state: AccountState,
  { id, hash }: NonNullable<ViewOf['proposal']>,
): boolean {
  const before = state.decided.get(id);
  return before !== undefined && !(before.kind === 'held' && before.hash === hash);
}

function workingOrders(state: AccountState, now: TimeMs): readonly WorkingOrder[] {
  const working: WorkingOrder[] = [];
  for (const order of state.live.values()) {
    const found = workingOf(order, termsOf(state, order.symbol), now);
    if (found !== null) working.push(found);
  }
  return working;
}

/** Symbols with an order of which nobody knows whether it is at the venue. */
export function unresolvedSymbols(state: AccountState, now: TimeMs): readonly string[] {
  const symbols = new Set<string>();
  for (const order of state.live.values())
    if (order.state === 'unknown' || overdue(order, now)) symbols.add(order.symbol);
  return [...symbols].toSorted();
}

/** Symbols that are held or worked: their prices are needed to say what the account is worth. */
export function heldSymbols(state: AccountState): readonly string[] {
  const symbols = new Set(state.net.keys());
  for (const position of state.positions.values()) symbols.add(position.symbol);
  for (const order of state.live.values()) if (order.state !== 'ended') symbols.add(order.symbol);
  return [...symbols].toSorted();
}

function freeCash(state: AccountState, margin: ReturnType<typeof marginOf>): Money | null {
  const locked = lockedBy(state, state.live.values());
  if (state.opened === null || margin === null || locked === null) return null;
  // A loss that is not yet realised is gone already; a profit that is not yet realised is not there yet.
  const loss = margin.openProfit < 0n ? margin.openProfit : 0n;
  return asMoney(state.cash + loss - margin.used - locked);
}

function balancesOf(state: AccountState): Readonly<Record<string, Qty>> {
  if (state.opened === null) return {};
  const balances = new Map<string, bigint>([[state.opened.currency, state.cash]]);
  for (const position of state.net.values()) {
    const terms = termsOf(state, position.symbol);
    if (!onMargin(terms)) balances.set(terms.base, (balances.get(terms.base) ?? 0n) + position.qty);
  }
  return Object.fromEntries(balances) as Record<string, Qty>;
}

function positionsOf(state: AccountState, priceOf: PriceOf): readonly Position[] {
  return Array.from(state.positions.values(), (position) => {
    const { base, settle, multiplier } = termsOf(state, position.symbol);
    const profit = unrealised(state, position, priceOf);
    return {
      symbol: position.symbol,
      strategy: position.strategy,
      base,
      settle,
      qty: position.qty as Qty,
      multiplier,
      entryPrice: entryPriceOf(position),
      openedAt: position.openedAt,
      entries: position.entries,
      profitPeak: profit !== null && profit > position.profitPeak ? profit : position.profitPeak,
      stopPrice: position.stopPrice,
    };
  });
}

/** Every strategy that a desk may trade has a standing, from its first day on. */
function standings(
  state: AccountState,
  priceOf: PriceOf,
  working: readonly WorkingOrder[],
): Readonly<Record<string, StrategyStanding>> {
  const exposures = exposureByStrategy(state, priceOf, working);
  const names = new Set([...state.registered, ...state.strategies.keys()]);
  const shares = BigInt(Math.max(1, state.registered.size));
  const open = openByStrategy(state, priceOf);
  const entries = Array.from(names, (name): [string, StrategyStanding] => {
    const standing = state.strategies.get(name);
    const profit = (standing?.profit ?? 0n) + (open.get(name) ?? 0n);
    const peak = standing?.profitPeak ?? 0n;
    return [
      name,
      {
        exposure: asMoney(exposures.get(name) ?? 0n),
        profit: asMoney(profit),
        profitPeak: asMoney(profit > peak ? profit : peak),
        capital: asMoney(state.paidIn / shares),
        fillsWithoutHuman: standing?.fillsWithoutHuman ?? 0,
      },
    ];
  });
  return Object.fromEntries(entries);
}

function openByStrategy(state: AccountState, priceOf: PriceOf): ReadonlyMap<string, bigint> {
  const open = new Map<string, bigint>();
  for (const position of state.positions.values()) {
    const profit = unrealised(state, position, priceOf) ?? 0n;
    open.set(position.strategy, (open.get(position.strategy) ?? 0n) + profit);
  }
  return open;
}

/** Worst case per strategy and symbol: the position, and all orders on the side that enlarges it most. */
function exposureByStrategy(
  state: AccountState,
  priceOf: PriceOf,
  working: readonly WorkingOrder[],
): ReadonlyMap<string, bigint> {
  type Line = { held: bigint; buys: bigint; sells: bigint; price: bigint };
  const lines = new Map<string, Line & { symbol: string; strategy: string }>();
  const lineOf = (symbol: string, strategy: string) => {
    const key = positionKey(symbol, strategy);
    const found = lines.get(key) ?? { symbol, strategy, held: 0n, buys: 0n, sells: 0n, price: 0n };
    lines.set(key, found);
    return found;
  };
  for (const position of state.positions.values()) {
    const line = lineOf(position.symbol, position.strategy);
    line.held = position.qty;
    line.price = priceOf(position.symbol) ?? entryPriceOf(position);
  }
  for (const order of working) {
    const line = lineOf(order.symbol, order.strategy);
    if (order.side === 'buy') line.buys += order.qty;
    else line.sells += order.qty;
    const price: Price = (priceOf(order.symbol) ?? order.price) as Price;
    if (price > line.price) line.price = price;
  }
  const exposures = new Map<string, bigint>();
  for (const line of lines.values())
    exposures.set(
      line.strategy,
      (exposures.get(line.strategy) ?? 0n) + worth(state, line.symbol, line),
    );
  return exposures;
}

function worth(
  state: AccountState,
  symbol: string,
  line: Readonly<{ held: bigint; buys: bigint; sells: bigint; price: bigint }>,
): bigint {
  const terms = termsOf(state, symbol);
  const up = abs(line.held + line.buys);
  const down = abs(line.held - line.sells);
  const rate = rateOf(state, terms.quote);
  return rate === null ? 0n : paid((up > down ? up : down) * line.price, terms, rate);
}
