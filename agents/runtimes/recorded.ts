/** A runtime that says again what was recorded, and one that records what another says. */
import type { Json } from '#firewall';
import type { AgentCall } from '../contract.ts';
import { questionOf, weightsOf } from './call-key.ts';
import { ChatRuntime, type PromptExtras, type PromptSize, type Spoken } from './chat-runtime.ts';
import {
  RUNTIME_CODES,
  RuntimeError,
  type Answer,
  type Ask,
  type Message,
  type ModelIdentity,
  type RuntimeCode,
  type ToolRequest,
} from './contract.ts';
import {
  appendLine,
  packed,
  readRecording,
  Recording,
  type Outcome,
  type RecordLine,
} from './recording.ts';

/** A replay must come to the same record as the first run, so it may speak in the name of the model that was recorded. */
export type RecordedName = 'recorded' | 'original';

export const openRecorded = (file: string, name: RecordedName = 'recorded'): RecordedRuntime =>
  new RecordedRuntime(readRecording(file), name);

/** The calls of one model in a transcript, to be answered again in the original's name. */
export const replayCalls = (calls: readonly AgentCall[]): RecordedRuntime =>
  new RecordedRuntime(calls.flatMap(lineOf), 'original');

export class RecordedRuntime extends ChatRuntime {
  override readonly identity: ModelIdentity;
  readonly #recording: Recording;

  constructor(lines: readonly RecordLine[], name: RecordedName) {
    super({ concurrency: Number.MAX_SAFE_INTEGER, keepAliveMs: null });
    this.#recording = new Recording(lines);
    const { identity } = this.#recording;
    this.identity = name === 'original' ? identity : { ...identity, runtime: 'recorded' };
  }

  /** The answer with its first metrics, so that a replay's record is the same to the byte. */
  override ask(ask: Ask, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve) => resolve(this.#said(ask, signal)));
  }

  #said(ask: Ask, signal: AbortSignal): Answer {
    if (signal.aborted) throw new RuntimeError('CALL_CANCELLED', 'the call was taken back');
    const outcome = this.#recording.next(questionOf(this.identity, ask));
    if (outcome === null) throw new RuntimeError('RECORDING_MISSING', 'no such call was recorded');
    if (outcome.ok) return outcome.answer;
    const { code, retryable } = outcome;
    throw new RuntimeError(code, 'the call failed when it was recorded', { retryable });
  }

  override measure(messages: readonly Message[]): Promise<PromptSize> {
    const tokens = this.#recording.promptTokens(messages as unknown as Json) ?? 0;
    return Promise.resolve({ atLeast: 0, atMost: tokens });
  }

  override heartbeat(): Promise<void> {
    return Promise.resolve();
  }

  override embed(texts: readonly string[]): Promise<readonly Float32Array[]> {
    const vectors = this.#recording.vectors(texts);
    return vectors === null
      ? Promise.reject(new RuntimeError('RECORDING_MISSING', 'no such vectors were recorded'))
      : Promise.resolve(vectors);
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  protected override async speak(ask: Ask, _: PromptSize, signal: AbortSignal): Promise<Spoken> {
    return spokenOf(this.#said(ask, signal));
  }
}

/** Passes every call on, and keeps how it ended. */
export class RecordingRuntime extends ChatRuntime {
  readonly #inner: ChatRuntime;
  readonly #file: string;

  constructor(inner: ChatRuntime, file: string) {
    super({ concurrency: Number.MAX_SAFE_INTEGER, keepAliveMs: null });
    this.#inner = inner;
    this.#file = file;
  }

  override get identity(): ModelIdentity {
    return this.#inner.identity;
  }

  override get load(): number {
    return this.#inner.load;
  }

  override async ask(ask: Ask, signal: AbortSignal): Promise<Answer> {
    try {
      const answer = await this.#inner.ask(ask, signal);
      this.#keep(ask, { ok: true, answer });
      return answer;
    } catch (error) {
      if (error instanceof RuntimeError) {
        const { code, retryable } = error;
        this.#keep(ask, { ok: false, code, retryable });
      }
      throw error;
    }
  }

  #keep(ask: Ask, outcome: Outcome): void {
    const { identity } = this;
    const question = questionOf(identity, ask);
    appendLine(this.#file, { kind: 'said', identity, question, outcome });
  }

  override measure(messages: readonly Message[], extras?: PromptExtras): Promise<PromptSize> {
    return this.#inner.measure(messages, extras);
  }

  override heartbeat(signal: AbortSignal): Promise<void> {
    return this.#inner.heartbeat(signal);
  }

  override async embed(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    const vectors = await this.#inner.embed(texts, signal);
    const { identity } = this;
    appendLine(this.#file, { kind: 'embedded', identity, texts, vectors: vectors.map(packed) });
    return vectors;
  }

  override close(): Promise<void> {
    return this.#inner.close();
  }

  protected override async speak(ask: Ask, _: PromptSize, signal: AbortSignal): Promise<Spoken> {
    return spokenOf(await this.ask(ask, signal));
  }
}

/** What LangChain's own door is given: the answer without the thoughts, which nobody keeps. */
const spokenOf = ({ text, toolRequests, metrics }: Answer): Spoken => ({
  text,
  thoughts: '',
  toolRequests,
  done: toolRequests.length > 0 ? 'tools' : 'stop',
  promptTokens: metrics.promptTokens,
  answerTokens: metrics.answerTokens,
  loadMs: metrics.loadMs,
  firstTokenMs: metrics.firstTokenMs,
  answerMs:
    metrics.tokensPerSecond === null || metrics.tokensPerSecond <= 0
      ? null
      : (metrics.answerTokens * 1_000) / metrics.tokensPerSecond,
});

/** A call of a transcript; none where the model was never asked. */
function lineOf(call: AgentCall): readonly RecordLine[] {
  const { identity, messages, schema, tools, requests, raw, metrics, code } = call;
  const question = {
    weights: weightsOf(identity),
    messages,
    schema,
    tools,
    seed: call.seed,
    temperatureMilli: call.temperatureMilli,
    contextTokens: call.contextTokens,
    answerTokensMax: call.answerTokensMax,
    think: call.think,
  };
  if (raw !== null && metrics !== null) {
    const toolRequests = requests as unknown as readonly ToolRequest[];
    const answer = { text: raw, toolRequests, thoughtChars: 0, metrics };
    return [{ kind: 'said', identity, question, outcome: { ok: true, answer } }];
  }
  if (!isRuntimeCode(code)) return [];
  return [{ kind: 'said', identity, question, outcome: { ok: false, code, retryable: false } }];
}

const isRuntimeCode = (code: string | null): code is RuntimeCode =>
  (RUNTIME_CODES as readonly (string | null)[]).includes(code);
