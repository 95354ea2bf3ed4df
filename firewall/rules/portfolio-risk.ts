/** Family E, part four: what the whole portfolio may lose, who may use how much, and whether the trade is worth its cost. */
import { impactsFor, qtyForImpact } from '../costs.ts';
import { EXIT_ASKED, EXIT_OPEN, exitAsked } from '../effects.ts';
import type { Facts } from '../facts.ts';
import * as c from '../codec.ts';
import { valueAt } from '../lookup.ts';
import { roomEitherWay, roomFor } from '../portfolio.ts';
import {
  moneyBy,
  ratio,
  ratioBy,
  ratioCodec,
  shape,
  valueFor,
  type ByKey,
} from '../policy-values.ts';
import { rateOf } from '../pricing.ts';
import { atLeast, atMost, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import {
  abs,
  ceilDiv,
  floorDiv,
  SCALE,
  shareOf,
  type Money,
  type Ppm,
  type Qty,
} from '../units.ts';

const MILLION = 1_000_000n;
/** The rate of the account's own currency. */
const ONE: bigint = SCALE;
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** One day that might come: how far the price of each asset moves at once. */
type Scenario = Readonly<{ name: string; shock: ByKey<bigint> }>;

/** A ratio in the file, and in arithmetic with money a whole number of millionths. */
const shockCodec: c.Codec<bigint> = {
  read: (value, at) => BigInt(ratioCodec.read(value, at)),
  write: (value) => ratioCodec.write(Number(value) as Ppm),
};

const scenarios = shape<readonly Scenario[]>(
  c.list(
    c.record<Scenario>({
      name: c.name,
      shock: c.record<ByKey<bigint>>({ default: shockCodec, by: c.dictionary(shockCodec, 1_000) }),
    }),
    32,
  ),
  'scenarios',
);

const stress = rule({
  id: 'E17',
  name: 'stress-loss',
  code: 'STRESS_LOSS_ABOVE_MAX',
  title:
    'In every stress scenario the portfolio at its worst, this order included, loses at most a share of the equity.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { scenarios, lossMax: ratio('up') },
  evaluate({ portfolio, equity, instrument, order }, limits, self) {
    if (typeof portfolio === 'string') return missing(self, portfolio);
    if (equity === null || instrument === null || order === null)
      return missing(self, 'equity or instrument');
    if (limits.scenarios.length === 0) return missing(self, 'a scenario');
    const buying = order.side === 'buy';
    const limit = shareOf(equity, limits.lossMax);
    const budget = limit * MILLION;
    let worst: bigint | null = null;
    let by = '';
    let allowed: bigint | null = null;
    let full = false;
    for (const { name, shock } of limits.scenarios) {
      // A fall hurts what is long, a rise what is short; each at the larger of what may come to be.
      let others = 0n;
      for (const line of portfolio.others) others += lossOf(line, valueFor(shock, line.base));
      const own = valueFor(shock, instrument.base);
      const along = buying ? own < 0n : own > 0n;
      const size = abs(own);
      const total = others + size * (along ? portfolio.after : portfolio.against);
      if (worst === null || total > worst) {
        worst = total;
        by = name;
      }
      // Where the order does not add to the loss, its size changes nothing.
      const left = budget - others;
      if (!along) full ||= total > budget;
      else if (allowed === null || left < allowed * size) allowed = floorDiv(left, size);
    }
    const loss = ceilDiv(worst ?? 0n, MILLION) as Money;
    const room = allowed === null ? null : roomFor(portfolio, allowed);
    const maxQty = full ? (0n as Qty) : room;
    return loss <= limit ? pass(self, loss, limit, maxQty) : fail(self, loss, limit, maxQty, by);
  },
});

const lossOf = ({ up, down }: { up: Money; down: Money }, shock: bigint): bigint =>
  shock < 0n ? -shock * up : shock * down;

const settlement = rule({
  id: 'E18',
  name: 'settlement-asset',
  code: 'SETTLEMENT_ASSET_ABOVE_MAX',
  title:
    'What is held in one settlement asset, and what is traded against it, each stay within a share of the equity.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { balanceMax: ratioBy('up'), exposureMax: ratioBy('up') },
  evaluate({ portfolio, equity, instrument, account, market }, limits, self) {
    if (typeof portfolio === 'string') return missing(self, portfolio);
    if (equity === null || instrument === null) return missing(self, 'equity or instrument');
    const { settle } = instrument;
    const balance = valueAt(account.balances, settle);
    const rate = rateOf(market, account, settle);
    if (balance === undefined || rate === null)
      return missing(self, `balance or rate of ${settle}`);
    let others = 0n;
    for (const line of portfolio.others) if (line.settle === settle) others += line.gross;
    const limit = shareOf(equity, valueFor(limits.exposureMax, settle));
    const room = roomEitherWay(portfolio, limit - others);
    // Nothing is added so that what is no bigint throws here as well.
    const stored = (rate === ONE ? balance + 0n : ceilDiv(balance * rate, SCALE)) as Money;
    const storedMax = shareOf(equity, valueFor(limits.balanceMax, settle));
    if (!(stored <= storedMax)) return fail(self, stored, storedMax, 0n as Qty, 'balance');
    const exposed = (others + portfolio.either) as Money;
    return exposed <= limit
      ? pass(self, exposed, limit, room)
      : fail(self, exposed, limit, room, 'exposure');
  },
});

const reduceOnlyTruth = rule({
  id: 'E19',
  name: 'reduce-only-truth',
  code: 'REDUCE_ONLY_UNTRUE',
  title:
    'An order that says it only reduces does so whatever else fills, never flips, and leaves no dust behind.',
  unit: 'mixed',
  bound: 'none',
  params: {},
  evaluate(facts, _limits, self) {
    const { order, held, worst, reducing, instrument, price, buysWorking, sellsWorking } = facts;
    if (order === null || !order.reduceOnly) return na(self, 'the order does not say so');
    if (held === null || worst === null || buysWorking === null || sellsWorking === null)
      return missing(self, 'positions or working orders');
    const left = order.side === 'buy' ? 0n - held - buysWorking : held - sellsWorking;
    const most = (left > 0n ? left : 0n) as Qty;
    if (!reducing) return fail(self, order.qty, most, most, 'quantity');
    if (worst === 0n) return pass(self, order.qty, most, most);
    if (instrument === null || price === null) return missing(self, 'the instrument or a price');
    // Rounded down, against the claim that what is left can still be sold; in the venue's own currency.
    const dust = floorDiv(abs(worst) * price * instrument.multiplier, SCALE * SCALE);
    return dust >= instrument.notionalMin
      ? pass(self, order.qty, most, most)
      : fail(self, dust, instrument.notionalMin, most, 'value of what is left');
  },
});

/** Whether no subset of fills can enlarge the strategy's own part of the position, or flip it. */
function reducesOwn({ order, account: { positions, working } }: Facts): boolean {
  if (order === null || positions === null || working === null) return false;
  const { strategy } = order.provenance;
  let held = 0n;
  for (const position of positions)
    if (position.symbol === order.symbol && position.strategy === strategy) held += position.qty;
  let left = abs(held) - order.qty;
  for (const other of working)
    if (other.symbol === order.symbol && other.strategy === strategy && other.side === order.side)
      left -= other.qty;
  return (order.side === 'buy' ? held < 0n : held > 0n) && left >= 0n;
}

const allotment = rule({
  id: 'E20',
  name: 'strategy-allotment',
  code: 'ALLOTMENT_EXCEEDED',
  title: 'What the strategy itself may come to hold stays within the capital it was given.',
  unit: 'money',
  bound: 'max',
  params: { capitalMax: moneyBy('up') },
  evaluate(facts, { capitalMax }, self) {
    const { portfolio, order, account, reducing } = facts;
    if (order === null) return missing(self, 'an order');
    // Reducing the account is not enough: one strategy's exit may be another's entry.
    if (reducing && reducesOwn(facts)) return na(self, EXIT_OPEN);
    if (exitAsked(facts)) return na(self, EXIT_ASKED);
    if (typeof portfolio === 'string') return missing(self, portfolio);
    const { strategy } = order.provenance;
    const standing = Object.hasOwn(account.strategies, strategy)
      ? account.strategies[strategy]
      : undefined;
    if (standing === undefined) return missing(self, 'the standing of the strategy');
    const given = valueFor(capitalMax, strategy);
    const limit = standing.capital < given ? standing.capital : given;
    const { strategyOthers, strategyBefore, unit, scale } = portfolio;
    const own = (strategyBefore + order.qty) * unit;
    const used = (strategyOthers + ceilDiv(larger(0n, own), scale)) as Money;
    const maxQty = roomFor({ before: strategyBefore, unit, scale }, limit - strategyOthers);
    return atMost(self, used, limit, maxQty);
  },
});

const edge = rule({
  id: 'E21',
  name: 'edge-over-cost',
  code: 'EDGE_BELOW_COST',
  title: 'The move that is expected pays for getting in and out again, and leaves a margin.',
  unit: 'ppm',
  bound: 'min',
  params: { marginMin: ratio('down') },
  evaluate({ order, cost, instrument, market, liquidity, reducing }, { marginMin }, self) {
    if (reducing) return na(self, 'an exit needs no edge');
    if (order === null || cost === null || instrument === null || market.volume === null)
      return missing(self, 'the book, the daily volume or the instrument');
    const needed = (2 * cost.total + marginMin) as Ppm;
    const left = Math.floor((order.expectedMove - marginMin) / 2) - cost.fixed;
    const impacts = impactsFor(instrument.costs, liquidity);
    const maxQty = qtyForImpact(left as Ppm, market.volume.dayQty, impacts);
    return atLeast(self, order.expectedMove, needed, maxQty);
  },
});

export const portfolioRiskRules: readonly Rule[] = [
  stress,
  settlement,
  reduceOnlyTruth,
  allotment,
  edge,
];
