/** Family E, part two: how much of everything may be held once all that works has filled. */
import { valueAt } from '../lookup.ts';
import { roomEitherWay, roomFor } from '../portfolio.ts';
import { counted, nameBy, names, ratio, ratioBy, span, valueFor } from '../policy-values.ts';
import { atMost, fail, missing, pass, rule, type Rule } from '../rule.ts';
import { shareOf, type Money } from '../units.ts';

const EQUITY = 'equity';

const positionValue = rule({
  id: 'E6',
  name: 'position-value',
  code: 'POSITION_ABOVE_MAX',
  title:
    'The position, once this order and every working order of its side have filled, stays within a share of the equity.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { shareMax: ratioBy('up') },
  evaluate({ portfolio, equity, proposal }, { shareMax }, self) {
    if (typeof portfolio === 'string') return missing(self, portfolio);
    if (equity === null) return missing(self, EQUITY);
    const limit = shareOf(equity, valueFor(shareMax, proposal.symbol));
    return atMost(self, portfolio.after, limit, roomFor(portfolio, limit));
  },
});

const grossExposure = rule({
  id: 'E7',
  name: 'gross-exposure',
  code: 'GROSS_EXPOSURE_ABOVE_MAX',
  title:
    'The values of all positions at their worst, this order included, together stay within a share of the equity.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { shareMax: ratio('up'), markAgeMax: span('up') },
  evaluate({ portfolio, equity, now }, { shareMax, markAgeMax }, self) {
    if (typeof portfolio === 'string') return missing(self, portfolio);
    if (equity === null) return missing(self, EQUITY);
    const { oldestMark, newestMark } = portfolio;
    if (!(now - oldestMark <= markAgeMax && newestMark - now <= markAgeMax))
      return missing(self, 'fresh marks');
    const limit = shareOf(equity, shareMax);
    const left = limit - portfolio.grossOthers;
    return atMost(self, portfolio.gross, limit, roomEitherWay(portfolio, left));
  },
});

const netExposure = rule({
  id: 'E8',
  name: 'net-exposure',
  code: 'NET_EXPOSURE_ABOVE_MAX',
  title:
    'Longs less shorts, in the direction of the order, stay within a share of the equity: per asset and in all.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { assetMax: ratioBy('up'), totalMax: ratio('up') },
  evaluate({ portfolio, equity, instrument }, { assetMax, totalMax }, self) {
    if (typeof portfolio === 'string') return missing(self, portfolio);
    if (equity === null || instrument === null) return missing(self, EQUITY);
    const { after, netOthers, netOthersOfBase } = portfolio;
    const assetLimit = shareOf(equity, valueFor(assetMax, instrument.base));
    const totalLimit = shareOf(equity, totalMax);
    const assetRoom = assetLimit - netOthersOfBase;
    const totalRoom = totalLimit - netOthers;
    const maxQty = roomFor(portfolio, assetRoom < totalRoom ? assetRoom : totalRoom);
    const ofAsset = (netOthersOfBase + after) as Money;
    if (ofAsset > assetLimit) return fail(self, ofAsset, assetLimit, maxQty, 'asset');
    const inAll = (netOthers + after) as Money;
    return inAll <= totalLimit
      ? pass(self, inAll, totalLimit, maxQty)
      : fail(self, inAll, totalLimit, maxQty, 'all assets');
  },
});

const concentration = rule({
  id: 'E9',
  name: 'cluster-exposure',
  code: 'CLUSTER_EXPOSURE_ABOVE_MAX',
  title:
    'Everything that moves together with this asset, at its worst, stays within a share of the equity.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { clusters: nameBy(), shareMax: ratioBy('up') },
  evaluate({ portfolio, equity, instrument }, { clusters, shareMax }, self) {
    if (typeof portfolio === 'string') return missing(self, portfolio);
    if (equity === null || instrument === null) return missing(self, EQUITY);
    const cluster = clusterOf(clusters, instrument.base);
    let others = 0n;
    for (const line of portfolio.others)
      if (clusterOf(clusters, line.base) === cluster) others += line.gross;
    const limit = shareOf(equity, valueFor(shareMax, cluster));
    const total = (others + portfolio.either) as Money;
    return atMost(self, total, limit, roomEitherWay(portfolio, limit - others));
  },
});

/** An asset that nobody has put into a cluster is one by itself. */
const clusterOf = (clusters: Readonly<Record<string, string>>, base: string): string =>
  valueAt(clusters, base) ?? base;

const openPositions = rule({
  id: 'E10',
  name: 'open-positions',
  code: 'OPEN_POSITIONS_ABOVE_MAX',
  title:
    'Symbols that are or may come to be held are few: in all, on the side of the order, and by its strategy.',
  unit: 'count',
  bound: 'max',
  reducing: 'exempt',
  params: { totalMax: counted('up'), sideMax: counted('up'), strategyMax: counted('up') },
  evaluate({ portfolio, order }, { totalMax, sideMax, strategyMax }, self) {
    if (typeof portfolio === 'string') return missing(self, portfolio);
    let onSide = 1;
    let ofStrategy = 1;
    for (const line of portfolio.others) {
      if ((order?.side === 'buy' ? line.up : line.down) > 0n) onSide += 1;
      if (line.ownStrategy) ofStrategy += 1;
    }
    const total = portfolio.others.length + 1;
    if (!(total <= totalMax)) return fail(self, total, totalMax, null, 'in all');
    if (!(onSide <= sideMax)) return fail(self, onSide, sideMax, null, 'on this side');
    return ofStrategy <= strategyMax
      ? pass(self, total, totalMax)
      : fail(self, ofStrategy, strategyMax, null, 'of this strategy');
  },
});

const entries = rule({
  id: 'E11',
  name: 'entries-per-position',
  code: 'ENTRIES_ABOVE_MAX',
  title:
    'A position is built by few entries, and only by a strategy that may is it bought cheaper on the way down.',
  unit: 'count',
  bound: 'max',
  reducing: 'exempt',
  params: { entriesMax: counted('up'), mayAverageDown: names() },
  evaluate({ order, price, account, proposal }, { entriesMax, mayAverageDown }, self) {
    const { positions, working } = account;
    if (order === null || price === null || positions === null || working === null)
      return missing(self, 'positions, working orders or a price');
    const { strategy } = proposal.provenance;
    const buying = order.side === 'buy';
    let count = 1;
    for (const position of positions) {
      if (position.symbol !== proposal.symbol || position.strategy !== strategy) continue;
      if (buying ? position.qty <= 0n : position.qty >= 0n) continue;
      count += position.entries;
      const worse = buying ? price < position.entryPrice : price > position.entryPrice;
      if (worse && !mayAverageDown.includes(strategy))
        return fail(self, null, null, null, 'averaging down is not allowed to the strategy');
    }
    for (const other of working)
      if (
        other.symbol === proposal.symbol &&
        other.strategy === strategy &&
        other.side === order.side &&
        !other.reduceOnly
      )
        count += 1;
    return atMost(self, count, entriesMax);
  },
});

export const exposureRules: readonly Rule[] = [
  positionValue,
  grossExposure,
  netExposure,
  concentration,
  openPositions,
  entries,
];
