/** Family E, part three: margin, cash and what holding costs. */
import { feeRate } from '../costs.ts';
import type { Facts } from '../facts.ts';
import type { Bracket, Instrument } from '../market-view.ts';
import { roomFor, type Portfolio } from '../portfolio.ts';
import { counted, moneyBy, ratio, ratioBy, span, valueFor } from '../policy-values.ts';
import { qtyWithin } from '../pricing.ts';
import { atMost, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import { abs, ceilDiv, floorDiv, shareOf, type Money, type Ppm, type Qty } from '../units.ts';
import { grossRoom } from './exposure.ts';

const MILLION = 1_000_000n;
const BRACKETS = 'margin brackets that reach this far';
const GROSS = 'gross exposure';
const smaller = <T extends bigint>(a: T, b: T): T => (a < b ? a : b);
const larger = <T extends bigint>(a: T, b: T): T => (a > b ? a : b);

/** The value up to which the venue lends at least as much as we would take. */
function lentUpTo(brackets: readonly Bracket[], leverage: number): Money {
  let value = 0n;
  for (const bracket of brackets)
    if (bracket.leverageMax >= leverage) value = larger(value, bracket.notionalMax);
  return value as Money;
}

const leverage = rule({
  id: 'E12',
  name: 'leverage-and-margin',
  code: 'LEVERAGE_ABOVE_MAX',
  title:
    'Gross exposure stays within the allowed leverage, and the margin of this order at that leverage is free.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { leverageMax: counted('up') },
  evaluate(facts, { leverageMax }, self) {
    const { portfolio, equity, instrument, notional } = facts;
    if (typeof portfolio === 'string') return missing(self, portfolio);
    if (equity === null || instrument === null || notional === null)
      return missing(self, 'equity, instrument or price');
    const grossLimit = (equity * BigInt(leverageMax)) as Money;
    const gross = (portfolio.grossOthers + larger(portfolio.after, portfolio.against)) as Money;
    const room = grossRoom(portfolio, grossLimit);
    if (instrument.marginMode === 'none')
      return gross <= grossLimit
        ? pass(self, gross, grossLimit, room)
        : fail(self, gross, grossLimit, room, GROSS);

    const first = instrument.brackets[0];
    const { free } = facts.account;
    if (first === undefined) return missing(self, BRACKETS);
    if (free === null) return missing(self, 'free cash');
    const used = Math.min(leverageMax, first.leverageMax);
    if (!(used >= 1)) return missing(self, 'a leverage of at least one');
    const valueMax = lentUpTo(instrument.brackets, used);
    const times = BigInt(used);
    const maxQty = smaller(
      smaller(room, roomFor(portfolio, valueMax)),
      qtyWithin(facts, free * times) ?? room,
    );
    if (!(gross <= grossLimit)) return fail(self, gross, grossLimit, maxQty, GROSS);
    if (portfolio.after > valueMax)
      return fail(self, portfolio.after, valueMax, maxQty, 'position at this leverage');
    const margin = ceilDiv(notional, times) as Money;
    return margin <= free
      ? pass(self, margin, free, maxQty)
      : fail(self, margin, free, maxQty, 'initial margin');
  },
});

/** What the equity must bear, as two lines in the quantity: `each` per unit, and `spare` for margin alone. */
type Buffer = Readonly<{
  /** Equity above the maintenance margin, in millionths of a price. */
  left: bigint;
  /** Loss down to the stop and the buffer beyond it, per unit of position. */
  perUnit: bigint;
  price: bigint;
  /** What the maintenance margin may still grow by, and what a unit adds per millionth of its rate. */
  spare: bigint;
  unit: bigint;
  /** Working orders of the same side: they fill first, and bring their own maintenance margin. */
  worked: bigint;
}>;

/** Whether a quantity fits when the position lies in a bracket of this maintenance rate. */
const fitsAtRate = (
  { left, perUnit, price, spare, unit, worked }: Buffer,
  qty: bigint,
  rate: bigint,
): boolean =>
  (worked + qty) * rate * price + qty * perUnit <= left && (worked + qty) * unit * rate <= spare;

function qtyAtRate({ left, perUnit, price, spare, unit, worked }: Buffer, rate: bigint): Qty {
  const each = rate * price + perUnit;
  if (each <= 0n) return 0n as Qty;
  const byBuffer = floorDiv(left - worked * rate * price, each);
  const byMargin = rate === 0n ? byBuffer : floorDiv(spare, unit * rate) - worked;
  return larger(0n, smaller(byBuffer, byMargin)) as Qty;
}

const liquidation = rule({
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
    const bracket = instrument.brackets.find(({ notionalMax }) => portfolio.after <= notionalMax);
    const perUnit = abs(price - order.stopPrice) * MILLION + price * BigInt(limits.buffer);
    const ratioLimit = shareOf(equity, limits.maintenanceMax);
    const millionths = scale * MILLION;
    const factorMillionths = factorScale * MILLION;
    // The venue's figure of the maintenance margin knows positions only.
    const worked = (order.side === 'buy' ? facts.buysWorking : facts.sellsWorking) ?? 0n;
    const opened = worked + order.qty;
    const maxQty = largestIn(instrument, portfolio, {
      left:
        floorDiv((equity - account.maintenance) * factorMillionths, factor) -
        portfolio.before * perUnit,
      perUnit,
      price,
      spare: (ratioLimit - account.maintenance) * millionths,
      unit,
      worked,
    });
    if (bracket === undefined)
      return fail(self, portfolio.after, lentUpTo(instrument.brackets, 0), maxQty, BRACKETS);

    const rate = BigInt(bracket.maintenance);
    const added = ceilDiv(opened * unit * rate, millionths);
    const maintenance = (account.maintenance + added) as Money;
    if (!(maintenance <= ratioLimit))
      return fail(self, maintenance, ratioLimit, maxQty, 'maintenance margin');
    const position = portfolio.before + order.qty;
    const atStop = opened * rate * price + position * perUnit;
    const needed = account.maintenance + ceilDiv(factor * atStop, factorMillionths);
    return atMost(self, needed as Money, equity, maxQty);
  },
});

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

type Each = Readonly<{ unit: bigint; scale: bigint }>;

/** Cash per unit of quantity that the order takes out of what is free: all of it, or its first margin, and the fee. */
function cashPerUnit({ instrument, unit, scale, liquidity }: Facts): Each | null {
  if (instrument === null || unit === null) return null;
  let share = MILLION;
  if (instrument.marginMode !== 'none') {
    const most = instrument.brackets[0]?.leverageMax;
    if (most === undefined || !(most >= 1)) return null;
    share = ceilDiv(MILLION, BigInt(most));
  }
  // A rebate comes afterwards: it pays for nothing.
  const fee = Math.max(0, feeRate(instrument.costs, liquidity));
  return { unit: unit * (share + BigInt(fee)), scale: scale * MILLION };
}

/** Selling what is paid in full takes the asset, and brings cash. */
const sellsAsset = ({ instrument, order }: Facts): boolean =>
  instrument?.marginMode === 'none' && order?.side === 'sell';

const freeBalance = rule({
  id: 'E14',
  name: 'free-balance',
  code: 'FREE_BALANCE_SHORT',
  title:
    'What the order takes, fee included, is free after every working order and reservation: cash, or the asset sold.',
  unit: 'mixed',
  bound: 'none',
  reducing: 'exempt',
  params: {},
  evaluate(facts, _limits, self) {
    const { order, portfolio, account, instrument, sellsWorking } = facts;
    if (typeof portfolio === 'string') return missing(self, portfolio);
    const each = cashPerUnit(facts);
    if (order === null || instrument === null || each === null)
      return missing(self, 'price, rate, instrument or margin brackets');
    if (sellsAsset(facts)) {
      const { base } = instrument;
      const owned = Object.hasOwn(account.balances, base) ? account.balances[base] : undefined;
      if (owned === undefined || sellsWorking === null) return missing(self, `balance of ${base}`);
      const left = larger(0n, owned - sellsWorking) as Qty;
      return order.qty <= left
        ? pass(self, order.qty, left, left)
        : fail(self, order.qty, left, left, 'asset');
    }
    const left = account.free;
    if (left === null) return missing(self, 'free cash');
    const cost = ceilDiv(order.qty * each.unit, each.scale) as Money;
    const maxQty = qtyWithin(each, left);
    return cost <= left ? pass(self, cost, left, maxQty) : fail(self, cost, left, maxQty, 'cash');
  },
});

const cashReserve = rule({
  id: 'E15',
  name: 'cash-reserve',
  code: 'CASH_RESERVE_SHORT',
  title:
    'A share of the equity stays free cash after the order, and no asset takes more than its budget.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { reserveMin: ratio('down'), assetBudget: moneyBy('up') },
  evaluate(facts, { reserveMin, assetBudget }, self) {
    const { order, portfolio, equity, instrument } = facts;
    if (typeof portfolio === 'string') return missing(self, portfolio);
    const each = cashPerUnit(facts);
    const left = facts.account.free;
    if (order === null || instrument === null || each === null)
      return missing(self, 'price, rate, instrument or margin brackets');
    if (equity === null || left === null) return missing(self, 'equity or free cash');
    let others = 0n;
    for (const line of portfolio.others) if (line.base === instrument.base) others += line.gross;
    const budget = valueFor(assetBudget, instrument.base);
    const taken = (others + larger(portfolio.after, portfolio.against)) as Money;
    const room =
      portfolio.against > budget - others ? (0n as Qty) : roomFor(portfolio, budget - others);
    const spendable = (left - ceilDiv(equity * BigInt(reserveMin), MILLION)) as Money;
    const free = sellsAsset(facts);
    const maxQty = free ? room : smaller(room, qtyWithin(each, spendable) ?? room);
    if (!(taken <= budget)) return fail(self, taken, budget, maxQty, 'asset budget');
    if (free) return pass(self, taken, budget, maxQty);
    const cost = ceilDiv(order.qty * each.unit, each.scale) as Money;
    return cost <= spendable
      ? pass(self, cost, spendable, maxQty)
      : fail(self, cost, spendable, maxQty, 'cash above the reserve');
  },
});

const carry = rule({
  id: 'E16',
  name: 'carry-cost',
  code: 'CARRY_ABOVE_MAX',
  title:
    'Funding over the horizon stays cheap, and no position is opened just before it pays a high one.',
  unit: 'mixed',
  bound: 'none',
  reducing: 'exempt',
  params: { carryMax: ratioBy('up'), quietBefore: span('down'), quietAbove: ratio('up') },
  evaluate({ order, instrument, market, now, proposal }, limits, self) {
    if (order === null || instrument === null) return missing(self, 'the instrument');
    if (instrument.kind !== 'perp') return na(self, 'only a perpetual pays funding');
    const { funding } = market;
    if (funding === null || !(funding.everyMs > 0) || !(funding.nextAt > now))
      return missing(self, 'the next funding');
    const paid = order.side === 'buy' ? funding.rate : 0 - funding.rate;
    const wait = funding.nextAt - now;
    const stamps =
      order.horizonMs < wait ? 0 : 1 + Math.floor((order.horizonMs - wait) / funding.everyMs);
    const cost = Math.max(0, paid * stamps) as Ppm;
    const carryMax = valueFor(limits.carryMax, proposal.symbol);
    if (!(cost <= carryMax)) return fail(self, cost, carryMax, null, 'carry');
    return paid > limits.quietAbove && wait < limits.quietBefore
      ? fail(self, wait, limits.quietBefore, null, 'time to the next funding')
      : pass(self, cost, carryMax);
  },
});

export const capitalRules: readonly Rule[] = [
  leverage,
  liquidation,
  freeBalance,
  cashReserve,
  carry,
];
