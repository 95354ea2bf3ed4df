/** What an Ollama server says of itself and of its models. */
import { Ollama } from 'ollama';
import { z } from 'zod';
import { RuntimeError, type ModelIdentity, type RuntimeOptions } from './contract.ts';
import { fitting, guarded } from './server.ts';

export type OllamaSource = Readonly<{ url: string; name: string; options: RuntimeOptions }>;

const count = z.int().min(0);
const versionReply = z.object({ version: z.string() });
const tagsReply = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      digest: z.string().optional(),
      remote_host: z.string().optional(),
    }),
  ),
});
const showReply = z.object({
  details: z.object({ quantization_level: z.string().optional() }).optional(),
  model_info: z.record(z.string(), z.unknown()).optional(),
  remote_host: z.string().optional(),
});
const runningReply = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      size: count.optional(),
      size_vram: count.optional(),
      context_length: count.optional(),
    }),
  ),
});

/** One client a call, since a client has one signal. */
export const clientOf = (url: string, signal: AbortSignal): Ollama =>
  new Ollama({ host: url, fetch: (target, init) => guarded(target, { ...init, signal }) });

export async function identify(
  { url, name }: OllamaSource,
  signal: AbortSignal,
): Promise<ModelIdentity> {
  const client = clientOf(url, signal);
  const { version } = fitting(versionReply, await client.version());
  const digest = await digestOf(client, name);
  const shown = fitting(showReply, await client.show({ model: name }));
  mustRunHere(shown);
  const { details, model_info: info = {} } = shown;
  const numbers = Object.entries(info).filter(([, value]) => Number.isSafeInteger(value));
  const number = (key: RegExp): number | null =>
    (numbers.find(([found]) => key.test(found))?.[1] as number | undefined) ?? null;
  return {
    runtime: 'ollama',
    runtimeVersion: version,
    model: name,
    digest,
    quantisation: details?.quantization_level ?? null,
    parameters: number(/^general\.parameter_count$/),
    contextMax: number(/^[^.]+\.context_length$/),
  };
}

const tagged = (name: string): string => (/:[^/]*$/.test(name) ? name : `${name}:latest`);

export async function digestOf(client: Ollama, name: string): Promise<string | null> {
  const { models } = fitting(tagsReply, await client.list());
  const model = models.find((known) => known.name === tagged(name));
  if (model === undefined)
    throw new RuntimeError('MODEL_NOT_FOUND', `Ollama has no ${name}; try: ollama pull ${name}`);
  mustRunHere(model);
  return model.digest?.replace(/^sha256:/, '') ?? null;
}

/** A model in memory; null for what the server does not say. */
export type Loaded = Readonly<{
  bytes: number | null;
  gpuBytes: number | null;
  window: number | null;
}>;

/** Null where it is not in memory. */
export async function loadedModel(client: Ollama, name: string): Promise<Loaded | null> {
  const { models } = fitting(runningReply, await client.ps());
  const model = models.find((running) => running.name === tagged(name));
  if (model === undefined) return null;
  const { size = null, size_vram: gpuBytes = null, context_length: window = null } = model;
  return { bytes: size, gpuBytes, window };
}

/** Some models of an Ollama on this machine are run by another, to which it passes every prompt on. */
function mustRunHere({
  remote_host: host = '',
}: Readonly<{ remote_host?: string | undefined }>): void {
  if (host !== '')
    throw new RuntimeError('MODEL_NOT_FIT', 'Ollama has this model run by another machine');
}
