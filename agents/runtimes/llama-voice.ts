/** One answer on its way out of a model: read the prompt, think aloud if asked to, speak within the grammar. */
import {
  LlamaGrammarEvaluationState,
  type LlamaContextSequence,
  type LlamaGrammar,
  type Token,
} from 'node-llama-cpp';
import type { SpeakOrder, Speech } from './llama-protocol.ts';
import { BATCH } from './llama-window.ts';

/** The usual narrowing of the choice of words; neither is the caller's to vary. */
const TOP_K = 40;
const TOP_P = 0.95;

/** A thought, and what stands between it and the answer. */
export type Thought = Readonly<{ text: string; rest: readonly Token[] }>;

/** It knows what was spent on the answer, and when its first word came. */
export class Voice {
  readonly #sequence: LlamaContextSequence;
  readonly #order: SpeakOrder;
  readonly #signal: AbortSignal;
  readonly #started: number;
  #first: number | null = null;
  #spoken = 0;
  /** Said, but not yet part of what the model has read. */
  #unread: Token | null = null;

  constructor(
    sequence: LlamaContextSequence,
    order: SpeakOrder,
    signal: AbortSignal,
    started: number,
  ) {
    this.#sequence = sequence;
    this.#order = order;
    this.#signal = signal;
    this.#started = started;
  }

  get times(): Readonly<{ answerTokens: number; firstTokenMs: number; answerMs: number }> {
    const now = performance.now();
    const first = this.#first ?? now;
    return {
      answerTokens: this.#spoken,
      firstTokenMs: first - this.#started,
      answerMs: now - first,
    };
  }

  /** At most half of the answer is for thoughts; then the thought is closed for the model. */
  async think(prompt: readonly Token[], close: string): Promise<Thought> {
    const tokens: Token[] = [];
    const { model } = this.#sequence;
    const most = Math.floor(this.#order.answerTokensMax / 2);
    let closed = false;
    for await (const token of this.#tokens(prompt, null, most)) {
      tokens.push(token);
      // The tail is enough to find the mark in, whatever tokens it is made of.
      closed = model.detokenize(tokens.slice(-close.length), true).includes(close);
      if (closed) break;
    }
    const ending = model.tokenize(closed ? '\n\n' : `\n${close}\n\n`, true);
    return {
      text: model.detokenize(tokens, true).replace(close, ''),
      rest: this.#unread === null ? ending : [this.#unread, ...ending],
    };
  }

  async say(
    rest: readonly Token[],
    grammar: LlamaGrammar | null,
  ): Promise<Readonly<{ text: string; done: Speech['done'] }>> {
    const tokens: Token[] = [];
    const room = this.#order.answerTokensMax - this.#spoken;
    let done: Speech['done'] = 'stop';
    for await (const token of this.#tokens(rest, grammar, room + 1)) {
      if (tokens.length === room) {
        done = 'length';
        this.#spoken -= 1;
        break;
      }
      tokens.push(token);
    }
    return { text: this.#sequence.model.detokenize(tokens), done };
  }

  async *#tokens(
    prompt: readonly Token[],
    grammar: LlamaGrammar | null,
    most: number,
  ): AsyncGenerator<Token> {
    const { model } = this.#sequence;
    for (let at = 0; at + BATCH < prompt.length; at += BATCH) {
      this.#signal.throwIfAborted();
      await this.#sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(at, at + BATCH));
    }
    const last = Math.max(0, Math.ceil(prompt.length / BATCH) - 1) * BATCH;
    const { seed, temperature } = this.#order;
    let left = most;
    for await (const token of this.#sequence.evaluate(prompt.slice(last), {
      seed,
      temperature,
      topK: TOP_K,
      topP: TOP_P,
      ...(grammar !== null && {
        grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }),
      }),
    })) {
      this.#signal.throwIfAborted();
      this.#first ??= performance.now();
      this.#spoken += 1;
      this.#unread = token;
      yield token;
      left -= 1;
      if (left <= 0) return;
    }
    this.#unread = null;
  }
}
