/** A conversation as the tokens that a model was trained to see, by the template in its own file. */
import {
  JinjaTemplateChatWrapper,
  type ChatHistoryItem,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import { RuntimeError } from './contract.ts';
import type { Turn } from './llama-protocol.ts';

/** The marks around a model's thoughts; null where it has none. */
export type Thinking = Readonly<{ open: string; close: string }>;

export type Template = Readonly<{ wrapper: JinjaTemplateChatWrapper; thinking: Thinking | null }>;

const MADE_MAX = 8;

/** A model's own template, tried out before the model is brought into memory. */
export function templateOf(template: string | undefined): Template {
  if (template === undefined || template === '')
    throw unfit('the model has no chat template: it is not made for conversation');
  if (template.includes('<|channel|>'))
    throw unfit(
      'the model speaks in channels, which are not told apart here; use a server for it (ollama:NAME)',
    );
  const thinking = template.includes('<think>') ? { open: '<think>', close: '</think>' } : null;
  return { wrapper: wrapperOf(template), thinking };
}

const unfit = (why: string, cause?: unknown): RuntimeError =>
  new RuntimeError('MODEL_NOT_FIT', why, { cause });

export class PromptMaker {
  readonly #model: LlamaModel;
  readonly #wrapper: JinjaTemplateChatWrapper;
  readonly #made = new Map<string, readonly Token[]>();
  readonly thinking: Thinking | null;

  constructor(model: LlamaModel, { wrapper, thinking }: Template) {
    this.#model = model;
    this.#wrapper = wrapper;
    this.thinking = thinking;
  }

  /** A prompt is measured first and spoken to next, and need not be made twice. */
  tokens(turns: readonly Turn[], think: boolean): readonly Token[] {
    const key = JSON.stringify([think, turns]);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const tokens = this.#make(turns, think);
    const [oldest] = this.#made.keys();
    if (this.#made.size >= MADE_MAX && oldest !== undefined) this.#made.delete(oldest);
    this.#made.set(key, tokens);
    return tokens;
  }

  /** What is said is read as plain text, so that no mark in it can pose as the template's own. */
  #make(turns: readonly Turn[], think: boolean): readonly Token[] {
    const { contextText } = this.#wrapper.generateContextState({
      chatHistory: [...turns.map(historyOf), { type: 'model', response: [] }],
    });
    const tokens = [...contextText.tokenize(this.#model.tokenizer), ...this.#opening(think)];
    const { bos, shouldPrependBosToken } = this.#model.tokens;
    if (shouldPrependBosToken && bos !== null && tokens[0] !== bos) tokens.unshift(bos);
    return tokens;
  }

  /** A thought is opened for a model that shall think, and closed at once for one that shall not. */
  #opening(think: boolean): readonly Token[] {
    if (this.thinking === null) return [];
    const { open, close } = this.thinking;
    return this.#model.tokenize(think ? `${open}\n` : `${open}\n\n${close}\n\n`, true);
  }
}

function wrapperOf(template: string): JinjaTemplateChatWrapper {
  try {
    return new JinjaTemplateChatWrapper({
      template,
      joinAdjacentMessagesOfTheSameType: false,
      trimLeadingWhitespaceInResponses: false,
      // Calls of tools are asked for in our own words, so the template's need not be found out.
      functionCallMessageTemplate: 'noJinja',
    });
  } catch (cause) {
    throw unfit("the model's chat template cannot be used", cause);
  }
}

function historyOf({ role, content }: Turn): ChatHistoryItem {
  switch (role) {
    case 'system':
      return { type: 'system', text: content };
    case 'user':
      return { type: 'user', text: content };
    case 'assistant':
      return { type: 'model', response: [content] };
  }
}
