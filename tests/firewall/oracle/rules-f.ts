/** Rows F1 to F21 by brute force: what was lost, how often, and what the calendar says. */
import type { Position, RecentDecision } from '#firewall';
import {
  atMost,
  below,
  dec,
  down,
  greatest,
  millionths,
  minus,
  negative,
  plus,
  size,
  times,
  up,
  whole,
  ZERO,
  type Q,
} from './rational.ts';
import { recent, type Judgements } from './rules-a-b.ts';
import { markOf, passIf, rateTo, type Answer, type Limits, type World } from './world.ts';

const DAY = 24 * 60 * 60 * 1000;
const mapOf = <T>(record: Readonly<Record<string, T>>): ReadonlyMap<string, T> =>
  new Map(Object.entries(record));

function loss(from: bigint, to: Q, share: Q): Answer {
  if (from <= 0n) return 'missing';
  return passIf(atMost(minus(dec(from), to), times(dec(from), share)));
}
const bothOf = (first: Answer, second: Answer): Answer => (first === 'pass' ? second : first);

const losses: Judgements = {
  F1({ c, equity }, l) {
    const { marks } = c.account;
    if (equity === null || marks === null) return 'missing';
    return loss(marks.dayOpen, equity, l.share('lossMax'));
  },
  F2({ c, equity }, l) {
    const { marks } = c.account;
    if (equity === null || marks === null) return 'missing';
    return bothOf(
      loss(marks.weekAgo, equity, l.share('weekLossMax')),
      loss(marks.monthAgo, equity, l.share('monthLossMax')),
    );
  },
  F3({ c, equity }, l) {
    const { marks } = c.account;
    if (equity === null || marks === null) return 'missing';
    return loss(marks.highWater, equity, l.share('drawdownMax'));
  },
  F4({ c, equity }, l) {
    const { marks } = c.account;
    if (equity === null || marks === null) return 'missing';
    return loss(marks.windowHigh, equity, l.share('lossMax'));
  },
  F5({ c, strategy }, l) {
    const of = mapOf(c.account.strategies).get(strategy);
    if (of === undefined) return 'missing';
    return loss(of.capital + of.profitPeak, dec(of.capital + of.profit), l.share('drawdownMax'));
  },
};

const stopWith = (w: World, l: Limits, p: Position): Answer => {
  if (p.qty === 0n) return 'pass';
  const mark = markOf(w.c, p.symbol);
  const rate = rateTo(w.c, p.settle);
  if (mark === null || rate === null) return 'missing';
  const sign = whole(p.qty > 0n ? 1 : -1);
  const entry = dec(p.entryPrice);
  const gain = times(sign, minus(mark.price, entry));
  const stopped = p.stopPrice !== null && times(sign, minus(mark.price, dec(p.stopPrice))).n <= 0n;
  const tooMuchLost = below(times(l.share('lossMax'), entry), times(whole(-1), gain));
  const peak = dec(p.profitPeak);
  const profit = down(times(size(dec(p.qty)), gain, dec(p.multiplier), rate));
  const counts = peak.n > 0n && atMost(l.money('giveBackFrom'), peak);
  const gaveBack = counts && below(times(l.share('giveBackMax'), peak), minus(peak, profit));
  const tooOld = w.now - p.openedAt > l.number('ageMax');
  return passIf(!stopped && !tooMuchLost && !gaveBack && !tooOld);
};

const setbacks: Judgements = {
  F6({ c, order, symbol, now }, l) {
    const { trades } = c.account;
    if (trades === null) return 'missing';
    const stops = trades.filter((t) => t.byStop && now - t.closedAt < l.number('window'));
    const here = stops.filter((t) => t.symbol === symbol);
    return passIf(
      stops.length <= l.number('accountMax') &&
        here.length <= l.number('symbolMax') &&
        here.filter((t) => t.side === order?.side).length <= l.number('sideMax'),
    );
  },
  F7({ c, symbol, now }, l) {
    const { trades } = c.account;
    if (trades === null) return 'missing';
    const lost = trades
      .filter((t) => t.symbol === symbol && now - t.closedAt < l.number('window'))
      .map((t) => negative(dec(t.profit)));
    return passIf(atMost(plus(...lost), l.money('lossMax')));
  },
  F8({ c, order, symbol, now }, l) {
    const { trades } = c.account;
    if (trades === null || order === null) return 'missing';
    const same = trades.filter((t) => t.symbol === symbol && t.side === order.side);
    return passIf(
      same.every((t) => now - t.closedAt >= l.number(t.byStop ? 'afterStop' : 'after')),
    );
  },
  F9(w, l) {
    const { positions } = w.c.account;
    if (positions === null) return 'missing';
    const found = positions.map((p) => stopWith(w, l, p));
    return found.includes('missing') ? 'missing' : passIf(!found.includes('fail'));
  },
};

/** What today's counters say of a name; another day's say nothing, and nothing is zero. */
function today({ c, now }: World): Readonly<{
  account: number;
  symbol(name: string): number;
  strategy(name: string): number;
  turnover: Q;
  fees: Q;
}> | null {
  const { day } = c.account;
  if (day === null) return null;
  const current = day.day * DAY <= now && now < (day.day + 1) * DAY;
  const read = (counts: Readonly<Record<string, number>>) => (name: string) =>
    current ? (mapOf(counts).get(name) ?? 0) : 0;
  return {
    account: current ? day.ordersByAccount : 0,
    symbol: read(day.ordersBySymbol),
    strategy: read(day.ordersByStrategy),
    turnover: current ? dec(day.turnover) : ZERO,
    fees: current ? dec(day.fees) : ZERO,
  };
}
export { today };

const tempo: Judgements = {
  F10(w, l) {
    const day = today(w);
    if (day === null) return 'missing';
    return passIf(
      day.account < l.number('accountMax') &&
        day.symbol(w.symbol) < l.number('symbolMax') &&
        day.strategy(w.strategy) < l.number('strategyMax'),
    );
  },
  F11({ c, reducing, strategy, now }, l) {
    const { decisions } = c.account;
    if (decisions === null) return 'missing';
    const past = recent(decisions, now, l.number('window')).filter(
      (d) => d.kind === 'order' && d.verdict !== 'refused' && d.reducing === reducing,
    );
    if (reducing) return passIf(past.length + 1 <= l.number('reducingMax'));
    const { agent } = c.proposal.provenance;
    const count = (test: (d: RecentDecision) => boolean): number => past.filter(test).length + 1;
    return passIf(
      past.length + 1 <= l.number('accountMax') &&
        count((d) => d.strategy === strategy) <= l.number('strategyMax') &&
        count((d) => d.agent === agent) <= l.number('agentMax'),
    );
  },
  F13({ c, reducing, symbol }, l) {
    if (reducing) return 'na';
    const { flow } = c.account;
    if (flow === null) return 'missing';
    if (flow.cancelsLastMinute > l.number('cancelsPerMinuteMax')) return 'fail';
    const of = (counts: Readonly<Record<string, number>>): number => mapOf(counts).get(symbol) ?? 0;
    const messages = of(flow.ordersBySymbolToday) + of(flow.cancelsBySymbolToday) + 1;
    const fills = Math.max(1, of(flow.fillsBySymbolToday));
    // Messages per fill, less one: the formula of the regulation.
    const most = BigInt(fills) * (BigInt(l.number('messagesPerFillMax')) + 1n);
    return passIf(messages <= l.number('messagesMin') || BigInt(messages) <= most);
  },
  F14({ c, reducing }, l) {
    const left = c.controls.runtime.apiWeightLeft;
    return left === null
      ? 'missing'
      : passIf(left >= l.number(reducing ? 'reserveReducing' : 'reserve'));
  },
  F15({ c, reducing, strategy }, l) {
    if (reducing) return 'na';
    const of = mapOf(c.account.strategies).get(strategy);
    return of === undefined ? 'missing' : passIf(of.fillsWithoutHuman <= l.number('fillsMax'));
  },
};

const behaviour: Judgements = {
  F16({ c, reducing }, l) {
    if (reducing && c.controls.operatorExit) return 'na';
    const { flow } = c.account;
    return flow === null ? 'missing' : passIf(flow.rejectStreak <= l.number('streakMax'));
  },
  F17({ c, reducing }, l) {
    if (reducing) return 'na';
    const { flow } = c.account;
    return flow === null ? 'missing' : passIf(flow.slippageExcess <= l.number('excessMax'));
  },
  F18({ c, reducing }) {
    if (reducing && c.controls.operatorExit) return 'na';
    const { flow } = c.account;
    return flow === null ? 'missing' : passIf(flow.anomalies.length === 0);
  },
  F19(w, l) {
    const day = today(w);
    const { notional, instrument } = w;
    if (day === null || notional === null || instrument === null) return 'missing';
    const fee = up(times(notional, greatest(ZERO, millionths(instrument.costs.taker))));
    return passIf(
      atMost(plus(day.fees, fee), l.money('feesMax')) &&
        atMost(plus(day.turnover, notional), l.money('turnoverMax')),
    );
  },
  F20({ c, order, symbol, now }, l) {
    const { decisions } = c.account;
    if (decisions === null || order === null) return 'missing';
    const sides = recent(decisions, now, l.number('window'))
      .filter((d) => d.symbol === symbol && d.verdict === 'approved' && !d.reducing)
      .flatMap((d) => (d.side === null ? [] : [d.side]));
    const turns = [...sides, order.side].filter((side, i, all) => i > 0 && side !== all[i - 1]);
    return passIf(turns.length <= l.number('reversalsMax'));
  },
  F21({ c, instrument, symbol, now }, l) {
    const { blackouts } = c.controls;
    if (blackouts === null || instrument === null) return 'missing';
    const closed = blackouts.some(
      (b) => (b.symbol === null || b.symbol === symbol) && b.from <= now && now < b.until,
    );
    const weekday = new Date(now).getUTCDay();
    const weekend = weekday === 0 || weekday === 6;
    if (closed || (weekend && !l.flag('weekendsOpen'))) return 'fail';
    if (instrument.kind !== 'perp') return 'pass';
    const { funding } = c.market;
    if (funding === null || funding.nextAt < now) return 'missing';
    const previous = funding.nextAt - funding.everyMs;
    return passIf(
      now <= funding.nextAt - l.number('beforeFunding') &&
        now >= previous + l.number('afterFunding'),
    );
  },
};

export const breakersAndTempo: Judgements = { ...losses, ...setbacks, ...tempo, ...behaviour };
