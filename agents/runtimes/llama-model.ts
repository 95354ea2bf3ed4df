/** A GGUF model in memory, inside the inference process: reads prompts, speaks within a grammar, embeds. */
import {
  getLlama,
  GgufFileType,
  LlamaLogLevel,
  readGgufFileInfo,
  type Llama,
  type LlamaEmbeddingContext,
  type LlamaGrammar,
  type LlamaModel,
} from 'node-llama-cpp';
import { RuntimeError } from './contract.ts';
import { PromptMaker, templateOf, type Template } from './llama-prompt.ts';
import type { Loaded, LoadOrder, SpeakOrder, Speech, Turn } from './llama-protocol.ts';
import { trial } from './llama-trial.ts';
import { Voice } from './llama-voice.ts';
import { BATCH, fitting, keepPrefix, Window } from './llama-window.ts';
import { fastest } from './threads.ts';

const EMBED_TOKENS_MAX = 2_048;
const GRAMMARS_MAX = 64;
/** Of llama.cpp's ways to make one vector of many. */
const MEAN = 1;

export class LoadedModel {
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #prompts: PromptMaker;
  readonly #grammars = new Map<string, LlamaGrammar>();
  readonly #threads: number;
  readonly #windows: readonly Window[];
  #embedder: LlamaEmbeddingContext | null = null;

  private constructor(
    { llama, model, template }: Readonly<{ llama: Llama; model: LlamaModel; template: Template }>,
    { adapters, windows }: LoadOrder,
    threads: number,
  ) {
    this.#llama = llama;
    this.#model = model;
    this.#threads = threads;
    this.#prompts = new PromptMaker(model, template);
    this.#windows = Array.from({ length: windows }, () => new Window(model, adapters, threads));
  }

  static async load(order: LoadOrder): Promise<LoadedModel> {
    const { file, threads, candidates, gpu } = order;
    const { metadata } = await fitting(() => readGgufFileInfo(file));
    const template = templateOf(metadata.tokenizer?.chat_template);
    const llama = await getLlama({
      gpu: gpu ? 'auto' : false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.disabled,
      maxThreads: 0,
    });
    const { architecture } = metadata.general;
    const model = await fitting(() =>
      llama.loadModel({
        modelPath: file,
        ...(!gpu && { gpuLayers: 0 }),
        // A text's vector is the mean over its tokens; llama.cpp would take the last one's.
        metadataOverrides: { [architecture]: { pooling_type: MEAN } },
      }),
    );
    const chosen =
      threads ?? (await fastest(candidates, (count, signal) => trial(model, count, signal)));
    const loaded = new LoadedModel({ llama, model, template }, order, chosen);
    // Adapters are read with the first window, and a bad one should be known now.
    if (order.adapters.length > 0) await loaded.#freest().use(BATCH, () => Promise.resolve());
    return loaded;
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
    const grammar = order.grammar === null ? null : await this.#grammar(order.grammar);
    return this.#freest().use(order.contextTokens, async (sequence) => {
      signal.throwIfAborted();
      const keptTokens = await keepPrefix(sequence, tokens);
      const voice = new Voice(sequence, order, signal, started);
      const unread = tokens.slice(keptTokens);
      const { thinking } = this.#prompts;
      const thought =
        order.think && thinking !== null
          ? await voice.think(unread, thinking.close)
          : { text: '', rest: unread };
      const { text, done } = await voice.say(thought.rest, grammar);
      return {
        text,
        thoughts: thought.text,
        done,
        promptTokens: tokens.length,
        keptTokens,
        ...voice.times,
      };
    });
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

  #freest(): Window {
    return this.#windows.reduce((best, window) => (window.load < best.load ? window : best));
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
