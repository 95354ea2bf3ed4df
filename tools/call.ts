/** One call of a tool: input checked, time bounded, answer held to its promises, and a record of it all. */
import { assert, canonicalText, hashText, type Json } from '#firewall';
import type { Tool, ToolAnswer, ToolCall, ToolRefused, ToolScope } from './contract.ts';
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

type Issue = Readonly<{ path: readonly PropertyKey[]; message: string }>;

/** Names the field and what is wanted there. The words are the schema library's, about our schema. */
function hintOf(issue: Issue | undefined): string {
  if (issue === undefined) return 'the input does not fit the schema';
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

/** An answer from the future is a leak, whoever gave it; one out of shape is a bug of ours. */
function held(answer: ToolAnswer, tool: Tool, { now }: ToolScope): ToolAnswer {
  if (!answer.ok) return answer;
  const { asOf, facts, texts } = answer;
  const newest = texts.reduce<number>(
    (latest, { availableAt }) => Math.max(latest, availableAt),
    asOf,
  );
  if (!(newest <= now))
    return refused('TOOL_FROM_FUTURE', 'its data are newer than the decision; go on without it');
  for (const [index, fact] of facts.entries()) {
    const fault = faultOf(fact);
    assert(fault === null, `${tool.name} gives ill-formed facts: ${fault ?? ''}`);
    const before = facts[index - 1];
    assert(
      before === undefined || before.name < fact.name,
      `${tool.name} gives facts in order, once`,
    );
  }
  assert(texts.length === 0 || tool.reads === 'untrusted', `${tool.name} says that it reads texts`);
  return answer;
}
