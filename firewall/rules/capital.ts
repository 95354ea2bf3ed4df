/** Family E, part three: margin, cash and what holding costs. */
import { feeRate } from '../costs.ts';
import type { Facts } from '../facts.ts';
import { valueAt } from '../lookup.ts';
import { roomEitherWay, roomFor } from '../portfolio.ts';
import { counted, moneyBy, ratio, ratioBy, span, valueFor } from '../policy-values.ts';
import { qtyWithin } from '../pricing.ts';
import { fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import { ceilDiv, ceilDivWide, type Money, type Ppm, type Qty } from '../units.ts';
import { BRACKETS, lentUpTo, liquidation } from './liquidation.ts';

const MILLION = 1_000_000n;
const GROSS = 'gross exposure';
const smaller = <T extends bigint>(a: T, b: T): T => (a < b ? a : b);
const larger = <T extends bigint>(a: T, b: T): T => (a > b ? a : b);

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
    const { gross } = portfolio;
    const room = roomEitherWay(portfolio, grossLimit - portfolio.grossOthers);
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
      const owned = valueAt(account.balances, base);
      if (owned === undefined || sellsWorking === null) return missing(self, `balance of ${base}`);
      const left = larger(0n, owned - sellsWorking) as Qty;
      return order.qty <= left
        ? pass(self, order.qty, left, left)
        : fail(self, order.qty, left, left, 'asset');
    }
    const left = account.free;
    if (left === null) return missing(self, 'free cash');
    const cost = ceilDivWide(order.qty * each.unit, each.scale) as Money;
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
    const taken = (others + portfolio.either) as Money;
    const room = roomEitherWay(portfolio, budget - others);
    const spendable = (left - ceilDiv(equity * BigInt(reserveMin), MILLION)) as Money;
    const free = sellsAsset(facts);
    const maxQty = free ? room : smaller(room, qtyWithin(each, spendable) ?? room);
    if (!(taken <= budget)) return fail(self, taken, budget, maxQty, 'asset budget');
    if (free) return pass(self, taken, budget, maxQty);
    const cost = ceilDivWide(order.qty * each.unit, each.scale) as Money;
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
