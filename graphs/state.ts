/** What a decision's graph remembers between its steps: JSON only, each part of it typed, so that a checkpoint can hold and give it back. */
import { ReducedValue, StateSchema } from '@langchain/langgraph';
import { z } from 'zod';
import type { Hash, Json, Ppm, SpanMs, TimeMs } from '#firewall';
import {
  AGENTS,
  planSchema,
  sentimentSchema,
  technicalSchema,
  type AgentCall,
  type Contribution,
  type DecisionEnd,
  type Evidence,
} from '../agents/contract.ts';
import {
  FACT_UNITS,
  TOOL_CODES,
  type Fact,
  type Forecast,
  type ToolAnswer,
  type ToolCall,
  type UntrustedText,
} from '../tools/contract.ts';

/** A schema that reads and writes the same type. */
export type Same<T> = z.ZodType<T, T>;

const branded = <T>(schema: z.ZodType): Same<T> => schema as unknown as Same<T>;
export const json = branded<Json>(z.json());
export const time = branded<TimeMs>(z.int().min(0));
const span = branded<SpanMs>(z.int().min(0));
const ppm = branded<Ppm>(z.int());
export const hash = branded<Hash>(z.string().regex(/^[0-9a-f]{64}$/));

const fact: Same<Fact> = z.strictObject({
  name: z.string(),
  value: z.string(),
  unit: z.enum(FACT_UNITS),
});

const text: Same<UntrustedText> = z.strictObject({
  id: z.string(),
  source: z.string(),
  availableAt: time,
  text: z.string(),
});

const toolAnswer: Same<ToolAnswer> = z.union([
  z.strictObject({
    ok: z.literal(true),
    asOf: time,
    facts: z.array(fact).readonly(),
    evidence: z.array(z.string()).readonly(),
    texts: z.array(text).readonly(),
  }),
  z.strictObject({ ok: z.literal(false), code: z.enum(TOOL_CODES), hint: z.string() }),
]);

const toolCall: Same<ToolCall> = z.strictObject({
  tool: z.string(),
  chosenBy: z.enum(['plan', 'model']),
  input: z.json(),
  answer: toolAnswer,
  hash,
  tookMs: z.number(),
});

const forecast: Same<Forecast> = z.strictObject({
  modelId: z.string(),
  artefact: hash,
  direction: z.enum(['up', 'down', 'none']),
  probability: ppm,
  intervalWidth: ppm,
  expectedMove: ppm,
  horizonMs: span,
  expiresAt: time,
  outOfDistribution: z.boolean(),
  dissimilarity: ppm,
});

export const evidenceSchema: Same<Evidence> = z.strictObject({
  at: time,
  mid: z.string(),
  facts: z.array(fact).readonly(),
  levels: z.array(z.strictObject({ name: z.string(), price: z.string() })).readonly(),
  ids: z.array(z.string()).readonly(),
  calls: z.array(toolCall).readonly(),
  forecast: forecast.nullable(),
});

/** A call is only recorded: whatever its record holds beyond this goes into the transcript as it is. */
const agentCall = branded<AgentCall>(
  z.looseObject({
    agent: z.enum(AGENTS),
    messages: z.json(),
    raw: z.string().nullable(),
    code: z.string().nullable(),
    repair: z.boolean(),
  }),
);

export const contribution: Same<Contribution> = z.strictObject({
  voice: z.enum(['sentiment', 'technical', 'forecast']),
  signal: z.int(),
  weight: ppm,
});

const end: Same<DecisionEnd> = z.union([
  z.strictObject({
    kind: z.literal('propose'),
    by: z.enum(['model', 'algorithmic', 'person']),
    plan: planSchema.nullable(),
    horizonMs: span,
  }),
  z.strictObject({
    kind: z.literal('none'),
    by: z.enum(['model', 'algorithmic', 'house']),
    code: z.string(),
  }),
]);

/** Why a decision is made: by whom, about what, as of when. Its id is that of the proposal which may come of it. */
export const requestSchema = z.strictObject({
  /** The thread that it is kept under. */
  run: z.string().max(64),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  desk: z.string(),
  strategy: z.string(),
  symbol: z.string(),
  at: time,
  /** Hash of the weights and rules that it was begun under, where it may have to be gone on with. */
  under: hash.optional(),
});
export type DecisionRequest = Readonly<z.infer<typeof requestSchema>>;

const appended = <T>(item: Same<T>) =>
  new ReducedValue(
    z.array(item).default(() => []),
    { reducer: (before: T[], more: T[]): T[] => [...before, ...more] },
  );

/** What every graph about one trade remembers. */
export const decideFields = {
  request: requestSchema,
  /** The market and the account, as `basisCodec` writes them. */
  basis: json.default(null),
  evidence: evidenceSchema.nullable().default(null),
  /** Untrusted. The quarantined reader alone is shown them. */
  texts: z.array(text).default(() => []),
  sentiment: sentimentSchema.nullable().default(null),
  technical: technicalSchema.nullable().default(null),
  contributions: z.array(contribution).default(() => []),
  signal: z.int().default(0),
  plan: planSchema.nullable().default(null),
  /** Codes of tools that did not answer and could be done without. */
  missing: z.array(z.string()).default(() => []),
  /** Codes of what failed on the way: one is enough to end the models' part. */
  troubles: appended(z.string()),
  calls: appended(agentCall),
  /** The order in its numbers, as `intentCodec` writes it. */
  intent: json.default(null),
  end: end.nullable().default(null),
  transcript: json.default(null),
  proposal: json.default(null),
};
export const DecideState = new StateSchema(decideFields);
export type DecideValues = typeof DecideState.State;
export type DecideUpdate = typeof DecideState.Update;
