/** What can be asked of the venue, and a copy of it that stands still, for answers from before. */
import type { TimeMs } from '#firewall';
import type { Exchange } from './contract.ts';
import type { MatchingEngine } from './engine.ts';

export type Reading = Pick<Exchange, 'order' | 'fills' | 'account'>;

export function frozen(engine: MatchingEngine): Reading {
  const accounts = engine.accounts().map((account) => ({
    account,
    state: engine.account(account),
    orders: new Map(engine.orders(account).map((report) => [report.clientId, report])),
    fills: engine.fills(account, 0 as TimeMs),
  }));
  const of = new Map(accounts.map((entry) => [entry.account, entry]));
  return {
    order: (account, clientId) => of.get(account)?.orders.get(clientId) ?? null,
    fills: (account, since) => (of.get(account)?.fills ?? []).filter((fill) => fill.at >= since),
    account: (account) => of.get(account)?.state ?? null,
  };
}
