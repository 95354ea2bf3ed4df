/** What came of the most similar situations of the past, as far as it was known by now. */
import { z } from 'zod';
import { MAIN_TIMEFRAME, TIMEFRAMES, type Timeframe } from './bars.ts';
import { candles } from './candles.ts';
import type { Fact, Recalled, Tool, ToolAnswer, ToolScope } from './contract.ts';
import { numberFact, sorted } from './facts.ts';
import { funding } from './funding.ts';
import { indicators } from './indicators.ts';
import { orderBook } from './order-book.ts';
import { vectorOf } from './situation-vector.ts';

const input = z.strictObject({
  timeframe: z.enum(TIMEFRAMES),
  count: z.int().min(1).max(50),
});
type Input = z.infer<typeof input>;

const BPS = { unit: 'bps', digits: 1 } as const;
const COUNT = { unit: 'count', digits: 0 } as const;
const PERCENT = { unit: 'percent', digits: 0 } as const;
const RATIO = { unit: 'ratio', digits: 2 } as const;

/** What a situation is recognised by. The fixed plan asks the same, so that what is remembered can be found again. */
export const SIGHT = { bars: 48, levels: 5 } as const;

export const memorySearch: Tool<Input> = {
  name: 'memory_search',
  description: 'Outcomes of the most similar past situations of this symbol.',
  effect: 'read',
  reads: 'typed',
  input,
  facts: {
    count: ['count', 'similar situations with a known outcome'],
    distance: ['ratio', 'mean distance of those found'],
    found: ['count', 'similar situations'],
    hit_rate: ['percent', 'of the known outcomes, how many were good'],
    'long.count': ['count', 'of these, long ones with a known outcome'],
    'long.hit_rate': ['percent', 'of the long ones'],
    'long.mean_outcome': ['bps', 'of the long ones'],
    mean_outcome: ['bps', 'in the favour of what was done'],
    'short.count': ['count', 'of these, short ones with a known outcome'],
    'short.hit_rate': ['percent', 'of the short ones'],
    'short.mean_outcome': ['bps', 'of the short ones'],
  },
  codes: ['MEMORY_NOT_KNOWN'],
  async run({ timeframe, count }, scope) {
    const { memory, embed } = scope.ports;
    if (memory === null)
      return { ok: false, code: 'MEMORY_NOT_KNOWN', hint: 'there is no memory; go on without it' };
    const facts = await situationFacts(scope, timeframe);
    const vector = facts.length === 0 ? null : await vectorOf(facts, embed, scope.signal);
    if (vector === null)
      return { ok: false, code: 'MEMORY_NOT_KNOWN', hint: 'nothing to compare; go on without it' };
    const { symbol, now } = scope;
    const found = memory.nearest(vector, { asOf: now, count, symbol });
    return {
      ok: true,
      asOf: found.reduce(
        (newest, { situation: { availableAt, outcomeAt } }) =>
          outcomeAt !== null && outcomeAt > newest
            ? outcomeAt
            : availableAt > newest
              ? availableAt
              : newest,
        found[0]?.situation.availableAt ?? now,
      ),
      facts: sorted([...outcomes('memory_search', found), ...byAction(found)]),
      evidence: [],
      texts: [],
    };
  },
};

/** The facts that a situation is compared by, as its tools give them. */
async function situationFacts(
  scope: ToolScope,
  timeframe: Timeframe = MAIN_TIMEFRAME,
): Promise<readonly Fact[]> {
  const answers: readonly ToolAnswer[] = await Promise.all([
    candles.run({ timeframe, bars: SIGHT.bars }, scope),
    indicators.run({ timeframe }, scope),
    orderBook.run({ levels: SIGHT.levels }, scope),
    funding.run({}, scope),
  ]);
  return sorted(answers.flatMap((answer) => (answer.ok ? answer.facts : [])));
}

function outcomes(name: string, found: readonly Recalled[]): readonly (Fact | null)[] {
  const known = found.flatMap(({ situation: { outcome } }) => (outcome === null ? [] : [outcome]));
  const sum = known.reduce((total, outcome) => total + outcome, 0);
  const good = known.filter((outcome) => outcome > 0).length;
  const share = (part: number): number | null => (known.length === 0 ? null : part / known.length);
  const hits = share(good);
  const mean = share(sum);
  return [
    numberFact(`${name}.count`, known.length, COUNT),
    numberFact(`${name}.hit_rate`, hits === null ? null : hits * 100, PERCENT),
    numberFact(`${name}.mean_outcome`, mean === null ? null : mean / 100, BPS),
  ];
}

function byAction(found: readonly Recalled[]): readonly (Fact | null)[] {
  const total = found.reduce((sum, { distance }) => sum + distance, 0);
  return [
    numberFact('memory_search.distance', found.length === 0 ? null : total / found.length, RATIO),
    numberFact('memory_search.found', found.length, COUNT),
    ...['long', 'short'].flatMap((action) =>
      outcomes(
        `memory_search.${action}`,
        found.filter(({ situation }) => situation.action === action),
      ),
    ),
  ];
}
