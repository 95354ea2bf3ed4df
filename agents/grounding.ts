/** Whether an answer rests on what was shown: facts and levels of this decision, and on the right side of the market. */
import { assert, parseFixed } from '#firewall';
import { numberOf } from '../tools/facts.ts';
import type {
  Level,
  Plan,
  PlannerInput,
  Sentiment,
  Technical,
  TechnicalInput,
} from './contract.ts';

/** What is wrong with an answer, in our own words: nothing that the model wrote is repeated in them. */
export type Problem = Readonly<{
  code: 'ANSWER_UNGROUNDED' | 'ANSWER_CONTRADICTORY';
  says: string;
}>;

/** No level: the word that stands for it. */
export const NO_LEVEL = 'none';
/** A signal this far on the other side, in millionths, is one that no plan opens against. */
export const SIGNAL_CLEAR = 200_000;

/** On which side of the market each bias would be proved wrong. */
export const INVALIDATED = { long: 'below', short: 'above', flat: null } as const;

export type MarketSide = 'below' | 'above' | 'at';

export function sideOf({ price }: Level, mid: string): MarketSide {
  const [level, middle] = [parseFixed(price), parseFixed(mid)];
  assert(level !== null && middle !== null, 'a level and the middle price are canonical decimals');
  return level < middle ? 'below' : level > middle ? 'above' : 'at';
}

/** How far away a level is, in whole basis points of the middle price, rounded down. */
export function distanceOf({ price }: Level, mid: string): number {
  const [level, middle] = [parseFixed(price), parseFixed(mid)];
  assert(level !== null && middle !== null && middle > 0n, 'a distance has a price to start from');
  return Number(((level < middle ? middle - level : level - middle) * 10_000n) / middle);
}

/** Levels that the policy would let a stop lie at; where it says nothing, all of them. */
export function stopsOf({
  evidence: { levels, mid },
  limits,
}: Pick<PlannerInput, 'evidence' | 'limits'>): readonly Level[] {
  const bound = (name: string): number | null => numberOf(limits, name);
  const min = bound('limits.stop_distance_min') ?? 0;
  const max = bound('limits.stop_distance_max') ?? Infinity;
  return levels.filter((level) => {
    const distance = distanceOf(level, mid);
    return distance >= min && distance <= max;
  });
}

const ungrounded = (says: string): Problem => ({ code: 'ANSWER_UNGROUNDED', says });
const contradictory = (says: string): Problem => ({ code: 'ANSWER_CONTRADICTORY', says });

/** `shown` is how many items the reader was given. */
export function sentimentProblems(said: Sentiment, shown: number): readonly Problem[] {
  const problems: Problem[] = [];
  if (said.items.some((item) => item > shown))
    problems.push(ungrounded(`items: there are only ${shown} items`));
  if (said.direction !== 'none' && said.items.length === 0)
    problems.push(ungrounded('items: a direction names the items that it comes from'));
  return problems;
}

export function technicalProblems(
  said: Technical,
  { evidence }: TechnicalInput,
): readonly Problem[] {
  const problems: Problem[] = [];
  const names = new Set(evidence.facts.map(({ name }) => name));
  if (said.cites.some((name) => !names.has(name)))
    problems.push(ungrounded('cites: name only facts from the list'));
  const level = placed('invalidation', said.invalidation, evidence);
  if (level.problem !== null) problems.push(level.problem);
  const wanted = INVALIDATED[said.bias];
  if (level.problem === null && level.side !== wanted)
    problems.push(
      contradictory(
        wanted === null
          ? 'invalidation: a flat bias has none'
          : `invalidation: a ${said.bias} bias names a level ${wanted} the market`,
      ),
    );
  return problems;
}

type Placed = Readonly<{ side: MarketSide | null; problem: Problem | null }>;

/** Where a named level lies; null for none. */
function placed(field: string, name: string, { levels, mid }: PlannerInput['evidence']): Placed {
  if (name === NO_LEVEL) return { side: null, problem: null };
  const level = levels.find((known) => known.name === name);
  return level === undefined
    ? { side: null, problem: ungrounded(`${field}: name only levels from the list, or none`) }
    : { side: sideOf(level, mid), problem: null };
}

export function planProblems(said: Plan, input: PlannerInput): readonly Problem[] {
  const { evidence, actions, signal } = input;
  const problems: Problem[] = [];
  if (!actions.includes(said.action))
    problems.push(contradictory(`action: only ${actions.join(' or ')} is possible now`));
  const opens = said.action === 'long' || said.action === 'short';
  const towards = said.action === 'long' ? 1 : -1;
  const sides =
    said.action === 'long'
      ? ({ stop: 'below', target: 'above' } as const)
      : ({ stop: 'above', target: 'below' } as const);
  for (const field of ['stop', 'target'] as const) {
    const { side, problem } = placed(field, said[field], evidence);
    if (problem !== null) problems.push(problem);
    else if (opens && side !== sides[field])
      problems.push(
        contradictory(`${field}: for ${said.action} name a level ${sides[field]} the market`),
      );
    else if (!opens && side !== null)
      problems.push(contradictory(`${field}: for ${said.action} it is none`));
  }
  if (problems.length === 0 && opens && !stopsOf(input).some(({ name }) => name === said.stop))
    problems.push(contradictory('stop: nearer or farther than the limits allow'));
  if (opens && signal * towards <= -SIGNAL_CLEAR)
    problems.push(contradictory(`action: ${said.action} is against a clear signal`));
  return problems;
}
