/** Family F, part three: how often an order may go out, and how long nobody may be looking. */
import type { DayCounters } from '../account-view.ts';
import { EXIT_OPEN, lock } from '../effects.ts';
import {
  atMost,
  fail,
  missing,
  na,
  notApplicable,
  pass,
  rule,
  throttle,
  type Rule,
} from '../rule.ts';
import { counted, span } from '../policy-values.ts';
import { DAY_MS, type SpanMs, type TimeMs } from '../units.ts';

/** Whole days since the epoch. */
export const dayOf = (now: TimeMs): number => Math.floor(now / DAY_MS);
const untilTomorrow = (now: TimeMs): SpanMs => (DAY_MS - (now % DAY_MS)) as SpanMs;
/** Counters of another day are all zero; of a day that is no day nobody knows anything. */
export const countsToday = (day: DayCounters | null, now: TimeMs): boolean | null =>
  day === null || !Number.isInteger(day.day) ? null : day.day === dayOf(now);

/** A name that is not there was never counted; a count that is no number fits under no limit. */
export const countOf = (counts: Readonly<Record<string, number>>, key: string): number =>
  Object.hasOwn(counts, key) ? (counts[key] ?? Number.NaN) : 0;

const tradeCount = rule({
  id: 'F10',
  name: 'trade-count',
  code: 'ORDERS_PER_DAY_ABOVE_MAX',
  title:
    'The orders of one UTC day, this one included, stay within the limits of account, symbol and strategy.',
  unit: 'count',
  bound: 'max',
  reducing: 'exempt',
  params: { accountMax: counted('up'), symbolMax: counted('up'), strategyMax: counted('up') },
  evaluate({ account, proposal, now }, { accountMax, symbolMax, strategyMax }, self) {
    const { day } = account;
    const counts = countsToday(day, now);
    if (day === null || counts === null) return missing(self, 'the counters of the day');
    const ofAccount = counts ? day.ordersByAccount + 1 : 1;
    if (!(ofAccount <= accountMax)) return fail(self, ofAccount, accountMax, null, 'account');
    const ofSymbol = counts ? countOf(day.ordersBySymbol, proposal.symbol) + 1 : 1;
    if (!(ofSymbol <= symbolMax)) return fail(self, ofSymbol, symbolMax, null, 'symbol');
    const ofStrategy = counts ? countOf(day.ordersByStrategy, proposal.provenance.strategy) + 1 : 1;
    if (!(ofStrategy <= strategyMax)) return fail(self, ofStrategy, strategyMax, null, 'strategy');
    return pass(self, ofAccount, accountMax);
  },
});

const submitRate = rule({
  id: 'F11',
  name: 'submit-rate',
  code: 'SUBMIT_RATE_ABOVE_MAX',
  title:
    'Orders within the window, this one included, stay within the limits of account, strategy and agent; reducing orders have a reserve of their own.',
  unit: 'count',
  bound: 'max',
  breach: 'throttle',
  params: {
    window: span('down'),
    accountMax: counted('up'),
    strategyMax: counted('up'),
    agentMax: counted('up'),
    reducingMax: counted('up'),
  },
  evaluate(facts, { window, accountMax, strategyMax, agentMax, reducingMax }, self) {
    const { account, proposal, reducing, now } = facts;
    const { decisions } = account;
    if (decisions === null) return missing(self, 'the recent decisions');
    const { strategy, agent } = proposal.provenance;
    const most = reducing ? reducingMax : accountMax;
    const scoped = reducing ? most : Math.min(most, strategyMax, agentMax);
    if (scoped < 1) return throttle(self, 1, scoped, window);
    let ofAccount = 0;
    let ofStrategy = 0;
    let ofAgent = 0;
    for (let index = decisions.length - 1; index >= 0; index -= 1) {
      const past = decisions[index];
      if (past === undefined || now - past.at >= window) break;
      if (past.kind !== 'order' || past.verdict === 'refused' || past.reducing !== reducing)
        continue;
      // The bucket is full at this decision, and has room again once it has left the window.
      const roomIn = (window - (now - past.at)) as SpanMs;
      ofAccount += 1;
      if (ofAccount === most) return throttle(self, most + 1, most, roomIn);
      if (reducing) continue;
      if (past.strategy === strategy) ofStrategy += 1;
      if (ofStrategy === strategyMax) return throttle(self, strategyMax + 1, strategyMax, roomIn);
      if (past.agent === agent) ofAgent += 1;
      if (ofAgent === agentMax) return throttle(self, agentMax + 1, agentMax, roomIn);
    }
    return pass(self, ofAccount + 1, most);
  },
});

const modifyRate = notApplicable({
  id: 'F12',
  name: 'modify-rate',
  code: 'MODIFY_RATE_ABOVE_MAX',
  title: 'Changes of working orders stay within a rate.',
  because:
    'A proposal is an order or a cancel; nothing in the contract changes a working order. A cancel and a new order are counted by F13 and F11.',
});

const orderToTrade = rule({
  id: 'F13',
  name: 'order-to-trade',
  code: 'ORDER_TO_TRADE_ABOVE_MAX',
  title:
    "The last minute's cancels, and the symbol's messages per fill of the day less one, stay within their limits.",
  unit: 'count',
  bound: 'max',
  breach: 'throttle',
  params: {
    cancelsPerMinuteMax: counted('up'),
    messagesPerFillMax: counted('up'),
    messagesMin: counted('up'),
  },
  evaluate(facts, { cancelsPerMinuteMax, messagesPerFillMax, messagesMin }, self) {
    const { account, proposal, reducing, now } = facts;
    const { flow } = account;
    if (reducing) return na(self, EXIT_OPEN);
    if (flow === null) return missing(self, 'the order flow');
    const { symbol } = proposal;
    const { cancelsLastMinute } = flow;
    if (!(cancelsLastMinute <= cancelsPerMinuteMax))
      return throttle(self, cancelsLastMinute, cancelsPerMinuteMax, 60_000 as SpanMs);
    const messages =
      countOf(flow.ordersBySymbolToday, symbol) + countOf(flow.cancelsBySymbolToday, symbol) + 1;
    // A ratio of a handful of messages says nothing, and a day begins with no fill at all.
    if (messages <= messagesMin) return pass(self, 0, messagesPerFillMax);
    const fills = countOf(flow.fillsBySymbolToday, symbol);
    const ratio = Math.ceil(messages / Math.max(1, fills)) - 1;
    return ratio <= messagesPerFillMax
      ? pass(self, ratio, messagesPerFillMax)
      : throttle(self, ratio, messagesPerFillMax, untilTomorrow(now));
  },
});

const apiWeight = rule({
  id: 'F14',
  name: 'api-weight',
  code: 'API_WEIGHT_BELOW_MIN',
  title:
    "What is left of the venue's request budget keeps a reserve for cancels and reconciliation; reducing orders may use more of it.",
  unit: 'count',
  bound: 'min',
  breach: 'throttle',
  params: {
    reserve: counted('down'),
    reserveReducing: counted('down'),
    retryAfter: span('down'),
  },
  evaluate(facts, { reserve, reserveReducing, retryAfter }, self) {
    const left = facts.case.controls.runtime.apiWeightLeft;
    if (left === null) return missing(self, 'the request budget left');
    const kept = facts.reducing ? reserveReducing : reserve;
    return left >= kept ? pass(self, left, kept) : throttle(self, left, kept, retryAfter);
  },
});

const repeatedExecution = rule({
  id: 'F15',
  name: 'repeated-execution',
  code: 'FILLS_WITHOUT_HUMAN_ABOVE_MAX',
  title: 'A strategy does not fill again and again without a human ever looking at it.',
  unit: 'count',
  bound: 'max',
  breach: 'lock',
  params: { fillsMax: counted('up') },
  evaluate({ account, proposal, reducing }, { fillsMax }, self) {
    if (reducing) return na(self, EXIT_OPEN);
    const { strategy } = proposal.provenance;
    const standing = Object.hasOwn(account.strategies, strategy)
      ? account.strategies[strategy]
      : undefined;
    if (standing === undefined) return missing(self, 'the standing of the strategy');
    return atMost(self, standing.fillsWithoutHuman, fillsMax);
  },
  effect: ({ proposal }, _limits, self) =>
    lock(self, 'strategy', proposal.provenance.strategy, null),
});

export const tempoRules: readonly Rule[] = [
  tradeCount,
  submitRate,
  modifyRate,
  orderToTrade,
  apiWeight,
  repeatedExecution,
];
