/** Family C, part one: whether the quote, the feed and the clock can be believed. */
import { EXIT_OPEN, latch, lock } from '../effects.ts';
import type { Book, Level } from '../market-view.ts';
import { counted, ratio, ratioBy, span, spanBy, valueFor } from '../policy-values.ts';
import { atMost, demand, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import { abs, ratioPpm, type Ppm, type SpanMs, type TimeMs } from '../units.ts';

const quoteAge = rule({
  id: 'C1',
  name: 'quote-age',
  code: 'QUOTE_STALE',
  title: 'The book was stamped by the venue and received by us recently; exits get a wider bound.',
  unit: 'ms',
  bound: 'max',
  params: { ageMax: spanBy('up'), marketAgeMax: span('up'), exitAgeMax: spanBy('up') },
  evaluate({ now, market, order, proposal, reducing }, limits, self) {
    if (market.book === null || order === null) return missing(self, 'the book');
    const limit = valueFor(reducing ? limits.exitAgeMax : limits.ageMax, proposal.symbol);
    const tightest = order.type === 'market' && !reducing ? limits.marketAgeMax : limit;
    const { exchangeAt, receivedAt } = market.book;
    const age = now - Math.min(exchangeAt, receivedAt);
    return atMost<number>(self, age, Math.min(limit, tightest));
  },
});

/** Best first, every quantity positive. */
function fault(side: readonly Level[], falling: boolean): string | null {
  let last: Level | null = null;
  for (const level of side) {
    if (level.qty <= 0n || level.price <= 0n) return 'not-positive';
    if (last !== null && (falling ? level.price >= last.price : level.price <= last.price))
      return 'out-of-order';
    last = level;
  }
  return last === null ? 'one-sided' : null;
}

function conditionOf(book: Book): string {
  const found = fault(book.bids, true) ?? fault(book.asks, false);
  if (found !== null) return found;
  const [bid] = book.bids;
  const [ask] = book.asks;
  if (bid === undefined || ask === undefined) return 'one-sided';
  if (bid.price > ask.price) return 'crossed';
  return bid.price === ask.price ? 'locked' : 'sane';
}

const bookSanity = rule({
  id: 'C2',
  name: 'book-sanity',
  code: 'BOOK_NOT_SANE',
  title:
    'The book has both sides in order, positive quantities, and is neither crossed nor locked.',
  unit: 'code',
  bound: 'none',
  params: {},
  evaluate({ market }, _limits, self) {
    if (market.book === null) return missing(self, 'the book');
    const condition = conditionOf(market.book);
    return demand(self, condition === 'sane', condition, 'sane');
  },
});

const spreadCap = rule({
  id: 'C3',
  name: 'spread',
  code: 'SPREAD_ABOVE_MAX',
  title:
    'The spread stays under its cap and under a multiple of its own median; exits get a wider cap.',
  unit: 'ppm',
  bound: 'max',
  params: {
    spreadMax: ratioBy('up'),
    medianMultiple: counted('up'),
    medianFloor: ratio('up'),
    exitSpreadMax: ratioBy('up'),
  },
  evaluate({ spreadPpm, market, proposal, reducing }, limits, self) {
    if (spreadPpm === null) return missing(self, 'the book');
    if (reducing) return atMost(self, spreadPpm, valueFor(limits.exitSpreadMax, proposal.symbol));
    if (market.motion === null) return missing(self, 'the median spread');
    // Under the floor a spread is a tick or two, and a multiple of its median says nothing.
    const usual = Math.max(
      limits.medianFloor,
      market.motion.spreadMedian * limits.medianMultiple,
    ) as Ppm;
    const cap = valueFor(limits.spreadMax, proposal.symbol);
    return atMost(self, spreadPpm, usual < cap ? usual : cap);
  },
});

const priceJump = rule({
  id: 'C4',
  name: 'price-jump',
  code: 'PRICE_JUMPED',
  title: 'The middle price has not just jumped, and enough calm ticks have followed the last jump.',
  unit: 'mixed',
  bound: 'none',
  params: { jumpMax: ratioBy('up'), zScoreMax: ratio('up'), calmTicksMin: counted('down') },
  evaluate({ mid, market: { motion }, proposal }, limits, self) {
    if (mid === null || motion === null) return missing(self, 'the path of the middle price');
    const jump = ratioPpm(abs(mid - motion.midPrevious), motion.midPrevious);
    if (jump === null) return missing(self, 'the previous middle price');
    const jumpMax = valueFor(limits.jumpMax, proposal.symbol);
    if (!(jump <= jumpMax)) return fail(self, jump, jumpMax, null, 'jump');
    if (!(motion.zScore <= limits.zScoreMax))
      return fail(self, motion.zScore, limits.zScoreMax, null, 'z-score');
    return motion.ticksSinceJump >= limits.calmTicksMin
      ? pass(self, jump, jumpMax)
      : fail(self, motion.ticksSinceJump, limits.calmTicksMin, null, 'calm ticks');
  },
});

const divergence = rule({
  id: 'C5',
  name: 'source-divergence',
  code: 'SOURCES_DIVERGE',
  title: 'A second source of the price, itself fresh, agrees with the middle of the book.',
  unit: 'ppm',
  bound: 'max',
  breach: 'lock',
  params: { divergenceMax: ratioBy('up'), referenceAgeMax: span('up'), lockFor: span('down') },
  evaluate({ mid, market: { reference }, proposal, now }, limits, self) {
    if (mid === null) return missing(self, 'the book');
    // A price from the future would never grow old; the venue's clock may only be a little ahead of ours.
    if (reference === null || !(Math.abs(now - reference.at) <= limits.referenceAgeMax))
      return missing(self, 'a fresh second price');
    const apart = ratioPpm(abs(mid - reference.price), reference.price);
    if (apart === null) return missing(self, 'a second price above zero');
    return atMost(self, apart, valueFor(limits.divergenceMax, proposal.symbol));
  },
  effect: ({ now, proposal }, { lockFor }, self) =>
    lock(self, 'symbol', proposal.symbol, (now + lockFor) as TimeMs),
});

const feedContinuity = rule({
  id: 'C6',
  name: 'feed-continuity',
  code: 'FEED_BROKEN',
  title: 'The feed has no sequence gap, is not resyncing, and its heart beats.',
  unit: 'mixed',
  bound: 'none',
  params: { heartbeatAgeMax: span('up') },
  evaluate({ market: { feed }, now }, { heartbeatAgeMax }, self) {
    if (feed === null) return missing(self, 'the state of the feed');
    if (feed.gap) return fail(self, true, false, null, 'sequence gap');
    if (feed.resyncing) return fail(self, true, false, null, 'resyncing');
    const age = Math.abs(now - feed.heartbeatAt) as SpanMs;
    return age <= heartbeatAgeMax
      ? pass(self, age, heartbeatAgeMax)
      : fail(self, age, heartbeatAgeMax, null, 'heartbeat');
  },
});

const barCompleteness = rule({
  id: 'C7',
  name: 'bar-complete',
  code: 'BAR_INCOMPLETE',
  title: 'The decision bar is closed and recent, and its look-back has no gap.',
  unit: 'mixed',
  bound: 'none',
  params: { barsMax: counted('up'), delayMax: span('up'), gapsMax: counted('up') },
  evaluate({ market: { bar }, now }, { barsMax, delayMax, gapsMax }, self) {
    if (bar === null) return missing(self, 'the bar');
    const age = now - bar.closedAt;
    if (!bar.closed || !(age >= 0)) return fail(self, false, true, null, 'closed');
    if (!(bar.gapsInLookback <= gapsMax))
      return fail(self, bar.gapsInLookback, gapsMax, null, 'gaps');
    const ageMax = bar.timeframeMs * barsMax + delayMax;
    return age <= ageMax ? pass(self, age, ageMax) : fail(self, age, ageMax, null, 'age');
  },
});

const volatilityRegime = rule({
  id: 'C11',
  name: 'volatility-regime',
  code: 'VOLATILITY_ABOVE_MAX',
  title:
    'Realised volatility stays under its cap and the venue has not interrupted trading for it.',
  unit: 'mixed',
  bound: 'none',
  breach: 'reduce-only',
  params: { realisedMax: ratioBy('up') },
  evaluate({ market: { volatility }, proposal, reducing }, { realisedMax }, self) {
    if (reducing) return na(self, EXIT_OPEN);
    if (volatility === null) return missing(self, 'the volatility');
    if (volatility.interruption) return fail(self, true, false, null, 'interruption');
    const limit = valueFor(realisedMax, proposal.symbol);
    return volatility.realised <= limit
      ? pass(self, volatility.realised, limit)
      : fail(self, volatility.realised, limit, null, 'realised');
  },
  effect: ({ proposal }, _limits, self) => latch(self, 'symbol', proposal.symbol, 'REDUCE_ONLY'),
});

const clockHealth = rule({
  id: 'C12',
  name: 'clock-health',
  code: 'CLOCK_UNHEALTHY',
  title: 'Our clock agrees with the venue and never runs back, and no snapshot is from the future.',
  unit: 'mixed',
  bound: 'none',
  breach: 'halt',
  params: { skewMax: span('up') },
  evaluate({ market, account, now }, { skewMax }, self) {
    const { clock, book } = market;
    if (clock === null) return missing(self, 'the state of the clock');
    if (!clock.monotonic) return fail(self, false, true, null, 'monotonic');
    const skew = Math.abs(clock.skewMs);
    if (!(skew <= skewMax)) return fail(self, skew, skewMax, null, 'skew');
    const newest = Math.max(market.asOf, account.asOf, book?.receivedAt ?? 0);
    if (!(newest <= now)) return fail(self, newest, now, null, 'from the future');
    // The venue stamps by its own clock, which may run ahead of ours by as much as we allow.
    const stamped = book?.exchangeAt ?? 0;
    return stamped <= now + skewMax
      ? pass(self, skew, skewMax)
      : fail(self, stamped, now + skewMax, null, 'stamped in the future');
  },
  effect: ({ market: { clock } }, _limits, self) =>
    clock?.persistent === true ? latch(self, 'global', '*', 'HALTED') : null,
});

const coherence = rule({
  id: 'C13',
  name: 'snapshot-coherence',
  code: 'SNAPSHOTS_APART',
  title:
    'Market and account were seen at about the same time, and the agent saw both not long before.',
  unit: 'ms',
  bound: 'max',
  params: { apartMax: span('up'), basisAgeMax: span('up') },
  evaluate({ market, account, order }, { apartMax, basisAgeMax }, self) {
    if (order === null) return na(self, 'a cancel has no thesis');
    const apart = Math.abs(market.asOf - account.asOf) as SpanMs;
    if (!(apart <= apartMax)) return fail(self, apart, apartMax);
    // A basis ahead of the snapshot is as incoherent as an old one.
    const behind = market.asOf - order.basisAt;
    return behind < 0
      ? atMost<number>(self, -behind, apartMax)
      : atMost<number>(self, behind, basisAgeMax);
  },
});

const warmUp = rule({
  id: 'C14',
  name: 'warm-up',
  code: 'FEED_NOT_WARM',
  title: 'Every input of the symbol has had its fill of data.',
  unit: 'flag',
  bound: 'none',
  params: {},
  evaluate({ market: { feed } }, _limits, self) {
    if (feed === null) return missing(self, 'the state of the feed');
    return feed.warm ? pass(self, true, true) : fail(self, false, true);
  },
});

/** In the order of the specification; C8 to C10 come between. */
export const quoteRules: readonly Rule[] = [
  quoteAge,
  bookSanity,
  spreadCap,
  priceJump,
  divergence,
  feedContinuity,
  barCompleteness,
];
export const regimeRules: readonly Rule[] = [volatilityRegime, clockHealth, coherence, warmUp];
