/** Bars that go up and down by a rule, so that every indicator has something to say and every run is the same. */
import type { Price, Qty, SpanMs, TimeMs } from '#firewall';
import type { Candle } from '../../market/contract.ts';
import { START } from '../market/samples.ts';

const fixed = (value: number): bigint => BigInt(Math.round(value * 100)) * 1_000_000n;

export function wavyCandles({
  symbol,
  count,
  timeframeMs,
  endAt = START,
}: Readonly<{
  symbol: string;
  count: number;
  timeframeMs: SpanMs;
  endAt?: number;
}>): readonly Candle[] {
  const priceAt = (index: number): number =>
    1_000 + 40 * Math.sin(index / 5) + 15 * Math.sin(index * 1.7) + index * 0.3;
  return Array.from({ length: count }, (_, index): Candle => {
    const [open, close] = [priceAt(index - 1), priceAt(index)];
    const openAt = (endAt - (count - index) * timeframeMs) as TimeMs;
    return {
      symbol,
      timeframeMs,
      openAt,
      closeAt: (openAt + timeframeMs) as TimeMs,
      open: fixed(open) as Price,
      high: fixed(Math.max(open, close) + 3 + Math.abs(Math.sin(index))) as Price,
      low: fixed(Math.min(open, close) - 3 - Math.abs(Math.cos(index))) as Price,
      close: fixed(close) as Price,
      volume: fixed(10 + 5 * Math.abs(Math.sin(index * 0.7))) as Qty,
    };
  });
}
