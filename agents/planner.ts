/** The planner: typed opinions, the portfolio and the public limits in; at most one trade out. No text reaches it. */
import { answerSchema } from './answer-schema.ts';
import {
  planSchema,
  type AgentScope,
  type Contribution,
  type Level,
  type Plan,
  type PlannerInput,
  type Said,
} from './contract.ts';
import { factsFor, levelsFor } from './fact-choice.ts';
import { factLines, levelLines, sentimentLines, technicalLines, wordOf } from './fact-lines.ts';
import { NO_LEVEL, planProblems, sideOf, stopsOf, type MarketSide } from './grounding.ts';
import { loadPrompt } from './prompt-file.ts';
import { askTyped } from './typed-ask.ts';

export async function makePlan(input: PlannerInput, scope: AgentScope): Promise<Said<Plan>> {
  const { symbol, sentiment, technical, limits } = input;
  const levels = levelsFor(input.evidence);
  const evidence = { ...input.evidence, levels };
  const stops = stopsOf({ evidence, limits });
  const actions = possible({ ...input, evidence }, stops);
  // There is nothing to choose, so there is nothing to ask.
  if (actions.every((action) => action === 'none'))
    return { ok: false, code: 'EVIDENCE_MISSING', calls: [] };
  return askTyped(
    {
      agent: 'planner',
      prompt: loadPrompt('planner'),
      values: {
        symbol: wordOf(symbol),
        mid: wordOf(evidence.mid),
        actions: actions.map(wordOf).join(' '),
        sentiment: sentimentLines(sentiment),
        technical: technicalLines(technical),
        signal: signalLines(input.contributions, input.signal),
        facts: factLines(factsFor('planner', evidence)),
        levels: levelLines(levels, evidence.mid),
        limits: factLines(limits),
      },
      schema: planSchema,
      answer: answerSchema(planSchema, {
        action: actions,
        stop: namesOf(stops),
        target: namesOf(levels),
      }),
      check: (value) => planProblems(value, { ...input, evidence, actions }),
    },
    scope,
  );
}

/** Nothing is opened where there is no level for its stop, or none for its target. */
function possible(
  { actions, evidence: { levels, mid } }: PlannerInput,
  stops: readonly Level[],
): PlannerInput['actions'] {
  const has = (among: readonly Level[], side: MarketSide): boolean =>
    among.some((level) => sideOf(level, mid) === side);
  const can = {
    long: has(stops, 'below') && has(levels, 'above'),
    short: has(stops, 'above') && has(levels, 'below'),
    exit: true,
    none: true,
  };
  return actions.filter((action) => can[action]);
}

const namesOf = (levels: readonly Level[]): readonly string[] => [
  ...levels.map(({ name }) => name),
  NO_LEVEL,
];

/** From millionths to whole per cent: a small model reads no six digits. */
const percentOf = (millionths: number): string => `${Math.trunc(millionths / 10_000)}`;

const signalLines = (contributions: readonly Contribution[], signal: number): readonly string[] => [
  ...contributions.map(
    ({ voice, signal: own, weight }) =>
      `${wordOf(`signal.${voice}`)} ${percentOf(own)} percent weight ${percentOf(weight)}`,
  ),
  `signal.all ${percentOf(signal)} percent`,
];
