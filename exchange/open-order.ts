/** One accepted order as the engine works it, and what is reported of it. */
import type { Price, Qty, TimeMs } from '#firewall';
import type { OrderReport, OrderState, VenueOrder } from './contract.ts';

export type OpenOrder = {
  readonly number: number;
  readonly order: VenueOrder;
  /** When it reaches the book. */
  readonly arriveAt: TimeMs;
  /** The price that its funds were reserved at. */
  readonly reservedAt: Price;
  /** On its way; arrived and about to take; in the book; done. */
  stage: 'flying' | 'fresh' | 'resting' | 'closed';
  state: OrderState;
  reason: string | null;
  filled: Qty;
  fills: number;
  /** Outside quantity that trades before it; null while its price lies beyond what the book shows. */
  ahead: bigint | null;
  /** What the level showed when `ahead` was last estimated, and what has traded there since. */
  shown: bigint;
  traded: bigint;
  updatedAt: TimeMs;
};

export const venueOrderIdOf = (number: number): string => `V-${number}`;

export const remainingOf = (open: OpenOrder): Qty => (open.order.qty - open.filled) as Qty;

export function accepted(
  number: number,
  order: VenueOrder,
  at: Readonly<{ now: TimeMs; arriveAt: TimeMs; reservedAt: Price }>,
): OpenOrder {
  return {
    number,
    order,
    arriveAt: at.arriveAt,
    reservedAt: at.reservedAt,
    stage: 'flying',
    state: 'resting',
    reason: null,
    filled: 0n as Qty,
    fills: 0,
    ahead: null,
    shown: 0n,
    traded: 0n,
    updatedAt: at.now,
  };
}

export const reportOf = (open: OpenOrder): OrderReport => ({
  venueOrderId: venueOrderIdOf(open.number),
  clientId: open.order.clientId,
  account: open.order.account,
  symbol: open.order.symbol,
  side: open.order.side,
  state: open.state,
  qty: open.order.qty,
  filled: open.filled,
  price: open.order.limitPrice,
  reason: open.reason,
  updatedAt: open.updatedAt,
});
