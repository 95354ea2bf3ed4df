/** Our place in the queue of a price level, estimated from what the public data shows. */
import type { Qty } from '#firewall';
import { remainingOf, type OpenOrder } from './open-order.ts';

/**
 * Who cancels when a level shrinks without a trade. Risk-averse: always those behind us.
 * Power: those ahead with probability front^n / (front^n + back^n), as its expectation.
 */
export type QueueModel =
  | Readonly<{ kind: 'risk-averse' }>
  | Readonly<{ kind: 'power'; exponent: number }>;

/** We join the back: all that is shown at our price trades before us. */
export function join(open: OpenOrder, shown: Qty | null): void {
  open.ahead = shown;
  open.shown = shown ?? 0n;
  open.traded = 0n;
}

/** The next book: the queue before us is never longer than the level. */
export function requeue(open: OpenOrder, shown: Qty | null, model: QueueModel): void {
  if (shown === null) return;
  if (open.ahead === null) {
    join(open, shown);
    return;
  }
  const cancelled = open.shown - open.traded - shown;
  if (model.kind === 'power' && cancelled > 0n)
    open.ahead -= frontShare(open, cancelled, model.exponent);
  if (open.ahead > shown) open.ahead = shown;
  open.shown = shown;
  open.traded = 0n;
}

function frontShare(open: OpenOrder, cancelled: bigint, exponent: number): bigint {
  const front = open.ahead ?? 0n;
  const level = open.shown - open.traded;
  const back = level > front ? level - front : 0n;
  const n = BigInt(exponent);
  const weight = front ** n + back ** n;
  if (weight === 0n) return 0n;
  // Rounded down: a place in the queue that we are not sure of is not ours.
  const share = (cancelled * front ** n) / weight;
  return share > front ? front : share;
}

/**
 * A print at the price of these orders (oldest first): outside quantity before each of them trades first.
 * Gives what each order gets, in the same order.
 */
export function shareOut(orders: readonly OpenOrder[], printed: bigint): readonly Qty[] {
  let left = printed;
  let outside = 0n;
  return orders.map((open) => {
    if (open.ahead === null) return 0n as Qty;
    const before = open.ahead > outside ? open.ahead - outside : 0n;
    const passed = before < left ? before : left;
    left -= passed;
    outside += passed;
    open.ahead = open.ahead > outside ? open.ahead - outside : 0n;
    open.traded += printed;
    const rest = remainingOf(open);
    const got = (rest < left ? rest : left) as Qty;
    left -= got;
    return got;
  });
}
