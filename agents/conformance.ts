/** Checks a model before it is used: does it keep to the schemas, read whole prompts, repeat itself, use tools, and stop? */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { TimeMs } from '#firewall';
import { askCanary } from './canary.ts';
import { CONFORMANCE_CASES, type ConformanceCase } from './conformance-cases.ts';
import type { AgentCall, AgentScope, ModelSettings } from './contract.ts';
import { openPurse } from './purse.ts';
import type { ChatRuntime } from './runtimes/chat-runtime.ts';
import { RuntimeError, type Answer, type Ask, type CallMetrics } from './runtimes/contract.ts';
import { isFit, type Check, type CheckName, type Scorecard } from './scorecard.ts';

export type ConformanceRun = Readonly<{
  runtime: ChatRuntime;
  settings: ModelSettings;
  at: TimeMs;
  signal: AbortSignal;
  /** All fifty, unless somebody wants a quicker and worse check. */
  cases?: readonly ConformanceCase[];
  /** Told before each question which check it is for, and how many of it are done. */
  progress(check: CheckName, done: number, of: number): void;
}>;

const LANE = 'conformance';
/** A whole window may take a slow machine minutes to read. */
const WINDOW_MS_MAX = 300_000;
const TOOL_TRIES = 3;
/** There is no use in asking on. */
const GONE = new Set(['RUNTIME_DOWN', 'MODEL_NOT_FOUND', 'MODEL_NOT_FIT']);

export async function checkModel(run: ConformanceRun): Promise<Scorecard> {
  const { runtime, settings, at } = run;
  const calls: AgentCall[] = [];
  const checks = [
    await schemaKept(run, calls),
    await overlongRefused(run),
    await windowRead(run),
    await repeated(run),
    await toolsUsed(run),
    await deadlineHeld(run),
    await cancelHeard(run),
  ];
  const good = calls.flatMap(({ metrics }) => (metrics === null ? [] : [metrics]));
  return {
    version: 1,
    at,
    identity: runtime.identity,
    contextTokens: settings.contextTokens,
    answerTokensMax: settings.answerTokensMax,
    temperatureMilli: Math.round(settings.temperature * 1_000),
    think: settings.think,
    checks,
    tokensPerSecond: middle(good, ({ tokensPerSecond }) => tokensPerSecond),
    firstTokenMs: middle(good, ({ firstTokenMs }) => firstTokenMs),
    answerMs: middle(good, ({ totalMs }) => totalMs),
    thinksAnyway: await thinksAnyway(run),
    mayChooseTools: checks.some(({ name, ok }) => name === 'tools' && ok === true),
    fit: isFit(checks),
  };
}

/** First answers only: what needs a repair has not kept to the schema. */
async function schemaKept(run: ConformanceRun, calls: AgentCall[]): Promise<Check> {
  const { cases = CONFORMANCE_CASES } = run;
  const failed: string[] = [];
  let passed = 0;
  for (const [index, test] of cases.entries()) {
    run.progress('schema', index, cases.length);
    const call = await firstCall(run, test, index);
    if (call.onSchema) passed += 1;
    else failed.push(call.code ?? 'ANSWER_OFF_SCHEMA');
    calls.push(call);
    if (call.code !== null && GONE.has(call.code)) break;
  }
  return made('schema', passed, cases.length, failed);
}

async function firstCall(
  { runtime, settings, signal }: ConformanceRun,
  test: ConformanceCase,
  index: number,
): Promise<AgentCall> {
  signal.throwIfAborted();
  const scope: AgentScope = {
    runtime,
    settings: { ...settings, seed: settings.seed + index },
    // Room for one call: there is no repair.
    purse: openPurse({ calls: 1, tokens: 1_000_000, ms: settings.deadlineMs }, () => 0),
    lane: LANE,
    signal,
  };
  const [call] = (await test.ask(scope)).calls;
  if (call === undefined) throw new Error('invariant broken: every case asks the model');
  return call;
}

const made = (name: CheckName, passed: number, of: number, codes: readonly string[]): Check => ({
  name,
  ok: passed === of,
  passed,
  of,
  codes: [...new Set(codes)],
});

/** Passes where the outcome is the wanted one. */
const judged = (name: CheckName, outcome: string, wanted: string): Check =>
  made(name, outcome === wanted ? 1 : 0, 1, outcome === wanted ? [] : [outcome]);

function question({ settings }: ConformanceRun, part: Partial<Ask>): Ask {
  const { seed, temperature, contextTokens, answerTokensMax, think, deadlineMs } = settings;
  return {
    messages: [{ role: 'user', content: 'Count aloud from one to one thousand.' }],
    schema: null,
    tools: [],
    seed,
    temperature,
    contextTokens,
    answerTokensMax,
    think,
    deadlineMs,
    lane: LANE,
    ...part,
  };
}

type Outcome = Readonly<{ code: string; answer: Answer | null }>;

async function outcomeOf(
  run: ConformanceRun,
  part: Partial<Ask>,
  signal: AbortSignal = run.signal,
): Promise<Outcome> {
  run.signal.throwIfAborted();
  try {
    return { code: 'ANSWERED', answer: await run.runtime.ask(question(run, part), signal) };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    run.signal.throwIfAborted();
    return { code: error.code, answer: null };
  }
}

/** A digit is a token whatever the tokenizer, so that here the least and the most that a prompt can be lie close. */
const FILLER = '7 3 9 1 5 2 8 4 6 0 ';
const filled = (times: number): Ask['messages'] => [
  { role: 'user', content: `${FILLER.repeat(times)}\nIs there a seven among these?` },
];

async function overlongRefused(run: ConformanceRun): Promise<Check> {
  run.progress('refuses_overlong', 0, 1);
  const { code } = await outcomeOf(run, { messages: filled(run.settings.contextTokens) });
  return judged('refuses_overlong', code, 'PROMPT_TOO_LONG');
}

/** As long a prompt as may be sent: a server with another window than it was told would cut this one. */
async function windowRead(run: ConformanceRun): Promise<Check> {
  run.progress('reads_whole_window', 0, 1);
  const { contextTokens, answerTokensMax, deadlineMs } = run.settings;
  const few = await run.runtime.measure(filled(10));
  const many = await run.runtime.measure(filled(110));
  const room = contextTokens - answerTokensMax - few.atMost;
  const times = Math.max(1, 10 + Math.floor((room / (many.atMost - few.atMost)) * 100) - 1);
  const { code } = await outcomeOf(run, {
    messages: filled(times),
    deadlineMs: Math.max(deadlineMs, WINDOW_MS_MAX),
    schema: {
      type: 'object',
      properties: { seven: { type: 'string', enum: ['yes', 'no'] } },
      required: ['seven'],
      additionalProperties: false,
    },
  });
  return judged('reads_whole_window', code, 'ANSWERED');
}

/** Of a server we know neither its batches nor its cache: what it does is written down, and held against nobody. */
async function repeated(run: ConformanceRun): Promise<Check> {
  const [test] = CONFORMANCE_CASES;
  if (test === undefined) throw new Error('invariant broken: there are cases');
  run.progress('determinism', 0, 2);
  const first = await firstCall(run, test, 0);
  run.progress('determinism', 1, 2);
  const second = await firstCall(run, test, 0);
  const same = first.raw !== null && first.raw === second.raw;
  const ours = run.runtime.identity.runtime === 'llama.cpp';
  const check = made('determinism', same ? 1 : 0, 1, same ? [] : ['ANSWER_DIFFERS']);
  return same || ours ? check : { ...check, ok: null };
}

const toolInput = z.strictObject({ symbol: z.enum(['BTC', 'ETH']), count: z.int().min(1).max(50) });

async function toolsUsed(run: ConformanceRun): Promise<Check> {
  const codes: string[] = [];
  let passed = 0;
  for (let tried = 0; tried < TOOL_TRIES; tried += 1) {
    run.progress('tools', tried, TOOL_TRIES);
    const { code, answer } = await outcomeOf(run, toolQuestion(run.settings.seed + tried));
    const [request] = answer?.toolRequests ?? [];
    if (request?.name === 'candles' && toolInput.safeParse(request.input).success) passed += 1;
    else if (answer === null) codes.push(code);
    else codes.push(request === undefined ? 'TOOL_NOT_ASKED_FOR' : 'TOOL_INPUT_INVALID');
  }
  return made('tools', passed, TOOL_TRIES, codes);
}

const toolQuestion = (seed: number): Partial<Ask> => ({
  seed,
  messages: [
    { role: 'system', content: 'You know no prices. Use your tools to look them up.' },
    { role: 'user', content: 'Get the last 20 closed bars of BTC.' },
  ],
  tools: [
    {
      name: 'candles',
      description: 'The latest closed bars of a symbol.',
      schema: {
        type: 'object',
        properties: {
          symbol: { type: 'string', enum: ['BTC', 'ETH'] },
          count: { type: 'integer', minimum: 1, maximum: 50 },
        },
        required: ['symbol', 'count'],
        additionalProperties: false,
      },
    },
  ],
});

/** In the middle of an answer where it is slow enough to have one, else before it. */
const ENDED_AFTER_MS = [50, 10, 1] as const;

async function deadlineHeld(run: ConformanceRun): Promise<Check> {
  run.progress('deadline', 0, 1);
  let code = '';
  for (const deadlineMs of ENDED_AFTER_MS) {
    ({ code } = await outcomeOf(run, { deadlineMs }));
    if (code === 'CALL_TIMED_OUT') break;
  }
  return afterwards(run, judged('deadline', code, 'CALL_TIMED_OUT'));
}

async function cancelHeard(run: ConformanceRun): Promise<Check> {
  run.progress('cancel', 0, 1);
  let code = '';
  for (const ms of ENDED_AFTER_MS) {
    const stop = new AbortController();
    const call = outcomeOf(run, {}, AbortSignal.any([stop.signal, run.signal]));
    await sleep(ms);
    stop.abort();
    ({ code } = await call);
    if (code === 'CALL_CANCELLED') break;
  }
  return afterwards(run, judged('cancel', code, 'CALL_CANCELLED'));
}

/** A call that was ended must not stand in the way of the next. */
async function afterwards({ runtime, settings, signal }: ConformanceRun, check: Check) {
  if (check.ok !== true) return check;
  const code = await askCanary(runtime, settings, signal);
  return code === null ? check : { ...check, ok: false, passed: 0, codes: [code] };
}

async function thinksAnyway(run: ConformanceRun): Promise<boolean> {
  if (run.settings.think) return false;
  const { answer } = await outcomeOf(run, {
    messages: [{ role: 'user', content: 'Is nine more than seven? Answer yes or no.' }],
  });
  return answer !== null && answer.thoughtChars > 0;
}

function middle(all: readonly CallMetrics[], of: (metrics: CallMetrics) => number | null) {
  const values = all.flatMap((metrics) => of(metrics) ?? []).toSorted((a, b) => a - b);
  const value = values[Math.floor(values.length / 2)];
  return value === undefined ? null : Math.round(value);
}
