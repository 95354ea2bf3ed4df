/** Models of llama.cpp's server, vLLM or LM Studio, over the chat completions that they have in common. */
import { z } from 'zod';
import { ChatRuntime, type PromptExtras, type PromptSize, type Spoken } from './chat-runtime.ts';
import {
  RuntimeError,
  type Ask,
  type Message,
  type ModelIdentity,
  type RuntimeOptions,
} from './contract.ts';
import {
  identifyServer,
  modelOf,
  type OpenAiAddress,
  type OpenAiServer,
} from './openai-identity.ts';
import { readStream } from './openai-stream.ts';
import { estimatePrompt } from './prompt-estimate.ts';
import { Closing, normalised, reach, readJson } from './server.ts';

export type OpenAiSource = Readonly<{
  /** The server's address, with or without `/v1`. */
  url: string;
  name: string;
  options: RuntimeOptions;
  /** Sent as a bearer token and kept nowhere else; null where the server wants none. */
  apiKey: string | null;
}>;

const OPEN_MS_MAX = 10_000;
const embeddingsReply = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()) })),
});

export async function openOpenAi(source: OpenAiSource): Promise<OpenAiRuntime> {
  const address = addressOf(source);
  const signal = AbortSignal.timeout(OPEN_MS_MAX);
  const server = await new Closing().during(signal, (both) =>
    identifyServer(address, source.name, both),
  );
  return new OpenAiRuntime(address, server, source.options);
}

function addressOf({ url, apiKey }: OpenAiSource): OpenAiAddress {
  const base = url.replace(/\/+$/, '');
  return {
    base: base.endsWith('/v1') ? base : `${base}/v1`,
    headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
  };
}

export class OpenAiRuntime extends ChatRuntime {
  override readonly identity: ModelIdentity;
  readonly #address: OpenAiAddress;
  readonly #window: number | null;
  readonly #closing = new Closing();

  constructor(address: OpenAiAddress, { identity, window }: OpenAiServer, options: RuntimeOptions) {
    super(options);
    this.#address = address;
    this.identity = identity;
    this.#window = window;
  }

  override measure(messages: readonly Message[], extras?: PromptExtras): Promise<PromptSize> {
    return Promise.resolve(estimatePrompt(messages, extras));
  }

  override async heartbeat(signal: AbortSignal): Promise<void> {
    await this.#closing.during(signal, (both) => modelOf(this.#address, this.identity.model, both));
  }

  override async embed(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    const body = { model: this.identity.model, input: texts, encoding_format: 'float' };
    const { data } = await this.#closing.during(signal, async (both) =>
      readJson(await this.#post('/embeddings', body, both), embeddingsReply),
    );
    return texts.map((_, wanted) => {
      const found = data.find(({ index }) => index === wanted);
      if (found === undefined)
        throw new RuntimeError('ANSWER_GARBLED', 'the server sent another number of vectors');
      return normalised(found.embedding);
    });
  }

  override async close(): Promise<void> {
    this.#closing.close();
  }

  #post(path: string, body: unknown, signal: AbortSignal): Promise<Response> {
    const { base, headers } = this.#address;
    return reach({ url: `${base}${path}`, headers, body, signal });
  }

  protected override async speak(ask: Ask, size: PromptSize, signal: AbortSignal): Promise<Spoken> {
    // A request cannot ask for a window here, so that the server's own must be wide enough.
    if (this.#window !== null && size.atMost + ask.answerTokensMax > this.#window)
      throw new RuntimeError(
        'PROMPT_TOO_LONG',
        `the server runs the model with a window of ${this.#window} tokens`,
      );
    const began = performance.now();
    return this.#closing.during(signal, async (both) => {
      const response = await this.#post('/chat/completions', this.#request(ask), both);
      return readStream(response, ask, began);
    });
  }

  #request(ask: Ask): Readonly<Record<string, unknown>> {
    const { schema, tools, seed, temperature, think } = ask;
    return {
      model: this.identity.model,
      messages: ask.messages.map(wireMessage),
      stream: true,
      stream_options: { include_usage: true },
      seed,
      temperature,
      max_tokens: ask.answerTokensMax,
      chat_template_kwargs: { enable_thinking: think },
      // Under a grammar a model cannot write the markup of its tool calls.
      ...(schema === null || tools.length > 0
        ? {}
        : {
            response_format: {
              type: 'json_schema',
              json_schema: { name: 'answer', strict: true, schema },
            },
          }),
      ...(tools.length === 0
        ? {}
        : {
            tools: tools.map(({ name, description, schema: parameters }) => ({
              type: 'function',
              function: { name, description, parameters },
            })),
          }),
    };
  }
}

function wireMessage(message: Message): Readonly<Record<string, unknown>> {
  const { role, content } = message;
  if (role === 'tool') return { role, content, tool_call_id: message.toolCallId };
  if (role !== 'assistant' || message.toolCalls.length === 0) return { role, content };
  return {
    role,
    content,
    tool_calls: message.toolCalls.map(({ id, name, input }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(input) },
    })),
  };
}
