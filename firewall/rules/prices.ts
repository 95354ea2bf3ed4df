/** Family D: whether the price makes sense. */
import { lock } from '../effects.ts';
import type { Facts } from '../facts.ts';
import type { Level } from '../market-view.ts';
import { ratioBy, span, toggle, valueFor } from '../policy-values.ts';
import { atLeast, atMost, demand, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import { abs, ceilDiv, floorDiv, ratioPpm, type Ppm, type Qty, type TimeMs } from '../units.ts';

const MILLION = 1_000_000n;

const collar = rule({
  id: 'D1',
  name: 'price-collar',
  code: 'PRICE_OUTSIDE_COLLAR',
  title:
    'The price lies near the middle of the book: nearer where it would take, and wider for exits.',
  unit: 'ppm',
  bound: 'max',
  params: { takingMax: ratioBy('up'), restingMax: ratioBy('up'), exitMax: ratioBy('up') },
  evaluate({ order, price, mid, reducing, proposal }, limits, self) {
    if (order === null || price === null || mid === null)
      return missing(self, 'a price or the book');
    const away = order.side === 'buy' ? price - mid : mid - price;
    const distance = ratioPpm(abs(away), mid);
    if (distance === null) return missing(self, 'a middle price above zero');
    const bound = reducing ? limits.exitMax : away > 0n ? limits.takingMax : limits.restingMax;
    return atMost(self, distance, valueFor(bound, proposal.symbol));
  },
});

const collarOverTime = rule({
  id: 'D2',
  name: 'price-drift',
  code: 'PRICES_DRIFTED',
  title: 'Our own approved prices in the symbol have not wandered through the collar step by step.',
  unit: 'ppm',
  bound: 'max',
  breach: 'lock',
  params: { window: span('down'), driftMax: ratioBy('up'), lockFor: span('down') },
  evaluate({ order, price, account, proposal, now }, { window, driftMax }, self) {
    const { decisions } = account;
    if (order === null || price === null || decisions === null)
      return missing(self, 'a price or the recent decisions');
    let low: bigint = price;
    let high: bigint = price;
    for (let index = decisions.length - 1; index >= 0; index -= 1) {
      const past = decisions[index];
      if (past === undefined || now - past.at >= window) break;
      if (past.symbol !== proposal.symbol || past.kind !== 'order') continue;
      if (past.verdict !== 'approved') continue;
      if (past.price < low) low = past.price;
      if (past.price > high) high = past.price;
    }
    const drift = ratioPpm(high - low, low);
    if (drift === null) return missing(self, 'prices above zero');
    return atMost(self, drift, valueFor(driftMax, proposal.symbol));
  },
  effect: ({ now, proposal }, { lockFor }, self) =>
    lock(self, 'symbol', proposal.symbol, (now + lockFor) as TimeMs),
});

type Slip = Readonly<{ worst: Ppm | null; maxQty: Qty }>;

/** How far the last unit would be filled from the middle, and how much is on offer within the cap. */
function slipOf(side: readonly Level[], { mid, order }: Facts, slipMax: Ppm): Slip | null {
  if (mid === null || mid <= 0n || order === null) return null;
  const buying = order.side === 'buy';
  const cap = BigInt(slipMax) * mid;
  let offered = 0n;
  let within = 0n;
  let worst: Ppm | null = null;
  for (const { price, qty } of side) {
    const away = buying ? price - mid : mid - price;
    offered += qty;
    if (worst === null && offered >= order.qty) worst = Number(ceilDiv(away * MILLION, mid)) as Ppm;
    if (away * MILLION <= cap) within = offered;
    else if (worst !== null) break;
  }
  return { worst, maxQty: within as Qty };
}

const marketOrder = rule({
  id: 'D3',
  name: 'market-order',
  code: 'MARKET_ORDER_UNPROTECTED',
  title: 'An order without a limit price is forbidden, or its last fill stays near the middle.',
  unit: 'mixed',
  bound: 'none',
  params: { allowed: toggle('up'), slipMax: ratioBy('up') },
  evaluate(facts, { allowed, slipMax }, self) {
    const { order, market, proposal } = facts;
    if (order === null) return missing(self, 'an order');
    if (order.type !== 'market' || !allowed)
      return demand(self, order.type === 'limit', order.type, 'limit');
    const limit = valueFor(slipMax, proposal.symbol);
    const slip = market.book === null ? null : slipOf(sideOf(facts), facts, limit);
    if (slip === null) return missing(self, 'the book');
    if (slip.worst === null)
      return fail(self, null, limit, slip.maxQty, 'larger than the visible book');
    return slip.worst <= limit
      ? pass(self, slip.worst, limit, slip.maxQty)
      : fail(self, slip.worst, limit, slip.maxQty, 'slip of the last fill');
  },
});

const NOTHING: readonly Level[] = [];
const sideOf = ({ order, market: { book } }: Facts): readonly Level[] =>
  (order?.side === 'buy' ? book?.asks : book?.bids) ?? NOTHING;

const basisDrift = rule({
  id: 'D4',
  name: 'basis-drift',
  code: 'BASIS_DRIFTED',
  title: 'The middle price is still where the agent saw it.',
  unit: 'ppm',
  bound: 'max',
  params: { driftMax: ratioBy('up') },
  evaluate({ order, mid, proposal }, { driftMax }, self) {
    if (order === null || mid === null) return missing(self, 'the book');
    const drift = ratioPpm(abs(mid - order.basisMid), order.basisMid);
    if (drift === null) return missing(self, 'a basis above zero');
    return atMost(self, drift, valueFor(driftMax, proposal.symbol));
  },
});

const postOnly = rule({
  id: 'D5',
  name: 'post-only-rests',
  code: 'POST_ONLY_WOULD_TAKE',
  title: 'A post-only price does not reach the other side of the book.',
  unit: 'price',
  bound: 'none',
  params: {},
  evaluate({ order, bid, ask }, _limits, self) {
    if (order === null || !order.postOnly) return na(self, 'the order may take');
    if (bid === null || ask === null || order.limitPrice === null)
      return missing(self, 'the book or a limit price');
    return order.side === 'buy'
      ? demand(self, order.limitPrice < ask, order.limitPrice, ask)
      : demand(self, order.limitPrice > bid, order.limitPrice, bid);
  },
});

const stopDistance = rule({
  id: 'D6',
  name: 'stop-distance',
  code: 'STOP_WOULD_FIRE',
  title: 'The stop lies on the losing side of the market, and not within reach of its noise.',
  unit: 'ppm',
  bound: 'min',
  params: { distanceMin: ratioBy('down') },
  evaluate({ order, bid, ask, mid, proposal }, { distanceMin }, self) {
    if (order === null || order.stopPrice === null) return na(self, 'the order has no stop');
    if (bid === null || ask === null || mid === null || mid <= 0n) return missing(self, 'the book');
    // A long is sold at the bid, a short is bought back at the ask.
    const away = order.side === 'buy' ? bid - order.stopPrice : order.stopPrice - ask;
    const distance = Number(floorDiv(away * MILLION, mid)) as Ppm;
    return atLeast(self, distance, valueFor(distanceMin, proposal.symbol));
  },
});

export const priceRules: readonly Rule[] = [
  collar,
  collarOverTime,
  marketOrder,
  basisDrift,
  postOnly,
  stopDistance,
];
