/** The rolling summary of the last hour, as a tool. */
import { z } from 'zod';
import type { SpanMs } from '#firewall';
import type { Tool } from './contract.ts';
import { hourSummary } from './summary.ts';

const input = z.strictObject({});
type Input = z.infer<typeof input>;

const BARS = 60;
const DECISIONS = 60;
const HOUR_MS = 3_600_000 as SpanMs;
const MINUTE_MS = 60_000 as SpanMs;

export const lastHour: Tool<Input> = {
  name: 'last_hour',
  description: 'The last hour in short: prices, biggest move, news, own decisions and refusals.',
  effect: 'read',
  reads: 'typed',
  input,
  facts: {
    bars: ['count', 'minutes known'],
    biggest: ['bps', 'largest move from one minute to the next'],
    biggest_minutes: ['count', 'since then'],
    change: ['bps', 'over the hour'],
    close: ['price', 'last price'],
    decisions: ['count', 'of this desk on this symbol'],
    high: ['price', 'highest price'],
    low: ['price', 'lowest price'],
    news: ['count', 'items that name the symbol'],
    open: ['price', 'first price'],
    refusals: ['count', 'of these decisions'],
    volatility: ['bps', 'realised, for one hour'],
  },
  codes: ['SYMBOL_NOT_KNOWN', 'HISTORY_TOO_SHORT'],
  async run(_, { ports, desk, symbol, now }) {
    if (!ports.market.symbols.includes(symbol))
      return { ok: false, code: 'SYMBOL_NOT_KNOWN', hint: 'this symbol is not followed here' };
    const candles = ports.market.candles(symbol, MINUTE_MS, now, BARS);
    if (candles.length === 0)
      return {
        ok: false,
        code: 'HISTORY_TOO_SHORT',
        hint: 'no minutes are known; go on without it',
      };
    const news = ports.market.news(now, HOUR_MS);
    const decisions = ports.account.recent(desk, now, DECISIONS);
    const times = [
      ...candles.map(({ closeAt }) => closeAt),
      ...news.map(({ availableAt }) => availableAt),
      ...decisions.map(({ at }) => at),
    ];
    return {
      ok: true,
      asOf: times.reduce((newest, at) => (at > newest ? at : newest)),
      facts: hourSummary({ symbol, now, candles, news, decisions }),
      evidence: [],
      texts: [],
    };
  },
};
