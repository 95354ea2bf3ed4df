/** The house's model as the desks hold it: opened when it can be, refused when its weights are not the pinned ones, and tried again. */
import type { BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import {
  ChatRuntime,
  type PromptExtras,
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
} from '../agents/runtimes/contract.ts';

export class SteadyRuntime extends ChatRuntime {
  readonly identity: ModelIdentity;
  readonly #open: () => Promise<ChatRuntime>;
  #inner: ChatRuntime | null = null;
  #opening: Promise<ChatRuntime> | null = null;
  #closed = false;

  constructor(identity: ModelIdentity, open: () => Promise<ChatRuntime>) {
    super({ concurrency: Number.MAX_SAFE_INTEGER, keepAliveMs: null });
    this.identity = identity;
    this.#open = open;
  }

  override get load(): number {
    return this.#inner?.load ?? 0;
  }

  /** Of a process of its own, where the model has one. */
  get processId(): number | null {
    const inner = this.#inner;
    return inner !== null && 'processId' in inner && typeof inner.processId === 'number'
      ? inner.processId
      : null;
  }

  /** Opens the model if it is not open, and asks it for a sign of life. */
  override async heartbeat(signal: AbortSignal): Promise<void> {
    const inner = await this.#ready();
    await inner.heartbeat(signal);
  }

  override async ask(ask: Ask, signal: AbortSignal): Promise<Answer> {
    return this.#opened().ask(ask, signal);
  }

  override async measure(messages: readonly Message[], extras?: PromptExtras): Promise<PromptSize> {
    return this.#opened().measure(messages, extras);
  }

  override async embed(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    return this.#opened().embed(texts, signal);
  }

  override async close(): Promise<void> {
    this.#closed = true;
    const inner = this.#inner ?? (await this.#opening?.catch(() => null)) ?? null;
    await inner?.close();
  }

  override async _generate(
    messages: BaseMessage[],
    options: RuntimeCallOptions,
  ): Promise<ChatResult> {
    // oxlint-disable-next-line no-underscore-dangle -- LangChain named it
    return this.#opened()._generate(messages, options);
  }

  protected override speak(): Promise<Spoken> {
    return Promise.reject(new RuntimeError('RUNTIME_FAILED', 'it speaks through another runtime'));
  }

  #opened(): ChatRuntime {
    if (this.#inner !== null) return this.#inner;
    throw new RuntimeError('RUNTIME_DOWN', 'the model is not open', { retryable: true });
  }

  #ready(): Promise<ChatRuntime> {
    if (this.#inner !== null) return Promise.resolve(this.#inner);
    this.#opening ??= this.#begin().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #begin(): Promise<ChatRuntime> {
    const inner = await this.#open();
    const { digest, model } = inner.identity;
    if (digest !== this.identity.digest || model !== this.identity.model || this.#closed) {
      await inner.close();
      throw new RuntimeError(
        'MODEL_NOT_FIT',
        'the weights are not those that the house was started with; start it again to use them',
      );
    }
    this.#inner = inner;
    return inner;
  }
}
