/**
 * Models of an Ollama server, over its native API: its `/v1` ignores the window and the switch for thinking.
 * `ChatOllama` writes the request and reads the answer. Everything that it and the client beneath leave open is done in
 * the `fetch` that both are given: it carries the call's own signal (the client's `abort()` ends everybody's calls, and
 * ends nothing before the first token), fails with our codes, and reads each line before they do (the client prints what
 * it cannot read, and goes on).
 */
import { ChatOllama } from '@langchain/ollama';
import type { Ollama } from 'ollama';
import { z } from 'zod';
import { ChatRuntime, type PromptExtras, type PromptSize, type Spoken } from './chat-runtime.ts';
import {
  RuntimeError,
  type Ask,
  type Message,
  type ModelIdentity,
  type RuntimeOptions,
} from './contract.ts';
import { toLangChain } from './messages.ts';
import { estimatePrompt } from './prompt-estimate.ts';
import {
  clientOf,
  digestOf,
  identify,
  loadedModel,
  type Loaded,
  type OllamaSource,
} from './ollama-facts.ts';
import { checkedLines, hear, type Chunks } from './ollama-stream.ts';
import { Closing, fitting, guarded, normalised } from './server.ts';

const OPEN_MS_MAX = 10_000;
/** The largest model on the slowest disk is in memory by then. */
const LOAD_MS_MAX = 300_000;
const embedReply = z.object({ embeddings: z.array(z.array(z.number())) });
export async function openOllama(source: OllamaSource): Promise<OllamaRuntime> {
  const signal = AbortSignal.timeout(OPEN_MS_MAX);
  const identity = await new Closing().during(signal, (both) => identify(source, both));
  return new OllamaRuntime(source, identity);
}

export class OllamaRuntime extends ChatRuntime {
  override readonly identity: ModelIdentity;
  readonly #source: OllamaSource;
  readonly #closing = new Closing();
  #load: Promise<void> | null = null;

  constructor(source: OllamaSource, identity: ModelIdentity) {
    super(source.options);
    this.#source = source;
    this.identity = identity;
  }

  override measure(messages: readonly Message[], extras?: PromptExtras): Promise<PromptSize> {
    return Promise.resolve(estimatePrompt(messages, extras));
  }

  /** Another model under the same name is not the one that was checked. */
  override async heartbeat(signal: AbortSignal): Promise<void> {
    const digest = await this.#asked((client) => digestOf(client, this.#source.name), signal);
    if (digest !== this.identity.digest)
      throw new RuntimeError('MODEL_NOT_FIT', 'another model now goes by this name');
  }

  /** What of the model is in memory; null where nothing is. */
  loaded(signal: AbortSignal): Promise<Loaded | null> {
    return this.#asked((client) => loadedModel(client, this.#source.name), signal);
  }

  override async embed(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    const { name, options } = this.#source;
    const reply = await this.#asked(
      (client) =>
        client.embed({ model: name, input: [...texts], truncate: false, ...kept(options) }),
      signal,
    );
    const { embeddings } = fitting(embedReply, reply);
    if (embeddings.length !== texts.length)
      throw new RuntimeError('ANSWER_GARBLED', 'the server sent another number of vectors');
    return embeddings.map(normalised);
  }

  override async close(): Promise<void> {
    this.#closing.close();
  }

  #asked<T>(work: (client: Ollama) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#closing.during(signal, (both) => work(clientOf(this.#source.url, both)));
  }

  protected override async speak(ask: Ask, size: PromptSize, signal: AbortSignal): Promise<Spoken> {
    const { contextMax } = this.identity;
    if (contextMax !== null && ask.contextTokens > contextMax)
      throw new RuntimeError('MODEL_NOT_FIT', `the model has a window of ${contextMax} tokens`);
    return this.#closing.during(signal, async (both) => {
      const began = performance.now();
      await this.#inMemory(ask.contextTokens, both);
      const loadedMs = performance.now() - began;
      const spoken = await hear(this.#chat(ask, both), ask);
      await this.#checkWindow(ask, size, both);
      return { ...spoken, loadMs: (spoken.loadMs ?? 0) + loadedMs };
    });
  }

  /**
   * Brings the model into memory, with this window. Ollama gives up a load whose caller has gone, so that a model which
   * takes longer to load than a call may last would never come to it: a load goes on without its caller.
   */
  async #inMemory(contextTokens: number, signal: AbortSignal): Promise<void> {
    const { url, name } = this.#source;
    const loaded = await loadedModel(clientOf(url, signal), name);
    if (loaded !== null && (loaded.window ?? contextTokens) >= contextTokens) return;
    this.#load ??= this.#closing
      .during(AbortSignal.timeout(LOAD_MS_MAX), (both) => this.#loadNow(contextTokens, both))
      .finally(() => {
        this.#load = null;
      });
    await this.#load;
  }

  async #loadNow(contextTokens: number, signal: AbortSignal): Promise<void> {
    const { url, name, options } = this.#source;
    await clientOf(url, signal).generate({
      model: name,
      prompt: '',
      stream: false,
      options: { num_ctx: contextTokens },
      ...kept(options),
    });
  }

  #chat(ask: Ask, signal: AbortSignal): Chunks {
    const { url, name, options } = this.#source;
    const chat = new ChatOllama({
      baseUrl: url,
      model: name,
      fetch: async (target, init) =>
        checkedLines(await guarded(target, { ...init, signal }), ask.answerTokensMax),
      numCtx: ask.contextTokens,
      numPredict: ask.answerTokensMax,
      seed: ask.seed,
      temperature: ask.temperature,
      think: ask.think,
      ...(options.keepAliveMs === null ? {} : { keepAlive: `${options.keepAliveMs}ms` }),
      // Under a grammar a model cannot write the markup of its tool calls.
      ...(ask.schema === null || ask.tools.length > 0 ? {} : { format: { ...ask.schema } }),
    });
    const tools = ask.tools.map(({ name: tool, description, schema }) => ({
      type: 'function' as const,
      function: { name: tool, description, parameters: { ...schema } },
    }));
    // oxlint-disable-next-line no-underscore-dangle -- LangChain named it; the door above it would report to tracers
    return chat._streamResponseChunks(toLangChain(ask.messages), { tools });
  }

  /** Whether the server runs the model with the window that it was told, as far as it says. */
  async #checkWindow(ask: Ask, size: PromptSize, signal: AbortSignal): Promise<void> {
    const { url, name } = this.#source;
    const window = (await loadedModel(clientOf(url, signal), name))?.window ?? null;
    if (window !== null && window < size.atMost + ask.answerTokensMax)
      throw new RuntimeError(
        'PROMPT_TRUNCATED',
        `the server runs the model with a window of ${window} tokens instead of ${ask.contextTokens}`,
      );
  }
}

const kept = ({ keepAliveMs }: RuntimeOptions): Readonly<{ keep_alive?: string }> =>
  keepAliveMs === null ? {} : { keep_alive: `${keepAliveMs}ms` };
