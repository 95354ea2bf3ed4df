/** The desks' memory of situations, in a space that the code spans or that the house's own model does. */
import { join } from 'node:path';
import { hashText } from '#firewall';
import type { ChatRuntime } from '../agents/runtimes/chat-runtime.ts';
import { RuntimeError } from '../agents/runtimes/contract.ts';
import type { Config } from '../infra/config.ts';
import type { DataDir } from '../infra/data-dir.ts';
import { openVectorMemory, MemoryError } from '../infra/vector-memory.ts';
import type { Embedder, SituationMemory } from '../tools/contract.ts';
import { situationCodec } from '../tools/situation-codec.ts';
import { CODE_VECTORS } from '../tools/situation-vector.ts';
import type { PinnedModel } from './pinned-model.ts';

export type DeskMemory = Readonly<{ memory: SituationMemory | null; embed: Embedder | null }>;

type Parts = Readonly<{
  dir: Pick<DataDir, 'desks'>;
  config: Pick<Config, 'embeddings'>;
  /** Null where no model is configured. */
  model: Pick<PinnedModel, 'id' | 'dimensions'> | null;
  runtime: Pick<ChatRuntime, 'embed'> | null;
  notice(code: string, message: string): void;
}>;

const SHOWN = 12;

/** Each maker of vectors has a file of its own: two spaces are never compared. A desk goes on without a memory, and says so. */
export function openDeskMemory({ dir, config, model, runtime, notice }: Parts): DeskMemory {
  const embed = config.embeddings === 'model' ? embedderOf(runtime, model) : null;
  if (config.embeddings === 'model' && embed === null)
    notice('EMBEDDINGS_AWAY', 'the model gives no embeddings; the code makes them in its place');
  const maker = embed ?? CODE_VECTORS;
  const name = embed === null ? 'memory.db' : `memory-${hashText(maker.id).slice(0, SHOWN)}.db`;
  try {
    const memory = openVectorMemory({ file: join(dir.desks, name), maker, codec: situationCodec });
    return { memory, embed };
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error;
    notice(error.code, `${error.message}; the desks go on without their memory`);
    return { memory: null, embed };
  }
}

function embedderOf(runtime: Parts['runtime'], model: Parts['model']): Embedder | null {
  if (runtime === null || model === null || model.dimensions === null) return null;
  return {
    id: model.id,
    dimensions: model.dimensions,
    embed: (texts, signal) => runtime.embed(texts, signal),
  };
}

const PROBE_MS = 60_000;

/** How long the model's vectors are; null for a model that makes none. */
export async function dimensionsOf(runtime: Pick<ChatRuntime, 'embed'>): Promise<number | null> {
  try {
    const [vector] = await runtime.embed(['length'], AbortSignal.timeout(PROBE_MS));
    return vector?.length ?? null;
  } catch (error) {
    if (error instanceof RuntimeError) return null;
    throw error;
  }
}
