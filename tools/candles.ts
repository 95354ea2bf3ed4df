/** The last closed bars of one length, summed up: where the price is, how far it came, and in which range. */
import { z } from 'zod';
import { barsBefore, barsOf, moveBps, prefixOf, TIMEFRAMES } from './bars.ts';
import type { Candle, Fact, Tool, ToolScope } from './contract.ts';
import { citedBar } from './evidence.ts';
import { fixedFact, numberFact, sorted } from './facts.ts';

const input = z.strictObject({
  timeframe: z.enum(TIMEFRAMES),
  bars: z.int().min(5).max(200),
});
type Input = z.infer<typeof input>;

const BPS = { unit: 'bps', digits: 1 } as const;
const RATIO = { unit: 'ratio', digits: 2 } as const;
const COUNT = { unit: 'count', digits: 0 } as const;
const BARS_MIN = 5;

export const candles: Tool<Input> = {
  name: 'candles',
  description: 'Recent closed bars of the symbol: last closes, change, range and volume.',
  effect: 'read',
  reads: 'typed',
  input,
  facts: {
    age_bars: ['count', 'whole bars since the last one closed'],
    bars: ['count', 'bars looked at'],
    change_1: ['bps', 'move over the last bar'],
    change_20: ['bps', 'move over the last 20 bars'],
    change_5: ['bps', 'move over the last 5 bars'],
    change_all: ['bps', 'move from the first open to the last close'],
    close_N: ['price', 'close so many bars ago, 0 is the last'],
    high: ['price', 'highest price'],
    low: ['price', 'lowest price'],
    place: ['ratio', 'where the last close lies between low (0) and high (1)'],
    range: ['bps', 'from low to high'],
    volume_ratio: ['ratio', 'volume of the last bar by the mean of those before'],
  },
  codes: ['SYMBOL_NOT_KNOWN', 'HISTORY_TOO_SHORT'],
  async run({ timeframe, bars }, scope) {
    if (!scope.ports.market.symbols.includes(scope.symbol))
      return { ok: false, code: 'SYMBOL_NOT_KNOWN', hint: 'this symbol is not followed here' };
    const known = barsBefore(scope, timeframe, bars);
    const last = known.at(-1);
    if (last === undefined || known.length < BARS_MIN)
      return { ok: false, code: 'HISTORY_TOO_SHORT', hint: 'ask for a shorter timeframe' };
    return {
      ok: true,
      asOf: last.closeAt,
      facts: candleFacts(known, prefixOf('candles', timeframe), scope),
      evidence: citedBar(scope, known),
      texts: [],
    };
  },
};

function candleFacts(
  known: readonly Candle[],
  prefix: string,
  { now }: Pick<ToolScope, 'now'>,
): readonly Fact[] {
  const { open, high, low, close, volume } = barsOf(known);
  const last = known.at(-1);
  const price = close.at(-1) ?? 0;
  const top = Math.max(...high);
  const bottom = Math.min(...low);
  const before = volume.slice(0, -1);
  const usual = before.reduce((sum, value) => sum + value, 0) / before.length;
  const age = last === undefined ? null : (now - last.closeAt) / last.timeframeMs;
  const closes = known
    .slice(-BARS_MIN)
    .toReversed()
    .map((candle, ago) => fixedFact(`${prefix}.close_${ago}`, candle.close, 'price'));
  return sorted([
    ...closes,
    numberFact(`${prefix}.age_bars`, age === null ? null : Math.floor(age), COUNT),
    numberFact(`${prefix}.bars`, known.length, COUNT),
    numberFact(`${prefix}.change_1`, moveBps(close.at(-2), price), BPS),
    numberFact(`${prefix}.change_5`, moveBps(close.at(-6), price), BPS),
    numberFact(`${prefix}.change_20`, moveBps(close.at(-21), price), BPS),
    numberFact(`${prefix}.change_all`, moveBps(open[0], price), BPS),
    fixedFact(`${prefix}.high`, extreme(known, 'high'), 'price'),
    fixedFact(`${prefix}.low`, extreme(known, 'low'), 'price'),
    numberFact(`${prefix}.place`, top > bottom ? (price - bottom) / (top - bottom) : null, RATIO),
    numberFact(`${prefix}.range`, moveBps(bottom, top), BPS),
    numberFact(`${prefix}.volume_ratio`, usual > 0 ? (volume.at(-1) ?? 0) / usual : null, RATIO),
  ]);
}

const extreme = (known: readonly Candle[], which: 'high' | 'low'): bigint | null =>
  known.reduce<bigint | null>((found, candle) => {
    const value = candle[which];
    if (found === null) return value;
    return (which === 'high') === value > found ? value : found;
  }, null);
