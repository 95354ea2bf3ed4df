/** Family F, part four: what the venue, the fills and the calendar say about going on. */
import { fee } from '../costs.ts';
import { EXIT_ASKED, EXIT_OPEN, exitAsked, latch, latchesAccount, lock } from '../effects.ts';
import type { Facts } from '../facts.ts';
import {
  atMost,
  demand,
  fail,
  missing,
  na,
  pass,
  rule,
  type Rule,
  type RuleText,
} from '../rule.ts';
import { counted, money, ratio, span, toggle } from '../policy-values.ts';
import { qtyWithin } from '../pricing.ts';
import type { Money, SpanMs, TimeMs } from '../units.ts';
import type { Check } from '../verdict.ts';
import { countsToday, dayOf } from './tempo.ts';

const FLOW = 'the order flow';

const rejectionStreak = rule({
  id: 'F16',
  name: 'rejection-streak',
  code: 'REJECTIONS_ABOVE_MAX',
  title: 'The venue has not refused too many of our orders in a row.',
  unit: 'count',
  bound: 'max',
  breach: 'halt',
  params: { streakMax: counted('up') },
  evaluate(facts, { streakMax }, self) {
    const { flow } = facts.account;
    if (exitAsked(facts)) return na(self, EXIT_ASKED);
    if (flow === null) return missing(self, FLOW);
    return atMost(self, flow.rejectStreak, streakMax);
  },
  effect: ({ account }, _limits, self) => latch(self, 'venue', account.venue, 'HALTED'),
});

const slippage = rule({
  id: 'F17',
  name: 'slippage',
  code: 'SLIPPAGE_ABOVE_MODEL',
  title: 'Fills do not cost more, on average, than the cost model says by more than the limit.',
  unit: 'ppm',
  bound: 'max',
  breach: 'reduce-only',
  params: { excessMax: ratio('up') },
  evaluate({ account, reducing }, { excessMax }, self) {
    const { flow } = account;
    if (reducing) return na(self, EXIT_OPEN);
    if (flow === null) return missing(self, FLOW);
    return atMost(self, flow.slippageExcess, excessMax);
  },
  effect: latchesAccount('REDUCE_ONLY'),
});

const fillAnomaly = rule({
  id: 'F18',
  name: 'fill-anomaly',
  code: 'FILL_ANOMALY',
  title:
    'No fill contradicts what was ordered: no overfill, unknown id, fill after cancel or wrong side.',
  unit: 'code',
  bound: 'none',
  breach: 'halt',
  params: {},
  evaluate(facts, _limits, self) {
    const { flow } = facts.account;
    if (exitAsked(facts)) return na(self, EXIT_ASKED);
    if (flow === null) return missing(self, FLOW);
    return demand(self, flow.anomalies.length === 0, flow.anomalies.at(-1) ?? 'none', 'none');
  },
  effect: latchesAccount('HALTED'),
});

const turnover = rule({
  id: 'F19',
  name: 'turnover',
  code: 'TURNOVER_ABOVE_MAX',
  title: 'Turnover and fees of one UTC day, this order included, stay within their limits.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { turnoverMax: money('up'), feesMax: money('up') },
  evaluate(facts, { turnoverMax, feesMax }, self) {
    const { account, notional, instrument, now } = facts;
    const { day } = account;
    const counts = countsToday(day, now);
    if (day === null || counts === null || notional === null || instrument === null)
      return missing(self, "the day's turnover, or the value of the order");
    const turned = counts ? day.turnover : 0n;
    const paid = counts ? day.fees : 0n;
    const { taker } = instrument.costs;
    const feesLeft = feesMax - paid;
    const valueLeft = turnoverMax - turned;
    // A fee is rounded up, so it fits exactly when the value stays under this. Rebates are not counted on.
    const byFees =
      feesLeft < 0n ? 0n : taker > 0 ? (feesLeft * 1_000_000n) / BigInt(taker) : valueLeft;
    const maxQty = qtyWithin(facts, byFees < valueLeft ? byFees : valueLeft);
    const fees = taker > 0 ? ((paid + fee(notional, taker)) as Money) : paid;
    if (!(fees <= feesMax)) return fail(self, fees, feesMax, maxQty, 'fees');
    return atMost(self, (turned + notional) as Money, turnoverMax, maxQty);
  },
});

const flipFlop = rule({
  id: 'F20',
  name: 'flip-flop',
  code: 'REVERSALS_ABOVE_MAX',
  title: 'Entries of one symbol do not change direction again and again within the window.',
  unit: 'count',
  bound: 'max',
  breach: 'lock',
  reducing: 'exempt',
  params: { window: span('down'), reversalsMax: counted('up'), lockFor: span('down') },
  evaluate({ account, order, proposal, now }, { window, reversalsMax }, self) {
    const { decisions } = account;
    if (decisions === null || order === null) return missing(self, 'the recent decisions');
    let side = order.side;
    let reversals = 0;
    for (let index = decisions.length - 1; index >= 0; index -= 1) {
      const past = decisions[index];
      if (past === undefined || now - past.at >= window) break;
      if (past.symbol !== proposal.symbol || past.verdict !== 'approved') continue;
      if (past.reducing || past.side === null || past.side === side) continue;
      reversals += 1;
      side = past.side;
    }
    return atMost(self, reversals, reversalsMax);
  },
  /** From the newest entry, so that proposing again does not prolong it. */
  effect({ account, proposal, now }, { lockFor }, self) {
    const { symbol } = proposal;
    const last = account.decisions?.findLast(
      (past) => past.symbol === symbol && past.verdict === 'approved' && !past.reducing,
    );
    const until = ((last?.at ?? now) + lockFor) as TimeMs;
    return until > now ? lock(self, 'symbol', symbol, until) : null;
  },
});

/** 1970-01-01 was a Thursday. */
const isWeekend = (now: TimeMs): boolean => {
  const weekday = (dayOf(now) + 4) % 7;
  return weekday === 0 || weekday === 6;
};

const blackout = rule({
  id: 'F21',
  name: 'blackout',
  code: 'BLACKOUT_ACTIVE',
  title:
    'No new risk inside a window of the calendar, around a funding stamp, or at a weekend where weekends are closed.',
  unit: 'code',
  bound: 'none',
  reducing: 'exempt',
  params: {
    beforeFunding: span('down'),
    afterFunding: span('down'),
    weekendsOpen: toggle('up'),
  },
  evaluate(facts, { beforeFunding, afterFunding, weekendsOpen }, self) {
    const { blackouts } = facts.case.controls;
    const { instrument, now, proposal } = facts;
    if (blackouts === null || instrument === null)
      return missing(self, 'the calendar or the instrument');
    for (const closed of blackouts) {
      if (closed.symbol !== null && closed.symbol !== proposal.symbol) continue;
      if (closed.from <= now && !(now >= closed.until))
        return fail(self, 'calendar', 'open', null, closed.why);
    }
    if (!weekendsOpen && isWeekend(now)) return fail(self, 'weekend', 'open');
    if (instrument.kind !== 'perp') return pass(self, 'open', 'open');
    return aroundFunding(facts, { beforeFunding, afterFunding }, self);
  },
});

function aroundFunding(
  { market, now }: Facts,
  { beforeFunding, afterFunding }: Readonly<Record<'beforeFunding' | 'afterFunding', SpanMs>>,
  self: RuleText & { codeMissing: string },
): Check {
  const { funding } = market;
  if (funding === null) return missing(self, 'the funding of a perpetual');
  const ahead = funding.nextAt - now;
  const since = funding.everyMs - ahead;
  // A stamp that lies in the past is one that the feed has not replaced: the next is unknown.
  if (!(ahead >= 0)) return missing(self, 'the next funding stamp');
  return ahead >= beforeFunding && since >= afterFunding
    ? pass(self, 'open', 'open')
    : fail(self, 'funding', 'open');
}

export const behaviourRules: readonly Rule[] = [
  rejectionStreak,
  slippage,
  fillAnomaly,
  turnover,
  flipFlop,
  blackout,
];
