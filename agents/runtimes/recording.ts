/** What models said, kept: a file of lines, each a question or texts with what came back, by key. */
import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { canonicalText, hashText, type Json } from '#firewall';
import { callKey, weightsOf, type Question } from './call-key.ts';
import {
  RUNTIME_CODES,
  RUNTIME_KINDS,
  RuntimeError,
  type Answer,
  type CallKey,
  type ModelIdentity,
  type RuntimeCode,
} from './contract.ts';

/** How a call ended. That it failed is kept too: what follows from a failure can only be replayed with it. */
export type Outcome =
  | Readonly<{ ok: true; answer: Answer }>
  | Readonly<{ ok: false; code: RuntimeCode; retryable: boolean }>;

export type SaidLine = Readonly<{
  kind: 'said';
  identity: ModelIdentity;
  question: Question;
  outcome: Outcome;
}>;
/** Vectors are kept as base64 of their 32-bit floats, so that they come back bit for bit. */
export type EmbeddedLine = Readonly<{
  kind: 'embedded';
  identity: ModelIdentity;
  texts: readonly string[];
  vectors: readonly string[];
}>;
export type RecordLine = SaidLine | EmbeddedLine;

const count = z.int().min(0);
const duration = z.number().min(0);
const identitySchema = z.strictObject({
  runtime: z.enum(RUNTIME_KINDS),
  runtimeVersion: z.string(),
  model: z.string(),
  digest: z.string().nullable(),
  quantisation: z.string().nullable(),
  parameters: z.number().nullable(),
  contextMax: count.nullable(),
});
const questionSchema = z.strictObject({
  weights: z.string(),
  messages: z.json(),
  schema: z.json(),
  tools: z.json(),
  seed: z.int(),
  temperatureMilli: count,
  contextTokens: count,
  answerTokensMax: count,
  think: z.boolean(),
});
const answerSchema = z.strictObject({
  text: z.string(),
  toolRequests: z.array(z.strictObject({ id: z.string(), name: z.string(), input: z.json() })),
  thoughtChars: count,
  metrics: z.strictObject({
    queueMs: duration,
    loadMs: duration.nullable(),
    firstTokenMs: duration.nullable(),
    totalMs: duration,
    promptTokens: count.nullable(),
    promptTokensEstimated: count,
    answerTokens: count,
    tokensPerSecond: duration.nullable(),
  }),
});
const lineSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('said'),
    identity: identitySchema,
    question: questionSchema,
    outcome: z.discriminatedUnion('ok', [
      z.strictObject({ ok: z.literal(true), answer: answerSchema }),
      z.strictObject({
        ok: z.literal(false),
        code: z.enum(RUNTIME_CODES),
        retryable: z.boolean(),
      }),
    ]),
  }),
  z.strictObject({
    kind: z.literal('embedded'),
    identity: identitySchema,
    texts: z.array(z.string()),
    vectors: z.array(z.base64()),
  }),
]);

export const textsKey = (texts: readonly string[]): string => hashText(canonicalText(texts));

/** What was said, by key. The same question asked again is given what came next, and in the end the last of it. */
export class Recording {
  readonly identity: ModelIdentity;
  readonly #outcomes = new Map<CallKey, Outcome[]>();
  readonly #vectors = new Map<string, readonly string[]>();
  readonly #promptTokens = new Map<string, number>();

  constructor(lines: readonly RecordLine[]) {
    const [first] = lines;
    if (first === undefined) throw new RuntimeError('MODEL_NOT_FIT', 'the recording is empty');
    this.identity = first.identity;
    for (const line of lines) {
      if (weightsOf(line.identity) !== weightsOf(this.identity))
        throw new RuntimeError('MODEL_NOT_FIT', 'the recording is of more than one model');
      if (line.kind === 'embedded') this.#vectors.set(textsKey(line.texts), line.vectors);
      else this.#take(line);
    }
  }

  #take({ question, outcome }: SaidLine): void {
    const key = callKey(question);
    const known = this.#outcomes.get(key);
    if (known === undefined) this.#outcomes.set(key, [outcome]);
    else known.push(outcome);
    if (outcome.ok)
      this.#promptTokens.set(
        canonicalText(question.messages),
        outcome.answer.metrics.promptTokensEstimated,
      );
  }

  next(question: Question): Outcome | null {
    const outcomes = this.#outcomes.get(callKey(question));
    if (outcomes === undefined) return null;
    return (outcomes.length > 1 ? outcomes.shift() : outcomes[0]) ?? null;
  }

  /** Null where no such prompt was answered. */
  promptTokens(messages: Json): number | null {
    return this.#promptTokens.get(canonicalText(messages)) ?? null;
  }

  vectors(texts: readonly string[]): readonly Float32Array[] | null {
    return this.#vectors.get(textsKey(texts))?.map(vectorOf) ?? null;
  }
}

export function readRecording(file: string): readonly RecordLine[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RuntimeError('MODEL_NOT_FOUND', `there is no recording to read at ${file}`, {
      cause,
    });
  }
  // A line without its end was being written when its writer died.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line, index) => {
      if (line === '') return [];
      const read = lineSchema.safeParse(jsonOf(line));
      if (!read.success)
        throw new RuntimeError('MODEL_NOT_FIT', `line ${index + 1} of ${file} is no recorded call`);
      return [read.data];
    });
}

export const appendLine = (file: string, line: RecordLine): void =>
  appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });

export const packed = (vector: Float32Array): string =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');

function vectorOf(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 4));
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
