/** What an Ollama server has: its version, its models, and which of them are in memory. Nothing is asked of a model. */
import { z } from 'zod';

const details = z
  .object({ parameter_size: z.string().optional(), quantization_level: z.string().optional() })
  .optional();
const versionReply = z.object({ version: z.string().max(100) });
const tagsReply = z.object({
  models: z
    .array(z.object({ name: z.string().max(300), size: z.number().optional(), details }))
    .max(10_000),
});
const runningReply = z.object({
  models: z
    .array(
      z.object({
        name: z.string().max(300),
        size: z.number().optional(),
        size_vram: z.number().optional(),
        context_length: z.number().optional(),
      }),
    )
    .max(1_000),
});

export type OllamaModel = Readonly<{
  name: string;
  bytes: number | null;
  parameters: string | null;
  quantisation: string | null;
}>;
export type OllamaLoaded = Readonly<{
  name: string;
  bytes: number | null;
  /** Of them on the GPU. */
  gpuBytes: number | null;
  contextTokens: number | null;
}>;
export type OllamaLook =
  | Readonly<{
      ok: true;
      version: string;
      models: readonly OllamaModel[];
      loaded: readonly OllamaLoaded[];
    }>
  | Readonly<{ ok: false; code: 'OLLAMA_NOT_THERE' | 'OLLAMA_ODD'; detail: string }>;

const WAIT_MS = 2_000;
const ANSWER_CHARS_MAX = 4_000_000;

export async function lookAtOllama(url: string): Promise<OllamaLook> {
  try {
    const { version } = await get(url, '/api/version', versionReply);
    const { models } = await get(url, '/api/tags', tagsReply);
    const running = await get(url, '/api/ps', runningReply);
    return {
      ok: true,
      version,
      models: models.map(({ name, size = null, details: of }) => ({
        name,
        bytes: size,
        parameters: of?.parameter_size ?? null,
        quantisation: of?.quantization_level ?? null,
      })),
      loaded: running.models.map(({ name, size, size_vram, context_length }) => ({
        name,
        bytes: size ?? null,
        gpuBytes: size_vram ?? null,
        contextTokens: context_length ?? null,
      })),
    };
  } catch (error) {
    const odd =
      error instanceof z.ZodError || error instanceof SyntaxError || error instanceof RangeError;
    return odd
      ? {
          ok: false,
          code: 'OLLAMA_ODD',
          detail: `what answers at ${url} does not speak Ollama's API`,
        }
      : { ok: false, code: 'OLLAMA_NOT_THERE', detail: `nothing answers at ${url}` };
  }
}

async function get<T>(url: string, path: string, reply: z.ZodType<T>): Promise<T> {
  const signal = AbortSignal.timeout(WAIT_MS);
  const response = await fetch(new URL(path, url), { signal, redirect: 'error' });
  const text = await shortText(response);
  if (!response.ok) throw new RangeError(`status ${response.status}`);
  return reply.parse(JSON.parse(text));
}

/** Given up as soon as it is too long: whoever answers there decides how much it sends. */
async function shortText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length > ANSWER_CHARS_MAX) throw new RangeError('far too long');
  }
  return text + decoder.decode();
}
