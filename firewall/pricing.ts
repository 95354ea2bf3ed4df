/** What the order would trade at, and what one unit of it is worth in account currency. */
import type { AccountView } from './account-view.ts';
import type { MarketView } from './market-view.ts';
import type { OrderProposal } from './proposal.ts';
import {
  ceilDiv,
  floorDiv,
  ratioPpm,
  SCALE,
  type Factor,
  type Money,
  type Ppm,
  type Price,
  type Qty,
} from './units.ts';

export type Pricing = Readonly<{
  bid: Price | null;
  ask: Price | null;
  mid: Price | null;
  /** Best ask less best bid, and the same as a share of the middle, rounded up. */
  spread: Price | null;
  spreadPpm: Ppm | null;
  /** The worst price the order may trade at: its limit, or the far touch for a market order. */
  price: Price | null;
  /** Quote currency → account currency; null when the rate is not known. */
  rate: Factor | null;
  /** A quantity is worth `qty × unit / scale` at `price`; null when anything of that is not known. */
  unit: bigint | null;
  scale: bigint;
  /** The same for a price of its own: `qty × price × factor / factorScale`. */
  factor: bigint;
  factorScale: bigint;
  /** Value of the order at `price` in account currency, rounded up. */
  notional: Money | null;
}>;

const CUBE = SCALE * SCALE * SCALE;
/** A thousandth. Prices, and the middles between two of them, are whole numbers of these nearly everywhere. */
const MILL = 100_000n;
const MILLS = SCALE / MILL;

export function pricingOf(
  order: OrderProposal | null,
  market: MarketView,
  account: AccountView,
): Pricing {
  const { book, instrument } = market;
  const bid = book?.bids[0]?.price ?? null;
  const ask = book?.asks[0]?.price ?? null;
  const known = bid !== null && ask !== null;
  const mid = known ? (((bid + ask) >> 1n) as Price) : null;
  const spread = known ? ((ask - bid) as Price) : null;
  const spreadPpm = spread === null || mid === null ? null : ratioPpm(spread, mid);
  const price = order === null ? null : (order.limitPrice ?? (order.side === 'buy' ? ask : bid));
  const rate = rateOf(market, account, instrument?.quote ?? null);
  const worth = worthOf(price, instrument?.multiplier ?? null, rate);
  const notional =
    order === null || worth.unit === null
      ? null
      : (ceilDiv(order.qty * worth.unit, worth.scale) as Money);
  return {
    bid,
    ask,
    mid,
    spread,
    spreadPpm,
    price,
    rate,
    unit: worth.unit,
    scale: worth.scale,
    factor: worth.factor,
    factorScale: worth.factorScale,
    notional,
  };
}

/** The factor from a currency to the account's own; null when it is not known. What is worth nothing has no rate. */
export function rateOf(
  market: Pick<MarketView, 'rates'>,
  account: Pick<AccountView, 'currency'>,
  currency: string | null,
): Factor | null {
  if (currency === null) return null;
  if (currency === account.currency) return SCALE as Factor;
  const rate = Object.hasOwn(market.rates, currency) ? market.rates[currency] : undefined;
  return rate === undefined || !(rate.factor > 0n) ? null : rate.factor;
}

type Worth = Pick<Pricing, 'unit' | 'scale' | 'factor' | 'factorScale'>;
const UNKNOWN: Worth = { unit: null, scale: CUBE, factor: 0n, factorScale: CUBE };

/**
 * Value per unit of quantity. Where both factors are one, which is the usual case, the fraction is written in
 * smaller numbers: most rules divide by it, and a quotient of numbers of one machine word is several times faster.
 */
export function worthOf(
  price: bigint | null,
  multiplier: bigint | null,
  rate: bigint | null,
): Worth {
  if (price === null || multiplier === null || rate === null) return UNKNOWN;
  if (multiplier === SCALE && rate === SCALE) {
    const mills = price / MILL;
    return mills * MILL === price
      ? { unit: mills, scale: MILLS, factor: 1n, factorScale: SCALE }
      : { unit: price, scale: SCALE, factor: 1n, factorScale: SCALE };
  }
  const factor = multiplier * rate;
  return { unit: price * factor, scale: CUBE, factor, factorScale: CUBE };
}

/**
 * The largest quantity whose exact worth is at most an amount, below zero where the amount is; for a unit above
 * zero. Written out for the usual scale as well: where one place in the code has never seen a number of more
 * than one machine word, the engine keeps it in registers.
 */
export function qtyAt(unit: bigint, scale: bigint, amount: bigint): bigint {
  if (scale === MILLS) {
    const mills = amount * MILLS;
    return mills < 0n ? floorDiv(mills, unit) : mills / unit;
  }
  const scaled = amount * scale;
  return scaled < 0n ? floorDiv(scaled, unit) : scaled / unit;
}

/**
 * The largest quantity worth at most an amount, exactly: the value is rounded up, so a quantity fits if and
 * only if its exact value does. Null when its worth is not known.
 */
export function qtyWithin(
  { unit, scale }: Pick<Worth, 'unit' | 'scale'>,
  amount: bigint,
): Qty | null {
  if (unit === null) return null;
  return (amount <= 0n || unit <= 0n ? 0n : qtyAt(unit, scale, amount)) as Qty;
}
