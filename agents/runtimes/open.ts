/** Opens the runtime that a model's specification names: `gguf:FILE`, `ollama:NAME`, `openai:URL#NAME`, `recorded:FILE`. */
import type { ChatRuntime } from './chat-runtime.ts';
import type { ModelSpec, RuntimeOptions } from './contract.ts';
import { openLlamaCpp } from './llama-cpp.ts';
import { openOllama } from './ollama.ts';
import { openOpenAi } from './openai-compatible.ts';
import { openRecorded } from './recorded.ts';

export type SpecRead =
  | Readonly<{ ok: true; spec: ModelSpec }>
  | Readonly<{ ok: false; code: 'MODEL_SPEC_INVALID'; hint: string }>;

export type OpenOptions = RuntimeOptions &
  Readonly<{
    /** Where the Ollama server is. */
    ollamaUrl: string;
    /** Bearer token for an `openai:` server, from the environment alone. */
    openaiKey: string | null;
  }>;

/** The one place that the key of an `openai:` server may come from. */
export const OPENAI_KEY_VARIABLE = 'AIRLOCK_OPENAI_KEY';

const refused = (hint: string): SpecRead => ({ ok: false, code: 'MODEL_SPEC_INVALID', hint });

export function parseModelSpec(text: string): SpecRead {
  const [whole = '', ...more] = text.split('?');
  const adapters = more.flatMap((query) => query.split('&'));
  const form = /^(gguf|ollama|openai|recorded):(.+)$/.exec(whole);
  const [, scheme, name = ''] = form ?? [];
  if (scheme === undefined || /\p{Cc}/u.test(text))
    return refused('write gguf:FILE, ollama:NAME, openai:URL#NAME or recorded:FILE');
  if (adapters.some((part) => !/^lora=.+$/.test(part)))
    return refused('after the ? only lora=FILE may follow, joined by &');
  if (adapters.length > 0 && scheme !== 'gguf')
    return refused('only gguf: models take adapters from here; elsewhere the server applies them');
  switch (scheme) {
    case 'gguf':
      return specOf({ kind: 'llama.cpp', name, adapters: adapters.map((part) => part.slice(5)) });
    case 'ollama':
      return /^\w[\w.-]*(?:[:/]\w[\w.-]*)*$/.test(name)
        ? specOf({ kind: 'ollama', name })
        : refused('write the name as `ollama list` shows it, such as ollama:qwen3:4b');
    case 'recorded':
      return specOf({ kind: 'recorded', name });
    default:
      return openAiSpec(name);
  }
}

function openAiSpec(text: string): SpecRead {
  const [url = '', ...rest] = text.split('#');
  const name = rest.join('#');
  if (!URL.canParse(url) || name === '')
    return refused('write openai:URL#NAME, such as openai:http://127.0.0.1:8080/v1#qwen3-4b');
  const { protocol, username, password } = new URL(url);
  if (!/^https?:$/.test(protocol)) return refused('the address begins with http:// or https://');
  if (username !== '' || password !== '')
    return refused(`a key has no place in an address; put it into ${OPENAI_KEY_VARIABLE}`);
  return specOf({ kind: 'openai', name, url });
}

const specOf = (
  spec: Pick<ModelSpec, 'kind' | 'name'> & Partial<Pick<ModelSpec, 'url' | 'adapters'>>,
): SpecRead => ({ ok: true, spec: { url: null, adapters: [], ...spec } });

export async function openRuntime(spec: ModelSpec, options: OpenOptions): Promise<ChatRuntime> {
  const { name, adapters } = spec;
  const { concurrency, keepAliveMs } = options;
  const shared: RuntimeOptions = { concurrency, keepAliveMs };
  switch (spec.kind) {
    case 'llama.cpp':
      return openLlamaCpp({ file: name, adapters, options: shared });
    case 'ollama':
      return openOllama({ url: spec.url ?? options.ollamaUrl, name, options: shared });
    case 'openai':
      return openOpenAi({
        url: spec.url ?? '',
        name,
        options: shared,
        apiKey: options.openaiKey,
      });
    case 'recorded':
      return openRecorded(name);
  }
}
