/** GGUF models through llama.cpp, in a process of their own that may be killed at any time. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { ChatRuntime, type PromptExtras, type PromptSize, type Spoken } from './chat-runtime.ts';
import {
  RuntimeError,
  type Ask,
  type Message,
  type ModelIdentity,
  type RuntimeOptions,
} from './contract.ts';
import { grammarOf } from './grammar.ts';
import { LlamaChild } from './llama-child.ts';
import {
  embedReply,
  loadedReply,
  measureReply,
  speakReply,
  type Loaded,
  type SpeakOrder,
} from './llama-protocol.ts';
import { digestOf, mustBeGguf, stampOf } from './model-file.ts';
import { candidatesFor, coresHere } from './threads.ts';
import { readToolAnswer, toolSchema, turnsOf } from './tool-talk.ts';

export type LlamaCppSource = Readonly<{
  file: string;
  adapters?: readonly string[];
  options: RuntimeOptions;
  /** Fixed, where it shall not be measured. */
  threads?: number;
}>;

/** The largest model on the slowest disk is in memory by then. */
const LOAD_MS_MAX = 300_000;

export async function openLlamaCpp(source: LlamaCppSource): Promise<LlamaCppRuntime> {
  const { file, adapters = [] } = source;
  for (const path of [file, ...adapters]) await mustBeGguf(path);
  const digests: string[] = [];
  for (const path of [file, ...adapters]) digests.push(await digestOf(path));
  const opening = new LlamaProcess(source);
  try {
    const loaded = await opening.loaded(new AbortController().signal);
    return new LlamaCppRuntime(source, opening, identityOf(source, digests, loaded));
  } catch (error) {
    await opening.close();
    throw error;
  }
}

function identityOf(
  { file, adapters = [] }: LlamaCppSource,
  digests: readonly string[],
  loaded: Loaded,
): ModelIdentity {
  const [weights = ''] = digests;
  return {
    runtime: 'llama.cpp',
    runtimeVersion: loaded.runtimeVersion,
    model: [file, ...adapters].map((path) => basename(path, '.gguf')).join('+'),
    // With adapters it is another model, and so has a digest of its own.
    digest:
      digests.length === 1
        ? weights
        : createHash('sha256').update(digests.join('\n')).digest('hex'),
    quantisation: loaded.quantisation,
    parameters: loaded.parameters,
    contextMax: loaded.contextMax,
  };
}

/** The model's process, started when needed and let go when idle. */
class LlamaProcess {
  readonly #source: LlamaCppSource;
  #child: LlamaChild | null = null;
  #loading: Promise<Loaded> | null = null;
  #threads: number | null;
  #idle: NodeJS.Timeout | undefined;
  #busy = 0;
  #closed = false;

  constructor(source: LlamaCppSource) {
    this.#source = source;
    this.#threads = source.threads ?? null;
  }

  get pid(): number | null {
    return this.#child?.alive === true ? this.#child.pid : null;
  }

  get running(): boolean {
    return this.#child?.alive === true && this.#loading !== null;
  }

  async loaded(signal: AbortSignal): Promise<Loaded> {
    if (this.#closed) throw new RuntimeError('RUNTIME_DOWN', 'the runtime is closed');
    if (this.#loading === null || this.#child?.alive !== true) {
      this.#child = new LlamaChild();
      this.#loading = this.#load(this.#child);
      this.#loading.catch(() => undefined);
    }
    const loaded = await this.#loading;
    signal.throwIfAborted();
    return loaded;
  }

  async ask(
    question: Parameters<LlamaChild['ask']>[0],
    signal: AbortSignal,
  ): Promise<Readonly<{ value: unknown; loadMs: number }>> {
    const began = performance.now();
    const cold = !this.running;
    clearTimeout(this.#idle);
    this.#busy += 1;
    try {
      await this.loaded(signal);
      const loadMs = cold ? performance.now() - began : 0;
      if (this.#child === null) throw new RuntimeError('RUNTIME_DOWN', 'the runtime is closed');
      return { value: await this.#child.ask(question, signal), loadMs };
    } finally {
      this.#busy -= 1;
      this.#rest();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#child?.end();
  }

  async #load(child: LlamaChild): Promise<Loaded> {
    const { file, adapters = [] } = this.#source;
    try {
      const reply = await child.ask(
        {
          kind: 'load',
          order: {
            file,
            adapters,
            threads: this.#threads,
            candidates: candidatesFor(coresHere()),
            gpu: false,
          },
        },
        AbortSignal.timeout(LOAD_MS_MAX),
      );
      const loaded = loadedReply.parse(reply);
      this.#threads = loaded.threads;
      return loaded;
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  #rest(): void {
    const { keepAliveMs } = this.#source.options;
    if (this.#busy > 0 || keepAliveMs === null || this.#closed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#child?.kill(), keepAliveMs);
    this.#idle.unref();
  }
}

export class LlamaCppRuntime extends ChatRuntime {
  readonly identity: ModelIdentity;
  readonly #file: string;
  readonly #process: LlamaProcess;

  constructor({ file, options }: LlamaCppSource, process: LlamaProcess, identity: ModelIdentity) {
    super(options);
    this.#file = file;
    this.#process = process;
    this.identity = identity;
  }

  /** Of the inference process; null while there is none. */
  get processId(): number | null {
    return this.#process.pid;
  }

  async measure(messages: readonly Message[], extras?: PromptExtras): Promise<PromptSize> {
    const { tools = [], think = false } = extras ?? {};
    const { value } = await this.#process.ask(
      { kind: 'measure', turns: turnsOf(messages, tools), think },
      new AbortController().signal,
    );
    const tokens = measureReply.parse(value);
    return { atLeast: tokens, atMost: tokens };
  }

  async heartbeat(signal: AbortSignal): Promise<void> {
    // A model that was let go is not brought back for this alone: it is enough that its file is still there.
    if (this.#process.running) await this.#process.ask({ kind: 'ping' }, signal);
    else await stampOf(this.#file);
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    const { value } = await this.#process.ask({ kind: 'embed', texts }, signal);
    return embedReply.parse(value);
  }

  async close(): Promise<void> {
    await this.#process.close();
  }

  protected async speak(ask: Ask, _size: PromptSize, signal: AbortSignal): Promise<Spoken> {
    const { value, loadMs } = await this.#process.ask(
      { kind: 'speak', order: orderOf(ask) },
      signal,
    );
    const { text, thoughts, done, promptTokens, answerTokens, firstTokenMs, answerMs } =
      speakReply.parse(value);
    const cut = done === 'length' || ask.tools.length === 0;
    const read = cut ? { text, toolRequests: [] } : readToolAnswer(text, ask.schema !== null);
    return {
      ...read,
      thoughts,
      done: read.toolRequests.length > 0 ? 'tools' : done,
      promptTokens,
      answerTokens,
      loadMs,
      firstTokenMs: loadMs + firstTokenMs,
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
    seed,
    temperature,
    contextTokens,
    answerTokensMax,
  };
}
