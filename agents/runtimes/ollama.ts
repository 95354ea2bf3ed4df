/**
 * Models of an Ollama server, over its native API: its `/v1` ignores the window and the switch for thinking.
 * `ChatOllama` writes the request and reads the answer. Everything that it and the client beneath leave open is done in
 * the `fetch` that both are given: it carries the call's own signal (the client's `abort()` ends everybody's calls, and
 * ends nothing before the first token), fails with our codes, and reads each line before they do (the client prints what
 * it cannot read, and goes on).
 */
import { AIMessageChunk } from '@langchain/core/messages';
import { ChatOllama } from '@langchain/ollama';
import { Ollama } from 'ollama';
import { z } from 'zod';
import { ChatRuntime, type PromptExtras, type PromptSize, type Spoken } from './chat-runtime.ts';
import {
  RuntimeError,
  type Ask,
  type Message,
  type ModelIdentity,
  type RuntimeOptions,
  type ToolRequest,
} from './contract.ts';
import { toLangChain } from './messages.ts';
import { estimatePrompt } from './prompt-estimate.ts';
import {
  brokeOff,
  bytesFor,
  Closing,
  guarded,
  linesOf,
  normalised,
  overlong,
  shaped,
} from './server.ts';

export type OllamaSource = Readonly<{ url: string; name: string; options: RuntimeOptions }>;

const OPEN_MS_MAX = 10_000;
const count = z.int().min(0);
const versionReply = z.object({ version: z.string() });
const tagsReply = z.object({
  models: z.array(z.object({ name: z.string(), digest: z.string().optional() })),
});
const showReply = z.object({
  details: z.object({ quantization_level: z.string().optional() }).optional(),
  model_info: z.record(z.string(), z.unknown()).optional(),
});
const runningReply = z.object({
  models: z.array(z.object({ name: z.string(), context_length: count.optional() })),
});
const embedReply = z.object({ embeddings: z.array(z.array(z.number())) });
const chatLine = z.union([
  z.object({ error: z.string() }),
  z.object({
    message: z.object({
      content: z.string().optional(),
      thinking: z.string().optional(),
      tool_calls: z
        .array(z.object({ function: z.object({ name: z.string(), arguments: z.json() }) }))
        .optional(),
    }),
    done: z.boolean(),
  }),
]);
const lastLine = z.object({
  done_reason: z.string().optional(),
  load_duration: count.optional(),
  prompt_eval_count: count.optional(),
  eval_count: count.optional(),
  eval_duration: count.optional(),
});

export async function openOllama(source: OllamaSource): Promise<OllamaRuntime> {
  const signal = AbortSignal.timeout(OPEN_MS_MAX);
  const identity = await new Closing().during(signal, (both) => identify(source, both));
  return new OllamaRuntime(source, identity);
}

async function identify({ url, name }: OllamaSource, signal: AbortSignal): Promise<ModelIdentity> {
  const client = clientOf(url, signal);
  const { version } = read(versionReply, await client.version());
  const digest = await digestOf(client, name);
  const { details, model_info: info = {} } = read(showReply, await client.show({ model: name }));
  const numbers = Object.entries(info).filter(([, value]) => Number.isSafeInteger(value));
  const number = (key: RegExp): number | null =>
    (numbers.find(([found]) => key.test(found))?.[1] as number | undefined) ?? null;
  return {
    runtime: 'ollama',
    runtimeVersion: version,
    model: name,
    digest,
    quantisation: details?.quantization_level ?? null,
    parameters: number(/^general\.parameter_count$/),
    contextMax: number(/^[^.]+\.context_length$/),
  };
}

const tagged = (name: string): string => (/:[^/]*$/.test(name) ? name : `${name}:latest`);

async function digestOf(client: Ollama, name: string): Promise<string | null> {
  const { models } = read(tagsReply, await client.list());
  const model = models.find((known) => known.name === tagged(name));
  if (model === undefined)
    throw new RuntimeError('MODEL_NOT_FOUND', `Ollama has no ${name}; try: ollama pull ${name}`);
  return model.digest?.replace(/^sha256:/, '') ?? null;
}

/** One client a call, since a client has one signal. */
const clientOf = (url: string, signal: AbortSignal): Ollama =>
  new Ollama({ host: url, fetch: (target, init) => guarded(target, { ...init, signal }) });

export class OllamaRuntime extends ChatRuntime {
  override readonly identity: ModelIdentity;
  readonly #source: OllamaSource;
  readonly #closing = new Closing();

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
    const { embeddings } = read(embedReply, reply);
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
      const spoken = await hear(this.#chat(ask, both), ask);
      await this.#checkWindow(ask, size, both);
      return spoken;
    });
  }

  #chat(ask: Ask, signal: AbortSignal): ReturnType<ChatOllama['_streamResponseChunks']> {
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
    const reply = await clientOf(this.#source.url, signal).ps();
    const running = read(runningReply, reply).models.find(
      (model) => model.name === tagged(this.#source.name),
    );
    const window = running?.context_length;
    if (window !== undefined && window < size.atMost + ask.answerTokensMax)
      throw new RuntimeError(
        'PROMPT_TRUNCATED',
        `the server runs the model with a window of ${window} tokens instead of ${ask.contextTokens}`,
      );
  }
}

const kept = ({ keepAliveMs }: RuntimeOptions): Readonly<{ keep_alive?: string }> =>
  keepAliveMs === null ? {} : { keep_alive: `${keepAliveMs}ms` };

type Chunks = ReturnType<ChatOllama['_streamResponseChunks']>;

async function hear(chunks: Chunks, { contextTokens, answerTokensMax }: Ask): Promise<Spoken> {
  const began = performance.now();
  const toolRequests: ToolRequest[] = [];
  let [text, thoughts, firstTokenMs] = ['', '', null as number | null];
  let last: Readonly<Record<string, unknown>> = {};
  for await (const { message } of chunks) {
    const calls = AIMessageChunk.isInstance(message) ? (message.tool_call_chunks ?? []) : [];
    const thought: unknown = message.additional_kwargs['reasoning_content'];
    if (typeof thought === 'string') thoughts += thought;
    if (typeof message.content === 'string') text += message.content;
    for (const { name, args } of calls)
      toolRequests.push({
        id: `call-${toolRequests.length + 1}`,
        name: name ?? '',
        input: JSON.parse(args ?? 'null') as unknown,
      });
    if (text !== '' || thoughts !== '' || toolRequests.length > 0)
      firstTokenMs ??= performance.now() - began;
    last = message.response_metadata;
  }
  const end = read(lastLine, last);
  const promptTokens = end.prompt_eval_count ?? null;
  if (promptTokens !== null && promptTokens + answerTokensMax > contextTokens)
    throw new RuntimeError(
      'PROMPT_TOO_LONG',
      `a prompt of ${promptTokens} tokens left no room for an answer of ${answerTokensMax}`,
    );
  return {
    text,
    thoughts,
    toolRequests,
    done: end.done_reason === 'length' ? 'length' : toolRequests.length > 0 ? 'tools' : 'stop',
    promptTokens,
    answerTokens: end.eval_count ?? 0,
    loadMs: inMs(end.load_duration),
    firstTokenMs,
    answerMs: inMs(end.eval_duration),
  };
}

const inMs = (nanoseconds: number | undefined): number | null =>
  nanoseconds === undefined ? null : nanoseconds / 1e6;

/** The same answer, each line of which is what it should be. */
function checkedLines(response: Response, answerTokensMax: number): Response {
  const lines = linesOf(response, { type: /ndjson|json/, bytesMax: bytesFor(answerTokensMax) });
  const body = ReadableStream.from(wellFormed(lines, answerTokensMax));
  return new Response(body.pipeThrough(new TextEncoderStream()), { headers: response.headers });
}

async function* wellFormed(
  lines: AsyncGenerator<string>,
  answerTokensMax: number,
): AsyncGenerator<string> {
  let tokens = 0;
  for await (const line of lines) {
    const said = shaped(line, chatLine);
    if ('error' in said)
      throw new RuntimeError('RUNTIME_FAILED', 'the server failed in mid-answer', {
        retryable: true,
      });
    yield `${line}\n`;
    if (said.done) return;
    // A line is a token or more of them, so that so many lines are too many tokens.
    tokens += 1;
    if (tokens > answerTokensMax + 1) throw overlong();
  }
  throw brokeOff();
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  throw new RuntimeError('ANSWER_GARBLED', 'the server sent JSON of another shape');
}
