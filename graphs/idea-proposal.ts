/** From a person's idea to the very proposal that is put to them: their numbers, our rounding, and everyone's true vote. */
import {
  formatFixed,
  hashText,
  parseFixed,
  proposalCodec,
  textOf,
  type Hash,
  type Json,
  type Ppm,
  type Vote,
} from '#firewall';
import type { Level, Plan } from '../agents/contract.ts';
import { orderOf, type OrderCode } from '../agents/order.ts';
import { modelOrigin, proposalOf } from '../agents/proposal.ts';
import { basisOf, midOf, type Basis } from './basis.ts';
import type { ReviewPorts } from './contract.ts';
import type { Idea } from './idea.ts';
import type { ReviewValues } from './review-state.ts';
import { seenBasis, transcriptHashOf, transcriptJson, transcriptOf } from './transcript.ts';

export const REVIEW_GRAPH = 'review-1';
/** A person is not asked how sure they are. */
const CONFIDENCE = 50;

export type IdeaProposal =
  | Readonly<{ ok: true; json: Json; hash: Hash; transcript: Json }>
  | Readonly<{ ok: false; code: OrderCode }>;

export function proposalOfIdea(
  state: ReviewValues,
  { rules, clock }: Pick<ReviewPorts, 'rules' | 'clock'>,
): IdeaProposal {
  const { idea, request } = state;
  if (idea === null) return { ok: false, code: 'NOTHING_TO_DO' };
  const basis = basisOf(state);
  const { plan, levels } = planned(idea, basis);
  const size = (idea.size ?? rules.sizing.size) as Ppm;
  const made = orderOf({ plan, levels, sight: basis, sizing: { ...rules.sizing, size } });
  if (!made.ok) return made;
  const { intent } = made;
  const end = { kind: 'propose', by: 'person', plan, horizonMs: intent.horizonMs } as const;
  const transcript = {
    ...transcriptOf(state, end, REVIEW_GRAPH),
    plan: { idea: { ...idea }, opinion: state.plan },
  };
  const heard = state.calls.some(({ code }) => code === null);
  const origin = modelOrigin(rules.address, {
    graphVersion: REVIEW_GRAPH,
    modelId: rules.modelId,
    side: intent.side,
    opinions: {
      sentiment: state.sentiment,
      texts: state.texts.length,
      technical: state.technical,
      forecast: state.evidence?.forecast ?? null,
      contributions: state.contributions,
    },
    fromChat: true,
    agentCalls: state.calls,
    toolCalls: state.evidence?.calls ?? [],
    transcript: transcriptHashOf(transcript),
  });
  const proposal = proposalOf({
    id: request.id,
    createdAt: clock.now(),
    address: { ...rules.address, symbol: idea.symbol },
    intent,
    basis: seenBasis(basis, state.evidence?.ids ?? []),
    // No model stands behind what none of them had a word in.
    origin: {
      ...origin,
      modelId: heard ? rules.modelId : null,
      votes: votesOf(state, origin.votes, intent.side),
    },
  });
  return {
    ok: true,
    json: proposalCodec.write(proposal),
    hash: hashText(textOf(proposalCodec, proposal)),
    transcript: transcriptJson(transcript),
  };
}

/** Where a person names no target: as far again on the other side, twice. */
const REWARD = 2n;

/** The idea as a plan whose levels are the person's own. */
function planned(
  { action, stop, target, horizon }: Idea,
  basis: Basis,
): Readonly<{ plan: Plan; levels: readonly Level[] }> {
  const mid = midOf(basis);
  const risked = mid - (parseFixed(stop) ?? mid);
  const hoped = target ?? (action === 'exit' ? null : formatFixed(mid + risked * REWARD));
  const levels = [
    ...(stop === null ? [] : [{ name: 'idea_stop', price: stop }]),
    ...(hoped === null ? [] : [{ name: 'idea_target', price: hoped }]),
  ];
  const plan: Plan = {
    action,
    thesis: action === 'exit' ? 'risk' : 'event',
    confidence: CONFIDENCE,
    size: 'full',
    horizon,
    stop: stop === null ? 'none' : 'idea_stop',
    target: hoped === null ? 'none' : 'idea_target',
  };
  return { plan, levels };
}

/** The planner's vote is what it said, not what the person wants. */
function votesOf(
  { plan }: ReviewValues,
  votes: readonly Vote[],
  side: Vote['side'],
): readonly Vote[] {
  const analysts = votes.filter(({ agent }) => agent !== 'planner');
  const opposite = side === 'buy' ? 'sell' : 'buy';
  const planner = { long: 'buy', short: 'sell', none: 'none', exit: opposite } as const;
  return [
    ...analysts,
    ...(plan === null ? [] : [{ agent: 'planner', side: planner[plan.action] }]),
    { agent: 'person', side },
  ];
}
