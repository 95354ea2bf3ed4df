/** One position as it is built and taken down by fills: average entry, realised profit, and its stop. */
import { abs, ceilDiv, floorDiv, type Money, type Price, type Side, type TimeMs } from '#firewall';
import type { Product } from './worth.ts';

export type PositionState = {
  readonly symbol: string;
  readonly strategy: string;
  /** Signed: negative is short. */
  qty: bigint;
  /** Price × quantity of what is open, unsigned and exact. */
  cost: Product;
  openedAt: TimeMs;
  /** How many orders of entries built it. */
  entries: number;
  profitPeak: Money;
  stopPrice: Price | null;
  /** Of this life of the position, fees included. */
  realised: Money;
  /** All that was taken down in this life. */
  closedQty: bigint;
  lastEntry: string | null;
};

export type PositionFill = Readonly<{
  clientId: string;
  side: Side;
  qty: bigint;
  price: Price;
  at: TimeMs;
  stopPrice: Price | null;
}>;

export const flat = (symbol: string, strategy: string): PositionState => ({
  symbol,
  strategy,
  qty: 0n,
  cost: 0n,
  openedAt: 0 as TimeMs,
  entries: 0,
  profitPeak: 0n as Money,
  stopPrice: null,
  realised: 0n as Money,
  closedQty: 0n,
  lastEntry: null,
});

/** Rounded against us: a long paid a little more, a short received a little less. */
export const entryPriceOf = ({ qty, cost }: Pick<PositionState, 'qty' | 'cost'>): Price =>
  (qty === 0n ? 0n : qty > 0n ? ceilDiv(cost, qty) : floorDiv(cost, -qty)) as Price;

/** Profit if all of it were closed at a price, as an exact product. */
export const openProfit = (
  { qty, cost }: Pick<PositionState, 'qty' | 'cost'>,
  price: bigint,
): Product => (qty < 0n ? cost + qty * price : qty * price - cost);

/** Takes down what the fill takes down and returns its profit; what is left of the fill is returned as well. */
export function reduce(
  position: PositionState,
  fill: PositionFill,
): Readonly<{ profit: Product; left: bigint }> {
  const held = abs(position.qty);
  const opposite = position.qty !== 0n && position.qty > 0n === (fill.side === 'sell');
  if (!opposite) return { profit: 0n, left: fill.qty };
  const closing = fill.qty < held ? fill.qty : held;
  const long = position.qty > 0n;
  // The open part keeps what rounding leaves, so that profits over a whole life add up exactly.
  const part = (long ? ceilDiv : floorDiv)(position.cost * closing, held);
  const value = closing * fill.price;
  position.cost -= part;
  position.qty += long ? -closing : closing;
  position.closedQty += closing;
  return { profit: long ? value - part : part - value, left: fill.qty - closing };
}

/** Adds to the position, or opens it anew. */
export function enlarge(position: PositionState, fill: PositionFill): void {
  if (fill.qty === 0n) return;
  // What is left after a flip starts a new life.
  if (position.qty === 0n && position.closedQty > 0n)
    Object.assign(position, flat(position.symbol, position.strategy));
  if (position.qty === 0n) position.openedAt = fill.at;
  if (position.lastEntry !== fill.clientId) position.entries += 1;
  position.lastEntry = fill.clientId;
  position.qty += fill.side === 'buy' ? fill.qty : -fill.qty;
  position.cost += fill.qty * fill.price;
  position.stopPrice = fill.stopPrice ?? position.stopPrice;
}

/** Whether a closing price lies at or beyond the position's stop. */
export const stoppedAt = (
  { stopPrice }: Pick<PositionState, 'stopPrice'>,
  closing: Side,
  price: Price,
): boolean => stopPrice !== null && (closing === 'sell' ? price <= stopPrice : price >= stopPrice);
