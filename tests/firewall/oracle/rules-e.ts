/** Rows E1 to E21 by brute force: the account at its worst, counted line by line. */
import {
  atMost,
  below,
  by,
  dec,
  down,
  greatest,
  least,
  millionths,
  minus,
  negative,
  ONE,
  plus,
  size,
  times,
  up,
  whole,
  wholeBelow,
  ZERO,
  type Q,
} from './rational.ts';
import { recent, type Judgements } from './rules-a-b.ts';
import { costWithin, fresh } from './rules-c-d.ts';
import {
  holdingsOf,
  passIf,
  rateTo,
  reducesWhateverFills,
  total,
  type Holdings,
  type Line,
  type World,
} from './world.ts';

/** A share of an amount of money, in whole units of it, never more than the exact one. */
const part = (amount: Q, share: Q): Q => down(times(amount, share));
const ofBase = (h: Holdings, base: string): readonly Line[] =>
  h.others.filter((o) => o.base === base);
const grossOf = (lines: readonly Line[]): Q => total(lines.map((line) => line.gross));
const along = (w: World, line: Line): Q => (w.order?.side === 'buy' ? line.long : line.short);

const orderSize: Judgements = {
  E1({ order, symbol }, l) {
    const limits = l.get('qtyMax') as Readonly<Record<string, bigint>>;
    const limit = Object.entries(limits).find(([name]) => name === symbol)?.[1];
    return order === null || limit === undefined ? 'missing' : passIf(order.qty <= limit);
  },
  E2: ({ notional }, l) =>
    notional === null ? 'missing' : passIf(atMost(notional, l.money('notionalMax'))),
  E3: ({ notional, equity }, l) =>
    notional === null || equity === null
      ? 'missing'
      : passIf(atMost(notional, part(equity, l.share('shareMax')))),
  E4({ order, price, bid, ask, instrument, rate, equity }, l) {
    if (order === null || order.stopPrice === null || price === null) return 'missing';
    if (bid === null || ask === null || instrument === null || rate === null) return 'missing';
    if (equity === null || price.n <= 0n) return 'missing';
    const stop = dec(order.stopPrice);
    const { maker, taker } = instrument.costs;
    // A rebate pays for nothing here either: see what an order takes of the cash.
    const paid = (fee: number): Q => greatest(ZERO, millionths(fee));
    const entryFee = times(price, paid(order.postOnly ? maker : taker));
    const exitFee = times(stop, plus(paid(taker), l.share('stopSlip')));
    const lost = plus(size(minus(price, stop)), minus(ask, bid), entryFee, exitFee);
    const risk = times(lost, dec(order.qty), dec(instrument.multiplier), rate);
    return passIf(atMost(risk, part(equity, l.share('riskMax'))));
  },
  E5({ c, notional, now }, l) {
    const { decisions } = c.account;
    if (decisions === null || notional === null) return 'missing';
    const spent = recent(decisions, now, l.number('window'))
      .filter((d) => d.kind === 'order' && d.verdict === 'approved')
      .map((d) => dec(d.notional));
    return passIf(atMost(plus(notional, ...spent), l.money('notionalMax')));
  },
};

const exposure: Judgements = {
  E6(w, l) {
    const h = holdingsOf(w);
    if (h === null || w.equity === null) return 'missing';
    return passIf(atMost(h.after, part(w.equity, l.shareOf('shareMax', w.symbol))));
  },
  E7(w, l) {
    const h = holdingsOf(w);
    if (h === null || w.equity === null) return 'missing';
    if (!h.others.every(({ markedAt }) => fresh(w.now, markedAt, l.number('markAgeMax'))))
      return 'missing';
    return passIf(atMost(plus(grossOf(h.others), h.larger), part(w.equity, l.share('shareMax'))));
  },
  E8(w, l) {
    const h = holdingsOf(w);
    if (h === null || w.equity === null || w.instrument === null) return 'missing';
    const { base } = w.instrument;
    const net = (lines: readonly Line[]): Q =>
      plus(h.after, ...lines.map((line) => along(w, line)));
    return passIf(
      atMost(net(ofBase(h, base)), part(w.equity, l.shareOf('assetMax', base))) &&
        atMost(net(h.others), part(w.equity, l.share('totalMax'))),
    );
  },
  E9(w, l) {
    const h = holdingsOf(w);
    if (h === null || w.equity === null || w.instrument === null) return 'missing';
    const clusters = new Map(Object.entries(l.get('clusters') as Record<string, string>));
    const clusterOf = (base: string): string => clusters.get(base) ?? base;
    const cluster = clusterOf(w.instrument.base);
    const others = h.others.filter(({ base }) => clusterOf(base) === cluster);
    return passIf(
      atMost(plus(grossOf(others), h.larger), part(w.equity, l.shareOf('shareMax', cluster))),
    );
  },
  E10(w, l) {
    const h = holdingsOf(w);
    if (h === null) return 'missing';
    return passIf(
      1 + h.others.length <= l.number('totalMax') &&
        1 + h.others.filter((line) => along(w, line).n > 0n).length <= l.number('sideMax') &&
        1 + h.others.filter(({ mine }) => mine).length <= l.number('strategyMax'),
    );
  },
  E11({ c, order, price, symbol, strategy }, l) {
    const { positions, working } = c.account;
    if (order === null || price === null || positions === null || working === null)
      return 'missing';
    const sign = order.side === 'buy' ? 1n : -1n;
    const added = positions.filter(
      (p) => p.symbol === symbol && p.strategy === strategy && p.qty * sign > 0n,
    );
    const worse = added.some((p) => times(whole(sign), minus(price, dec(p.entryPrice))).n < 0n);
    if (worse && !l.names('mayAverageDown').includes(strategy)) return 'fail';
    const pending = working.filter(
      (o) =>
        o.symbol === symbol && o.strategy === strategy && o.side === order.side && !o.reduceOnly,
    );
    const entries = added.reduce((sum, p) => sum + p.entries, 0) + pending.length + 1;
    return passIf(entries <= l.number('entriesMax'));
  },
};

/** What the order takes of the cash that is free: all of its value or its first margin, and the fee. */
function cashFor({ order, instrument, each }: World): Q | null {
  if (order === null || instrument === null || each === null) return null;
  const most = instrument.brackets[0]?.leverageMax;
  if (instrument.marginMode !== 'none' && (most === undefined || most < 1)) return null;
  const { maker, taker } = instrument.costs;
  const fee = greatest(ZERO, millionths(order.postOnly ? maker : taker));
  // The venue's share in whole millionths, rounded up.
  const margin =
    instrument.marginMode === 'none' || most === undefined
      ? ONE
      : millionths(-wholeBelow(negative(by(whole(1_000_000), whole(most)))));
  return times(dec(order.qty), each, plus(margin, fee));
}
/** What nothing has a claim on: reservations are taken off by the ledger already. */
const freeCash = ({ c }: World): Q | null => (c.account.free === null ? null : dec(c.account.free));

const capital: Judgements = {
  E12(w, l) {
    const h = holdingsOf(w);
    const { equity, instrument, notional } = w;
    if (h === null || equity === null || instrument === null || notional === null) return 'missing';
    const leverage = l.number('leverageMax');
    const gross = passIf(atMost(plus(grossOf(h.others), h.larger), times(equity, whole(leverage))));
    if (instrument.marginMode === 'none') return gross;
    const free = freeCash(w);
    const first = instrument.brackets[0];
    if (first === undefined || free === null) return 'missing';
    const used = Math.min(leverage, first.leverageMax);
    if (used < 1) return 'missing';
    if (gross === 'fail') return 'fail';
    const lent = instrument.brackets.some(
      (b) => b.leverageMax >= used && atMost(h.after, dec(b.notionalMax)),
    );
    return passIf(lent && atMost(by(notional, whole(used)), free));
  },
  E13(w, l) {
    const { instrument, equity, order, price, rate } = w;
    if (instrument?.marginMode === 'none') return 'na';
    const h = holdingsOf(w);
    const { maintenance } = w.c.account;
    if (h === null || equity === null || maintenance === null) return 'missing';
    if (order === null || order.stopPrice === null || instrument === null || price === null)
      return 'missing';
    if (rate === null || price.n <= 0n || instrument.brackets.length === 0) return 'missing';
    const bracket = instrument.brackets.find((b) => atMost(h.after, dec(b.notionalMax)));
    if (bracket === undefined) return 'fail';
    const unit = times(dec(instrument.multiplier), rate);
    // Working orders that may fill with it are not in the venue's figure of the margin either.
    const opened = dec(h.working + order.qty);
    const margin = up(times(opened, price, unit, millionths(bracket.maintenance)));
    const kept = plus(dec(maintenance), margin);
    const position = times(dec(h.before + order.qty), unit);
    const lost = times(position, size(minus(price, dec(order.stopPrice))));
    const spare = times(position, price, l.share('buffer'));
    const exact = times(opened, price, unit, millionths(bracket.maintenance));
    return passIf(
      atMost(kept, part(equity, l.share('maintenanceMax'))) &&
        atMost(plus(dec(maintenance), exact, lost, spare), equity),
    );
  },
  E14(w) {
    const h = holdingsOf(w);
    const cost = cashFor(w);
    const { order, instrument, c } = w;
    if (h === null || order === null || instrument === null || cost === null) return 'missing';
    if (instrument.marginMode === 'none' && order.side === 'sell') {
      const owned = new Map(Object.entries(c.account.balances)).get(instrument.base);
      if (owned === undefined) return 'missing';
      return passIf(order.qty + h.working <= owned);
    }
    const free = freeCash(w);
    return free === null ? 'missing' : passIf(atMost(cost, free));
  },
  E15(w, l) {
    const h = holdingsOf(w);
    const cost = cashFor(w);
    const { order, instrument, equity } = w;
    if (h === null || order === null || instrument === null || cost === null) return 'missing';
    const free = freeCash(w);
    if (equity === null || free === null) return 'missing';
    const taken = plus(grossOf(ofBase(h, instrument.base)), h.larger);
    if (below(l.moneyOf('assetBudget', instrument.base), taken)) return 'fail';
    if (instrument.marginMode === 'none' && order.side === 'sell') return 'pass';
    return passIf(atMost(plus(cost, up(times(equity, l.share('reserveMin')))), free));
  },
  E16({ c, order, instrument, now, symbol }, l) {
    if (order === null || instrument === null) return 'missing';
    if (instrument.kind !== 'perp') return 'na';
    const { funding } = c.market;
    if (funding === null || funding.everyMs <= 0 || funding.nextAt <= now) return 'missing';
    const pays = order.side === 'buy' ? funding.rate : 0 - funding.rate;
    const horizon = BigInt(now) + BigInt(order.horizonMs) - BigInt(funding.nextAt);
    const stamps = horizon < 0n ? 0n : horizon / BigInt(funding.everyMs) + 1n;
    const dear = pays > l.number('quietAbove') && funding.nextAt < now + l.number('quietBefore');
    return passIf(BigInt(pays) * stamps <= BigInt(l.numberOf('carryMax', symbol)) && !dear);
  },
};

type Scenario = Readonly<{ shock: { default: bigint; by: Record<string, bigint> } }>;

const perils: Judgements = {
  E17(w, l) {
    const h = holdingsOf(w);
    const { order, instrument, equity } = w;
    if (h === null || order === null || instrument === null || equity === null) return 'missing';
    const scenarios = l.get('scenarios') as readonly Scenario[];
    if (scenarios.length === 0) return 'missing';
    const [long, short] = order.side === 'buy' ? [h.after, h.against] : [h.against, h.after];
    const book = [...h.others, { base: instrument.base, long, short }];
    const lossUnder = ({ shock }: Scenario): Q =>
      total(
        book.map((line) => {
          const shocks = new Map(Object.entries(shock.by));
          const move = millionths(shocks.get(line.base) ?? shock.default);
          return move.n < 0n ? times(negative(move), line.long) : times(move, line.short);
        }),
      );
    const limit = part(equity, l.share('lossMax'));
    return passIf(scenarios.every((scenario) => atMost(lossUnder(scenario), limit)));
  },
  E18(w, l) {
    const h = holdingsOf(w);
    const { instrument, equity, c } = w;
    if (h === null || instrument === null || equity === null) return 'missing';
    const { settle } = instrument;
    const balance = new Map(Object.entries(c.account.balances)).get(settle);
    const rate = rateTo(c, settle);
    if (balance === undefined || rate === null) return 'missing';
    const exposed = plus(grossOf(h.others.filter((o) => o.settle === settle)), h.larger);
    return passIf(
      atMost(times(dec(balance), rate), part(equity, l.shareOf('balanceMax', settle))) &&
        atMost(exposed, part(equity, l.shareOf('exposureMax', settle))),
    );
  },
  E19({ c, order, instrument, price, symbol }) {
    if (order === null || !order.reduceOnly) return 'na';
    const { positions, working } = c.account;
    if (positions === null || working === null) return 'missing';
    if (!reducesWhateverFills(c)) return 'fail';
    const held = positions.filter((p) => p.symbol === symbol).reduce((sum, p) => sum + p.qty, 0n);
    const rivals = working
      .filter((o) => o.symbol === symbol && o.side === order.side)
      .reduce((sum, o) => sum + o.qty, 0n);
    const left = minus(size(dec(held)), dec(rivals + order.qty));
    if (left.n === 0n) return 'pass';
    if (instrument === null || price === null) return 'missing';
    // The venue's least value is in the quote currency, like every filter of its own.
    return passIf(
      atMost(dec(instrument.notionalMin), times(left, price, dec(instrument.multiplier))),
    );
  },
  E20(w, l) {
    const { c, order, strategy, reducing } = w;
    if (order === null) return 'missing';
    if (reducing && (c.controls.operatorExit || reducesWhateverFills(c, strategy))) return 'na';
    const h = holdingsOf(w);
    const standing = new Map(Object.entries(c.account.strategies)).get(strategy);
    if (h === null || standing === undefined) return 'missing';
    const here = up(greatest(ZERO, times(dec(h.ownBefore + order.qty), h.each)));
    const elsewhere = total(h.others.filter(({ mine }) => mine).map(({ own }) => own));
    const given = least(dec(standing.capital), l.moneyOf('capitalMax', strategy));
    return passIf(atMost(plus(here, elsewhere), given));
  },
  E21(w, l) {
    const { order, reducing } = w;
    if (reducing) return 'na';
    if (order === null) return 'missing';
    // Twice the cost fits into the move less the margin; each way is told in whole millionths, rounded up.
    const spare = whole(order.expectedMove - l.number('marginMin'));
    const half = millionths(wholeBelow(by(spare, whole(2))));
    return costWithin(w, (fixed) => minus(half, fixed));
  },
};

export const sizes: Judgements = { ...orderSize, ...exposure, ...capital, ...perils };
