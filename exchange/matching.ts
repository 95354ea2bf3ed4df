/** The walk of one taking order through the outside levels and our own traders' orders, best price first. */
import {
  permanentImpact,
  PPM,
  type Instrument,
  type Level,
  type Money,
  type Price,
  type Qty,
  type Side,
  type TimeMs,
} from '#firewall';
import type { CloseCode } from './codes.ts';
import { affordable, reservation } from './funds.ts';
import { remainingOf, type OpenOrder } from './open-order.ts';
import type { Offer, Outside } from './outside.ts';
import { limitOf, opposite, reaches, type Resting } from './resting.ts';

/** Everything of one symbol. */
export type Market = {
  readonly instrument: Instrument;
  readonly outside: Outside;
  readonly resting: Resting;
  /** Arrived and waiting for the next book. */
  fresh: OpenOrder[];
  dayQty: Qty;
  fundedAt: number;
};

/** One trade to be: with an outside level, or with another trader's order. */
export type Slice = Readonly<{
  price: Price;
  qty: Qty;
  level: Price | null;
  maker: OpenOrder | null;
  /** How far it moves the prices that come after it. */
  push: bigint;
}>;

export type Taker = Readonly<{
  account: string;
  side: Side;
  limit: Price | null;
  qty: Qty;
  /** What a buy may spend; null where no cash changes hands up front. */
  budget: Money | null;
}>;

export type Plan = Readonly<{ slices: readonly Slice[]; filled: Qty; stop: CloseCode | null }>;

/** The best of what stands against a taker: a level of the market outside, or an order of our own traders. */
class Counterparties {
  readonly #market: Market;
  readonly #side: Side;
  readonly #levels: readonly Level[];
  readonly #makers: readonly OpenOrder[];
  #level = 0;
  #maker = 0;
  #levelTaken = 0n;
  #makerTaken = 0n;
  /** Outside quantity taken at the price of the first maker: those before it in the queue. */
  #passed = 0n;

  constructor(market: Market, side: Side) {
    this.#market = market;
    this.#side = side;
    this.#levels = market.outside.levels(side);
    this.#makers = market.resting[opposite(side)];
  }

  best(offset: bigint): Omit<Slice, 'push'> | null {
    const offer = this.#offer(offset);
    const maker = this.#makers[this.#maker];
    if (maker === undefined)
      return offer === null
        ? null
        : { price: offer.price, qty: offer.qty, level: offer.level, maker: null };
    const price = limitOf(maker);
    const qty = (remainingOf(maker) - this.#makerTaken) as Qty;
    if (offer === null) return { price, qty, level: null, maker };
    if (offer.price === price) {
      const before = maker.ahead === null ? offer.qty : maker.ahead - this.#passed;
      if (before <= 0n) return { price, qty, level: null, maker };
      const first = (before < offer.qty ? before : offer.qty) as Qty;
      return { price, qty: first, level: offer.level, maker: null };
    }
    return reaches(this.#side, price, offer.price)
      ? { price: offer.price, qty: offer.qty, level: offer.level, maker: null }
      : { price, qty, level: null, maker };
  }

  take({ price, qty, maker }: Omit<Slice, 'push'>): void {
    if (maker === null) {
      this.#levelTaken += qty;
      const first = this.#makers[this.#maker];
      if (first !== undefined && limitOf(first) === price) this.#passed += qty;
      return;
    }
    this.#makerTaken += qty;
    if (this.#makerTaken < remainingOf(maker)) return;
    const next = this.#makers[this.#maker + 1];
    if (next === undefined || limitOf(next) !== price) this.#passed = 0n;
    this.#maker += 1;
    this.#makerTaken = 0n;
  }

  #offer(offset: bigint): Offer | null {
    for (; this.#level < this.#levels.length; this.#level += 1) {
      const offer = this.#market.outside.offer(
        this.#side,
        this.#levels[this.#level] as Level,
        offset,
      );
      const qty = (offer.qty - this.#levelTaken) as Qty;
      if (qty > 0n) return { ...offer, qty };
      this.#levelTaken = 0n;
    }
    return null;
  }
}

/** Plans the whole walk and changes nothing: all-or-nothing orders look before they leap. */
export function plan(market: Market, taker: Taker, now: TimeMs): Plan {
  const others = new Counterparties(market, taker.side);
  const slices: Slice[] = [];
  let offset = market.outside.impact.at(now);
  let left: bigint = taker.qty;
  let budget: bigint | null = taker.budget;
  let stop: CloseCode | null = null;
  while (left > 0n) {
    const next = others.best(offset);
    if (next === null) stop = 'BOOK_EXHAUSTED';
    if (next === null || !reaches(taker.side, taker.limit, next.price)) break;
    if (next.maker !== null && next.maker.order.account === taker.account) {
      stop = 'SELF_TRADE_PREVENTED';
      break;
    }
    const want = withinLimit(market, taker, next, (next.qty < left ? next.qty : left) as Qty);
    const price = paidFor(market, taker.side, next, want);
    const qty =
      budget === null ? want : affordable(market.instrument, budget as Money, { want, price });
    if (qty > 0n) {
      const push = signed(taker.side, moveOf(market, next, qty));
      others.take({ ...next, qty });
      slices.push({ ...next, price, qty, push });
      offset += push;
      left -= qty;
      if (budget !== null) budget -= reservation(market.instrument, qty, price);
    }
    if (qty < want) stop = 'INSUFFICIENT_FUNDS';
    if (qty < want || want === 0n) break;
  }
  return { slices, filled: (taker.qty - left) as Qty, stop };
}

type Stand = Omit<Slice, 'push'>;
const signed = (side: Side, move: bigint): bigint => (side === 'buy' ? move : 0n - move);

/** Only what is taken from the outside market moves it; what we trade among ourselves it never saw. */
function moveOf({ instrument, dayQty }: Market, { level }: Stand, qty: Qty): bigint {
  if (level === null) return 0n;
  // Reckoned from where the level really stands: from the moved price, a trip there and back would not cancel out.
  return permanentImpact({ price: level, qty, dayQty }, instrument.costs) ?? 0n;
}

/**
 * A trade pays for half of the move that it makes, to the nearest tick: with none of it, who takes all
 * at once and comes back would be paid for having pushed the price.
 */
function paidFor(market: Market, side: Side, next: Stand, qty: Qty): Price {
  const { tick } = market.instrument;
  const own = ((moveOf(market, next, qty) + tick) / (2n * tick)) * tick;
  const price = next.price + signed(side, own);
  return (own === 0n || price > tick ? price : tick) as Price;
}

/** As much as can be had before the order's own push would carry its price beyond its limit. */
function withinLimit(market: Market, taker: Taker, next: Stand, want: Qty): Qty {
  const { limit, side } = taker;
  const free = limit === null || next.level === null;
  if (free || reaches(side, limit, paidFor(market, side, next, want))) return want;
  const { tick, lot, costs } = market.instrument;
  const room = 2n * signed(side, limit - next.price) + tick;
  const most = (room * market.dayQty * BigInt(PPM)) / (next.level * BigInt(costs.impactPermanent));
  let qty = (most - (most % lot)) as Qty;
  while (qty > 0n && !reaches(side, limit, paidFor(market, side, next, qty)))
    qty = (qty - lot) as Qty;
  return qty;
}
