/** Who answers behind an OpenAI-compatible address: llama.cpp's server, vLLM, LM Studio, or one that must not be used so. */
import { z } from 'zod';
import { RuntimeError, type ModelIdentity } from './contract.ts';
import { reach, readJson } from './server.ts';

export type OpenAiAddress = Readonly<{
  /** Up to and with `/v1`. */
  base: string;
  headers: Readonly<Record<string, string>>;
}>;
export type OpenAiServer = Readonly<{
  identity: ModelIdentity;
  /** The window that the server runs the model with; null where it does not say. */
  window: number | null;
}>;

const count = z.int().min(1);
const modelsReply = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      max_model_len: count.nullish(),
      meta: z.object({ n_ctx_train: count.nullish(), n_params: count.nullish() }).nullish(),
    }),
  ),
});
const versionReply = z.object({ version: z.string() });
const propsReply = z.object({
  build_info: z.string().optional(),
  default_generation_settings: z.object({ n_ctx: count.optional() }).optional(),
});
const studioReply = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      quantization: z.string().optional(),
      max_context_length: count.optional(),
      loaded_context_length: count.optional(),
    }),
  ),
});

export async function identifyServer(
  address: OpenAiAddress,
  name: string,
  signal: AbortSignal,
): Promise<OpenAiServer> {
  const ask = <T>(path: string, schema: z.ZodType<T>): Promise<T | null> =>
    askIfThere(`${address.base.replace(/\/v1$/, '')}${path}`, { address, schema, signal });
  if ((await ask('/api/version', versionReply)) !== null)
    throw new RuntimeError(
      'MODEL_NOT_FIT',
      `this is an Ollama server, whose /v1 cuts long prompts without a word; use ollama:${name}`,
    );
  const model = await modelOf(address, name, signal);
  const props = await ask('/props', propsReply);
  const vllm = await ask('/version', versionReply);
  const studio = (await ask('/api/v0/models', studioReply))?.data.find(({ id }) => id === name);
  const window =
    props?.default_generation_settings?.n_ctx ??
    model.max_model_len ??
    studio?.loaded_context_length ??
    null;
  return {
    window,
    identity: {
      runtime: 'openai',
      runtimeVersion: props?.build_info ?? vllm?.version ?? 'unknown',
      model: name,
      digest: null,
      quantisation: studio?.quantization ?? null,
      parameters: model.meta?.n_params ?? null,
      contextMax: model.meta?.n_ctx_train ?? studio?.max_context_length ?? window,
    },
  };
}

export type ListedModel = z.infer<typeof modelsReply>['data'][number];

export async function modelOf(
  { base, headers }: OpenAiAddress,
  name: string,
  signal: AbortSignal,
): Promise<ListedModel> {
  const reply = await readJson(
    await reach({ url: `${base}/models`, headers, signal }),
    modelsReply,
  );
  const model = reply.data.find(({ id }) => id === name);
  if (model === undefined)
    throw new RuntimeError('MODEL_NOT_FOUND', `the server does not list a model ${name}`);
  return model;
}

type Question<T> = Readonly<{
  address: OpenAiAddress;
  schema: z.ZodType<T>;
  signal: AbortSignal;
}>;

/** Null where the server has no such address or means something else by it: only some servers have each. */
async function askIfThere<T>(url: string, { address, schema, signal }: Question<T>) {
  try {
    return await readJson(await reach({ url, headers: address.headers, signal }), schema);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    if (error.code === 'RUNTIME_DOWN') throw error;
    return null;
  }
}
