/** What would be worth changing, from what the doctor found. Pure: the same findings give the same advice. */
import type { SizingRow } from '../agents/sizing.ts';
import type { Machine } from '../infra/machine.ts';
import type { OllamaLook } from '../infra/ollama-look.ts';

/** Settings of an Ollama server that change what a desk gets from it. They count where the server was started. */
export const OLLAMA_VARIABLES = [
  'OLLAMA_NUM_PARALLEL',
  'OLLAMA_CONTEXT_LENGTH',
  'OLLAMA_KEEP_ALIVE',
  'OLLAMA_MAX_LOADED_MODELS',
  'OLLAMA_FLASH_ATTENTION',
  'OLLAMA_KV_CACHE_TYPE',
] as const;

export type Findings = Readonly<{
  machine: Machine;
  installBytes: number;
  ollama: OllamaLook;
  environment: Readonly<Record<string, string | null>>;
  gpuBuild: boolean;
  contextTokens: number;
  concurrency: number;
  /** As configured; null for none. */
  model: string | null;
  /** Code of why the model could not be used. */
  problem: string | null;
  tokensPerSecond: number | null;
  contextMax: number | null;
  sizes: readonly SizingRow[];
}>;

export const ADVICE_CODES = [
  'MODEL_MISSING',
  'MODEL_UNUSABLE',
  'MODEL_SLOW',
  'CONTEXT_ABOVE_MODEL',
  'GPU_UNUSED',
  'OLLAMA_PARALLEL_LOW',
  'MEMORY_LOW',
  'DISK_LOW',
  'INSTALL_LARGE',
] as const;
export type Advice = Readonly<{ code: (typeof ADVICE_CODES)[number]; text: string }>;

/** A decision is two answers of some eighty tokens deep; below this it takes longer than a quote may be old. */
const TOKENS_PER_SECOND_MIN = 15;
const MEMORY_FREE_MIN = 2e9;
const DISK_FREE_MIN = 2e9;
const INSTALL_MAX = 1e9;

export function adviceFor(findings: Findings): readonly Advice[] {
  const { machine, model, problem, tokensPerSecond, contextMax, contextTokens } = findings;
  const advice: Advice[] = [];
  const say = (code: Advice['code'], text: string): void => {
    advice.push({ code, text });
  };
  if (model === null) say('MODEL_MISSING', missing(findings));
  if (problem !== null)
    say(
      'MODEL_UNUSABLE',
      `${model ?? 'the model'} cannot be used (${problem}); name another one with --model`,
    );
  if (tokensPerSecond !== null && tokensPerSecond < TOKENS_PER_SECOND_MIN)
    say(
      'MODEL_SLOW',
      `below ${TOKENS_PER_SECOND_MIN} tokens/s the market has moved on before a decision is made; take a smaller model or a smaller quantisation${best(findings)}`,
    );
  if (contextMax !== null && contextTokens > contextMax)
    say(
      'CONTEXT_ABOVE_MODEL',
      `contextTokens is ${contextTokens}, the model was trained for ${contextMax}; set it to ${contextMax} or less`,
    );
  if (machine.gpus.length > 0 && !findings.gpuBuild && model?.startsWith('ollama:') !== true)
    say('GPU_UNUSED', 'a GPU is here and llama.cpp runs without it: npm run gpu -- cuda');
  const parallel = Number(findings.environment['OLLAMA_NUM_PARALLEL'] ?? 1);
  if (model?.startsWith('ollama:') === true && findings.concurrency > parallel)
    say(
      'OLLAMA_PARALLEL_LOW',
      `modelConcurrency is ${findings.concurrency} and OLLAMA_NUM_PARALLEL ${parallel}: calls wait in the server, where no deadline is seen; start Ollama with OLLAMA_NUM_PARALLEL=${findings.concurrency}`,
    );
  if (machine.freeBytes < MEMORY_FREE_MIN)
    say(
      'MEMORY_LOW',
      'less than 2 GB of memory are free; a model that is swapped out answers no one',
    );
  if (machine.diskFreeBytes < DISK_FREE_MIN)
    say(
      'DISK_LOW',
      'less than 2 GB of disk are free; the ledger stops the house when it cannot write',
    );
  if (findings.installBytes > INSTALL_MAX && !findings.gpuBuild)
    say(
      'INSTALL_LARGE',
      'node_modules holds more than 1 GB: remove it and run the same command again',
    );
  return advice;
}

function missing({ ollama, sizes }: Findings): string {
  const [first] = ollama.ok ? ollama.models : [];
  if (first !== undefined)
    return `the desks go by rules; an Ollama server is here: set model: ollama:${first.name}`;
  const fits = sizes.some(({ fit }) => fit !== null);
  return fits
    ? 'the desks go by rules; name a GGUF file (model: gguf:FILE) or start Ollama and name one of its models (model: ollama:NAME)'
    : 'the desks go by rules, and no usual model fits into this memory';
}

/** The largest that would be quick here. */
function best({ sizes }: Findings): string {
  const quick = sizes.filter(({ fit }) => fit?.speed === 'fast' || fit?.speed === 'usable');
  const largest = quick.toSorted((a, b) => b.need.totalBytes - a.need.totalBytes)[0];
  return largest === undefined ? '' : `, such as ${largest.shape.name} ${largest.quantisation}`;
}
