/** How fast a model is on so many threads, found out on the model itself. */
import type { LlamaModel } from 'node-llama-cpp';
import { fitting } from './llama-window.ts';

/** A short run on so many threads, in milliseconds: a little reading, a little writing. */
export async function trial(
  model: LlamaModel,
  threads: number,
  signal: AbortSignal,
): Promise<number> {
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
