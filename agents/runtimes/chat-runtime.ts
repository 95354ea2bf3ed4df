/** The one port to language models. It is a LangChain chat model, and adds what that leaves open: turns, room, deadlines. */
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from '@langchain/core/language_models/chat_models';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import { convertToOpenAITool } from '@langchain/core/utils/function_calling';
import {
  RuntimeError,
  type Answer,
  type Ask,
  type Message,
  type ModelIdentity,
  type RuntimeOptions,
  type ToolOffer,
  type ToolRequest,
} from './contract.ts';
import { FairQueue } from './fair-queue.ts';
import { fromLangChain, toLangChain } from './messages.ts';
import { withoutThoughts } from './thoughts.ts';

export type RuntimeCallOptions = BaseChatModelCallOptions & Readonly<{ ask?: Partial<Ask> }>;

/** How long a prompt is, in tokens. Both are the same where the runtime lends us its tokenizer. */
export type PromptSize = Readonly<{ atLeast: number; atMost: number }>;

/** What else a template may put into a prompt. */
export type PromptExtras = Readonly<Pick<Ask, 'tools' | 'think' | 'schema'>>;

/** What a runtime's own code gives back. */
export type Spoken = Readonly<{
  text: string;
  /** Thoughts that the server told apart from the text. */
  thoughts: string;
  toolRequests: readonly ToolRequest[];
  done: 'stop' | 'length' | 'tools';
  /** How many tokens of the prompt were read, by the runtime's own count; null when it does not say. */
  promptTokens: number | null;
  answerTokens: number;
  loadMs: number | null;
  firstTokenMs: number | null;
  answerMs: number | null;
}>;

/** For callers that come through LangChain alone and say nothing more. */
const UNSAID: Omit<Ask, 'messages'> = {
  schema: null,
  tools: [],
  seed: 0,
  temperature: 0,
  contextTokens: 4_096,
  answerTokensMax: 512,
  think: false,
  deadlineMs: 60_000,
  lane: 'langchain',
};

/** A count beyond it is no count of ours: it would not even fit into the record. */
const TOKENS_MAX = 10_000_000;
/** After its time a call that does not end is left behind, so that it cannot hold up the others. */
const GRACE_MS = 2_000;

export abstract class ChatRuntime extends BaseChatModel<RuntimeCallOptions> {
  readonly #turns: FairQueue;

  constructor({ concurrency }: RuntimeOptions) {
    super({});
    this.#turns = new FairQueue(concurrency);
  }

  abstract readonly identity: ModelIdentity;
  /** The prompt as the model would be given it, template and all. */
  abstract measure(messages: readonly Message[], extras?: PromptExtras): Promise<PromptSize>;
  /** Resolves when the runtime is alive and has the model. */
  abstract heartbeat(signal: AbortSignal): Promise<void>;
  abstract embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
  abstract close(): Promise<void>;
  /** One call that has its turn. It must end when the signal says so. */
  protected abstract speak(ask: Ask, size: PromptSize, signal: AbortSignal): Promise<Spoken>;

  override _llmType(): string {
    return 'airlock';
  }

  /** Calls that are under way or wait for their turn. */
  get load(): number {
    return this.#turns.size;
  }

  /** For callers that come through LangChain; the tools are offered, and run by nobody here. */
  override bindTools(tools: BindToolsInput[], options?: Partial<RuntimeCallOptions>) {
    return this.withConfig({ ...options, ask: { ...options?.ask, tools: tools.map(offerOf) } });
  }

  async ask(ask: Ask, signal: AbortSignal): Promise<Answer> {
    const said = await this.invoke(toLangChain(ask.messages), { ask, signal });
    return said.response_metadata['answer'] as Answer;
  }

  override async _generate(
    messages: BaseMessage[],
    options: RuntimeCallOptions,
  ): Promise<ChatResult> {
    if (options.stop !== undefined && options.stop.length > 0)
      throw new RuntimeError('RUNTIME_REFUSED', 'words to stop at are not supported');
    const ask: Ask = { ...UNSAID, messages: fromLangChain(messages), ...options.ask };
    const answer = await this.#answer(ask, options.signal ?? new AbortController().signal);
    const message = new AIMessage({
      content: answer.text,
      tool_calls: answer.toolRequests.map(({ id, name, input }) => ({
        id,
        name,
        args: input as Record<string, unknown>,
        type: 'tool_call' as const,
      })),
      response_metadata: { answer, identity: this.identity },
    });
    const counted = Object.assign(message, { usage_metadata: usageOf(answer) });
    return { generations: [{ text: answer.text, message: counted }] };
  }

  async #answer(ask: Ask, caller: AbortSignal): Promise<Answer> {
    const began = performance.now();
    const signal = AbortSignal.any([caller, AbortSignal.timeout(ask.deadlineMs)]);
    const ended = { caller, signal };
    const turn = await orEnded(this.#turns.take(ask.lane, signal), ended);
    const started = performance.now();
    let running: Promise<Spoken> | null = null;
    try {
      const size = await orEnded(this.measure(ask.messages, ask), ended);
      if (size.atMost + ask.answerTokensMax > ask.contextTokens)
        throw new RuntimeError(
          'PROMPT_TOO_LONG',
          `a prompt of up to ${size.atMost} tokens and an answer of ${ask.answerTokensMax} do not fit into ${ask.contextTokens}`,
        );
      running = this.speak(ask, size, signal);
      const spoken = await orEnded(running, ended);
      const queueMs = started - began;
      return checked(spoken, { size, queueMs, totalMs: performance.now() - began });
    } finally {
      leave(running, turn);
    }
  }
}

type Ends = Readonly<{ caller: AbortSignal; signal: AbortSignal }>;

/** A runtime that ignores its signal must not hold its caller, and whatever it says of the end, we know why it came. */
async function orEnded<T>(work: Promise<T>, { caller, signal }: Ends): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const end = (): void => ended.reject(endOf(caller));
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  // Whoever loses the race may still fail, and nobody is left to hear it.
  work.catch(() => undefined);
  ended.promise.catch(() => undefined);
  try {
    return await Promise.race([ended.promise, work]);
  } catch (cause) {
    if (signal.aborted) throw endOf(caller);
    if (cause instanceof RuntimeError) throw cause;
    throw new RuntimeError('RUNTIME_FAILED', 'the runtime broke off', { cause });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const endOf = (caller: AbortSignal): RuntimeError =>
  caller.aborted
    ? new RuntimeError('CALL_CANCELLED', 'the call was taken back')
    : new RuntimeError('CALL_TIMED_OUT', 'no answer before the deadline', { retryable: true });

function offerOf(tool: BindToolsInput): ToolOffer {
  const { name, description = '', parameters } = convertToOpenAITool(tool).function;
  return {
    name,
    description,
    schema: parameters ?? { type: 'object', properties: {}, additionalProperties: false },
  };
}

const usageOf = ({ metrics: { promptTokens, answerTokens } }: Answer) => ({
  input_tokens: promptTokens ?? 0,
  output_tokens: answerTokens,
  total_tokens: (promptTokens ?? 0) + answerTokens,
});

/** The turn is given on when the call has really ended, or has had its grace. */
function leave(running: Promise<unknown> | null, turn: () => void): void {
  if (running === null) {
    turn();
    return;
  }
  const timer = setTimeout(turn, GRACE_MS);
  timer.unref();
  const ended = (): void => {
    clearTimeout(timer);
    turn();
  };
  running.then(ended, ended);
}

type Course = Readonly<{ size: PromptSize; queueMs: number; totalMs: number }>;

function checked(spoken: Spoken, { size, queueMs, totalMs }: Course): Answer {
  const { promptTokens, answerTokens, answerMs } = spoken;
  if (promptTokens === null || promptTokens < size.atLeast)
    throw new RuntimeError(
      'PROMPT_TRUNCATED',
      promptTokens === null
        ? 'the runtime does not say how much of the prompt it read'
        : `the runtime read ${promptTokens} tokens of a prompt of at least ${size.atLeast}`,
    );
  if (answerTokens > TOKENS_MAX)
    throw new RuntimeError('ANSWER_GARBLED', 'the runtime counts more tokens than any answer has');
  if (spoken.done === 'length')
    throw new RuntimeError('ANSWER_CUT', `the answer was cut after ${answerTokens} tokens`);
  const { text, thoughtChars } = withoutThoughts(spoken.text);
  if (text === '' && spoken.toolRequests.length === 0)
    throw new RuntimeError('ANSWER_EMPTY', 'the model said nothing');
  return {
    text,
    toolRequests: spoken.toolRequests,
    thoughtChars: thoughtChars + spoken.thoughts.length,
    metrics: {
      queueMs,
      loadMs: spoken.loadMs,
      firstTokenMs: spoken.firstTokenMs,
      totalMs,
      promptTokens,
      promptTokensEstimated: size.atMost,
      answerTokens,
      tokensPerSecond:
        answerMs === null || answerMs <= 0 ? null : (answerTokens * 1_000) / answerMs,
    },
  };
}
