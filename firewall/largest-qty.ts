/** The largest quantity of an order whose value still fits under an amount. */
import type { Facts } from './facts.ts';
import { floorDiv, SCALE, type Qty } from './units.ts';

/** Exact: the value is rounded up, so a whole quantity fits if and only if its exact value does. */
export function largestQty(
  { price, rate, instrument }: Pick<Facts, 'price' | 'rate' | 'instrument'>,
  notionalMax: bigint,
): Qty | null {
  if (price === null || rate === null || instrument === null) return null;
  if (notionalMax <= 0n) return 0n as Qty;
  const { multiplier } = instrument;
  const plain = multiplier === SCALE && rate === SCALE;
  const unit = plain ? price : price * multiplier * rate;
  if (unit <= 0n) return 0n as Qty;
  return floorDiv(notionalMax * (plain ? SCALE : SCALE * SCALE * SCALE), unit) as Qty;
}
