/** What every runtime of language models promises, and how it says that it could not. */
import type { Hash } from '#firewall';

export const RUNTIME_KINDS = ['llama.cpp', 'ollama', 'openai', 'recorded'] as const;
export type RuntimeKind = (typeof RUNTIME_KINDS)[number];

/** Why there is no answer. Each is recorded with the decision; none of them opens a risk. */
export const RUNTIME_CODES = [
  'RUNTIME_DOWN',
  'RUNTIME_FAILED',
  'RUNTIME_REFUSED',
  'MODEL_NOT_FOUND',
  'MODEL_NOT_FIT',
  'CALL_TIMED_OUT',
  'CALL_CANCELLED',
  'PROMPT_TOO_LONG',
  'PROMPT_TRUNCATED',
  'ANSWER_CUT',
  'ANSWER_EMPTY',
  'ANSWER_GARBLED',
  'RECORDING_MISSING',
] as const;
export type RuntimeCode = (typeof RUNTIME_CODES)[number];

/** The runtime could not answer. `message` is for people; nothing of the server's own words is trusted. */
export class RuntimeError extends Error {
  readonly code: RuntimeCode;
  readonly retryable: boolean;
  constructor(
    code: RuntimeCode,
    message: string,
    { retryable = false, cause }: Readonly<{ retryable?: boolean; cause?: unknown }> = {},
  ) {
    super(message, { cause });
    this.name = 'RuntimeError';
    this.code = code;
    this.retryable = retryable;
  }
}

/** Which weights answer, on what. Part of every recorded call. */
export type ModelIdentity = Readonly<{
  runtime: RuntimeKind;
  runtimeVersion: string;
  /** The name it was asked for by: a tag, or a file's base name. */
  model: string;
  /** SHA-256 of the weights where they can be read, else what the server gives for one; null when it gives nothing. */
  digest: string | null;
  quantisation: string | null;
  parameters: number | null;
  /** What the model was trained for, in tokens. */
  contextMax: number | null;
}>;

export type Message =
  | Readonly<{ role: 'system' | 'user'; content: string }>
  | Readonly<{ role: 'assistant'; content: string; toolCalls: readonly ToolRequest[] }>
  | Readonly<{ role: 'tool'; content: string; toolCallId: string; name: string }>;

/** The model asks for a tool. Its input is unknown until the tool's schema has read it. */
export type ToolRequest = Readonly<{ id: string; name: string; input: unknown }>;
export type JsonSchema = Readonly<Record<string, unknown>>;
export type ToolOffer = Readonly<{ name: string; description: string; schema: JsonSchema }>;

/** One call. Nothing has a default here: what is not said cannot be recorded. */
export type Ask = Readonly<{
  messages: readonly Message[];
  /** The answer is constrained to this where the runtime can, and checked by the caller in any case. */
  schema: JsonSchema | null;
  tools: readonly ToolOffer[];
  seed: number;
  temperature: number;
  /** Window for prompt and answer together. A prompt that does not fit is refused before it is sent. */
  contextTokens: number;
  answerTokensMax: number;
  think: boolean;
  deadlineMs: number;
  /** Who asks; calls of different lanes take turns. */
  lane: string;
}>;

export type CallMetrics = Readonly<{
  /** Waiting for a turn. */
  queueMs: number;
  /** Bringing the model into memory; null where the runtime does not say. */
  loadMs: number | null;
  firstTokenMs: number | null;
  totalMs: number;
  promptTokens: number | null;
  promptTokensEstimated: number;
  answerTokens: number;
  /** Of the answer, without the wait for its first token. */
  tokensPerSecond: number | null;
}>;

export type Answer = Readonly<{
  /** Without the thoughts. */
  text: string;
  toolRequests: readonly ToolRequest[];
  /** How much the model thought aloud, in characters; the thoughts themselves are not kept. */
  thoughtChars: number;
  metrics: CallMetrics;
}>;

export type RuntimeOptions = Readonly<{
  /** Calls at the same time; the rest wait their turn. */
  concurrency: number;
  /** How long an idle model stays in memory; null leaves it to the runtime. */
  keepAliveMs: number | null;
}>;

/** Where a model is to be had: `gguf:FILE`, `ollama:NAME`, `openai:BASE-URL#NAME`, `recorded:FILE`. */
export type ModelSpec = Readonly<{
  kind: RuntimeKind;
  /** A file, a model's name, or a recording. */
  name: string;
  /** The server's address; null where there is none. */
  url: string | null;
  /** LoRA adapters, llama.cpp only. */
  adapters: readonly string[];
}>;

/** What a call is recognised by: the same text to the same weights in the same way. */
export type CallKey = Hash;
