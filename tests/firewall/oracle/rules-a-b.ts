/** Rows A3 to B12 by brute force: what the proposal is, and what may be traded. */
import type { RecentDecision } from '#firewall';
import {
  atMost,
  by,
  dec,
  greatest,
  least,
  millionths,
  minus,
  ONE,
  plus,
  size,
  times,
  up,
  whole,
  wholeBelow,
  type Q,
} from './rational.ts';
import { apart, passIf, rateTo, type Answer, type Limits, type World } from './world.ts';

export type Judgement = (w: World, l: Limits) => Answer;
export type Judgements = Readonly<Record<string, Judgement>>;

const rests = (tif: string): boolean => tif === 'gtc' || tif === 'gtd';
const divides = (n: bigint, step: bigint): boolean => (n / step) * step === n;
/** The part of a history that lies inside a window. */
export const recent = <T extends { at: number }>(
  all: readonly T[],
  now: number,
  window: number,
): readonly T[] => all.filter(({ at }) => now - at < window);

const A: Judgements = {
  A3({ order, instrument }) {
    if (order === null || instrument === null) return 'missing';
    const { tick, lot } = instrument;
    if (tick <= 0n || lot <= 0n) return 'missing';
    const prices = [order.limitPrice, order.stopPrice, order.targetPrice].filter((p) => p !== null);
    return passIf(divides(order.qty, lot) && prices.every((p) => divides(p, tick)));
  },
  A4({ order, instrument }) {
    if (order === null || instrument === null) return 'missing';
    const { type, tif, limitPrice, expiresAt, postOnly, reduceOnly } = order;
    return passIf(
      [
        instrument.orderTypes.includes(type),
        instrument.tifs.includes(tif),
        (type === 'limit') === (limitPrice !== null),
        type === 'limit' || !rests(tif),
        !postOnly || (instrument.postOnly && type === 'limit' && rests(tif)),
        !reduceOnly || instrument.reduceOnly,
        (tif === 'gtd') === (expiresAt !== null),
      ].every(Boolean),
    );
  },
  A5({ order, price, bid, ask, reducing }, l) {
    if (reducing) return 'na';
    if (order === null || price === null || bid === null || ask === null) return 'missing';
    if (order.stopPrice === null) return 'fail';
    if (price.n <= 0n) return 'missing';
    const sign = whole(order.side === 'buy' ? 1 : -1);
    const ahead = (from: Q, to: Q): Q => times(sign, minus(to, from));
    const stop = dec(order.stopPrice);
    const distance = ahead(stop, price);
    const reached = ahead(stop, order.side === 'buy' ? bid : ask);
    const gain = order.targetPrice === null ? ONE : ahead(price, dec(order.targetPrice));
    const share = by(distance, price);
    return passIf(
      distance.n > 0n &&
        reached.n > 0n &&
        gain.n > 0n &&
        atMost(l.share('distanceMin'), share) &&
        atMost(share, l.share('distanceMax')),
    );
  },
  A6({ order, now }, l) {
    if (order === null) return 'missing';
    if (order.tif === 'gtc') return passIf(l.flag('openEnded'));
    if (order.tif !== 'gtd') return 'na';
    if (order.expiresAt === null) return 'missing';
    return passIf(order.expiresAt > now && order.expiresAt <= now + l.number('lifetimeMax'));
  },
  A7({ c, now }, l) {
    const { createdAt } = c.proposal;
    return passIf(createdAt >= now - l.number('ageMax') && createdAt <= now + l.number('aheadMax'));
  },
  A8({ c }) {
    const { desks } = c.controls;
    if (desks === null) return 'missing';
    const { provenance, account, symbol } = c.proposal;
    return passIf(
      desks.some(
        (d) =>
          d.desk === provenance.desk &&
          d.enabled &&
          d.strategies.includes(provenance.strategy) &&
          d.accounts.includes(account) &&
          d.symbols.includes(symbol),
      ),
    );
  },
  A9({ c, order, instrument }) {
    if (c.account.decidedBefore === null) return 'missing';
    if (c.account.decidedBefore) return 'fail';
    if (order === null) return 'pass';
    // Two letters and the id: what the gate derives its client order ids as.
    return instrument === null
      ? 'missing'
      : passIf(2 + order.id.length <= instrument.clientIdLengthMax);
  },
  A10({ c, order, price, now }, l) {
    if (order === null || price === null) return 'missing';
    const { decisions } = c.account;
    if (decisions === null) return 'missing';
    const near = (one: Q, other: Q, share: Q): boolean =>
      atMost(apart(one, other), times(share, size(other)));
    const twin = (past: RecentDecision): boolean =>
      past.kind === 'order' &&
      past.verdict !== 'refused' &&
      past.proposalId !== order.id &&
      past.symbol === order.symbol &&
      past.side === order.side &&
      past.type === order.type &&
      near(dec(past.qty), dec(order.qty), l.share('qtyTolerance')) &&
      near(dec(past.price), price, l.share('priceTolerance'));
    return passIf(
      recent(decisions, now, l.number('window')).filter(twin).length <= l.number('twinsMax'),
    );
  },
  A11({ order, price, notional }, l) {
    if (order === null) return 'missing';
    const { claims, stopPrice, targetPrice } = order;
    if (claims.notional === null && claims.riskReward === null) return 'na';
    const tolerance = l.share('tolerance');
    const agrees = (said: Q, ours: Q): boolean =>
      atMost(apart(said, ours), times(tolerance, size(ours)));
    if (claims.notional !== null && notional === null) return 'missing';
    const value =
      claims.notional === null || notional === null || agrees(dec(claims.notional), notional);
    if (claims.riskReward === null || !value) return passIf(value);
    if (price === null || stopPrice === null || targetPrice === null) return 'fail';
    const sign = whole(order.side === 'buy' ? 1 : -1);
    const risk = times(sign, minus(price, dec(stopPrice)));
    if (risk.n <= 0n) return 'fail';
    const reward = times(sign, minus(dec(targetPrice), price));
    // A ratio is told in whole millionths, rounded against the proposer.
    const ours = millionths(wholeBelow(times(by(reward, risk), whole(1_000_000))));
    return passIf(agrees(millionths(claims.riskReward), ours));
  },
  A12({ c, instrument, now }, l) {
    if (instrument === null) return 'missing';
    const foreign = [instrument.quote, instrument.settle].filter(
      (name) => name !== c.account.currency,
    );
    if (foreign.some((name) => rateTo(c, name) === null)) return 'missing';
    const ages = foreign.map((name) => Math.abs(now - (c.market.rates[name]?.at ?? 0)));
    return passIf(ages.every((age) => age <= l.number('ageMax')));
  },
};

const B: Judgements = {
  B1({ c, instrument, symbol }, l) {
    if (instrument === null) return 'missing';
    const same = instrument.symbol === symbol && c.market.symbol === symbol;
    return passIf(
      same && l.names('universe').includes(symbol) && !l.names('restricted').includes(symbol),
    );
  },
  B2({ c, reducing }) {
    const { status } = c.market;
    if (status === null) return 'missing';
    return passIf(status === 'trading' || (reducing && status === 'delisting'));
  },
  B3({ order, instrument }) {
    if (order === null || instrument === null) return 'missing';
    const max = order.type === 'limit' ? instrument.qtyMax : instrument.marketQtyMax;
    return passIf(order.qty >= instrument.qtyMin && order.qty <= max);
  },
  B4({ order, instrument, price }, l) {
    if (order === null || instrument === null || price === null) return 'missing';
    const stop = order.stopPrice === null ? price : dec(order.stopPrice);
    const at = (p: Q): Q => times(dec(order.qty), p, dec(instrument.multiplier));
    const min = up(times(dec(instrument.notionalMin), plus(ONE, l.share('reserve'))));
    const { notionalMax } = instrument;
    return passIf(
      atMost(min, at(least(stop, price))) &&
        (notionalMax === null || atMost(at(greatest(stop, price)), dec(notionalMax))),
    );
  },
  B5({ c, order, instrument }) {
    if (order === null || instrument === null) return 'missing';
    if (order.limitPrice === null) return 'na';
    const { priceBandUp, priceBandDown, priceMin, priceMax } = instrument;
    const { reference } = c.market;
    if (reference === null && !(priceBandUp === null && priceBandDown === null)) return 'missing';
    const around = dec(reference?.price ?? 0n);
    const tops = [dec(priceMax)];
    if (priceBandUp !== null) tops.push(times(around, plus(ONE, millionths(priceBandUp))));
    const bottoms = [dec(priceMin)];
    if (priceBandDown !== null) bottoms.push(times(around, minus(ONE, millionths(priceBandDown))));
    const limit = dec(order.limitPrice);
    return passIf(
      tops.every((top) => atMost(limit, top)) && bottoms.every((b) => atMost(b, limit)),
    );
  },
  B6({ c, order, instrument, symbol }, l) {
    const { working } = c.account;
    if (order === null || instrument === null || working === null) return 'missing';
    const list = [...working.map((w) => w.symbol), ...(rests(order.tif) ? [symbol] : [])];
    const here = list.filter((name) => name === symbol).length;
    return passIf(
      list.length <= l.number('perAccountMax') &&
        here <= l.number('perSymbolMax') &&
        here <= instrument.openOrdersMax,
    );
  },
  B7({ c, order, instrument, reducing, symbol }) {
    if (order === null || instrument === null) return 'missing';
    if (instrument.positionMax === null || reducing) return 'na';
    const { positions, working } = c.account;
    if (positions === null || working === null) return 'missing';
    const sign = order.side === 'buy' ? 1n : -1n;
    const parts = [
      ...positions.filter((p) => p.symbol === symbol).map((p) => sign * p.qty),
      ...working.filter((w) => w.symbol === symbol && w.side === order.side).map((w) => w.qty),
      order.qty,
    ];
    return passIf(parts.reduce((a, b) => a + b, 0n) <= instrument.positionMax);
  },
  B8({ c, instrument, price, now }, l) {
    const { volume, volatility } = c.market;
    if (instrument === null || volume === null || volatility === null || price === null)
      return 'missing';
    const fit =
      now - instrument.listedAt >= l.number('ageMin') &&
      atMost(l.money('dayNotionalMin'), dec(volume.dayNotional)) &&
      volatility.realised >= l.number('volatilityMin') &&
      volatility.realised <= l.number('volatilityMax');
    if (!fit) return 'fail';
    if (price.n <= 0n) return 'missing';
    return passIf(atMost(dec(instrument.tick), times(l.share('tickMax'), price)));
  },
  B9({ c, order, instrument, symbol }, l) {
    const { positions, working } = c.account;
    if (order === null || instrument === null || positions === null || working === null)
      return 'missing';
    const margined = instrument.marginMode !== 'none';
    if (margined && instrument.brackets.length === 0) return 'missing';
    if (!margined && instrument.kind === 'perp') return 'fail';
    if (order.side === 'buy') return 'pass';
    const sells = working.filter((w) => w.symbol === symbol && w.side === 'sell');
    const held = positions.filter((p) => p.symbol === symbol);
    const left =
      held.reduce((sum, p) => sum + p.qty, 0n) -
      sells.reduce((sum, w) => sum + w.qty, 0n) -
      order.qty;
    return passIf(left >= 0n || (l.flag('shortAllowed') && instrument.shortable && margined));
  },
  B10({ instrument, now }, l) {
    if (instrument === null) return 'missing';
    if (instrument.expiresAt === null) return 'na';
    return passIf(now + l.number('buffer') <= instrument.expiresAt);
  },
  B11({ order, instrument, price, rate }) {
    if (order === null || instrument === null) return 'missing';
    const { base, quote, settle, kind, symbol } = instrument;
    const named = `${base}/${quote}${kind === 'perp' ? `:${settle}` : ''}`;
    const linear = !instrument.inverse && !instrument.quanto && settle === quote;
    if (instrument.multiplier <= 0n || !linear || symbol !== named) return 'fail';
    return price === null || rate === null ? 'missing' : 'pass';
  },
  B12({ c, instrument, strategy }, l) {
    const { account, proposal, policy } = c;
    const { account: name, venue, network } = proposal;
    const ours = account.account === name && account.venue === venue && account.network === network;
    type Route = { account: string; venue: string; network: string; strategies: readonly string[] };
    const routes = l.get('routes') as readonly Route[];
    return passIf(
      ours &&
        (instrument?.venue ?? venue) === venue &&
        account.currency === policy.currency &&
        routes
          .filter((r) => r.account === name && r.venue === venue && r.network === network)
          .some((r) => r.strategies.includes(strategy)),
    );
  },
};

export const identity: Judgements = { ...A, ...B };
