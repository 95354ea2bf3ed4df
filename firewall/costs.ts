/** The one cost model of gate, exchange and backtest: half the spread, fees, and impact; every rounding is against the trader. */
import { roughly, surelyDown, surelyUp } from './estimate.ts';
import type { CostParameters } from './market-view.ts';
import {
  ceilDiv,
  floorDiv,
  SCALE,
  type Factor,
  type Money,
  type Ppm,
  type Price,
  type Qty,
} from './units.ts';

export type Liquidity = 'maker' | 'taker';

/** What an impact depends on: where the price is, how much is traded, and how much trades in a day. */
export type Traded = Readonly<{ price: Price; qty: Qty; dayQty: Qty }>;

/** A trade to be costed: at the middle price, against a book with this spread. */
export type Trade = Traded &
  Readonly<{
    /** Best ask less best bid. */
    spread: Price;
    liquidity: Liquidity;
    multiplier: Factor;
    /** Quote currency → account currency. */
    rate: Factor;
  }>;

/** What a trade costs in account currency, part by part. */
export type Cost = Readonly<{
  spread: Money;
  temporary: Money;
  permanent: Money;
  fee: Money;
  total: Money;
}>;

const MILLION = 1_000_000n;
const CUBE = SCALE * SCALE * SCALE;

/** The smallest whole number whose square is at least `n`, exactly. */
export function sqrtUp(n: bigint): bigint {
  if (n <= 0n) return 0n;
  const guess = Math.sqrt(Number(n));
  // Newton's steps only fall from above, so the start must not be below the root.
  let root = Number.isFinite(guess)
    ? BigInt(Math.ceil(guess + guess * 2 ** -50)) + 1n
    : 1n << BigInt(n.toString(16).length * 2);
  for (;;) {
    root = (root + n / root) >> 1n;
    // Never below the root rounded down; once at it, its square says whether to round up.
    const square = root * root;
    if (square <= n) return square === n ? root : root + 1n;
  }
}

/**
 * How far the price moves against the trader while trading: parameter × √(qty / daily volume), so that
 * the cost grows with qty^1.5. Null without a daily volume: an impact that nobody can measure is not zero.
 */
export function temporaryImpact(
  { price, qty, dayQty }: Traded,
  { impactTemporary }: Pick<CostParameters, 'impactTemporary'>,
): Price | null {
  if (dayQty <= 0n) return null;
  const whole = price * BigInt(impactTemporary);
  // A whole number is at least √x exactly when its square is at least x rounded up.
  return sqrtUp(ceilDiv(whole * whole * qty, dayQty * MILLION * MILLION)) as Price;
}

/** How far the price stays moved afterwards: parameter × qty / daily volume. */
export function permanentImpact(
  { price, qty, dayQty }: Traded,
  { impactPermanent }: Pick<CostParameters, 'impactPermanent'>,
): Price | null {
  if (dayQty <= 0n) return null;
  return ceilDiv(price * BigInt(impactPermanent) * qty, dayQty * MILLION) as Price;
}

/** The fee on an amount, rounded up; a rebate is negative, and so rounded to the smaller one. */
export const fee = (notional: Money, rate: Ppm): Money =>
  (0n - floorDiv(0n - notional * BigInt(rate), MILLION)) as Money;

/** A resting order pays neither the spread nor the temporary impact; what it reveals moves the price all the same. */
export function costOf(trade: Trade, costs: CostParameters): Cost | null {
  const taking = trade.liquidity === 'taker';
  const temporaryShift = taking ? temporaryImpact(trade, costs) : 0n;
  const permanentShift = permanentImpact(trade, costs);
  if (temporaryShift === null || permanentShift === null) return null;
  const unit = trade.qty * trade.multiplier * trade.rate;
  const spread = taking ? ceilDiv(unit * trade.spread, 2n * CUBE) : 0n;
  const temporary = ceilDiv(unit * temporaryShift, CUBE);
  const permanent = ceilDiv(unit * permanentShift, CUBE);
  const paid = fee(ceilDiv(unit * trade.price, CUBE) as Money, feeRate(costs, trade.liquidity));
  const total = spread + temporary + permanent + paid;
  return { spread, temporary, permanent, fee: paid, total } as Cost;
}

export const feeRate = (costs: CostParameters, liquidity: Liquidity): Ppm =>
  liquidity === 'taker' ? costs.taker : costs.maker;

/** A trade's cost as a share of its price: what does not depend on the quantity, and both together. */
export type CostShare = Readonly<{ fixed: Ppm; total: Ppm }>;

/** Null without a daily volume. `spread` is the whole spread as a share of the middle price. */
export function costShareOf(
  { qty, dayQty, spread, liquidity }: Pick<Trade, 'qty' | 'dayQty' | 'liquidity'> & { spread: Ppm },
  costs: CostParameters,
): CostShare | null {
  const impact = impactPpm(qty, dayQty, impactsFor(costs, liquidity));
  if (impact === null) return null;
  const half = liquidity === 'taker' ? Math.ceil(spread / 2) : 0;
  const fixed = (feeRate(costs, liquidity) + half) as Ppm;
  return { fixed, total: (fixed + impact) as Ppm };
}

type Impacts = Pick<CostParameters, 'impactTemporary' | 'impactPermanent'>;
/** A resting order only has the permanent impact. */
export const impactsFor = (costs: CostParameters, liquidity: Liquidity): Impacts =>
  liquidity === 'taker'
    ? costs
    : { impactTemporary: 0 as Ppm, impactPermanent: costs.impactPermanent };

/** Both impacts together as a share of the price, rounded up once, exactly. */
export function impactPpm(qty: Qty, dayQty: Qty, costs: Impacts): Ppm | null {
  if (dayQty <= 0n) return null;
  return (surelyUp(roughImpact(qty, dayQty, costs)) ?? exactImpact(qty, dayQty, costs)) as Ppm;
}

/** P·q/V + T·√(q/V). */
function roughImpact(qty: Qty, dayQty: Qty, costs: Impacts): number {
  const { impactTemporary, impactPermanent } = costs;
  if (!isCount(impactTemporary) || !isCount(impactPermanent) || qty < 0n) return Number.NaN;
  const share = roughly(qty) / roughly(dayQty);
  return impactPermanent * share + impactTemporary * Math.sqrt(share);
}

function exactImpact(qty: Qty, dayQty: Qty, costs: Impacts): number {
  const temporary = BigInt(costs.impactTemporary);
  const root = sqrtUp(temporary * temporary * qty * dayQty);
  return Number(ceilDiv(BigInt(costs.impactPermanent) * qty + root, dayQty));
}

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

/**
 * The largest quantity whose `impactPpm` stays within a cap R, exactly: the smaller root of
 * (R·V − P·q)² = T²·q·V, with V the daily volume. Null when no quantity moves the price at all.
 */
export function qtyForImpact(cap: Ppm, dayQty: Qty, costs: Impacts): Qty | null {
  if (dayQty <= 0n || cap < 0) return 0n as Qty;
  const sure = surelyDown(roughQty(cap, dayQty, costs));
  return sure === null ? exactQty(cap, dayQty, costs) : (BigInt(sure) as Qty);
}

/** The root written without a difference: 2R²·V / (2RP + T² + √(T²·(T² + 4RP))). */
function roughQty(cap: Ppm, dayQty: Qty, costs: Impacts): number {
  const { impactTemporary, impactPermanent } = costs;
  if (!isCount(cap) || !isCount(impactTemporary) || !isCount(impactPermanent)) return Number.NaN;
  const t2 = impactTemporary * impactTemporary;
  const rp = 2 * cap * impactPermanent;
  return (2 * cap * cap * roughly(dayQty)) / (rp + t2 + Math.sqrt(t2 * (t2 + 2 * rp)));
}

function exactQty(cap: Ppm, dayQty: Qty, costs: Impacts): Qty | null {
  const t2 = BigInt(costs.impactTemporary) * BigInt(costs.impactTemporary);
  const p = BigInt(costs.impactPermanent);
  const r = BigInt(cap);
  if (p === 0n) return t2 === 0n ? null : (((r * r * dayQty) / t2) as Qty);
  const root = sqrtUp(dayQty * dayQty * t2 * (t2 + 4n * r * p));
  return ((dayQty * (2n * r * p + t2) - root) / (2n * p * p)) as Qty;
}
