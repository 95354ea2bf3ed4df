/** Rows C1 to D6 by brute force: whether the market can be believed, can take the order, and the price makes sense. */
import type { Level } from '#firewall';
import {
  atMost,
  below,
  by,
  dec,
  greatest,
  least,
  millionths,
  minus,
  plus,
  times,
  upToMillionth,
  whole,
  ZERO,
  type Q,
} from './rational.ts';
import { recent, type Judgements } from './rules-a-b.ts';
import { apart, passIf, type World } from './world.ts';

/** A moment that has not come yet is as little known as one that is long gone. */
export const fresh = (now: number, at: number, max: number): boolean => Math.abs(now - at) <= max;

const takeWhile = <T>(list: readonly T[], test: (item: T) => boolean): readonly T[] => {
  const end = list.findIndex((item) => !test(item));
  return end === -1 ? list : list.slice(0, end);
};
const sum = (levels: readonly Level[]): bigint => levels.reduce((all, { qty }) => all + qty, 0n);

const ordered = (levels: readonly Level[], better: (a: bigint, b: bigint) => boolean): boolean =>
  levels.length > 0 &&
  levels.every(({ price, qty }, i) => {
    const next = levels[i + 1];
    return price > 0n && qty > 0n && (next === undefined || better(price, next.price));
  });

/** The spread in whole millionths of the middle, rounded up. */
const spreadOf = ({ bid, ask, mid }: World): Q | null =>
  bid === null || ask === null || mid === null || mid.n <= 0n
    ? null
    : upToMillionth(by(minus(ask, bid), mid));

const C: Judgements = {
  C1({ c, order, now, reducing, symbol }, l) {
    const { book } = c.market;
    if (book === null || order === null) return 'missing';
    const limits = [l.numberOf(reducing ? 'exitAgeMax' : 'ageMax', symbol)];
    if (order.type === 'market' && !reducing) limits.push(l.number('marketAgeMax'));
    return passIf(
      [book.exchangeAt, book.receivedAt].every((at) => limits.every((max) => now - at <= max)),
    );
  },
  C2({ c }) {
    const { book } = c.market;
    if (book === null) return 'missing';
    const [bid, ask] = [book.bids[0], book.asks[0]];
    return passIf(
      ordered(book.bids, (a, b) => a > b) &&
        ordered(book.asks, (a, b) => a < b) &&
        bid !== undefined &&
        ask !== undefined &&
        bid.price < ask.price,
    );
  },
  C3(w, l) {
    const spread = spreadOf(w);
    if (spread === null) return 'missing';
    if (w.reducing) return passIf(atMost(spread, l.shareOf('exitSpreadMax', w.symbol)));
    const { motion } = w.c.market;
    if (motion === null) return 'missing';
    const usual = times(millionths(motion.spreadMedian), whole(l.number('medianMultiple')));
    return passIf(
      atMost(spread, l.shareOf('spreadMax', w.symbol)) &&
        (atMost(spread, usual) || atMost(spread, l.share('medianFloor'))),
    );
  },
  C4({ c, mid, symbol }, l) {
    const { motion } = c.market;
    if (mid === null || motion === null || motion.midPrevious <= 0n) return 'missing';
    const previous = dec(motion.midPrevious);
    return passIf(
      atMost(apart(mid, previous), times(l.shareOf('jumpMax', symbol), previous)) &&
        motion.zScore <= l.number('zScoreMax') &&
        motion.ticksSinceJump >= l.number('calmTicksMin'),
    );
  },
  C5({ c, mid, now, symbol }, l) {
    const { reference } = c.market;
    if (mid === null || reference === null) return 'missing';
    if (!fresh(now, reference.at, l.number('referenceAgeMax')) || reference.price <= 0n)
      return 'missing';
    const second = dec(reference.price);
    return passIf(atMost(apart(mid, second), times(l.shareOf('divergenceMax', symbol), second)));
  },
  C6({ c, now }, l) {
    const { feed } = c.market;
    if (feed === null) return 'missing';
    return passIf(
      !feed.gap && !feed.resyncing && fresh(now, feed.heartbeatAt, l.number('heartbeatAgeMax')),
    );
  },
  C7({ c, now }, l) {
    const { bar } = c.market;
    if (bar === null) return 'missing';
    const latest = bar.closedAt + bar.timeframeMs * l.number('barsMax') + l.number('delayMax');
    return passIf(
      bar.closed &&
        bar.closedAt <= now &&
        bar.gapsInLookback <= l.number('gapsMax') &&
        now <= latest,
    );
  },
  C8({ c, order, each }, l) {
    const { book } = c.market;
    if (book === null || order === null || each === null) return 'missing';
    const side = order.side === 'buy' ? book.asks : book.bids;
    const top = side[0];
    if (top === undefined || each.n <= 0n) return 'missing';
    if (below(times(dec(top.qty), each), l.money('topMin'))) return 'fail';
    const best = dec(top.price);
    const reach = times(best, l.share('band'));
    const inside = takeWhile(side, ({ price }) =>
      order.side === 'buy'
        ? atMost(dec(price), plus(best, reach))
        : atMost(minus(best, reach), dec(price)),
    );
    return passIf(sum(inside) >= order.qty * BigInt(l.number('multiple')));
  },
  C9({ c, order, symbol }, l) {
    const { volume } = c.market;
    if (volume === null || order === null) return 'missing';
    return passIf(
      atMost(dec(order.qty), times(dec(volume.dayQty), l.shareOf('dayMax', symbol))) &&
        atMost(dec(order.qty), times(dec(volume.recentQty), l.shareOf('recentMax', symbol))),
    );
  },
  C10(w, l) {
    return costWithin(w, (cost) => minus(l.shareOf('costMax', w.symbol), cost));
  },
  C11({ c, reducing, symbol }, l) {
    if (reducing) return 'na';
    const { volatility } = c.market;
    if (volatility === null) return 'missing';
    return passIf(
      !volatility.interruption && volatility.realised <= l.numberOf('realisedMax', symbol),
    );
  },
  C12({ c, now }, l) {
    const { clock, book, asOf } = c.market;
    if (clock === null) return 'missing';
    const skewMax = l.number('skewMax');
    const ours = [asOf, c.account.asOf, ...(book === null ? [] : [book.receivedAt])];
    return passIf(
      clock.monotonic &&
        clock.skewMs <= skewMax &&
        clock.skewMs >= -skewMax &&
        ours.every((at) => at <= now) &&
        (book === null || book.exchangeAt - skewMax <= now),
    );
  },
  C13({ c, order }, l) {
    if (order === null) return 'na';
    const { market, account } = c;
    return passIf(
      Math.abs(market.asOf - account.asOf) <= l.number('apartMax') &&
        order.basisAt - market.asOf <= l.number('apartMax') &&
        market.asOf - order.basisAt <= l.number('basisAgeMax'),
    );
  },
  C14({ c }) {
    const { feed } = c.market;
    return feed === null ? 'missing' : passIf(feed.warm);
  },
};

/**
 * Whether the cost of one way stays within what `roomOf` leaves over its fixed part. The temporary impact is
 * irrational, so both sides are squared instead: T·√(q/V) ≤ R exactly when R ≥ 0 and T²·q/V ≤ R².
 */
export function costWithin(w: World, roomOf: (fixed: Q) => Q): 'pass' | 'fail' | 'missing' {
  const { order, instrument } = w;
  const { volume } = w.c.market;
  const spread = spreadOf(w);
  if (order === null || instrument === null || volume === null || spread === null) return 'missing';
  if (volume.dayQty <= 0n) return 'missing';
  const { maker, taker, impactTemporary, impactPermanent } = instrument.costs;
  // Half a millionth more of the spread is a whole one: costs are told in whole millionths, part by part.
  const half = upToMillionth(by(spread, whole(2)));
  const fixed = order.postOnly ? millionths(maker) : plus(millionths(taker), half);
  const share = by(dec(order.qty), dec(volume.dayQty));
  const room = minus(roomOf(fixed), times(millionths(impactPermanent), share));
  const temporary = order.postOnly ? ZERO : millionths(impactTemporary);
  return room.n >= 0n && atMost(times(temporary, temporary, share), times(room, room))
    ? 'pass'
    : 'fail';
}

const D: Judgements = {
  D1({ order, price, mid, reducing, symbol }, l) {
    if (order === null || price === null || mid === null || mid.n <= 0n) return 'missing';
    const takes = order.side === 'buy' ? below(mid, price) : below(price, mid);
    const name = reducing ? 'exitMax' : takes ? 'takingMax' : 'restingMax';
    return passIf(atMost(apart(price, mid), times(l.shareOf(name, symbol), mid)));
  },
  D2({ c, order, price, now, symbol }, l) {
    const { decisions } = c.account;
    if (order === null || price === null || decisions === null) return 'missing';
    const past = recent(decisions, now, l.number('window')).filter(
      (d) => d.symbol === symbol && d.kind === 'order' && d.verdict === 'approved',
    );
    const prices = past.map((d) => dec(d.price));
    const low = least(price, ...prices);
    if (low.n <= 0n) return 'missing';
    const drift = minus(greatest(price, ...prices), low);
    return passIf(atMost(drift, times(l.shareOf('driftMax', symbol), low)));
  },
  D3({ c, order, mid, symbol }, l) {
    if (order === null) return 'missing';
    if (order.type === 'limit') return 'pass';
    if (!l.flag('allowed')) return 'fail';
    const { book } = c.market;
    if (book === null || mid === null || mid.n <= 0n) return 'missing';
    const side = order.side === 'buy' ? book.asks : book.bids;
    const last = side.findIndex((_, i) => sum(side.slice(0, i + 1)) >= order.qty);
    const level = side[last];
    if (level === undefined) return 'fail';
    const away = order.side === 'buy' ? minus(dec(level.price), mid) : minus(mid, dec(level.price));
    return passIf(atMost(away, times(l.shareOf('slipMax', symbol), mid)));
  },
  D4({ order, mid, symbol }, l) {
    if (order === null || mid === null || order.basisMid <= 0n) return 'missing';
    const basis = dec(order.basisMid);
    return passIf(atMost(apart(mid, basis), times(l.shareOf('driftMax', symbol), basis)));
  },
  D5({ order, bid, ask }) {
    if (order === null || !order.postOnly) return 'na';
    if (bid === null || ask === null || order.limitPrice === null) return 'missing';
    const limit = dec(order.limitPrice);
    return passIf(order.side === 'buy' ? below(limit, ask) : below(bid, limit));
  },
  D6({ order, bid, ask, mid, symbol }, l) {
    if (order === null || order.stopPrice === null) return 'na';
    if (bid === null || ask === null || mid === null || mid.n <= 0n) return 'missing';
    const stop = dec(order.stopPrice);
    const away = order.side === 'buy' ? minus(bid, stop) : minus(stop, ask);
    return passIf(atMost(times(l.shareOf('distanceMin', symbol), mid), away));
  },
};

export const market: Judgements = { ...C, ...D };
