/** A GGUF model in memory, inside the inference process: reads prompts, speaks within a grammar, embeds. */
import {
  getLlama,
  GgufFileType,
  InsufficientMemoryError,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  readGgufFileInfo,
  type Llama,
  type LlamaContext,
  type LlamaContextSequence,
  type LlamaEmbeddingContext,
  type LlamaGrammar,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import { RuntimeError } from './contract.ts';
import { PromptMaker } from './llama-prompt.ts';
import type { Loaded, LoadOrder, SpeakOrder, Speech, Turn } from './llama-protocol.ts';
import { fastest } from './threads.ts';

/** Tokens that are read at once. A prompt is always cut at the same places, so that its reading never varies. */
const BATCH = 256;
/** The usual narrowing of the choice of words; neither is the caller's to vary. */
const TOP_K = 40;
const TOP_P = 0.95;
const EMBED_TOKENS_MAX = 2_048;
const GRAMMARS_MAX = 64;
/** Of llama.cpp's ways to make one vector of many. */
const MEAN = 1;

export class LoadedModel {
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #adapters: readonly string[];
  readonly #prompts: PromptMaker;
  readonly #grammars = new Map<string, LlamaGrammar>();
  readonly #threads: number;
  #context: LlamaContext | null = null;
  #sequence: LlamaContextSequence | null = null;
  #embedder: LlamaEmbeddingContext | null = null;

  private constructor(
    llama: Llama,
    model: LlamaModel,
    adapters: readonly string[],
    threads: number,
  ) {
    this.#llama = llama;
    this.#model = model;
    this.#adapters = adapters;
    this.#threads = threads;
    this.#prompts = new PromptMaker(model);
  }

  static async load({ file, adapters, threads, candidates, gpu }: LoadOrder): Promise<LoadedModel> {
    const llama = await getLlama({
      gpu: gpu ? 'auto' : false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.disabled,
      maxThreads: 0,
    });
    const { architecture } = (await fitting(() => readGgufFileInfo(file))).metadata.general;
    const model = await fitting(() =>
      llama.loadModel({
        modelPath: file,
        ...(!gpu && { gpuLayers: 0 }),
        // A text's vector is the mean over its tokens; llama.cpp takes the last one's unless the file says otherwise.
        metadataOverrides: { [architecture]: { pooling_type: MEAN } },
      }),
    );
    if (model.fileInsights.hasEncoder || !model.fileInsights.hasDecoder)
      throw new RuntimeError('MODEL_NOT_FIT', 'the model embeds texts and does not write any');
    const chosen =
      threads ?? (await fastest(candidates, (count, signal) => trial(model, count, signal)));
    return new LoadedModel(llama, model, adapters, chosen);
  }

  get facts(): Loaded {
    const { general } = this.#model.fileInfo.metadata;
    return {
      quantisation: quantisationOf(general.file_type),
      parameters: parametersOf(this.#model),
      contextMax: this.#model.trainContextSize,
      dimensions: this.#model.embeddingVectorSize,
      threads: this.#threads,
      runtimeVersion: this.#llama.llamaCppRelease.release,
    };
  }

  measure(turns: readonly Turn[], think: boolean): number {
    return this.#prompts.tokens(turns, think).length;
  }

  async speak(order: SpeakOrder, signal: AbortSignal): Promise<Speech> {
    const started = performance.now();
    const tokens = this.#prompts.tokens(order.turns, order.think);
    if (tokens.length + order.answerTokensMax > order.contextTokens)
      throw new RuntimeError('PROMPT_TOO_LONG', `a prompt of ${tokens.length} tokens does not fit`);
    const sequence = await this.#window(order.contextTokens);
    const keptTokens = await keepPrefix(sequence, tokens);
    const voice = new Voice(sequence, order, signal, started);
    const thoughts =
      order.think && this.#prompts.thinking !== null
        ? await voice.think(tokens.slice(keptTokens), this.#prompts.thinking.close)
        : null;
    const rest = thoughts === null ? tokens.slice(keptTokens) : this.#prompts.closing();
    const grammar = order.grammar === null ? null : await this.#grammar(order.grammar);
    const { text, done } = await voice.say(rest, grammar);
    return {
      text,
      thoughts: thoughts ?? '',
      done,
      promptTokens: tokens.length,
      keptTokens,
      ...voice.times,
    };
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    const window = Math.min(EMBED_TOKENS_MAX, this.#model.trainContextSize);
    this.#embedder ??= await fitting(() =>
      this.#model.createEmbeddingContext({
        contextSize: window,
        batchSize: window,
        threads: this.#threads,
      }),
    );
    const vectors: Float32Array[] = [];
    for (const text of texts) {
      signal.throwIfAborted();
      const length = this.#embedder.calculateInputLength(text);
      if (length >= window)
        throw new RuntimeError(
          'PROMPT_TOO_LONG',
          `a text of ${length} tokens cannot be embedded at once`,
        );
      const { vector } = await this.#embedder.getEmbeddingFor(text);
      vectors.push(normalised(vector));
    }
    return vectors;
  }

  /** One window for all calls; it grows when more is asked for, and never shrinks. */
  async #window(contextTokens: number): Promise<LlamaContextSequence> {
    if (contextTokens > this.#model.trainContextSize)
      throw new RuntimeError(
        'MODEL_NOT_FIT',
        `a window of ${contextTokens} tokens was asked for; the model was trained for ${this.#model.trainContextSize}`,
      );
    if (this.#sequence !== null && this.#sequence.contextSize > contextTokens)
      return this.#sequence;
    await this.#context?.dispose();
    this.#context = await fitting(() =>
      this.#model.createContext({
        // The last place of a window is never used.
        contextSize: contextTokens + 1,
        batchSize: BATCH,
        threads: this.#threads,
        lora: { adapters: this.#adapters.map((filePath) => ({ filePath })) },
        failedCreationRemedy: false,
      }),
    );
    this.#sequence = this.#context.getSequence();
    return this.#sequence;
  }

  async #grammar(text: string): Promise<LlamaGrammar> {
    const known = this.#grammars.get(text);
    if (known !== undefined) return known;
    const [oldest] = this.#grammars.keys();
    if (this.#grammars.size >= GRAMMARS_MAX && oldest !== undefined) this.#grammars.delete(oldest);
    try {
      const grammar = await this.#llama.createGrammar({ grammar: text });
      this.#grammars.set(text, grammar);
      return grammar;
    } catch (cause) {
      throw new RuntimeError('RUNTIME_REFUSED', 'llama.cpp does not take the grammar', { cause });
    }
  }
}

/** One answer on its way: what was spent on it, and when its first word came. */
class Voice {
  readonly #sequence: LlamaContextSequence;
  readonly #order: SpeakOrder;
  readonly #signal: AbortSignal;
  readonly #started: number;
  #first: number | null = null;
  #spoken = 0;

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
  async think(prompt: readonly Token[], close: string): Promise<string> {
    const tokens: Token[] = [];
    const { model } = this.#sequence;
    for await (const token of this.#tokens(
      prompt,
      null,
      Math.floor(this.#order.answerTokensMax / 2),
    )) {
      tokens.push(token);
      // The tail is enough to find the mark in, whatever tokens it is made of.
      if (model.detokenize(tokens.slice(-close.length), true).includes(close)) break;
    }
    return model.detokenize(tokens, true).replace(close, '');
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
      yield token;
      left -= 1;
      if (left <= 0) return;
    }
  }
}

/**
 * Keeps what the window still holds of the same beginning, and says how many tokens that spares.
 * Only whole batches: a token read in other company comes out different in its last bits, and then so may the answer.
 */
async function keepPrefix(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
): Promise<number> {
  const { firstDifferentIndex } = sequence.compareContextTokens([...tokens]);
  // The last token is read again in any case: its outcome is what the answer starts from.
  const same = Math.min(firstDifferentIndex, tokens.length - 1);
  const whole = Math.floor(same / BATCH) * BATCH;
  await sequence.adaptStateToTokens(tokens.slice(0, whole), false);
  if (sequence.nextTokenIndex === whole) return whole;
  await sequence.clearHistory();
  return 0;
}

/** A short run on so many threads, in milliseconds: a little reading, a little writing. */
async function trial(model: LlamaModel, threads: number, signal: AbortSignal): Promise<number> {
  const context = await fitting(() =>
    model.createContext({ contextSize: 256, batchSize: 64, threads }),
  );
  try {
    const sequence = context.getSequence();
    const words = model
      .tokenize('The quick brown fox jumps over the lazy dog. '.repeat(12))
      .slice(0, 64);
    let started = performance.now();
    let left = 16;
    for await (const _ of sequence.evaluate(words, {
      temperature: 1,
      seed: 1,
      yieldEogToken: true,
    })) {
      // The first token brings the weights into memory, which no number of threads should pay for.
      if (left === 16) started = performance.now();
      left -= 1;
      if (left === 0 || signal.aborted) break;
    }
    return signal.aborted ? Infinity : performance.now() - started;
  } finally {
    await context.dispose();
  }
}

/** `MOSTLY_Q4_K_M` as `Q4_K_M`. */
function quantisationOf(type: GgufFileType | undefined): string | null {
  const name = type === undefined ? undefined : GgufFileType[type];
  return name === undefined ? null : name.replace(/^(?:ALL|MOSTLY)_/, '');
}

function parametersOf(model: LlamaModel): number | null {
  const tensors = model.fileInfo.fullTensorInfo;
  if (tensors === undefined) return null;
  return tensors.reduce(
    (sum, { dimensions }) =>
      sum + dimensions.reduce<number>((product, size) => product * Number(size), 1),
    0,
  );
}

function normalised(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => (length > 0 ? value / length : 0));
}

/** What the library throws, said in our words. */
async function fitting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause;
    const why =
      cause instanceof InsufficientMemoryError ? 'does not fit into memory' : 'cannot be loaded';
    throw new RuntimeError('MODEL_NOT_FIT', `the model ${why}`, { cause });
  }
}
