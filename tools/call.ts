/** One call of a tool: input checked, time bounded, answer held to its promises, and a record of it all. */
import type { z } from 'zod';
import { assert, canonicalText, hashText, type Json } from '#firewall';
import { TIMEFRAMES } from './bars.ts';
import type {
  Fact,
  Tool,
  ToolAnswer,
  ToolCall,
  ToolCode,
  ToolRefused,
  ToolScope,
} from './contract.ts';
import { faultOf } from './facts.ts';

export type CallOptions = Readonly<{ chosenBy: ToolCall['chosenBy']; timeoutMs: number }>;

const RECORDED_LENGTH_MAX = 2_000;
const HINT_LENGTH_MAX = 160;

const refused = (code: ToolRefused['code'], hint: string): ToolRefused => ({
  ok: false,
  code,
  hint,
});

/** Never throws but for a bug of ours. */
export async function callTool(
  tool: Tool,
  rawInput: unknown,
  scope: ToolScope,
  { chosenBy, timeoutMs }: CallOptions,
): Promise<ToolCall> {
  const begun = performance.now();
  const parsed = tool.input.safeParse(rawInput);
  const answer = parsed.success
    ? held(await answerOf(tool, parsed.data, scope, timeoutMs), tool, scope)
    : refused('TOOL_INPUT_INVALID', hintOf(parsed.error.issues[0]));
  return recordOf(tool.name, { chosenBy, rawInput, answer, begun });
}

/** The record of a call that led nowhere because there is no such tool. */
export const unknownTool = (
  name: string,
  rawInput: unknown,
  { chosenBy, known }: Readonly<{ chosenBy: ToolCall['chosenBy']; known: readonly string[] }>,
): ToolCall =>
  recordOf(/^[\w-]{1,64}$/.test(name) ? name : 'unreadable', {
    chosenBy,
    rawInput,
    answer: refused('TOOL_UNKNOWN', `choose one of ${known.join(', ')}`),
    begun: null,
  });

type Called = Readonly<{
  chosenBy: ToolCall['chosenBy'];
  rawInput: unknown;
  answer: ToolAnswer;
  begun: number | null;
}>;

const recordOf = (tool: string, { chosenBy, rawInput, answer, begun }: Called): ToolCall => ({
  tool,
  chosenBy,
  input: recordable(rawInput),
  answer,
  hash: hashText(canonicalText(answer)),
  tookMs: begun === null ? 0 : Math.round(performance.now() - begun),
});

/** What was asked, as JSON of bounded length; what is no JSON is recorded as null. */
function recordable(value: unknown): Json {
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text !== 'string') return null;
    if (text.length > RECORDED_LENGTH_MAX) return `${text.slice(0, RECORDED_LENGTH_MAX)}…`;
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

type Issue = z.core.$ZodIssue;

/** Names the field and what is wanted there, in words about our schema; of what was sent only a plain name comes back. */
function hintOf(issue: Issue | undefined): string {
  if (issue === undefined) return 'the input does not fit the schema';
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys.find((name) => /^\w{1,32}$/.test(name));
    return `there is no field ${key ?? 'of that name'}`;
  }
  const field = issue.path.map(String).join('.');
  return `${field === '' ? 'input' : field}: ${issue.message}`.slice(0, HINT_LENGTH_MAX);
}

async function answerOf(
  tool: Tool,
  input: unknown,
  scope: ToolScope,
  timeoutMs: number,
): Promise<ToolAnswer> {
  const timeUp = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([scope.signal, timeUp]);
  const given = Promise.withResolvers<ToolAnswer>();
  const stop = (): void =>
    given.resolve(
      refused('TOOL_TIMED_OUT', timeUp.aborted ? 'it took too long; go on without it' : 'stopped'),
    );
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const run = async (): Promise<void> => {
    try {
      given.resolve(
        signal.aborted ? await given.promise : await tool.run(input, { ...scope, signal }),
      );
    } catch {
      given.resolve(refused('TOOL_FAILED', 'it does not work now; go on without it'));
    }
  };
  void run();
  try {
    return await given.promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** What any call may end in. */
export const CALL_CODES: readonly ToolCode[] = [
  'TOOL_UNKNOWN',
  'TOOL_INPUT_INVALID',
  'TOOL_FAILED',
  'TOOL_TIMED_OUT',
  'TOOL_FROM_FUTURE',
];

/** An answer from the future is a leak, whoever gave it; one out of shape is a bug of ours. */
function held(answer: ToolAnswer, tool: Tool, { now }: ToolScope): ToolAnswer {
  const { name, reads, codes } = tool;
  if (!answer.ok) {
    const known = codes.includes(answer.code) || CALL_CODES.includes(answer.code);
    assert(known, `${name} does not say that it refuses with ${answer.code}`);
    return answer;
  }
  const { asOf, facts, texts } = answer;
  const newest = texts.reduce<number>(
    (latest, { availableAt }) => Math.max(latest, availableAt),
    asOf,
  );
  if (!(newest <= now))
    return refused('TOOL_FROM_FUTURE', 'its data are newer than the decision; go on without it');
  for (const [index, fact] of facts.entries()) {
    const fault = faultOf(fact) ?? strangeness(tool, fact);
    assert(fault === null, `${name} gives ill-formed facts: ${fault ?? ''}`);
    const before = facts[index - 1];
    assert(before === undefined || before.name < fact.name, `${name} gives facts in order, once`);
  }
  assert(texts.length === 0 || reads === 'untrusted', `${name} says that it reads texts`);
  return answer;
}

/** A fact that the tool does not say it gives, or gives in another unit. */
function strangeness(tool: Tool, fact: Fact): string | null {
  const [owner, ...rest] = fact.name.split('.');
  const [first] = rest;
  const bars = TIMEFRAMES.some((timeframe) => timeframe === first);
  const name = (bars ? rest.slice(1) : rest).join('.');
  const noted = tool.facts[name] ?? tool.facts[name.replaceAll(/\d+/g, 'N')];
  if (owner !== tool.name || noted === undefined) return `the name ${fact.name}`;
  return noted[0] === fact.unit ? null : `the unit of ${fact.name}`;
}
