/** Family E: whether a stop is reached before the venue would liquidate. */
import type { Bracket, Instrument } from '../market-view.ts';
import { roomFor, type Portfolio } from '../portfolio.ts';
import { ratio } from '../policy-values.ts';
import { atMost, fail, missing, na, rule, type Rule } from '../rule.ts';
import { abs, ceilDivWide, floorDiv, shareOf, type Money, type Qty } from '../units.ts';

const MILLION = 1_000_000n;
export const BRACKETS = 'margin brackets that reach this far';
const smaller = <T extends bigint>(a: T, b: T): T => (a < b ? a : b);
const larger = <T extends bigint>(a: T, b: T): T => (a > b ? a : b);

/** The value up to which the venue lends at least as much as we would take. */
export function lentUpTo(brackets: readonly Bracket[], leverage: number): Money {
  let value = 0n;
  for (const bracket of brackets)
    if (bracket.leverageMax >= leverage) value = larger(value, bracket.notionalMax);
  return value as Money;
}

/** What the equity must bear, as two lines in the quantity. */
type Buffer = Readonly<{
  /** Equity above the maintenance margin, in millionths of a price. */
  left: bigint;
  /** Loss down to the stop and the buffer beyond it, per unit of position. */
  perUnit: bigint;
  price: bigint;
  /** What the maintenance margin may still grow by, and what a unit adds per millionth of its rate. */
  spare: bigint;
  unit: bigint;
  /** The first over the second: the units that may still be added, times their rate. */
  spareUnits: bigint;
  /** Working orders of the same side: they fill first, and bring their own maintenance margin. */
  worked: bigint;
}>;

/** Whether a quantity fits when the position lies in a bracket of this maintenance rate. */
function fitsAtRate(buffer: Buffer, qty: bigint, rate: bigint): boolean {
  const { left, perUnit, price, spareUnits, worked } = buffer;
  if ((worked + qty) * rate > spareUnits) return false;
  const margin = rate * price;
  return qty * (margin + perUnit) + worked * margin <= left;
}

function qtyAtRate({ left, perUnit, price, spare, unit, worked }: Buffer, rate: bigint): Qty {
  const margin = rate * price;
  const each = margin + perUnit;
  if (each <= 0n) return 0n as Qty;
  const byBuffer = floorDiv(left - worked * margin, each);
  const byMargin = rate === 0n ? byBuffer : floorDiv(spare, unit * rate) - worked;
  return larger(0n, smaller(byBuffer, byMargin)) as Qty;
}

export const liquidation: Rule = rule({
  id: 'E13',
  name: 'liquidation-distance',
  code: 'LIQUIDATION_TOO_NEAR',
  title:
    'At the stop, equity still exceeds the maintenance margin by a buffer, and that margin is a small share of it.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { buffer: ratio('down'), maintenanceMax: ratio('up') },
  evaluate(facts, limits, self) {
    const { portfolio, equity, instrument, order, price, unit, account } = facts;
    const { scale, factor, factorScale } = facts;
    if (instrument?.marginMode === 'none')
      return na(self, 'what is paid in full is not liquidated');
    if (typeof portfolio === 'string') return missing(self, portfolio);
    if (equity === null || account.maintenance === null) return missing(self, 'equity or margin');
    if (order === null || order.stopPrice === null) return missing(self, 'a stop price');
    if (instrument === null || price === null || unit === null)
      return missing(self, 'price, rate or instrument');
    if (price <= 0n || unit <= 0n) return missing(self, 'a price above zero');
    if (instrument.brackets.length === 0) return missing(self, BRACKETS);
    const bracket = bracketOf(instrument.brackets, portfolio.after);
    const perUnit = abs(price - order.stopPrice) * MILLION + price * BigInt(limits.buffer);
    const ratioLimit = shareOf(equity, limits.maintenanceMax);
    const millionths = scale * MILLION;
    const factorMillionths = factorScale * MILLION;
    // The venue's figure of the maintenance margin knows positions only.
    const worked = (order.side === 'buy' ? facts.buysWorking : facts.sellsWorking) ?? 0n;
    const opened = worked + order.qty;
    const free = (equity - account.maintenance) * factorMillionths;
    const spare = (ratioLimit - account.maintenance) * millionths;
    const maxQty = largestIn(instrument, portfolio, {
      left: (factor === 1n ? free : floorDiv(free, factor)) - portfolio.before * perUnit,
      perUnit,
      price,
      spare,
      unit,
      spareUnits: floorDiv(spare, unit),
      worked,
    });
    if (bracket === undefined)
      return fail(self, portfolio.after, lentUpTo(instrument.brackets, 0), maxQty, BRACKETS);

    const rate = BigInt(bracket.maintenance);
    const added = ceilDivWide(opened * unit * rate, millionths);
    const maintenance = (account.maintenance + added) as Money;
    if (!(maintenance <= ratioLimit))
      return fail(self, maintenance, ratioLimit, maxQty, 'maintenance margin');
    const position = portfolio.before + order.qty;
    const atStop = opened * rate * price + position * perUnit;
    const lost = ceilDivWide(factor === 1n ? atStop : factor * atStop, factorMillionths);
    const needed = account.maintenance + lost;
    return atMost(self, needed as Money, equity, maxQty);
  },
});

function bracketOf(brackets: readonly Bracket[], value: Money): Bracket | undefined {
  for (const bracket of brackets) if (value <= bracket.notionalMax) return bracket;
  return undefined;
}

/** Each bracket's largest quantity, if that still lies in it; the rates only rise. */
function largestIn({ brackets }: Instrument, portfolio: Portfolio, buffer: Buffer): Qty {
  let best = 0n as Qty;
  for (const bracket of brackets) {
    const room = roomFor(portfolio, bracket.notionalMax);
    const rate = BigInt(bracket.maintenance);
    if (!fitsAtRate(buffer, room, rate)) return larger(best, qtyAtRate(buffer, rate));
    best = larger(best, room);
  }
  return best;
}
