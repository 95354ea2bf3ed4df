/** Typed tools: what an agent may ask of the world, and what it gets back. Every answer is data with a time and a source. */
import type { z } from 'zod';
import type { Hash, Json, MarketView, Money, Ppm, Price, Qty, SpanMs, TimeMs } from '#firewall';
import type { Candle, NewsItem } from '../market/contract.ts';

/** A tool reads, or it proposes. There is no third kind. */
export const EFFECTS = ['read', 'propose'] as const;
export type Effect = (typeof EFFECTS)[number];

export const FACT_UNITS = [
  'price',
  'quantity',
  'money',
  'percent',
  'bps',
  'ratio',
  'count',
  'word',
] as const;
export type FactUnit = (typeof FACT_UNITS)[number];

/** One thing that a tool found, under a name that can be cited, exactly as a model is shown it. */
export type Fact = Readonly<{
  /** Tool and thing, such as `indicators.rsi14`; unique within a decision. */
  name: string;
  /** A decimal number, or a word of a closed set. Never free text. */
  value: string;
  unit: FactUnit;
}>;

/** A decimal price on the instrument's tick, with the reason that it is on the list, such as `atr2_below`. */
export type Level = Readonly<{ name: string; price: string }>;

/** A tool's success. `texts` is untrusted and goes to the quarantined reader alone. */
export type ToolFound = Readonly<{
  ok: true;
  /** Nothing in the answer became available after this moment. */
  asOf: TimeMs;
  facts: readonly Fact[];
  /** Ids that the firewall can resolve for itself: `book:SYM:SEQ`, `candle:SYM:TFMS:CLOSEAT`, `news:ID`. */
  evidence: readonly string[];
  texts: readonly UntrustedText[];
}>;

/** An error that a model may read: a stable code and what to do, never an exception's words. */
export type ToolRefused = Readonly<{ ok: false; code: ToolCode; hint: string }>;
export type ToolAnswer = ToolFound | ToolRefused;

export const TOOL_CODES = [
  'TOOL_UNKNOWN',
  'TOOL_INPUT_INVALID',
  'TOOL_FAILED',
  'TOOL_TIMED_OUT',
  'TOOL_FROM_FUTURE',
  'SYMBOL_NOT_KNOWN',
  'HISTORY_TOO_SHORT',
  'BOOK_NOT_KNOWN',
  'FUNDING_NOT_KNOWN',
  'ACCOUNT_NOT_KNOWN',
  'MODEL_NOT_LOADED',
  'MODEL_REFUSED',
  'MEMORY_NOT_KNOWN',
] as const;
export type ToolCode = (typeof TOOL_CODES)[number];

/** Text from outside. It stays data, with its source. */
export type UntrustedText = Readonly<{
  id: string;
  source: string;
  availableAt: TimeMs;
  text: string;
}>;

export type Tool<Input = unknown> = Readonly<{
  name: string;
  /** One sentence for the model that may choose it. */
  description: string;
  effect: Effect;
  /** Whether its answer carries untrusted text. */
  reads: 'typed' | 'untrusted';
  input: z.ZodType<Input>;
  /** What it may find, by the name after its own (`N` for a number, bars of another length left out): unit and meaning. */
  facts: Readonly<Record<string, readonly [unit: FactUnit, meaning: string]>>;
  /** Refusals of its own, beside those that every call may end in. */
  codes: readonly ToolCode[];
  run(input: Input, scope: ToolScope): Promise<ToolAnswer>;
}>;

/** Everything a tool may reach. `now` is the moment of the decision and does not move while it is made. */
export type ToolScope = Readonly<{
  desk: string;
  strategy: string;
  symbol: string;
  now: TimeMs;
  ports: ToolPorts;
  signal: AbortSignal;
}>;

export type ToolPorts = Readonly<{
  market: MarketReader;
  account: AccountReader;
  memory: SituationMemory | null;
  forecast: PriceModel | null;
  embed: Embedder | null;
}>;

/** The past as it was known at `asOf`. A `MarketStore` is one. */
export interface MarketReader {
  readonly symbols: readonly string[];
  view(symbol: string, asOf: TimeMs, evidence: readonly string[]): MarketView | null;
  candles(symbol: string, timeframeMs: SpanMs, asOf: TimeMs, count: number): readonly Candle[];
  news(asOf: TimeMs, sinceMs: SpanMs): readonly NewsItem[];
}

/** What a desk may know of the account it trades for. Null means unknown, never zero. */
export interface AccountReader {
  /** The newest that was known at that moment. */
  account(asOf: TimeMs): AccountSummary | null;
  /** This desk's own latest decisions, newest first. */
  recent(desk: string, asOf: TimeMs, count: number): readonly PastDecision[];
}

export type AccountSummary = Readonly<{
  at: TimeMs;
  version: number;
  equity: Money | null;
  cash: Money | null;
  state: string;
  positions: readonly Readonly<{
    symbol: string;
    strategy: string;
    qty: Qty;
    entryPrice: Price;
    stopPrice: Price | null;
    /** The firewall's own stop says that the position should be left. */
    leave: boolean;
  }>[];
  /** Strategies with an order on its way. */
  working: readonly string[];
}>;

export type PastDecision = Readonly<{
  id: string;
  at: TimeMs;
  symbol: string;
  action: string;
  verdict: 'approved' | 'held' | 'refused' | 'none';
  /** First refusal code, if any. */
  code: string | null;
  /** Move of the middle price since, in the favour of the action; null while unknown. */
  outcome: Ppm | null;
}>;

/** A local model that turns text or a situation into a vector. */
export interface Embedder {
  readonly id: string;
  readonly dimensions: number;
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
}

/** A past situation: our own typed record, never free text. */
export type Situation = Readonly<{
  id: string;
  desk: string;
  symbol: string;
  /** When the record became available; its outcome only when that was known. */
  availableAt: TimeMs;
  facts: readonly Fact[];
  action: string;
  /** What came of it, in the favour of the action; null while unknown. */
  outcome: Ppm | null;
  outcomeAt: TimeMs | null;
}>;
export type Recalled = Readonly<{ situation: Situation; distance: number }>;

/** The vector store behind a port: as-of filtered, and only for what was put in by ourselves. */
export interface SituationMemory {
  put(situation: Situation, vector: Float32Array): void;
  learn(id: string, outcome: Ppm, at: TimeMs): void;
  /** The nearest of those available at `asOf`; an outcome that came later is given as unknown. */
  nearest(
    vector: Float32Array,
    options: Readonly<{ asOf: TimeMs; count: number; symbol: string | null }>,
  ): readonly Recalled[];
  count(): number;
  close(): void;
}

/** What a price model is asked with: rows of named features, oldest first. */
export type FeatureRow = Readonly<Record<string, number>>;
export type Forecast = Readonly<{
  modelId: string;
  artefact: Hash;
  direction: 'up' | 'down' | 'none';
  probability: Ppm;
  intervalWidth: Ppm;
  expectedMove: Ppm;
  horizonMs: SpanMs;
  expiresAt: TimeMs;
  outOfDistribution: boolean;
  dissimilarity: Ppm;
}>;
export type ForecastResult =
  | Readonly<{ ok: true; forecast: Forecast }>
  | Readonly<{ ok: false; code: 'MODEL_NOT_LOADED' | 'MODEL_REFUSED'; hint: string }>;

/** A price model as an accountable tool: which artefact spoke, and whether it knew what it was looking at. */
export interface PriceModel {
  readonly id: string;
  readonly artefact: Hash;
  /** Length of the bars that it was trained on, and how many of them it wants to see. */
  readonly timeframeMs: SpanMs;
  readonly barsMin: number;
  /** Closed bars, oldest first. */
  forecast(
    symbol: string,
    candles: readonly Candle[],
    now: TimeMs,
    signal: AbortSignal,
  ): Promise<ForecastResult>;
  close(): Promise<void>;
}

/** One call of a tool, as it goes into the decision's record. */
export type ToolCall = Readonly<{
  tool: string;
  /** Who asked for it: the fixed plan, or the model itself. */
  chosenBy: 'plan' | 'model';
  input: Json;
  answer: ToolAnswer;
  /** Hash of the answer's canonical text. */
  hash: Hash;
  tookMs: number;
}>;

export type { Candle, NewsItem };
