/** What the house adds to an answer: a process of its own, a queue, LangChain and checks, beside llama.cpp called directly. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import {
  getLlama,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type LlamaContextSequence,
  type LlamaGrammar,
  type LlamaModel,
} from 'node-llama-cpp';
import { openLlamaCpp, type LlamaCppRuntime } from '../../agents/runtimes/llama-cpp.ts';
import type { Ask, JsonSchema } from '../../agents/runtimes/contract.ts';
import { grammarOf } from '../../agents/runtimes/grammar.ts';
import { tinyGguf, type Size } from '../../tests/support/tiny-gguf.ts';
import type { Bench, Figure } from '../contract.ts';
import { atLeast, atMost, percentile, timeEach } from '../measure.ts';

/** As much as the house may cost, as a share of the bare call. */
const OVERHEAD_MAX = 0.05;
const WINDOW = 2_048;
const SYSTEM = 'You are the technical analyst of a trading desk. Answer with one JSON object.';
const USER = 'Facts: indicators.rsi14 61, book.spread 2 bps, candles.change_1h 0.4 percent.';

const WORD: JsonSchema = { type: 'string', minLength: 8, maxLength: 12 };
const answerOf = (words: number): JsonSchema => ({
  type: 'array',
  items: WORD,
  minItems: words,
  maxItems: words,
});

const askOf = (words: number): Ask => ({
  messages: [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: USER },
  ],
  schema: answerOf(words),
  tools: [],
  seed: 1,
  temperature: 0.7,
  contextTokens: WINDOW,
  answerTokensMax: 1_500,
  think: false,
  deadlineMs: 60_000,
  lane: 'bench',
});

/** The same template, written out by hand. */
const PROMPT =
  `<s><|im_start|>system\n${SYSTEM}<|im_end|>\n<|im_start|>user\n${USER}<|im_end|>\n` +
  '<|im_start|>assistant\n<think>\n\n</think>\n\n';

type Bare = Readonly<{ model: LlamaModel; sequence: LlamaContextSequence; grammar: LlamaGrammar }>;

async function bareOf(file: string, words: number): Promise<Bare> {
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    progressLogs: false,
    logLevel: LlamaLogLevel.disabled,
    maxThreads: 0,
  });
  const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
  const context = await model.createContext({
    contextSize: WINDOW + 1,
    batchSize: 256,
    threads: 1,
  });
  const grammar = await llama.createGrammar({ grammar: grammarOf(answerOf(words)) });
  return { model, sequence: context.getSequence(), grammar };
}

async function bareAnswer({ model, sequence, grammar }: Bare): Promise<string> {
  await sequence.clearHistory();
  const tokens = [];
  const grammarEvaluationState = new LlamaGrammarEvaluationState({ model, grammar });
  const options = { seed: 1, temperature: 0.7, topK: 40, topP: 0.95, grammarEvaluationState };
  for await (const token of sequence.evaluate(model.tokenize(PROMPT, true), options))
    tokens.push(token);
  return model.detokenize(tokens);
}

async function figures(
  { size, words, rounds }: Readonly<{ size: Size; words: number; rounds: number }>,
  runtime: LlamaCppRuntime,
  bare: Bare,
): Promise<readonly Figure[]> {
  const ask = askOf(words);
  const never = new AbortController().signal;
  const { text, metrics } = await runtime.ask(ask, never);
  if (text !== (await bareAnswer(bare))) throw new Error('the two do not say the same');
  const { subject, floor } = await undisturbed(
    rounds,
    () => runtime.ask(ask, never),
    () => bareAnswer(bare),
  );
  const name = `${size} model, ${metrics.answerTokens} tokens`;
  const perSecond = (ns: number): number => (metrics.answerTokens * 1e9) / ns;
  return [
    atLeast({
      name: `${name}, speed`,
      value: perSecond(subject),
      unit: 'tokens/s',
      floor: perSecond(floor),
      ...(size === 'small' && { target: perSecond(floor) * (1 - OVERHEAD_MAX) }),
    }),
    atMost({
      name: `${name}, added by the house`,
      value: (subject - floor) / 1e6,
      unit: 'ms',
    }),
  ];
}

/**
 * In turns, and each at its tenth percentile: ranked below everything else, a call is often set aside for the rest
 * of the machine, and a median would compare those pauses instead of the calls.
 */
async function undisturbed(
  rounds: number,
  subject: () => Promise<unknown>,
  floor: () => Promise<unknown>,
): Promise<Readonly<{ subject: number; floor: number }>> {
  const subjects: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const pair = [
      [subjects, subject],
      [floors, floor],
    ] as const;
    for (const [samples, work] of round % 2 === 0 ? pair : pair.toReversed())
      samples.push(...(await timeEach({ rounds: 1, warmup: 0 }, work)));
  }
  return { subject: percentile(subjects, 0.1), floor: percentile(floors, 0.1) };
}

/** The house ranks its models below everything else; the bare call must not be measured from a better place. */
function standBack(): void {
  const tasks = '/proc/self/task';
  const threads = existsSync(tasks) ? readdirSync(tasks).map(Number) : [0];
  for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
}

const bench = (size: Size, words: number, rounds: number): Bench => ({
  name: `runtime, ${size} model, ${words} words`,
  unit: 'tokens/s',
  async run(): Promise<readonly Figure[]> {
    standBack();
    const file = await tinyGguf({ size });
    const options = { concurrency: 1, keepAliveMs: null };
    const runtime = await openLlamaCpp({ file, options, threads: 1 });
    try {
      const speeds = await figures({ size, words, rounds }, runtime, await bareOf(file, words));
      return [...speeds, ...memoryOf(size, runtime.processId)];
    } finally {
      await runtime.close();
    }
  },
});

/** Of the inference process, after its calls; nothing where the system does not tell. */
function memoryOf(size: Size, pid: number | null): readonly Figure[] {
  const status = `/proc/${pid ?? 0}/status`;
  if (!existsSync(status)) return [];
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'));
  const value = Math.round(Number(found?.[1] ?? 0) / 1_024);
  return [{ name: `${size} model, resident memory of its process`, value, unit: 'MB' }];
}

export const benchmarks: readonly Bench[] = [bench('small', 12, 30), bench('tiny', 12, 100)];
