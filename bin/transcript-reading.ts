/** A desk's transcript read back: what was asked and answered, whether each answer is what it was taken for, and the asking again. */
import { z } from 'zod';
import { canonicalText, hashText, type Json } from '#firewall';
import { inAskedOrder } from '../agents/answer-schema.ts';
import { readAnswer } from '../agents/answer-text.ts';
import { AGENTS } from '../agents/contract.ts';
import type { ChatRuntime } from '../agents/runtimes/chat-runtime.ts';
import { RuntimeError, type JsonSchema, type ToolOffer } from '../agents/runtimes/contract.ts';

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
const said = z.object({ role: z.enum(['system', 'user']), content: z.string() });
const asked = z.object({
  role: z.literal('assistant'),
  content: z.string(),
  toolCalls: z.array(z.object({ id: z.string(), name: z.string(), input: z.unknown() })),
});
const told = z.object({
  role: z.literal('tool'),
  content: z.string(),
  toolCallId: z.string(),
  name: z.string(),
});
const count = z.int().min(0);
const amount = z.number().min(0).nullable();

/** What a record holds beyond this is shown by nobody, and kept. */
const callSchema = z.looseObject({
  agent: z.enum(AGENTS),
  prompt: z.object({ name: z.string(), version: z.string(), hash: hashSchema }),
  messages: z.array(z.union([said, asked, told])),
  schema: z.json(),
  schemaHash: hashSchema.nullable(),
  tools: z.json().default([]),
  identity: z.looseObject({
    runtime: z.string(),
    runtimeVersion: z.string(),
    model: z.string(),
    digest: z.string().nullable(),
    quantisation: z.string().nullable(),
  }),
  seed: z.int(),
  temperatureMilli: count,
  contextTokens: count,
  answerTokensMax: count,
  think: z.boolean(),
  raw: z.string().nullable(),
  code: z.string().nullable(),
  problems: z.array(z.string()),
  repair: z.boolean(),
  metrics: z
    .looseObject({ promptTokens: amount, answerTokens: z.number().min(0), totalMs: z.number() })
    .nullable(),
});
const transcriptSchema = z.looseObject({
  version: z.literal(1),
  id: z.string(),
  desk: z.string(),
  graph: z.string(),
  troubles: z.array(z.string()),
  calls: z.array(callSchema).max(1_000),
});
export type RecordedCall = z.infer<typeof callSchema>;
export type ReadTranscript = z.infer<typeof transcriptSchema>;

/** Null for what no graph has written, such as the reasons of a desk that goes by rules. */
export function readTranscript(transcript: Json): ReadTranscript | null {
  const read = transcriptSchema.safeParse(transcript);
  return read.success ? read.data : null;
}

const size = z.int().optional();
const closed = z.union([
  z.strictObject({ type: z.literal('string'), enum: z.array(z.string()) }),
  z.strictObject({ type: z.literal('integer'), enum: z.array(z.int()) }),
  z.strictObject({ type: z.literal('integer'), minimum: size, maximum: size }),
]);
/** All that an answer's schema can be here. A capsule may come from anyone, and of a stranger's patterns one never ends. */
const answerForm = z.strictObject({
  type: z.literal('object'),
  properties: z.record(
    z.string(),
    z.union([
      closed,
      z.strictObject({ type: z.literal('array'), items: closed, minItems: size, maxItems: size }),
    ]),
  ),
  required: z.array(z.string()),
  additionalProperties: z.literal(false),
});

export type CallProblem = Readonly<{ call: number; agent: string; problem: string }>;

/** Reads every recorded answer again. One that was used must be what it was used as. */
export const recheckCalls = (calls: readonly RecordedCall[]): readonly CallProblem[] =>
  calls.flatMap((call, index) => {
    const { agent, schema, schemaHash, raw, code } = call;
    const complain = (problem: string): CallProblem[] => [{ call: index + 1, agent, problem }];
    const hash = schema === null ? null : hashText(canonicalText(schema));
    if (hash !== schemaHash) return complain('the schema is not the one that its hash names');
    if (code !== null) return [];
    if (raw === null) return complain('an answer was used that is not there');
    const why = unfit(raw, schema);
    return why === null ? [] : complain(why);
  });

function unfit(raw: string, schema: Json): string | null {
  if (schema === null) return null;
  if (!answerForm.safeParse(schema).success) return 'the schema is none that our agents ask by';
  const read = readAnswer(raw);
  if (!read.ok) return read.says;
  const fits = z.fromJSONSchema(schema as JsonSchema).safeParse(read.value).success;
  return fits ? null : 'the answer is not on its schema';
}

export type AskedAgain = Readonly<{
  call: number;
  agent: string;
  /** Null where there was no answer the first time, so that there is nothing to compare. */
  same: boolean | null;
  recorded: string | null;
  answer: string | null;
  code: string | null;
}>;

const DEADLINE_MS = 120_000;
const UNSAID = { answer: null, code: null } as const;

/** Puts each recorded question to a model once more, word for word and in the same way. */
export async function askAgain(
  calls: readonly RecordedCall[],
  runtime: ChatRuntime,
  signal: AbortSignal,
): Promise<readonly AskedAgain[]> {
  const again: AskedAgain[] = [];
  for (const [index, call] of calls.entries()) {
    const { agent, raw: recorded } = call;
    const heard = recorded === null ? UNSAID : await putTo(runtime, call, signal);
    const same = recorded === null ? null : heard.answer === recorded;
    again.push({ call: index + 1, agent, same, recorded, ...heard });
  }
  return again;
}

async function putTo(runtime: ChatRuntime, call: RecordedCall, signal: AbortSignal) {
  const { schema, tools, seed, temperatureMilli, contextTokens, answerTokensMax, think } = call;
  try {
    const { text } = await runtime.ask(
      {
        messages: call.messages,
        schema: schema === null ? null : inAskedOrder(schema as JsonSchema),
        tools: tools as unknown as readonly ToolOffer[],
        seed,
        temperature: temperatureMilli / 1_000,
        contextTokens,
        answerTokensMax,
        think,
        deadlineMs: DEADLINE_MS,
        lane: 'replay',
      },
      signal,
    );
    return { answer: text, code: null };
  } catch (error) {
    if (error instanceof RuntimeError) return { answer: null, code: error.code };
    throw error;
  }
}
