/** The one place where the numbers of an order get an address, a basis and an origin, whichever agent they come from. */
import type {
  Hash,
  Inference,
  Network,
  OrderProposal,
  Price,
  Side,
  Taint,
  Telemetry,
  TimeMs,
  Vote,
} from '#firewall';
import type { Forecast, ToolCall } from '../tools/contract.ts';
import type { Intent } from './algorithmic.ts';
import type { AgentCall, Contribution, Sentiment, Technical } from './contract.ts';

/** Who asks, and for which account and market. */
export type DeskAddress = Readonly<{
  desk: string;
  strategy: string;
  symbol: string;
  account: string;
  venue: string;
  network: Network;
}>;

/** What was seen, and when. */
export type Basis = Readonly<{
  at: TimeMs;
  mid: Price;
  /** The account state version. */
  version: number;
  /** Ids that the firewall can resolve for itself. */
  evidence: readonly string[];
}>;

/** Which agents and models stand behind it. */
export type Origin = Readonly<{
  agent: string;
  agentVersion: string;
  graphVersion: string;
  modelId: string | null;
  votes: readonly Vote[];
  taint: Taint;
  inference: Inference | null;
  telemetry: Telemetry;
  /** Hash of the text that says why. */
  transcript: Hash;
}>;

export type ProposalParts = Readonly<{
  /** 32 hex digits, one for life. */
  id: string;
  createdAt: TimeMs;
  address: DeskAddress;
  intent: Intent;
  basis: Basis;
  origin: Origin;
}>;

const EVIDENCE_MAX = 64;
const NAME_MAX = 64;

export function proposalOf(parts: ProposalParts): OrderProposal {
  const { id, createdAt, address, intent, basis, origin } = parts;
  const { desk, strategy, symbol, account, venue, network } = address;
  const { agent, agentVersion, graphVersion, modelId } = origin;
  return {
    kind: 'order',
    id,
    createdAt,
    provenance: { desk, strategy, agent, agentVersion, graphVersion, modelId },
    account,
    venue,
    network,
    symbol,
    side: intent.side,
    type: 'limit',
    tif: 'ioc',
    qty: intent.qty,
    limitPrice: intent.limitPrice,
    expiresAt: null,
    postOnly: false,
    reduceOnly: intent.reduceOnly,
    stopPrice: intent.stopPrice,
    targetPrice: intent.targetPrice,
    horizonMs: intent.horizonMs,
    confidence: intent.confidence,
    expectedMove: intent.expectedMove,
    basisAt: basis.at,
    basisMid: basis.mid,
    basisVersion: basis.version,
    claims: { notional: null, riskReward: null },
    evidence: [...new Set(basis.evidence)].slice(0, EVIDENCE_MAX),
    taint: origin.taint,
    votes: origin.votes,
    transcript: origin.transcript,
    inference: origin.inference,
    telemetry: origin.telemetry,
  };
}

/** The name of a desk's agent; a long desk name is cut, since the register of names knows 64 characters. */
export const agentNameOf = (kind: 'algorithmic' | 'model', desk: string): string =>
  `${kind}-${desk}`.slice(0, NAME_MAX);

/**
 * The algorithmic agent, on its own or in a model's place. What the model had said by then has no part in its numbers; but a
 * text that can make a model fail decides that it acts, so that it is tainted by what had been read.
 */
export function algorithmicOrigin(
  { desk }: Pick<DeskAddress, 'desk'>,
  { side, transcript, taint = 'none' }: Readonly<{ side: Side; transcript: Hash; taint?: Taint }>,
): Origin {
  const agent = agentNameOf('algorithmic', desk);
  return {
    agent,
    agentVersion: '1',
    graphVersion: 'none',
    modelId: null,
    votes: [{ agent, side }],
    taint,
    inference: null,
    telemetry: { steps: 1, tokens: 0, toolErrors: 0 },
    transcript,
  };
}

export type Opinions = Readonly<{
  sentiment: Sentiment | null;
  /** How many texts there were to read. Without any, nobody was asked. */
  texts: number;
  technical: Technical | null;
  forecast: Forecast | null;
  contributions: readonly Contribution[];
}>;

export type ModelOrigin = Readonly<{
  graphVersion: string;
  modelId: string;
  side: Side;
  opinions: Opinions;
  /** A person's words that the decision started from. */
  fromChat: boolean;
  agentCalls: readonly AgentCall[];
  toolCalls: readonly ToolCall[];
  transcript: Hash;
}>;

export function modelOrigin({ desk }: Pick<DeskAddress, 'desk'>, from: ModelOrigin): Origin {
  const { graphVersion, modelId, side, opinions, agentCalls, toolCalls, transcript } = from;
  return {
    agent: agentNameOf('model', desk),
    agentVersion: '1',
    graphVersion,
    modelId,
    votes: votesOf(opinions, side),
    taint: taintOf(opinions, from.fromChat),
    inference: inferenceOf(opinions),
    telemetry: telemetryOf(agentCalls, toolCalls),
    transcript,
  };
}

const SIDES_OF = {
  up: 'buy',
  long: 'buy',
  down: 'sell',
  short: 'sell',
  none: 'none',
  flat: 'none',
} as const;

/** Everyone who spoke has a vote, whichever way; who read nothing has none. */
function votesOf({ sentiment, texts, technical }: Opinions, side: Side): readonly Vote[] {
  const votes: Vote[] = [];
  if (sentiment !== null && texts > 0)
    votes.push({ agent: 'sentiment', side: SIDES_OF[sentiment.direction] });
  if (technical !== null) votes.push({ agent: 'technical', side: SIDES_OF[technical.bias] });
  return [...votes, { agent: 'planner', side }];
}

/** By data flow: whoever had read texts has passed something of them on, whatever it said. */
function taintOf({ sentiment, texts }: Opinions, fromChat: boolean): Taint {
  if (fromChat) return 'chat';
  return sentiment !== null && texts > 0 ? 'news' : 'none';
}

/** A forecast that contributed nothing does not stand behind the order. */
function inferenceOf({ forecast, contributions }: Opinions): Inference | null {
  const part = contributions.find(({ voice }) => voice === 'forecast');
  if (forecast === null || part === undefined || part.signal === 0 || part.weight === 0)
    return null;
  const { modelId, artefact, probability, intervalWidth, outOfDistribution, dissimilarity } =
    forecast;
  return { modelId, artefact, probability, intervalWidth, outOfDistribution, dissimilarity };
}

/** Every call counts, those that failed and those that mended included. */
export function telemetryOf(
  agentCalls: readonly AgentCall[],
  toolCalls: readonly ToolCall[],
): Telemetry {
  const tokens = agentCalls.reduce((sum, { metrics }) => {
    if (metrics === null) return sum;
    return sum + (metrics.promptTokens ?? metrics.promptTokensEstimated) + metrics.answerTokens;
  }, 0);
  return {
    steps: agentCalls.length + toolCalls.length,
    tokens,
    toolErrors: toolCalls.filter(({ answer }) => !answer.ok).length,
  };
}
