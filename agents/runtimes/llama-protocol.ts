/** What is said between a runtime and its inference process: one question, one answer, by number. */
import { z } from 'zod';
import { RUNTIME_CODES, type RuntimeCode } from './contract.ts';

export type Turn = Readonly<{ role: 'system' | 'user' | 'assistant'; content: string }>;

export type LoadOrder = Readonly<{
  file: string;
  adapters: readonly string[];
  /** Fixed, or null to try these and keep the fastest. */
  threads: number | null;
  candidates: readonly number[];
  gpu: boolean;
  /** Calls that may be under way at once, each with a window of its own. */
  windows: number;
}>;
export type SpeakOrder = Readonly<{
  turns: readonly Turn[];
  think: boolean;
  grammar: string | null;
  seed: number;
  temperature: number;
  contextTokens: number;
  answerTokensMax: number;
}>;

/** What may be asked of the process. `stop` ends the question of that number. */
export type Order =
  | Readonly<{ kind: 'load'; id: number; order: LoadOrder }>
  | Readonly<{ kind: 'measure'; id: number; turns: readonly Turn[]; think: boolean }>
  | Readonly<{ kind: 'speak'; id: number; order: SpeakOrder }>
  | Readonly<{ kind: 'embed'; id: number; texts: readonly string[] }>
  | Readonly<{ kind: 'ping'; id: number }>
  | Readonly<{ kind: 'stop'; id: number }>;

const count = z.int().min(0);
export const loadedReply = z.strictObject({
  quantisation: z.string().nullable(),
  parameters: count.nullable(),
  contextMax: count,
  dimensions: count,
  threads: count,
  runtimeVersion: z.string(),
});
export type Loaded = z.infer<typeof loadedReply>;

export const measureReply = count;
export const speakReply = z.strictObject({
  text: z.string(),
  thoughts: z.string(),
  done: z.enum(['stop', 'length']),
  promptTokens: count,
  /** Of the prompt, those whose reading was kept from the call before. */
  keptTokens: count,
  answerTokens: count,
  firstTokenMs: z.number(),
  answerMs: z.number(),
});
export type Speech = z.infer<typeof speakReply>;
export const embedReply = z.array(z.instanceof(Float32Array));

export const replySchema = z.union([
  z.strictObject({ id: z.int(), ok: z.literal(true), value: z.unknown() }),
  z.strictObject({
    id: z.int(),
    ok: z.literal(false),
    code: z.enum(RUNTIME_CODES),
    message: z.string(),
  }),
]);
export type Reply =
  | Readonly<{ id: number; ok: true; value: unknown }>
  | Readonly<{ id: number; ok: false; code: RuntimeCode; message: string }>;
