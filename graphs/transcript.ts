/** The record of a decision, and the proposal that carries its hash. */
import {
  assert,
  canonicalText,
  decode,
  hashText,
  proposalCodec,
  type Hash,
  type Json,
  type OrderProposal,
  type TimeMs,
} from '#firewall';
import type { Intent } from '../agents/algorithmic.ts';
import type { DecisionEnd, Transcript } from '../agents/contract.ts';
import {
  algorithmicOrigin,
  modelOrigin,
  proposalOf,
  type Basis as SeenBasis,
  type Origin,
} from '../agents/proposal.ts';
import { itemIds } from '../agents/sentiment.ts';
import { bookId, candleId } from '../tools/evidence.ts';
import { numberOf } from '../tools/facts.ts';
import { basisOf, midOf, type Basis } from './basis.ts';
import type { DeskRules } from './contract.ts';
import { intentOf } from './intent-codec.ts';
import type { DecideValues } from './state.ts';

/** The version of the graph, as every proposal and transcript says it. */
export const DECIDE_GRAPH = 'decide-1';
/** The gate has its own connection: a book that arrived this very moment may not have reached it yet. */
const SETTLED_MS = 50;

/** JSON as it will be read back: what is undefined is not there. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

export function transcriptOf(state: DecideValues, end: DecisionEnd, graph: string): Transcript {
  const { id, desk, strategy, symbol, at } = state.request;
  return {
    version: 1,
    id,
    desk,
    strategy,
    symbol,
    at,
    graph,
    evidence: plain({ ...state.evidence, basis: state.basis }),
    sentiment: plain(readOf(state)),
    technical: plain(state.technical),
    plan: plain(state.plan),
    contributions: state.contributions,
    troubles: [...state.missing, ...state.troubles],
    calls: state.calls,
    end,
  };
}

/** What was read is named by its id: a position in a list means nothing to a later reader. */
const readOf = ({ sentiment, texts, request: { at } }: DecideValues): unknown =>
  sentiment === null ? null : { ...sentiment, ids: itemIds(sentiment, { texts, at }) };

export const transcriptHashOf = (transcript: Transcript): Hash =>
  hashText(canonicalText(plain(transcript)));

export type Recorded = Readonly<{ transcript: Transcript; proposal: OrderProposal | null }>;

/** What a decision leaves. Only an end that proposes has a proposal. */
export function recordOf(
  state: DecideValues,
  end: DecisionEnd,
  { rules, now, graph, fromChat }: RecordOptions,
): Recorded {
  const transcript = transcriptOf(state, end, graph);
  if (end.kind === 'none') return { transcript, proposal: null };
  const intent = intentOf(state);
  assert(intent !== null, 'a decision that proposes has the numbers of its order');
  const hash = transcriptHashOf(transcript);
  const basis = basisOf(state);
  const origin =
    end.by === 'algorithmic'
      ? algorithmicOrigin(rules.address, {
          side: intent.side,
          transcript: hash,
          taint: wereRead(state) ? 'news' : 'none',
        })
      : spokenOrigin(state, intent, { rules, graph, fromChat, hash });
  const proposal = proposalOf({
    id: state.request.id,
    createdAt: now,
    address: rules.address,
    intent,
    basis: seenBasis(basis, end.by === 'algorithmic' ? looked(basis) : (state.evidence?.ids ?? [])),
    origin,
  });
  return { transcript, proposal };
}

export type RecordOptions = Readonly<{
  rules: DeskRules;
  now: TimeMs;
  graph: string;
  /** It started from a person's words. */
  fromChat: boolean;
}>;

type Speaking = Omit<RecordOptions, 'now'> & Readonly<{ hash: Hash }>;

function spokenOrigin(
  state: DecideValues,
  { side }: Intent,
  { rules, graph, fromChat, hash }: Speaking,
): Origin {
  const { sentiment, technical, contributions, evidence, texts } = state;
  const origin = modelOrigin(rules.address, {
    graphVersion: graph,
    modelId: rules.modelId,
    side,
    opinions: {
      sentiment,
      texts: texts.length,
      technical,
      contributions,
      forecast: evidence?.forecast ?? null,
    },
    fromChat,
    agentCalls: state.calls,
    toolCalls: evidence?.calls ?? [],
    transcript: hash,
  });
  return origin.taint === 'none' && wasCounted(state) ? { ...origin, taint: 'news' } : origin;
}

/** The runtime or its model was not there, whatever it was asked. */
const UNASKED: readonly (string | null)[] = ['RUNTIME_DOWN', 'MODEL_NOT_FOUND', 'MODEL_NOT_FIT'];

/** Whether a model was shown texts. That it then failed may be what they were written for. */
const wereRead = ({ calls }: DecideValues): boolean =>
  calls.some(({ agent, code }) => agent === 'sentiment' && !UNASKED.includes(code));

/** How much news there was is a measurement that whoever writes news decides. */
const wasCounted = ({ evidence }: DecideValues): boolean =>
  (numberOf(evidence?.facts ?? [], 'last_hour.news') ?? 0) > 0;

export const seenBasis = (basis: Basis, evidence: readonly string[]): SeenBasis => ({
  at: basis.at,
  mid: midOf(basis),
  version: basis.accountVersion,
  evidence,
});

/** What the algorithmic agent looked at, as the firewall can look it up. */
function looked({ at, bookAt, instrument, sequence, candles }: Basis): readonly string[] {
  const last = candles.at(-1);
  return [
    ...(at - bookAt >= SETTLED_MS ? [bookId(instrument.symbol, sequence)] : []),
    ...(last === undefined ? [] : [candleId(last)]),
  ];
}

export const proposalJson = (proposal: OrderProposal | null): Json =>
  proposal === null ? null : proposalCodec.write(proposal);
export const transcriptJson = (transcript: Transcript): Json => plain(transcript);

/** The order that an earlier step wrote. */
export function orderIn(json: unknown): OrderProposal {
  const decoded = decode(proposalCodec, json);
  assert(decoded.ok && decoded.value.kind === 'order', 'what one step wrote, the next can read');
  return decoded.value;
}
