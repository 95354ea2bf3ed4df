/** Our traders' resting orders of one symbol: best price first, then whoever came first. */
import type { Price, Side } from '#firewall';
import type { OpenOrder } from './open-order.ts';

export const opposite = (side: Side): Side => (side === 'buy' ? 'sell' : 'buy');

/** Whether an order of `taker` at `limit` (null: any price) would trade at `price`. */
export const reaches = (taker: Side, limit: Price | null, price: Price): boolean =>
  limit === null || (taker === 'buy' ? price <= limit : price >= limit);

export const limitOf = (open: OpenOrder): Price => open.order.limitPrice ?? open.reservedAt;

export class Resting {
  readonly buy: OpenOrder[] = [];
  readonly sell: OpenOrder[] = [];

  insert(open: OpenOrder): void {
    const { side } = open.order;
    const orders = this[side];
    const price = limitOf(open);
    let at = orders.length;
    // Only a strictly better price goes before those already there.
    while (at > 0 && better(side, price, limitOf(orders[at - 1] as OpenOrder))) at -= 1;
    orders.splice(at, 0, open);
  }

  remove(open: OpenOrder): void {
    const orders = this[open.order.side];
    const at = orders.indexOf(open);
    if (at !== -1) orders.splice(at, 1);
  }

  get empty(): boolean {
    return this.buy.length === 0 && this.sell.length === 0;
  }
}

const better = (side: Side, price: Price, than: Price): boolean =>
  side === 'buy' ? price > than : price < than;
