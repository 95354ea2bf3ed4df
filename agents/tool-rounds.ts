/** Tools that a model chooses for itself: a few rounds, typed tools only, and the fixed plan wherever it goes wrong. */
import { z } from 'zod';
import { canonicalText, type Json } from '#firewall';
import { callOffered, OFFERED } from '../tools/catalogue.ts';
import type { Fact, ToolAnswer, ToolCall, ToolScope } from '../tools/contract.ts';
import { merged } from '../tools/facts.ts';
import { gatherEvidence, type Gathered, type PlanOptions } from '../tools/plan.ts';
import type { AgentCall, AgentScope } from './contract.ts';
import { factLines, wordOf } from './fact-lines.ts';
import { callModel } from './model-call.ts';
import { loadPrompt, renderPrompt } from './prompt-file.ts';
import type { Answer, Message, ToolOffer, ToolRequest } from './runtimes/contract.ts';

export const ROUNDS_MAX = 3;
/** More at once is a model that asks for everything, or one that loops. */
export const REQUESTS_MAX = 6;

/** Why the fixed plan took over. Codes of runtimes, budgets and tools come on top of these. */
export const ROUND_CODES = ['TOOL_REPEATED', 'TOOLS_TOO_MANY', 'ROUNDS_EXCEEDED'] as const;
type RoundCode = (typeof ROUND_CODES)[number];

export type Chosen = Readonly<{
  /** What its tools found on top of the plan; nothing where the plan took over. */
  gathered: Gathered;
  calls: readonly AgentCall[];
  /** Null where the model chose well to the end. */
  code: string | null;
}>;

/** The same record as the fixed plan leaves, whoever chose: what every decision needs is asked for in any case. */
export async function gatherChosen(
  toolScope: ToolScope,
  options: PlanOptions,
  scope: AgentScope,
): Promise<Chosen> {
  const rounds = await chooseTools(toolScope, options, scope);
  const { code, calls } = rounds;
  const chosen = new Set(rounds.toolCalls.map(({ tool }) => tool));
  const gathered = await gatherEvidence(toolScope, {
    ...options,
    // The reader's texts are no choice of a model that reads none.
    ...(code === null ? { wants: (tool) => tool === 'news_search' || chosen.has(tool) } : {}),
  });
  const found = rounds.toolCalls.map(({ answer }) => answer).filter((answer) => answer.ok);
  return {
    calls,
    code,
    gathered: {
      ...gathered,
      calls: [...rounds.toolCalls, ...gathered.calls],
      ...(code === null ? withFound(gathered, found) : {}),
    },
  };
}

const IDS_MAX = 64;

function withFound(
  { facts, ids }: Gathered,
  found: readonly Extract<ToolAnswer, { ok: true }>[],
): Pick<Gathered, 'facts' | 'ids'> {
  return {
    // The plan's own numbers go first: two readings of one name would contradict each other.
    facts: found.reduce<readonly Fact[]>((known, answer) => merged(known, answer.facts), facts),
    ids: [...new Set([...ids, ...found.flatMap(({ evidence }) => evidence)])].slice(0, IDS_MAX),
  };
}

type Rounds = Readonly<{
  toolCalls: readonly ToolCall[];
  calls: readonly AgentCall[];
  code: string | null;
}>;

async function chooseTools(
  toolScope: ToolScope,
  { timeoutMs }: PlanOptions,
  scope: AgentScope,
): Promise<Rounds> {
  const prompt = loadPrompt('tools');
  const messages: Message[] = [
    ...renderPrompt(prompt, { symbol: wordOf(toolScope.symbol), rounds: `${ROUNDS_MAX}` }),
  ];
  const calls: AgentCall[] = [];
  const toolCalls: ToolCall[] = [];
  const known = new Set<string>();
  const ended = (code: string | null): Rounds => ({ toolCalls, calls, code });
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const out = scope.purse.take();
    if (out !== null) return ended(out);
    const turn = { agent: 'technical', prompt, messages: [...messages], tools: OFFERS } as const;
    const { call, answer } = await callModel({ ...turn, schema: null, repair: false }, scope);
    const fault = answer === null ? call.code : faultOf(answer, known);
    const results =
      answer === null || fault !== null
        ? []
        : await Promise.all(
            answer.toolRequests.map(({ name, input }) =>
              callOffered(name, input, toolScope, { chosenBy: 'model', timeoutMs }),
            ),
          );
    toolCalls.push(...results);
    const code = fault ?? results.map(wrongBy).find((one) => one !== null) ?? null;
    calls.push({ ...call, code, parsed: answer !== null, onSchema: code === null });
    if (answer === null || code !== null || answer.toolRequests.length === 0) return ended(code);
    messages.push({ role: 'assistant', content: '', toolCalls: answer.toolRequests });
    messages.push(...results.map((result, index) => told(result, answer.toolRequests[index])));
  }
  return ended('ROUNDS_EXCEEDED' satisfies RoundCode);
}

/** Untrusted tools are not among them, whatever a prompt may make a model wish for. */
const OFFERS: readonly ToolOffer[] = OFFERED.map(({ name, description, input }) => {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(input);
  return { name, description, schema };
});

/** What is wrong with the requests as such; `known` remembers them. */
function faultOf({ toolRequests }: Answer, known: Set<string>): RoundCode | null {
  if (toolRequests.length > REQUESTS_MAX) return 'TOOLS_TOO_MANY';
  for (const { name, input } of toolRequests) {
    const key = keyOf(name, input);
    if (known.has(key)) return 'TOOL_REPEATED';
    known.add(key);
  }
  return null;
}

function keyOf(name: string, input: unknown): string {
  const text = JSON.stringify(input) as string | undefined;
  return `${name} ${text === undefined ? '' : canonicalText(JSON.parse(text) as Json)}`;
}

/** A tool that is not there and an input that is none are the model's faults; whatever else fails is not. */
const wrongBy = ({ answer }: ToolCall): string | null =>
  !answer.ok && (answer.code === 'TOOL_UNKNOWN' || answer.code === 'TOOL_INPUT_INVALID')
    ? answer.code
    : null;

function told({ tool, answer }: ToolCall, request: ToolRequest | undefined): Message {
  const content = answer.ok
    ? factLines(answer.facts).join('\n') || 'nothing'
    : `${answer.code}: ${answer.hint}`;
  return { role: 'tool', content, toolCallId: request?.id ?? tool, name: tool };
}
