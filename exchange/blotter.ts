/** The venue's memory of orders and fills: what is open, what was, by trader and client id. */
import type { TimeMs } from '#firewall';
import type { Fill } from './contract.ts';
import type { OpenOrder } from './open-order.ts';

/** How much of the past can still be asked for, per trader. */
const HISTORY_MAX = 100_000;

type Trader = {
  readonly open: Map<string, OpenOrder>;
  /** The last order under each client id, open or done. */
  readonly latest: Map<string, OpenOrder>;
  fills: Fill[];
};

export class Blotter {
  readonly #traders = new Map<string, Trader>();

  /** The open order of this client id. The id is free again as soon as the order is done. */
  find = (account: string, clientId: string): OpenOrder | null =>
    this.#traders.get(account)?.open.get(clientId) ?? null;

  latest = (account: string, clientId: string): OpenOrder | null =>
    this.#traders.get(account)?.latest.get(clientId) ?? null;

  open = (account: string): Iterable<OpenOrder> => this.#traders.get(account)?.open.values() ?? [];

  history = (account: string): Iterable<OpenOrder> =>
    this.#traders.get(account)?.latest.values() ?? [];

  /** Takes in an order in whatever state it is. */
  put(order: OpenOrder): void {
    const { clientId } = order.order;
    const trader = this.#trader(order.order.account);
    // A refused newcomer does not hide the open order whose id it wanted.
    if (order.stage === 'closed' && trader.open.has(clientId)) return;
    trader.latest.delete(clientId);
    trader.latest.set(clientId, order);
    if (order.stage !== 'closed') trader.open.set(clientId, order);
    if (trader.latest.size > HISTORY_MAX) prune(trader);
  }

  close(order: OpenOrder): void {
    this.#trader(order.order.account).open.delete(order.order.clientId);
  }

  fill(fill: Fill): void {
    const trader = this.#trader(fill.account);
    trader.fills.push(fill);
    if (trader.fills.length > 2 * HISTORY_MAX) trader.fills = trader.fills.slice(-HISTORY_MAX);
  }

  /** Oldest first. */
  fills(account: string, since: TimeMs): readonly Fill[] {
    const fills = this.#traders.get(account)?.fills ?? [];
    let from = fills.length;
    while (from > 0 && (fills[from - 1] as Fill).at >= since) from -= 1;
    return fills.slice(from);
  }

  #trader(account: string): Trader {
    let trader = this.#traders.get(account);
    if (trader === undefined) {
      trader = { open: new Map(), latest: new Map(), fills: [] };
      this.#traders.set(account, trader);
    }
    return trader;
  }
}

function prune(trader: Trader): void {
  for (const [clientId, order] of trader.latest) {
    if (order.stage !== 'closed') continue;
    trader.latest.delete(clientId);
    return;
  }
}
