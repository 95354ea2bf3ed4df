/** GGUF models through llama.cpp, in a process of their own that may be killed at any time. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { ChatRuntime, type PromptExtras, type PromptSize, type Spoken } from './chat-runtime.ts';
import { type Ask, type Message, type ModelIdentity, type RuntimeOptions } from './contract.ts';
import { grammarOf } from './grammar.ts';
import { LlamaKeeper } from './llama-keeper.ts';
import {
  embedReply,
  measureReply,
  speakReply,
  type Loaded,
  type SpeakOrder,
} from './llama-protocol.ts';
import { digestOf, mustBeGguf, stampOf } from './model-file.ts';
import { readToolAnswer, toolSchema, turnsOf } from './tool-talk.ts';

export type LlamaCppSource = Readonly<{
  file: string;
  adapters?: readonly string[];
  options: RuntimeOptions;
  /** Fixed, where it shall not be measured. */
  threads?: number;
}>;

/** Counting takes milliseconds; a process that does not come to it hangs. */
const MEASURE_MS_MAX = 10_000;

export async function openLlamaCpp(source: LlamaCppSource): Promise<LlamaCppRuntime> {
  const { file, adapters = [], options, threads = null } = source;
  const paths = [file, ...adapters];
  for (const path of paths) await mustBeGguf(path);
  const digest = await weightsOf(paths);
  const weights = (): Promise<string> => weightsOf(paths);
  const keeper = new LlamaKeeper({ file, adapters, digest, weights, threads, options });
  try {
    const identity = identityOf({ paths, digest }, await keeper.loaded());
    // Nobody's call has waited for the first load.
    keeper.takeLoadMs();
    return new LlamaCppRuntime(source, keeper, identity);
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

/** With adapters it is another model, and so has a digest of its own. */
async function weightsOf(paths: readonly string[]): Promise<string> {
  const digests: string[] = [];
  for (const path of paths) digests.push(await digestOf(path));
  return digests.length === 1
    ? String(digests[0])
    : createHash('sha256').update(digests.join('\n')).digest('hex');
}

const identityOf = (
  { paths, digest }: Readonly<{ paths: readonly string[]; digest: string }>,
  { runtimeVersion, quantisation, parameters, contextMax }: Loaded,
): ModelIdentity => ({
  runtime: 'llama.cpp',
  runtimeVersion,
  model: paths.map((path) => basename(path, '.gguf')).join('+'),
  digest,
  quantisation,
  parameters,
  contextMax,
});

export class LlamaCppRuntime extends ChatRuntime {
  readonly identity: ModelIdentity;
  readonly #file: string;
  readonly #keeper: LlamaKeeper;

  constructor({ file, options }: LlamaCppSource, keeper: LlamaKeeper, identity: ModelIdentity) {
    super(options);
    this.#file = file;
    this.#keeper = keeper;
    this.identity = identity;
  }

  /** Of the inference process; null while there is none. */
  get processId(): number | null {
    return this.#keeper.pid;
  }

  async measure(messages: readonly Message[], extras?: PromptExtras): Promise<PromptSize> {
    const { tools = [], think = false } = extras ?? {};
    const value = await this.#keeper.ask(
      { kind: 'measure', turns: turnsOf(messages, tools), think },
      new AbortController().signal,
      MEASURE_MS_MAX,
    );
    const tokens = measureReply.parse(value);
    return { atLeast: tokens, atMost: tokens };
  }

  async heartbeat(signal: AbortSignal): Promise<void> {
    // A model that was let go is not brought back for this alone: it is enough that its file is still there.
    if (this.#keeper.running || this.#keeper.closed)
      await this.#keeper.ask({ kind: 'ping' }, signal);
    else await stampOf(this.#file);
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    const value = await this.#keeper.ask({ kind: 'embed', texts }, signal);
    return embedReply.parse(value);
  }

  async close(): Promise<void> {
    await this.#keeper.close();
  }

  protected async speak(ask: Ask, _size: PromptSize, signal: AbortSignal): Promise<Spoken> {
    const value = await this.#keeper.ask({ kind: 'speak', order: orderOf(ask) }, signal);
    const { text, thoughts, done, promptTokens, answerTokens, firstTokenMs, answerMs } =
      speakReply.parse(value);
    const loadMs = this.#keeper.takeLoadMs();
    const cut = done === 'length' || ask.tools.length === 0;
    const read = cut ? { text, toolRequests: [] } : readToolAnswer(text, ask.schema !== null);
    return {
      ...read,
      thoughts,
      done: read.toolRequests.length > 0 ? 'tools' : done,
      promptTokens,
      answerTokens,
      loadMs,
      firstTokenMs,
      answerMs,
    };
  }
}

function orderOf(ask: Ask): SpeakOrder {
  const { seed, temperature, contextTokens, answerTokensMax, think, schema, tools } = ask;
  const form = tools.length === 0 ? schema : toolSchema(tools, schema);
  return {
    turns: turnsOf(ask.messages, tools),
    think,
    grammar: form === null ? null : grammarOf(form),
    // As large as llama.cpp takes one.
    seed: seed >>> 0,
    temperature,
    contextTokens,
    answerTokensMax,
  };
}
