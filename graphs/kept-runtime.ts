/** A runtime whose answers are kept with the graph's checkpoint: a run that goes on is given what was said, and asks only for the rest. */
import { setImmediate } from 'node:timers/promises';
import type { BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import { task } from '@langchain/langgraph';
import {
  ChatRuntime,
  type PromptSize,
  type RuntimeCallOptions,
  type Spoken,
} from '../agents/runtimes/chat-runtime.ts';
import {
  RuntimeError,
  type Answer,
  type Ask,
  type Message,
  type ModelIdentity,
  type RuntimeCode,
} from '../agents/runtimes/contract.ts';

/** An outcome as a checkpoint can hold it. */
type Kept =
  | Readonly<{ ok: true; answer: Answer }>
  | Readonly<{ ok: false; code: RuntimeCode; message: string; retryable: boolean }>;

async function settled(asking: Promise<Answer>): Promise<Kept> {
  try {
    return { ok: true, answer: await asking };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    const { code, message, retryable } = error;
    return { ok: false, code, message, retryable };
  }
}

/** To be asked from within a node of a graph only: each call is a task of that node. */
export class KeptRuntime extends ChatRuntime {
  readonly #inner: ChatRuntime;

  constructor(inner: ChatRuntime) {
    super({ concurrency: 1, keepAliveMs: null });
    this.#inner = inner;
  }

  override get identity(): ModelIdentity {
    return this.#inner.identity;
  }

  override get load(): number {
    return this.#inner.load;
  }

  override async ask(ask: Ask, signal: AbortSignal): Promise<Answer> {
    const call = task('call', () => settled(this.#inner.ask(ask, signal)));
    const kept = await call();
    // The answer is on the disk before the next question is asked.
    await setImmediate();
    if (kept.ok) return kept.answer;
    throw new RuntimeError(kept.code, kept.message, { retryable: kept.retryable });
  }

  override measure(messages: readonly Message[]): Promise<PromptSize> {
    return this.#inner.measure(messages);
  }

  override heartbeat(signal: AbortSignal): Promise<void> {
    return this.#inner.heartbeat(signal);
  }

  override embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    return this.#inner.embed(texts, signal);
  }

  /** The runtime belongs to whoever opened it. */
  override close(): Promise<void> {
    return Promise.resolve();
  }

  override _generate(messages: BaseMessage[], options: RuntimeCallOptions): Promise<ChatResult> {
    // oxlint-disable-next-line no-underscore-dangle -- LangChain named it
    return this.#inner._generate(messages, options);
  }

  protected override speak(): Promise<Spoken> {
    return Promise.reject(new RuntimeError('RUNTIME_FAILED', 'it speaks through another runtime'));
  }
}
