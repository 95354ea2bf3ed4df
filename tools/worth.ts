/** What a held quantity is worth in the account's currency, by the marks that the market reader knows. */
import type { Money, Price } from '#firewall';
import type { AccountSummary, ToolScope } from './contract.ts';

const CUBE = 10n ** 16n;
const SCALE = 100_000_000n;

type Held = AccountSummary['positions'][number];

/** The price at which a position stands now; null when nobody knows. */
export function markOf(
  { ports, now }: Pick<ToolScope, 'ports' | 'now'>,
  symbol: string,
): Price | null {
  const mark = ports.market.view(symbol, now, [])?.marks[symbol];
  return mark === undefined || mark.at > now ? null : mark.price;
}

/** Signed value of a quantity at a price, or of a price's move. Unknown for contracts whose value is not linear in the price. */
export function worthAt(
  { ports, now }: Pick<ToolScope, 'ports' | 'now'>,
  { symbol, qty }: Pick<Held, 'symbol' | 'qty'>,
  price: bigint,
): Money | null {
  const view = ports.market.view(symbol, now, []);
  const instrument = view?.instrument ?? null;
  if (view === null || instrument === null || instrument.inverse || instrument.quanto) return null;
  // Only other currencies are listed: the account's own is worth itself.
  const factor = view.rates[instrument.settle]?.factor ?? SCALE;
  return ((qty * price * instrument.multiplier * factor) / (SCALE * CUBE)) as Money;
}
