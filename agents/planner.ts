/** The planner: typed opinions, the portfolio and the public limits in; at most one trade out. No text reaches it. */
import { answerSchema } from './answer-schema.ts';
import {
  planSchema,
  type AgentScope,
  type Contribution,
  type Plan,
  type PlannerInput,
  type Said,
} from './contract.ts';
import { factsFor } from './fact-choice.ts';
import {
  factLines,
  LEVELS_MAX,
  levelLines,
  sentimentLines,
  technicalLines,
  wordOf,
} from './fact-lines.ts';
import { NO_LEVEL, planProblems, sideOf } from './grounding.ts';
import { loadPrompt } from './prompt-file.ts';
import { askTyped } from './typed-ask.ts';

export async function makePlan(input: PlannerInput, scope: AgentScope): Promise<Said<Plan>> {
  const { symbol, sentiment, technical, limits } = input;
  const levels = input.evidence.levels.slice(0, LEVELS_MAX);
  const evidence = { ...input.evidence, levels };
  const actions = possible(input);
  // There is nothing to choose, so there is nothing to ask.
  if (actions.every((action) => action === 'none'))
    return { ok: false, code: 'EVIDENCE_MISSING', calls: [] };
  const names = [...levels.map(({ name }) => name), NO_LEVEL];
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
        stop: names,
        target: names,
      }),
      check: (value) => planProblems(value, { ...input, evidence, actions }),
    },
    scope,
  );
}

/** Nothing is opened where there is no level for its stop or for its target. */
function possible({ actions, evidence: { levels, mid } }: PlannerInput): PlannerInput['actions'] {
  const sides = new Set(levels.slice(0, LEVELS_MAX).map((level) => sideOf(level, mid)));
  const bracketed = sides.has('below') && sides.has('above');
  return actions.filter((action) => bracketed || action === 'exit' || action === 'none');
}

/** From millionths to whole per cent: a small model reads no six digits. */
const percentOf = (millionths: number): string => `${Math.trunc(millionths / 10_000) + 0}`;

const signalLines = (contributions: readonly Contribution[], signal: number): readonly string[] => [
  ...contributions.map(
    ({ voice, signal: own, weight }) =>
      `${wordOf(`signal.${voice}`)} ${percentOf(own)} percent weight ${percentOf(weight)}`,
  ),
  `signal.all ${percentOf(signal)} percent`,
];
