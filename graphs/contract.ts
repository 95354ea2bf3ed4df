/** What a graph needs from the house, what it is asked, and what it answers. */
import type { Hash, OrderProposal, Ppm, SpanMs, TimeMs } from '#firewall';
import type {
  Budget,
  DecisionEnd,
  Fallback,
  ModelSettings,
  Transcript,
  Weights,
} from '../agents/contract.ts';
import type { Sizing } from '../agents/order.ts';
import type { DeskAddress } from '../agents/proposal.ts';
import type { ChatRuntime } from '../agents/runtimes/chat-runtime.ts';
import type { Fact, ToolPorts } from '../tools/contract.ts';

/** One desk: for whom it decides, with which model, and within what bounds. */
export type DeskRules = Readonly<{
  address: DeskAddress;
  /** As the firewall's register of models knows it. */
  modelId: string;
  model: ModelSettings;
  budget: Budget;
  weights: Weights;
  sizing: Sizing;
  fallback: Fallback;
  /** What was seen of the market carries no proposal beyond this age. */
  basisAgeMsMax: SpanMs;
  toolMsMax: SpanMs;
  /** Its scorecard says that the model may choose its tools itself; else, and unsaid, the fixed plan does. */
  choosesTools?: boolean;
  /** The policy's public limits, as the planner is shown them. */
  limits: readonly Fact[];
}>;

export type DecidePorts = Readonly<{
  runtime: ChatRuntime;
  tools: ToolPorts;
  clock: Readonly<{ now(): TimeMs }>;
  /** Why the model should not be asked now; null when it may be. */
  fit(): string | null;
  rules: DeskRules;
}>;

/** Why the house itself ended a decision with nothing. Codes of runtimes, agents, tools and orders come on top of these. */
export const HOUSE_CODES = [
  'MARKET_UNKNOWN',
  'MARKET_NOT_WARM',
  'ACCOUNT_UNKNOWN',
  'BASIS_UNREADABLE',
  'ORDER_PENDING',
  'DECISION_STALE',
  'DECISION_CANCELLED',
] as const;
export type HouseCode = (typeof HOUSE_CODES)[number];
/** The planner looked at everything and wants nothing. */
export const PLAN_NONE = 'PLAN_NONE';

export type Decision = Readonly<{
  id: string;
  end: DecisionEnd;
  /** Null unless the decision ended in one. */
  proposal: OrderProposal | null;
  transcript: Transcript;
  /** Of the transcript's canonical text; the proposal carries it. */
  transcriptHash: Hash;
}>;

/** A verdict in dry run: nothing is sent, and every rule says how far away it is. */
export type DryVerdict = Readonly<{
  kind: 'approved' | 'held' | 'refused';
  codes: readonly string[];
  margins: readonly Readonly<{
    rule: string;
    status: string;
    code: string | null;
    observed: string | null;
    limit: string | null;
    /** How much of the limit is left, in millionths; null where that means nothing. */
    left: Ppm | null;
  }>[];
}>;

export type Submitted = Readonly<{ ok: true }> | Readonly<{ ok: false; code: string }>;

/** How long, and through how large a move, what a person was shown stays what they answer to. */
export type ApprovalRules = Readonly<{ ageMsMax: SpanMs; driftMax: Ppm }>;

export type ReviewPorts = DecidePorts &
  Readonly<{
    approval: ApprovalRules;
    dryJudge(proposal: OrderProposal): Promise<DryVerdict>;
    /** Hands the very proposal that was approved to the first door. The same proposal twice is one. */
    submit(proposal: OrderProposal, transcript: Transcript): Promise<Submitted>;
    /** 32 hex digits, never the same twice. */
    newId(): string;
  }>;

/** Why an answer did not count. The person is asked again, about the same proposal or a fresh one. */
export const ANSWER_REFUSALS = [
  'ANSWER_UNREADABLE',
  'APPROVAL_OF_ANOTHER',
  'APPROVAL_OF_NOTHING',
  'APPROVAL_LATE',
  'MARKET_MOVED',
] as const;
export type AnswerRefusal = (typeof ANSWER_REFUSALS)[number];

export type ReviewEnd =
  | Readonly<{ kind: 'submitted'; proposalHash: Hash }>
  | Readonly<{ kind: 'none'; code: string; hint: string | null }>;
