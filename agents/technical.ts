/** The technical agent: measurements in, a bias with its invalidation out. It cites what it was shown, or is not heard. */
import { answerSchema } from './answer-schema.ts';
import {
  BIASES,
  technicalSchema,
  type AgentScope,
  type Level,
  type Said,
  type Technical,
  type TechnicalInput,
} from './contract.ts';
import { factsFor, levelsFor } from './fact-choice.ts';
import { factLines, levelLines, wordOf } from './fact-lines.ts';
import { INVALIDATED, NO_LEVEL, sideOf, technicalProblems } from './grounding.ts';
import { loadPrompt } from './prompt-file.ts';
import { askTyped } from './typed-ask.ts';

export async function readTechnical(
  input: TechnicalInput,
  scope: AgentScope,
): Promise<Said<Technical>> {
  const { symbol, evidence } = input;
  const facts = factsFor('technical', evidence);
  const levels = levelsFor(evidence);
  // Without a fact there is nothing to cite, and without citing nothing to say.
  if (facts.length === 0) return { ok: false, code: 'EVIDENCE_MISSING', calls: [] };
  const shown = { symbol, evidence: { ...evidence, facts, levels } };
  const said = await askTyped(
    {
      agent: 'technical',
      prompt: loadPrompt('technical'),
      values: {
        symbol: wordOf(symbol),
        mid: wordOf(evidence.mid),
        facts: factLines(facts),
        levels: levelLines(levels, evidence.mid),
      },
      schema: technicalSchema,
      answer: answerSchema(technicalSchema, {
        bias: BIASES.filter((bias) => placeable(bias, levels, evidence.mid)),
        invalidation: [...levels.map(({ name }) => name), NO_LEVEL],
        cites: facts.map(({ name }) => name),
      }),
      check: (value) => technicalProblems(value, shown),
    },
    scope,
  );
  // No grammar keeps a name from being cited twice.
  return said.ok
    ? { ...said, value: { ...said.value, cites: [...new Set(said.value.cites)] } }
    : said;
}

/** A bias that could name no invalidation is none that can be had. */
const placeable = (bias: Technical['bias'], levels: readonly Level[], mid: string): boolean =>
  INVALIDATED[bias] === null || levels.some((level) => sideOf(level, mid) === INVALIDATED[bias]);
