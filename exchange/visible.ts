/** The book that others see: the outside market after our doings, with our own traders' resting orders in it. */
import type { Book, Level, Price, Qty, Side, TimeMs } from '#firewall';
import type { Market } from './matching.ts';
import { remainingOf } from './open-order.ts';
import { limitOf, opposite } from './resting.ts';

export function visibleBook(market: Market, now: TimeMs): Book | null {
  const { book } = market.outside;
  if (book === null) return null;
  return { ...book, bids: sideOf(market, 'buy', now), asks: sideOf(market, 'sell', now) };
}

function sideOf(market: Market, side: Side, now: TimeMs): readonly Level[] {
  const { outside, resting } = market;
  const taker = opposite(side);
  const offset = outside.impact.at(now);
  const levels = new Map<Price, bigint>();
  for (const level of outside.levels(taker)) {
    const { price, qty } = outside.offer(taker, level, offset);
    if (qty > 0n) levels.set(price, (levels.get(price) ?? 0n) + qty);
  }
  for (const open of resting[side]) {
    const price = limitOf(open);
    levels.set(price, (levels.get(price) ?? 0n) + remainingOf(open));
  }
  const sorted = Array.from(levels, ([price, qty]) => ({ price, qty: qty as Qty }));
  return sorted.toSorted((a, b) => (a.price < b.price === (side === 'sell') ? -1 : 1));
}
