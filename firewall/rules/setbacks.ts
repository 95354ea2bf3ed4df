/** Family F, part two: what past trades and open positions forbid for a while. */
import type { ClosedTrade } from '../account-view.ts';
import { lock } from '../effects.ts';
import type { Facts } from '../facts.ts';
import { atMost, fail, missing, pass, rule, throttle, type Rule } from '../rule.ts';
import { counted, money, ratio, span } from '../policy-values.ts';
import { stopOf } from '../position-stop.ts';
import type { Money, SpanMs, TimeMs } from '../units.ts';

const TRADES = 'the closed trades';

/** From the newest trade that counted, so that proposing again does not prolong it; null when that has passed. */
function lockEnd(
  { account, now }: Facts,
  lockFor: SpanMs,
  counts: (trade: ClosedTrade) => boolean,
): TimeMs | null {
  const last = account.trades?.findLast(counts);
  const until = last === undefined ? now : ((last.closedAt + lockFor) as TimeMs);
  return until > now ? until : null;
}

type Stops = Readonly<{ ofAccount: number; ofSymbol: number; ofSide: number }>;

function stopsWithin(
  window: SpanMs,
  trades: readonly ClosedTrade[],
  { order, proposal, now }: Facts,
): Stops {
  let ofAccount = 0;
  let ofSymbol = 0;
  let ofSide = 0;
  for (let index = trades.length - 1; index >= 0; index -= 1) {
    const trade = trades[index];
    if (trade === undefined || now - trade.closedAt >= window) break;
    if (!trade.byStop) continue;
    ofAccount += 1;
    if (trade.symbol !== proposal.symbol) continue;
    ofSymbol += 1;
    if (trade.side === order?.side) ofSide += 1;
  }
  return { ofAccount, ofSymbol, ofSide };
}

const stopOutCluster = rule({
  id: 'F6',
  name: 'stop-out-cluster',
  code: 'STOP_OUTS_ABOVE_MAX',
  title: 'Stop-losses within the window stay few: of the account, of the symbol, and of its side.',
  unit: 'count',
  bound: 'max',
  breach: 'lock',
  reducing: 'exempt',
  params: {
    window: span('down'),
    accountMax: counted('up'),
    symbolMax: counted('up'),
    sideMax: counted('up'),
    lockFor: span('down'),
  },
  evaluate(facts, { window, accountMax, symbolMax, sideMax }, self) {
    const { trades } = facts.account;
    if (trades === null) return missing(self, TRADES);
    const { ofAccount, ofSymbol, ofSide } = stopsWithin(window, trades, facts);
    if (ofAccount > accountMax) return fail(self, ofAccount, accountMax, null, 'account');
    if (ofSymbol > symbolMax) return fail(self, ofSymbol, symbolMax, null, 'symbol');
    if (ofSide > sideMax) return fail(self, ofSide, sideMax, null, 'side');
    return pass(self, ofSide, sideMax);
  },
  /** Locks know no sides: a cluster of one side refuses by itself for as long as the window holds it. */
  effect(facts, { window, accountMax, symbolMax, lockFor }, self) {
    const { account, proposal } = facts;
    const { ofAccount, ofSymbol } = stopsWithin(window, account.trades ?? [], facts);
    if (ofAccount > accountMax) {
      const until = lockEnd(facts, lockFor, (trade) => trade.byStop);
      return until === null ? null : lock(self, 'account', account.account, until);
    }
    if (ofSymbol <= symbolMax) return null;
    const until = lockEnd(
      facts,
      lockFor,
      (trade) => trade.byStop && trade.symbol === proposal.symbol,
    );
    return until === null ? null : lock(self, 'symbol', proposal.symbol, until);
  },
});

const lowProfit = rule({
  id: 'F7',
  name: 'low-profit',
  code: 'SYMBOL_LOSS_ABOVE_MAX',
  title: 'What the trades of one symbol lost together within the window stays within the limit.',
  unit: 'money',
  bound: 'max',
  breach: 'lock',
  reducing: 'exempt',
  params: { window: span('down'), lossMax: money('up'), lockFor: span('down') },
  evaluate({ account, proposal, now }, { window, lossMax }, self) {
    const { trades } = account;
    if (trades === null) return missing(self, TRADES);
    let lost = 0n;
    for (let index = trades.length - 1; index >= 0; index -= 1) {
      const trade = trades[index];
      if (trade === undefined || now - trade.closedAt >= window) break;
      if (trade.symbol === proposal.symbol) lost -= trade.profit;
    }
    return atMost(self, lost as Money, lossMax);
  },
  effect(facts, { lockFor }, self) {
    const { symbol } = facts.proposal;
    const until = lockEnd(facts, lockFor, (trade) => trade.symbol === symbol);
    return until === null ? null : lock(self, 'symbol', symbol, until);
  },
});

const cooldown = rule({
  id: 'F8',
  name: 'cooldown',
  code: 'COOLDOWN_ACTIVE',
  title: 'No entry again on the same side of a symbol until some time after the last exit from it.',
  unit: 'ms',
  bound: 'min',
  reducing: 'exempt',
  params: { after: span('down'), afterStop: span('down') },
  evaluate({ account, order, proposal, now }, { after, afterStop }, self) {
    const { trades } = account;
    if (trades === null || order === null) return missing(self, TRADES);
    const window = Math.max(after, afterStop);
    for (let index = trades.length - 1; index >= 0; index -= 1) {
      const trade = trades[index];
      const age = trade === undefined ? window : now - trade.closedAt;
      if (trade === undefined || age >= window) break;
      if (trade.symbol !== proposal.symbol || trade.side !== order.side) continue;
      const wait = trade.byStop ? afterStop : after;
      if (age < wait) return throttle(self, age, wait, (wait - age) as SpanMs);
    }
    return pass(self, null, after);
  },
});

const positionStop = rule({
  id: 'F9',
  name: 'position-stop',
  code: 'POSITION_PAST_STOP',
  title:
    'No new entry while a position is past its stop, its give-back or its age: what must be closed comes first.',
  unit: 'count',
  bound: 'max',
  reducing: 'exempt',
  params: {
    lossMax: ratio('up'),
    giveBackMax: ratio('up'),
    giveBackFrom: money('up'),
    ageMax: span('up'),
  },
  evaluate(facts, limits, self) {
    const { positions } = facts.account;
    if (positions === null) return missing(self, 'the positions');
    let past = 0;
    let first: string | null = null;
    for (const position of positions) {
      const reason = stopOf(position, limits, facts);
      if (reason === null) continue;
      if (reason === 'unknown') return missing(self, `mark or rate of ${position.symbol}`);
      past += 1;
      first ??= `${position.symbol} ${reason}`;
    }
    return past === 0 ? pass(self, 0, 0) : fail(self, past, 0, null, first);
  },
});

export const setbackRules: readonly Rule[] = [stopOutCluster, lowProfit, cooldown, positionStop];
