/** How orders trade: they arrive, take on the next book, rest, and are met by prints and by the market crossing them. */
import {
  abs,
  type Book,
  type Money,
  type Price,
  type Qty,
  type Side,
  type TimeMs,
} from '#firewall';
import type { CloseCode } from './codes.ts';
import type { VenueEvent } from './contract.ts';
import type { Core } from './core.ts';
import { affordable, freeFunds, reservation, reserves } from './funds.ts';
import { plan, type Market, type Slice } from './matching.ts';
import { remainingOf, type OpenOrder } from './open-order.ts';
import { join, requeue, shareOut } from './queue.ts';
import { limitOf, opposite, reaches } from './resting.ts';

/** An order reaches the book. It trades on the next one at the earliest, never on the one that it was made from. */
export function arrive(core: Core, open: OpenOrder, events: VenueEvent[]): void {
  const market = core.market(open.order.symbol);
  const known = market.outside.book !== null;
  const crosses = !known || wouldTake(market, open, core.now);
  if (open.order.postOnly && known && crosses)
    return core.close(events, open, 'rejected', 'POST_ONLY_WOULD_CROSS');
  if (crosses && !open.order.postOnly) {
    open.stage = 'fresh';
    market.fresh.push(open);
    return undefined;
  }
  return rest(market, open, core.now);
}

function wouldTake(market: Market, open: OpenOrder, now: TimeMs): boolean {
  const { side, limitPrice, type, tif } = open.order;
  if (type === 'market' || tif === 'ioc' || tif === 'fok') return true;
  const offer = market.outside.best(side, market.outside.impact.at(now));
  if (offer !== null && reaches(side, limitPrice, offer.price)) return true;
  const other = market.resting[opposite(side)][0];
  return other !== undefined && reaches(side, limitPrice, limitOf(other));
}

export function rest(market: Market, open: OpenOrder, now: TimeMs): void {
  open.stage = 'resting';
  market.resting.insert(open);
  const { outside } = market;
  join(open, outside.shownAt(open.order.side, limitOf(open), outside.impact.at(now)));
}

/** The outside market as it is now: the queue moves, what it crosses is filled, and what waited takes. */
export function meetBook(core: Core, market: Market, book: Book, events: VenueEvent[]): void {
  const { outside, resting } = market;
  outside.refresh(book);
  if (!resting.empty) {
    const offset = outside.impact.at(core.now);
    for (const side of ['buy', 'sell'] as const) {
      if (resting[side].length === 0) continue;
      meetCrossed(core, market, side, events);
      for (const open of resting[side])
        requeue(open, outside.shownAt(side, limitOf(open), offset), core.options.queue);
    }
  }
  if (market.fresh.length === 0) return;
  for (const open of market.fresh) if (open.stage === 'fresh') take(core, market, open, events);
}

/** The market stands at or beyond our price: it must have gone through us, so we are filled there, as makers. */
function meetCrossed(core: Core, market: Market, side: Side, events: VenueEvent[]): void {
  const { outside, resting } = market;
  for (;;) {
    const open = resting[side][0];
    if (open === undefined) return;
    const offer = outside.best(side, outside.impact.at(core.now));
    const price = limitOf(open);
    if (offer === null || !reaches(side, price, offer.price)) return;
    const want = remainingOf(open);
    const done = fillMaker(core, open, offer.qty < want ? offer.qty : want, events);
    outside.take(side, offer.level, done);
  }
}

/** Fills a resting order at its own price, as far as its owner can still pay or deliver. */
function fillMaker(core: Core, open: OpenOrder, want: Qty, events: VenueEvent[]): Qty {
  const price = limitOf(open);
  const { most, code } = capacity(core, open, price);
  const qty = most < want ? most : want;
  if (qty > 0n) core.fill(events, open, { price, qty, liquidity: 'maker' });
  if (most < want && open.stage !== 'closed') core.close(events, open, 'cancelled', code);
  return qty;
}

function capacity(
  core: Core,
  open: OpenOrder,
  price: Price,
): Readonly<{ most: Qty; code: CloseCode }> {
  const { order } = open;
  const { instrument } = core.market(order.symbol);
  const want = remainingOf(open);
  const held = core.custody.held(order.account, order.symbol);
  const against = order.side === 'buy' ? held < 0n : held > 0n;
  if (order.reduceOnly) {
    const most = against ? abs(held) : (0n as Qty);
    return { most: most < want ? most : want, code: 'REDUCE_ONLY_NOTHING_LEFT' };
  }
  if (instrument.kind === 'perp') return { most: want, code: 'INSUFFICIENT_FUNDS' };
  if (order.side === 'sell') return { most: held < want ? held : want, code: 'INSUFFICIENT_FUNDS' };
  const budget = budgetOf(core, open) ?? (0n as Money);
  return { most: affordable(instrument, budget, { want, price }), code: 'INSUFFICIENT_FUNDS' };
}

/** What a buy may spend: what is free, and what was set aside for it. */
function budgetOf(core: Core, open: OpenOrder): Money | null {
  const { order } = open;
  const { instrument } = core.market(order.symbol);
  if (!reserves(instrument, order)) return null;
  const aside = reservation(instrument, remainingOf(open), open.reservedAt);
  return (freeFunds(core.estate, order.account) + aside) as Money;
}

function take(core: Core, market: Market, open: OpenOrder, events: VenueEvent[]): void {
  const { order } = open;
  const { most, code } = order.reduceOnly
    ? capacity(core, open, limitOf(open))
    : { most: remainingOf(open), code: null };
  const walk = plan(
    market,
    {
      account: order.account,
      side: order.side,
      limit: order.limitPrice,
      qty: most,
      budget: budgetOf(core, open),
    },
    core.now,
  );
  if (order.tif === 'fok' && walk.filled < order.qty)
    return core.close(events, open, 'cancelled', 'FOK_NOT_FILLED');
  for (const slice of walk.slices) trade(core, market, { open, slice }, events);
  if (remainingOf(open) === 0n) return undefined;
  const passive = walk.stop === null || walk.stop === 'BOOK_EXHAUSTED';
  if (!passive) return core.close(events, open, 'cancelled', walk.stop);
  if (code !== null && most < order.qty && walk.filled === most)
    return core.close(events, open, 'cancelled', code);
  if (order.type === 'market') return core.close(events, open, 'cancelled', 'BOOK_EXHAUSTED');
  if (order.tif === 'ioc') return core.close(events, open, 'cancelled', 'IOC_REMAINDER');
  market.fresh = market.fresh.filter((other) => other !== open);
  return rest(market, open, core.now);
}

function trade(
  core: Core,
  market: Market,
  { open, slice }: Readonly<{ open: OpenOrder; slice: Slice }>,
  events: VenueEvent[],
): void {
  const { price, level, maker } = slice;
  const { side } = open.order;
  let qty = slice.qty;
  if (maker !== null) {
    if (maker.stage !== 'resting') return;
    qty = fillMaker(core, maker, qty, events);
    if (qty === 0n) return;
  }
  if (level !== null) {
    for (const behind of market.resting[opposite(side)])
      if (limitOf(behind) === price && behind.ahead !== null)
        behind.ahead = behind.ahead > qty ? behind.ahead - qty : 0n;
    market.outside.take(side, level, qty);
  }
  core.fill(events, open, { price, qty, liquidity: 'taker' });
  if (slice.push !== 0n) market.outside.impact.push(slice.push, core.now);
}

/** Somebody outside traded: better-priced orders of ours would have been met first, equal ones by their queue. */
export function meetPrint(
  core: Core,
  market: Market,
  print: Readonly<{ price: Price; qty: Qty; taker: Side }>,
  events: VenueEvent[],
): void {
  const side = opposite(print.taker);
  const { outside, resting } = market;
  if (resting[side].length === 0) return;
  const price = outside.shifted(print.taker, print.price, outside.impact.at(core.now));
  let left: bigint = print.qty;
  const equal: OpenOrder[] = [];
  for (const open of resting[side].slice()) {
    if (limitOf(open) === price) equal.push(open);
    else if (!reaches(print.taker, price, limitOf(open))) break;
    else if (left > 0n) {
      const want = remainingOf(open);
      left -= fillMaker(core, open, (want < left ? want : left) as Qty, events);
    }
  }
  if (left <= 0n || equal.length === 0) return;
  const shares = shareOut(equal, left);
  for (const [at, open] of equal.entries()) {
    const qty = shares[at] ?? (0n as Qty);
    if (qty > 0n) fillMaker(core, open, qty, events);
  }
}
