/** Opens the configured model: once when the house starts, to pin which weights it has, and again in the process of the desks. */
import { join, resolve } from 'node:path';
import type { ChatRuntime } from '../agents/runtimes/chat-runtime.ts';
import { RuntimeError, type ModelIdentity, type ModelSpec } from '../agents/runtimes/contract.ts';
import { openRuntime, OPENAI_KEY_VARIABLE, parseModelSpec } from '../agents/runtimes/open.ts';
import type { Config } from '../infra/config.ts';
import type { DataDir } from '../infra/data-dir.ts';
import { openScorecards, type Scorecards } from '../infra/scorecards.ts';
import { UsageError } from './command.ts';
import { dimensionsOf } from './memory.ts';
import { artefactOf, modelIdOf, type PinnedModel } from './pinned-model.ts';

export type PinOptions = ModelOptions &
  Pick<Config, 'modelThinks' | 'modelForced' | 'embeddings'> &
  Readonly<{ cards: Scorecards }>;

export type ModelOptions = Pick<
  Config,
  'ollamaUrl' | 'modelConcurrency' | 'modelKeepAliveSeconds'
> &
  Readonly<{ openaiKey: string | null }>;

export const openModel = (spec: ModelSpec, options: ModelOptions): Promise<ChatRuntime> =>
  openRuntime(spec, {
    concurrency: options.modelConcurrency,
    keepAliveMs:
      options.modelKeepAliveSeconds === null ? null : options.modelKeepAliveSeconds * 1_000,
    ollamaUrl: options.ollamaUrl,
    openaiKey: options.openaiKey,
  });

const HINTS: Readonly<Partial<Record<string, string>>> = {
  RUNTIME_DOWN: 'start the model server, or take the model out of the configuration',
  MODEL_NOT_FOUND: 'name a model that is there: a GGUF file, or one that the server lists',
};

/** Reads a model's specification; its files are found from the given directory, wherever the processes run. */
export function modelSpecOf(text: string, cwd: string): ModelSpec {
  const read = parseModelSpec(text);
  if (!read.ok) throw new UsageError('MODEL_SPEC_INVALID', `${text} names no model`, read.hint);
  const { spec } = read;
  const isFile = spec.kind === 'llama.cpp' || spec.kind === 'recorded';
  return {
    ...spec,
    name: isFile ? resolve(cwd, spec.name) : spec.name,
    adapters: spec.adapters.map((file) => resolve(cwd, file)),
  };
}

/** Opens the model once to see which weights it has. A model that cannot be opened stops the start, in words. */
export async function pinModel(
  text: string,
  cwd: string,
  options: PinOptions,
): Promise<PinnedModel> {
  const spec = modelSpecOf(text, cwd);
  try {
    const runtime = await openModel(spec, options);
    const { identity } = runtime;
    const dimensions = options.embeddings === 'model' ? await dimensionsOf(runtime) : null;
    await runtime.close();
    const choosesTools = admitted(text, identity, options);
    return {
      id: modelIdOf(identity),
      artefact: artefactOf(identity),
      spec,
      identity,
      choosesTools,
      dimensions,
    };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new UsageError(
      error.code,
      `the model ${text} cannot be used: ${error.message}`,
      HINTS[error.code] ?? 'name another model',
      error,
    );
  }
}

/** A model that was checked and failed is not used, unless somebody insists; one that nobody has checked gets the fixed plan. */
function admitted(
  text: string,
  identity: ModelIdentity,
  { cards, modelThinks, modelForced }: PinOptions,
): boolean {
  const key = { identity, think: modelThinks };
  if (cards.damaged(key) && !modelForced)
    throw new UsageError(
      'MODEL_CARD_UNREADABLE',
      `the scorecard of ${text} cannot be read: it may have failed`,
      `check it again with: airlock models check ${text}; or insist with --model-forced true`,
    );
  const card = cards.get(key);
  if (card === null) return false;
  if (card.fit || modelForced) return card.fit && card.mayChooseTools;
  const failed = card.checks.flatMap(({ name, ok }) => (ok === false ? [name] : []));
  throw new UsageError(
    'MODEL_FAILED_CHECK',
    `the model ${text} has failed its check: ${failed.join(', ')}`,
    `check it again with: airlock models check ${text}; or insist with --model-forced true`,
  );
}

/** Where the scorecards of models are kept. */
export const cardsOf = (dir: DataDir): Scorecards => openScorecards(join(dir.root, 'models'));

export const openaiKeyOf = (env: Readonly<Record<string, string | undefined>>): string | null => {
  const key = env[OPENAI_KEY_VARIABLE];
  return key === undefined || key === '' ? null : key;
};
