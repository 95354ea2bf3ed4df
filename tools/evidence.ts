/** Which data a proposal may cite: those that our own store knows, and long enough for the gate to know them as well. */
import type { ToolScope } from './contract.ts';

/** The gate has a connection of its own: what arrived this very moment may not have reached it yet. */
const SETTLED_MS = 50;
/** What the firewall reads as the name of a datum. */
const CITABLE = /^[A-Za-z0-9][A-Za-z0-9._:/@#+-]{0,63}$/;

export const bookId = (symbol: string, sequence: number): string => `book:${symbol}:${sequence}`;

export const candleId = (
  candle: Readonly<{ symbol: string; timeframeMs: number; closeAt: number }>,
): string => `candle:${candle.symbol}:${candle.timeframeMs}:${candle.closeAt}`;

export const newsId = (id: string): string => `news:${id}`;

/** Those of the ids that can be resolved, in the order given. */
export function citable(
  { ports, symbol, now }: ToolScope,
  ids: readonly string[],
): readonly string[] {
  const wanted = [...new Set(ids.filter((id) => CITABLE.test(id)))];
  const known = ports.market.view(symbol, now, wanted)?.evidence ?? [];
  return wanted.filter((id) => {
    const at = known.find((datum) => datum.id === id)?.availableAt ?? null;
    return at !== null && at + SETTLED_MS <= now;
  });
}

/** The newest citable bar among these: itself, or the kept one-minute bar that ended it. */
export function citedBar(
  scope: ToolScope,
  candles: readonly Readonly<{ symbol: string; timeframeMs: number; closeAt: number }>[],
): readonly string[] {
  const last = candles.slice(-2).toReversed();
  const ids = last.flatMap((candle) => [
    candleId(candle),
    candleId({ ...candle, timeframeMs: 60_000 }),
  ]);
  return citable(scope, ids).slice(0, 1);
}
