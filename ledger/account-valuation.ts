/** What the account is worth at given prices, and what its positions tie up. Without a price nothing is known. */
import { abs, ceilDiv, feeRate, fee, type Bracket, type Money } from '#firewall';
import { rateOf, termsOf, type AccountState } from './account-state.ts';
import type { OrderState } from './orders.ts';
import { openProfit, type PositionState } from './position.ts';
import { onMargin, paid, received } from './worth.ts';

/** The price of a symbol in its quote currency; null when it is not known. */
export type PriceOf = (symbol: string) => bigint | null;

/** Profit of a position if it were closed at its mark; null when that cannot be told. */
export function unrealised(
  state: AccountState,
  position: Pick<PositionState, 'symbol' | 'qty' | 'cost'>,
  priceOf: PriceOf,
): Money | null {
  const terms = termsOf(state, position.symbol);
  const price = priceOf(position.symbol);
  const rate = rateOf(state, terms.settle);
  if (price === null || rate === null || terms.inverse || terms.quanto) return null;
  return received(openProfit(position, price), terms, rate);
}

/** Cash, open profit of what is on margin, and the value of what is owned outright. */
export function equityOf(state: AccountState, priceOf: PriceOf): Money | null {
  let equity = state.cash;
  for (const position of state.net.values()) {
    const terms = termsOf(state, position.symbol);
    if (onMargin(terms)) {
      const profit = unrealised(state, position, priceOf);
      if (profit === null) return null;
      equity += profit;
      continue;
    }
    const price = priceOf(position.symbol);
    const rate = rateOf(state, terms.quote);
    if (price === null || rate === null) return null;
    equity += received(position.qty * price, terms, rate);
  }
  return equity as Money;
}

export type Margin = Readonly<{ used: Money; maintenance: Money; openProfit: Money }>;

/** Margin of all positions held on margin, each at the bracket that its value falls in. */
export function marginOf(state: AccountState, priceOf: PriceOf): Margin | null {
  let used = 0n;
  let maintenance = 0n;
  let profit = 0n;
  for (const position of state.net.values()) {
    const terms = termsOf(state, position.symbol);
    if (!onMargin(terms)) continue;
    const open = unrealised(state, position, priceOf);
    const price = priceOf(position.symbol);
    const rate = rateOf(state, terms.settle);
    if (open === null || price === null || rate === null) return null;
    const value = paid(abs(position.qty) * price, terms, rate);
    const bracket = bracketOf(terms.brackets, value);
    if (bracket === null) return null;
    used += ceilDiv(value, BigInt(bracket.leverageMax));
    maintenance += ceilDiv(value * BigInt(bracket.maintenance), 1_000_000n);
    profit += open;
  }
  return { used, maintenance, openProfit: profit } as Margin;
}

const bracketOf = (brackets: readonly Bracket[], value: bigint): Bracket | null =>
  brackets.find((bracket) => value <= bracket.notionalMax) ?? null;

/** Cash that orders which may still fill tie up: their price and fee, or their margin and fee. */
export function lockedBy(state: AccountState, orders: Iterable<OrderState>): Money | null {
  let locked = 0n;
  for (const order of orders) {
    const left = order.qty - order.filled;
    if (order.state === 'ended' || left <= 0n || order.reduceOnly) continue;
    const terms = termsOf(state, order.symbol);
    const rate = rateOf(state, onMargin(terms) ? terms.settle : terms.quote);
    if (rate === null) return null;
    const value = paid(left * order.price, terms, rate);
    locked += fee(value, feeRate(terms.costs, 'taker'));
    if (onMargin(terms)) {
      const bracket = bracketOf(terms.brackets, value);
      if (bracket === null) return null;
      locked += ceilDiv(value, BigInt(bracket.leverageMax));
    } else if (order.side === 'buy') {
      locked += value;
    }
  }
  return locked as Money;
}
