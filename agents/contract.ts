/** What the agents say, and the record that is kept of how they came to say it. No free text leaves an agent. */
import { z } from 'zod';
import type { Hash, Json, Ppm, SpanMs, TimeMs } from '#firewall';
import type { Fact, Forecast, Level, ToolCall, UntrustedText } from '../tools/contract.ts';
import type { ChatRuntime } from './runtimes/chat-runtime.ts';
import type { CallMetrics, ModelIdentity } from './runtimes/contract.ts';

const percent = z.int().min(0).max(100);

export const DIRECTIONS = ['up', 'down', 'none'] as const;
export const CATALYSTS = [
  'none',
  'earnings',
  'guidance',
  'merger',
  'regulation',
  'lawsuit',
  'hack',
  'listing',
  'macro',
  'flows',
  'product',
  'rumour',
  'other',
] as const;

/** The quarantined reader's whole vocabulary. `items` are positions in the list that it was shown, from 1. */
export const sentimentSchema = z.strictObject({
  direction: z.enum(DIRECTIONS),
  strength: percent,
  confidence: percent,
  volatility: percent,
  catalyst: z.enum(CATALYSTS),
  items: z.array(z.int().min(1).max(20)).max(5),
});
export type Sentiment = z.infer<typeof sentimentSchema>;

export const BIASES = ['long', 'short', 'flat'] as const;
/** `invalidation` is one of the price levels that were shown, or `none`; `cites` names facts that were shown. */
export const technicalSchema = z.strictObject({
  bias: z.enum(BIASES),
  strength: percent,
  confidence: percent,
  invalidation: z.string().max(32),
  cites: z.array(z.string().max(64)).min(1).max(4),
});
export type Technical = z.infer<typeof technicalSchema>;

export const ACTIONS = ['long', 'short', 'exit', 'none'] as const;
export const THESES = ['trend', 'reversion', 'event', 'carry', 'risk'] as const;
export const SIZES = ['quarter', 'half', 'full'] as const;
export const HORIZONS = ['15m', '30m', '1h', '4h'] as const;
/** `stop` and `target` are price levels that were shown; `none` only where nothing is opened. */
export const planSchema = z.strictObject({
  action: z.enum(ACTIONS),
  thesis: z.enum(THESES),
  confidence: percent,
  size: z.enum(SIZES),
  horizon: z.enum(HORIZONS),
  stop: z.string().max(32),
  target: z.string().max(32),
});
export type Plan = z.infer<typeof planSchema>;

export const AGENTS = ['sentiment', 'technical', 'planner', 'algorithmic'] as const;
export type AgentName = (typeof AGENTS)[number];

/** Why an agent's answer was not used. Codes of the runtime come on top of these. */
export const AGENT_CODES = [
  'ANSWER_NOT_JSON',
  'ANSWER_OFF_SCHEMA',
  'ANSWER_UNGROUNDED',
  'ANSWER_CONTRADICTORY',
  'BUDGET_CALLS',
  'BUDGET_TOKENS',
  'BUDGET_SECONDS',
  'MODEL_UNHEALTHY',
  'MODEL_UNCHECKED',
  'EVIDENCE_MISSING',
] as const;

/** A prompt as a file: its text is data under a version and a hash. */
export type Prompt = Readonly<{ name: string; version: string; hash: Hash; text: string }>;

/** One call of a model, with everything that it takes to make it again. */
export type AgentCall = Readonly<{
  agent: AgentName;
  prompt: Readonly<{ name: string; version: string; hash: Hash }>;
  /** What was sent, word for word. */
  messages: Json;
  /** What the answer was constrained to; null where it was free. */
  schema: Json;
  schemaHash: Hash | null;
  /** Which tools were offered, as they were offered; mostly none. */
  tools: Json;
  identity: ModelIdentity;
  seed: number;
  /** In thousandths: no float goes into a hash. */
  temperatureMilli: number;
  contextTokens: number;
  answerTokensMax: number;
  think: boolean;
  /** What came back, before anyone read it; null when nothing did. */
  raw: string | null;
  /** Which tools the model asked for, before anyone looked at it. */
  requests: Json;
  /** Null when the answer was good. */
  code: string | null;
  /** What exactly was wrong with it, in our words. */
  problems: readonly string[];
  parsed: boolean;
  onSchema: boolean;
  repair: boolean;
  metrics: CallMetrics | null;
}>;

/** What one agent came to, after at most one repair. */
export type Said<T> =
  | Readonly<{ ok: true; value: T; calls: readonly AgentCall[] }>
  | Readonly<{ ok: false; code: string; calls: readonly AgentCall[] }>;

/** The most that one decision may cost. */
export type Budget = Readonly<{ calls: number; tokens: number; ms: number }>;

export type ModelSettings = Readonly<{
  seed: number;
  temperature: number;
  contextTokens: number;
  answerTokensMax: number;
  think: boolean;
  deadlineMs: number;
}>;

/** Shares of the say, in millionths; they need not add up. */
export type Weights = Readonly<{ sentiment: Ppm; technical: Ppm; forecast: Ppm }>;

/** What each voice contributed: between -1 and 1, in millionths, and its weight. */
export type Contribution = Readonly<{
  voice: 'sentiment' | 'technical' | 'forecast';
  signal: number;
  weight: Ppm;
}>;

/** What the planner is shown and what the decision rests on. */
export type Evidence = Readonly<{
  at: TimeMs;
  /** The middle price at that moment, as a decimal: which side of the market a level lies on. */
  mid: string;
  facts: readonly Fact[];
  /** Price levels that a stop, a target or an invalidation may name. */
  levels: readonly Level[];
  ids: readonly string[];
  calls: readonly ToolCall[];
  forecast: Forecast | null;
}>;
export type { Level };

export const FALLBACKS = ['algorithmic', 'none'] as const;
export type Fallback = (typeof FALLBACKS)[number];

/** How a decision ended. `none` opens nothing, whatever the reason. */
export type DecisionEnd =
  | Readonly<{
      kind: 'propose';
      by: 'model' | 'algorithmic' | 'person';
      /** Null where the algorithmic agent decided: it goes by its own numbers. */
      plan: Plan | null;
      horizonMs: SpanMs;
    }>
  | Readonly<{ kind: 'none'; by: 'model' | 'algorithmic' | 'house'; code: string }>;

/** Everything about one decision, as its transcript keeps it. Its hash goes into the proposal. */
export type Transcript = Readonly<{
  version: 1;
  id: string;
  desk: string;
  strategy: string;
  symbol: string;
  at: TimeMs;
  graph: string;
  evidence: Json;
  sentiment: Json;
  technical: Json;
  plan: Json;
  contributions: readonly Contribution[];
  /** Codes of what failed on the way, in order. */
  troubles: readonly string[];
  calls: readonly AgentCall[];
  end: DecisionEnd;
}>;

/** What a decision may still spend. One purse a decision, shared by its agents. */
export interface Purse {
  /** The code of what ran out, or null while there is something left. */
  empty(): 'BUDGET_CALLS' | 'BUDGET_TOKENS' | 'BUDGET_SECONDS' | null;
  /** Milliseconds left, never below zero. */
  msLeft(): number;
  /** Counts a call before it is made, so that two agents at once cannot spend the same one; or says what ran out. */
  take(): 'BUDGET_CALLS' | 'BUDGET_TOKENS' | 'BUDGET_SECONDS' | null;
  /** What a call that was taken has cost. */
  pay(call: Readonly<{ tokens: number }>): void;
}

/** What an agent is given to speak with. */
export type AgentScope = Readonly<{
  runtime: ChatRuntime;
  settings: ModelSettings;
  purse: Purse;
  /** Who asks, for the runtime's turns: the desk. */
  lane: string;
  signal: AbortSignal;
}>;

export type SentimentInput = Readonly<{
  symbol: string;
  at: TimeMs;
  texts: readonly UntrustedText[];
}>;
export type TechnicalInput = Readonly<{ symbol: string; evidence: Evidence }>;
/** Typed outputs and public limits only: no word of the texts is in here. */
export type PlannerInput = Readonly<{
  symbol: string;
  evidence: Evidence;
  sentiment: Sentiment | null;
  technical: Technical | null;
  /** What can be done at all: nothing is opened on top of a position, and nothing left where nothing is held. */
  actions: readonly (typeof ACTIONS)[number][];
  contributions: readonly Contribution[];
  /** The weighted sum of the contributions, in millionths. */
  signal: number;
  limits: readonly Fact[];
}>;
