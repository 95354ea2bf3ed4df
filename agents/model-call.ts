/** One call of a model, paid for and recorded, whatever comes of it. */
import { canonicalText, hashText, type Json } from '#firewall';
import type { AgentCall, AgentName, AgentScope, Prompt } from './contract.ts';
import {
  RuntimeError,
  type Answer,
  type CallMetrics,
  type JsonSchema,
  type Message,
  type ToolOffer,
} from './runtimes/contract.ts';

export type ModelTurn = Readonly<{
  agent: AgentName;
  prompt: Prompt;
  messages: readonly Message[];
  schema: JsonSchema | null;
  tools: readonly ToolOffer[];
  repair: boolean;
}>;

/** `answer` is null where the runtime had none; the call's code says why. */
export type Called = Readonly<{ call: AgentCall; answer: Answer | null }>;

/** The caller has taken the call from the purse; what it cost is paid here. */
export async function callModel(turn: ModelTurn, scope: AgentScope): Promise<Called> {
  const { runtime, settings, purse, lane, signal } = scope;
  const { seed, temperature, contextTokens, answerTokensMax, think } = settings;
  const { messages, schema, tools } = turn;
  const base = recordOf(turn, scope);
  try {
    const deadlineMs = Math.max(1, Math.min(settings.deadlineMs, purse.msLeft()));
    const bounds = { contextTokens, answerTokensMax, deadlineMs };
    const answer = await runtime.ask(
      { messages, schema, tools, seed, temperature, think, lane, ...bounds },
      signal,
    );
    const { text, toolRequests, metrics } = answer;
    purse.pay({
      tokens: (metrics.promptTokens ?? metrics.promptTokensEstimated) + metrics.answerTokens,
    });
    const requests = plain(toolRequests);
    return { call: { ...base, raw: text, requests, metrics: whole(metrics) }, answer };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    // Nobody says what a failed call has cost, so it is charged like a full one.
    purse.pay({ tokens: Math.ceil(lengthOf(messages) / 4) + answerTokensMax });
    return { call: { ...base, code: error.code }, answer: null };
  }
}

const lengthOf = (messages: readonly Message[]): number =>
  messages.reduce((sum, { content }) => sum + content.length, 0);

/** As JSON would give it back: a field that says nothing is no field. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

function recordOf(
  { agent, prompt: { name, version, hash }, messages, schema, tools, repair }: ModelTurn,
  { runtime, settings }: AgentScope,
): AgentCall {
  return {
    agent,
    prompt: { name, version, hash },
    messages: plain(messages),
    schema: schema as Json,
    schemaHash: schema === null ? null : hashText(canonicalText(schema as Json)),
    tools: plain(tools),
    identity: runtime.identity,
    seed: settings.seed,
    temperatureMilli: Math.round(settings.temperature * 1_000),
    contextTokens: settings.contextTokens,
    answerTokensMax: settings.answerTokensMax,
    think: settings.think,
    raw: null,
    requests: [],
    code: null,
    problems: [],
    parsed: false,
    onSchema: false,
    repair,
    metrics: null,
  };
}

/** Whole numbers: the record is hashed, and no float goes into a hash. */
function whole(metrics: CallMetrics): CallMetrics {
  const rounded = Object.entries(metrics).map(([name, value]) => [
    name,
    value === null ? null : Math.round(value),
  ]);
  return Object.fromEntries(rounded) as CallMetrics;
}
