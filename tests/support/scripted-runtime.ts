/** A model server that says what a test wrote down for it: the outside world with exact words, behind our real runtime class. */
import { ChatRuntime, type PromptSize, type Spoken } from '../../agents/runtimes/chat-runtime.ts';
import {
  RuntimeError,
  type Ask,
  type Message,
  type ModelIdentity,
  type RuntimeCode,
  type ToolRequest,
} from '../../agents/runtimes/contract.ts';

/** What comes back to one call: words, a tool request, a failure, or nothing before the signal. */
export type Line =
  | string
  | Readonly<{ tools: readonly ToolRequest[] }>
  | Readonly<{ fail: RuntimeCode }>
  | Readonly<{ cut: string }>
  | Readonly<{ thoughts: string; text: string }>
  | typeof HANG;

/** Says nothing until it is told to stop. */
export const HANG = Symbol('a server that hangs');

const tokensOf = (text: string): number => Math.ceil(text.length / 3);
const lengthOf = (messages: readonly Message[]): number =>
  messages.reduce((sum, { content }) => sum + tokensOf(content), 0);

export class ScriptedRuntime extends ChatRuntime {
  override readonly identity: ModelIdentity = {
    runtime: 'recorded',
    runtimeVersion: '1',
    model: 'scripted',
    digest: 'a'.repeat(64),
    quantisation: null,
    parameters: null,
    contextMax: 8_192,
  };
  /** Everything that was sent, in order. */
  readonly asked: Ask[] = [];
  readonly #lines: Line[];

  constructor(lines: readonly Line[]) {
    super({ concurrency: 2, keepAliveMs: null });
    this.#lines = [...lines];
  }

  /** All that a model was ever shown, as one text. */
  get shown(): string {
    return this.asked.flatMap(({ messages }) => messages.map(({ content }) => content)).join('\n');
  }

  override async measure(messages: readonly Message[]): Promise<PromptSize> {
    const tokens = lengthOf(messages);
    return { atLeast: tokens, atMost: tokens };
  }

  override async heartbeat(): Promise<void> {}

  override async embed(): Promise<readonly Float32Array[]> {
    throw new RuntimeError('MODEL_NOT_FIT', 'it does not embed');
  }

  override async close(): Promise<void> {}

  protected override async speak(ask: Ask, size: PromptSize, signal: AbortSignal): Promise<Spoken> {
    this.asked.push(ask);
    const line = this.#lines.shift();
    if (line === undefined) throw new Error('the script is at its end');
    if (line === HANG) return hung(signal);
    if (typeof line !== 'string' && 'fail' in line)
      throw new RuntimeError(line.fail, 'as the script says');
    const spoken = { promptTokens: size.atMost, loadMs: null, firstTokenMs: 1.25, answerMs: 2.5 };
    const text =
      typeof line === 'string' ? line : 'text' in line ? line.text : 'cut' in line ? line.cut : '';
    return {
      ...spoken,
      text,
      thoughts: typeof line !== 'string' && 'thoughts' in line ? line.thoughts : '',
      toolRequests: typeof line !== 'string' && 'tools' in line ? line.tools : [],
      done: typeof line !== 'string' && 'cut' in line ? 'length' : 'stop',
      answerTokens: tokensOf(text),
    };
  }
}

function hung(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new RuntimeError('CALL_CANCELLED', 'stopped')));
  return promise;
}
