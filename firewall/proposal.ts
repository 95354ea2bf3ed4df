/** What a desk may ask for: one order or one cancel, as typed data. Every claim in it is only a claim. */
import type { Hash, Money, Ppm, Price, Qty, SpanMs, TimeMs } from './units.ts';

export const SIDES = ['buy', 'sell'] as const;
export type Side = (typeof SIDES)[number];
export const ORDER_TYPES = ['limit', 'market'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];
export const TIFS = ['gtc', 'ioc', 'fok', 'gtd'] as const;
export type Tif = (typeof TIFS)[number];
export const NETWORKS = ['paper', 'test', 'main'] as const;
export type Network = (typeof NETWORKS)[number];
/** What the reasoning behind a proposal has touched. Attached by data flow, never by a model. */
export const TAINTS = ['none', 'news', 'web', 'chat'] as const;
export type Taint = (typeof TAINTS)[number];

/** Who asks, through which code and which model. Required in full on every proposal. */
export type Provenance = Readonly<{
  desk: string;
  strategy: string;
  agent: string;
  agentVersion: string;
  graphVersion: string;
  /** Null for a desk without a language model. */
  modelId: string | null;
}>;

/** The price model's statement behind a proposal, when one was used. */
export type Inference = Readonly<{
  modelId: string;
  artefact: Hash;
  probability: Ppm;
  intervalWidth: Ppm;
  outOfDistribution: boolean;
  dissimilarity: Ppm;
}>;

/** What the agent says it costs and risks; recomputed, compared, never used. */
export type Claims = Readonly<{
  notional: Money | null;
  riskReward: Ppm | null;
}>;

export type Vote = Readonly<{ agent: string; side: Side | 'none' }>;
export type Telemetry = Readonly<{ steps: number; tokens: number; toolErrors: number }>;

type Addressed = Readonly<{
  /** 32 lower-case hex digits, one for life. */
  id: string;
  createdAt: TimeMs;
  provenance: Provenance;
  account: string;
  venue: string;
  network: Network;
  symbol: string;
}>;

export type OrderProposal = Addressed &
  Readonly<{
    kind: 'order';
    side: Side;
    type: OrderType;
    tif: Tif;
    qty: Qty;
    /** Null only for a market order. */
    limitPrice: Price | null;
    /** Only, and always, for gtd. */
    expiresAt: TimeMs | null;
    postOnly: boolean;
    reduceOnly: boolean;
    stopPrice: Price | null;
    targetPrice: Price | null;
    /** How long the thesis is meant to hold. */
    horizonMs: SpanMs;
    confidence: Ppm;
    /** In the favour of the order: a fall, for a sell. */
    expectedMove: Ppm;
    /** The market the agent saw: when, and at which middle price. */
    basisAt: TimeMs;
    basisMid: Price;
    /** The account state version the agent saw. */
    basisVersion: number;
    claims: Claims;
    evidence: readonly string[];
    taint: Taint;
    votes: readonly Vote[];
    transcript: Hash | null;
    inference: Inference | null;
    telemetry: Telemetry;
  }>;

export type CancelProposal = Addressed &
  Readonly<{
    kind: 'cancel';
    /** The client order id of the working order to take back. */
    target: string;
  }>;

export type Proposal = OrderProposal | CancelProposal;

/** A sealed letter between processes: the exact text that was signed, by whom, and the signature (base64). */
export type Envelope = Readonly<{ from: string; body: string; signature: string }>;
