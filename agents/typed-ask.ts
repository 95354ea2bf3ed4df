/** One typed question to a model: budget, constrained answer, strict reading, grounding, and at most one repair. */
import type { z } from 'zod';
import { assert } from '#firewall';
import { readAnswer } from './answer-text.ts';
import type { AgentCall, AgentName, AgentScope, Prompt, Said } from './contract.ts';
import type { Problem } from './grounding.ts';
import { callModel } from './model-call.ts';
import { loadPrompt, renderPrompt, type PromptValues } from './prompt-file.ts';
import type { JsonSchema, Message } from './runtimes/contract.ts';

export type TypedAsk<T> = Readonly<{
  agent: AgentName;
  prompt: Prompt;
  values: PromptValues;
  schema: z.ZodType<T>;
  /** The same shape for the runtime, narrowed to what this call shows. */
  answer: JsonSchema;
  /** What is wrong with an answer of the right shape. */
  check(value: T): readonly Problem[];
}>;

/** A prompt names this many problems; the rest would only crowd it. */
const PROBLEMS_MAX = 6;

type Turn = Readonly<{ prompt: Prompt; messages: readonly Message[]; repair: boolean }>;
type Outcome<T> = Readonly<{ call: AgentCall; value: T | null; mendable: boolean }>;

export async function askTyped<T>(ask: TypedAsk<T>, scope: AgentScope): Promise<Said<T>> {
  const calls: AgentCall[] = [];
  let messages = renderPrompt(ask.prompt, ask.values);
  let prompt = ask.prompt;
  for (const repair of [false, true]) {
    const out = scope.purse.take();
    // What was wrong with the first answer stands with its call; that nothing was left to mend it with decides what follows.
    if (out !== null) return { ok: false, code: out, calls };
    const { call, value, mendable } = await attempt(ask, { prompt, messages, repair }, scope);
    calls.push(call);
    if (value !== null) return { ok: true, value, calls };
    assert(call.code !== null, 'a call without a value has a code');
    if (repair || !mendable) return { ok: false, code: call.code, calls };
    prompt = loadPrompt('repair');
    messages = mended(messages, renderPrompt(prompt, { problems: call.problems }));
  }
  throw new Error('invariant broken: there are two attempts');
}

/**
 * The question again, and after it what was wrong. The bad answer itself is not shown: it may carry a stranger's words.
 * One message, since templates exist that refuse two of the same role in a row.
 */
function mended(messages: readonly Message[], [more]: readonly Message[]): readonly Message[] {
  assert(more !== undefined, 'the repair prompt has a user part');
  return messages.map((message) =>
    message.role === 'user'
      ? { role: 'user', content: `${message.content}\n\n${more.content}` }
      : message,
  );
}

async function attempt<T>(ask: TypedAsk<T>, turn: Turn, scope: AgentScope): Promise<Outcome<T>> {
  const { agent, answer: schema } = ask;
  const { call: heard, answer } = await callModel({ ...turn, agent, schema, tools: [] }, scope);
  if (answer === null) return { call: heard, value: null, mendable: false };
  const read = readAnswer(answer.text);
  const notes = read.fenced ? ['the answer stood in a code fence'] : [];
  if (!read.ok) {
    const call = { ...heard, code: 'ANSWER_NOT_JSON', problems: [...notes, read.says] };
    return { call, value: null, mendable: true };
  }
  const shaped = ask.schema.safeParse(read.value);
  if (!shaped.success) {
    const problems = [...notes, ...shapeProblems(shaped.error)];
    const call = { ...heard, parsed: true, code: 'ANSWER_OFF_SCHEMA', problems };
    return { call, value: null, mendable: true };
  }
  const wrong = ask.check(shaped.data);
  const problems = [...notes, ...wrong.map(({ says }) => says)].slice(0, PROBLEMS_MAX);
  const code = wrong[0]?.code ?? null;
  const call = { ...heard, parsed: true, onSchema: true, code, problems };
  return { call, value: code === null ? shaped.data : null, mendable: true };
}

/** zod's findings in our words. Neither a value nor an unknown key is repeated: both were written by the model. */
const shapeProblems = ({ issues }: z.ZodError): readonly string[] =>
  issues.slice(0, PROBLEMS_MAX).map((issue) => {
    const at = issue.path.length === 0 ? 'the answer' : issue.path.join('.');
    return `${at}: ${wantedBy(issue)}`;
  });

function wantedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_type')
    return issue.expected === 'int' ? 'a whole number' : `want ${issue.expected}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  if (issue.code === 'too_small') return `at least ${issue.minimum}`;
  return 'only the keys that were asked for';
}
