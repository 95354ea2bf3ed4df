/** A situation as a vector made by code, so that memory works without a model: known numbers, scaled, in a fixed order. */
import type { Embedder, Fact } from './contract.ts';
import { numberOf } from './facts.ts';

/** Tool, thing, the value that is nothing special, and a step away from it that is something. */
const AXES: readonly (readonly [tool: string, thing: string, centre: number, step: number])[] = [
  ['candles', 'change_1', 0, 20],
  ['candles', 'change_5', 0, 50],
  ['candles', 'change_20', 0, 100],
  ['candles', 'place', 0.5, 0.3],
  ['candles', 'volume_ratio', 1, 1],
  ['indicators', 'adx14', 25, 12],
  ['indicators', 'atr14_bps', 25, 20],
  ['indicators', 'band_place', 0.5, 0.4],
  ['indicators', 'ema_gap', 0, 30],
  ['indicators', 'macd_hist', 0, 8],
  ['indicators', 'rsi14', 50, 15],
  ['indicators', 'sma50_gap', 0, 80],
  ['indicators', 'volatility_day', 3, 2],
  ['indicators', 'vwap_gap', 0, 50],
  ['order_book', 'imbalance', 0, 0.4],
  ['order_book', 'spread', 2, 3],
  ['funding', 'rate', 0, 2],
];
/** Beyond this many steps everything is equally unusual. */
const STEPS_MAX = 3;

/** Changes whenever the axes do: vectors of different makers are never compared. */
export const CODE_VECTORS = { id: 'situation-1', dimensions: AXES.length * 2 } as const;

/** Two numbers for every axis: the scaled value and whether it is known. What is unknown is not the same as zero. */
export function situationVector(facts: readonly Fact[]): Float32Array {
  const vector = new Float32Array(CODE_VECTORS.dimensions);
  for (const [index, [tool, thing, centre, step]] of AXES.entries()) {
    const value = valueOf(facts, tool, thing);
    if (value === null) continue;
    vector[index * 2] = Math.max(-STEPS_MAX, Math.min(STEPS_MAX, (value - centre) / step));
    vector[index * 2 + 1] = 1;
  }
  return vector;
}

/** By its main name, or over other bars where the decision was made on those. */
function valueOf(facts: readonly Fact[], tool: string, thing: string): number | null {
  const main = numberOf(facts, `${tool}.${thing}`);
  if (main !== null) return main;
  const other = facts.find(({ name }) => name.startsWith(`${tool}.`) && name.endsWith(`.${thing}`));
  return other === undefined ? null : numberOf(facts, other.name);
}

/** What a situation is recognised by: the market, and nothing of ourselves. */
const LOOKS = /^(?:candles|indicators|order_book|funding)\./;

/** The situation in the embedder's own space, or in that of the code where there is none. Give it all facts of the decision. */
export async function vectorOf(
  facts: readonly Fact[],
  embed: Embedder | null,
  signal: AbortSignal,
): Promise<Float32Array | null> {
  if (embed === null) return situationVector(facts);
  const seen = facts.filter(({ name }) => LOOKS.test(name));
  const text = seen.map(({ name, value, unit }) => `${name} ${value} ${unit}`).join('\n');
  return (await embed.embed([text], signal))[0] ?? null;
}
