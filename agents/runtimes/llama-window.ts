/** What a model sees at once: as large as asked for, and keeping what it has read where that cannot change an answer. */
import {
  InsufficientMemoryError,
  type LlamaContextSequence,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import { RuntimeError } from './contract.ts';

/** Tokens that are read at once. A prompt is always cut at the same places, so that its reading never varies. */
export const BATCH = 256;

/** Places for the marks that end a thought, and the last one, which is never used. */
const SPARE = 32;

export class Window {
  readonly #model: LlamaModel;
  readonly #adapters: readonly string[];
  readonly #threads: number;
  #sequence: LlamaContextSequence | null = null;
  #busy: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(model: LlamaModel, adapters: readonly string[], threads: number) {
    this.#model = model;
    this.#adapters = adapters;
    this.#threads = threads;
  }

  /** Calls at it and before it. */
  get load(): number {
    return this.#waiting;
  }

  /** One use at a time. */
  async use<T>(
    contextTokens: number,
    work: (sequence: LlamaContextSequence) => Promise<T>,
  ): Promise<T> {
    this.#waiting += 1;
    const done = this.#busy.then(async () => work(await this.#opened(contextTokens)));
    this.#busy = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** It grows when more is asked for, and never shrinks. */
  async #opened(contextTokens: number): Promise<LlamaContextSequence> {
    const { trainContextSize } = this.#model;
    if (contextTokens > trainContextSize)
      throw new RuntimeError(
        'MODEL_NOT_FIT',
        `a window of ${contextTokens} tokens was asked for; the model was trained for ${trainContextSize}`,
      );
    if (this.#sequence !== null && this.#sequence.contextSize >= contextTokens + SPARE)
      return this.#sequence;
    await this.#sequence?.context.dispose();
    this.#sequence = null;
    const context = await fitting(() =>
      this.#model.createContext({
        contextSize: contextTokens + SPARE,
        batchSize: BATCH,
        threads: this.#threads,
        lora: { adapters: this.#adapters.map((filePath) => ({ filePath })) },
        failedCreationRemedy: false,
      }),
    );
    this.#sequence = context.getSequence();
    return this.#sequence;
  }
}

/**
 * Keeps what the window still holds of the same beginning, and says how many tokens that spares.
 * Only whole batches: a token read in other company comes out different in its last bits, and then so may the answer.
 */
export async function keepPrefix(
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

/** What the library throws, said in our words. */
export async function fitting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause;
    const why =
      cause instanceof InsufficientMemoryError ? 'does not fit into memory' : 'cannot be loaded';
    throw new RuntimeError('MODEL_NOT_FIT', `the model ${why}`, { cause });
  }
}
