/** How a decision changes an account: what was decided, what is held for a human, and what is reserved. */
import {
  clientIdOf,
  impactPpm,
  ratioPpm,
  SCALE,
  type MarketView,
  type Money,
  type Ppm,
  type Price,
  type Proposal,
  type Qty,
  type RecentDecision,
  type TimeMs,
} from '#firewall';
import { rateOf, strategyOf, termsOf, type AccountState } from './account-state.ts';
import type { LedgerEvent } from './contract.ts';
import type { OrderState } from './orders.ts';
import { paid, termsFrom } from './worth.ts';

type Decision = Extract<LedgerEvent, { kind: 'decision' }>;

export function applyDecision(state: AccountState, event: Decision, sequence: number): void {
  const { proposal, proposalHash, market, verdict, approval } = event;
  if (market.instrument !== null) state.terms.set(market.symbol, termsFrom(market.instrument));
  for (const [currency, rate] of Object.entries(market.rates))
    state.rates.set(currency, rate.factor);
  state.decisions.push(recentOf(state, event));
  const before = state.decided.get(proposal.id);
  if (before === undefined || (before.kind === 'held' && before.hash === proposalHash))
    state.decided.set(proposal.id, {
      hash: proposalHash,
      sequence,
      kind: verdict.kind,
      approvalId: approval?.id ?? null,
    });
  state.held.delete(proposalHash);
  if (verdict.kind === 'held')
    state.held.set(proposalHash, {
      at: event.at,
      proposal,
      hash: proposalHash,
      signature: event.signature,
    });
  if (approval === null || event.approvalSignature === null) return;
  state.version += 1;
  state.approvalSequence = Math.max(state.approvalSequence, approval.sequence);
  state.approvals.add(approval.id);
  state.unanswered.set(approval.id, {
    approval,
    approvalSignature: event.approvalSignature,
    proposal,
    signature: event.signature,
  });
  if (proposal.kind === 'cancel') {
    state.cancels.push(state.now);
    state.counts.cancel(state.now, proposal.symbol);
    return;
  }
  state.counts.order(state.now, proposal.symbol, proposal.provenance.strategy);
  strategyOf(state, proposal.provenance.strategy);
  const order = reservation(proposal, market, approval);
  state.orders.set(order.clientId, order);
  state.byApproval.set(order.approvalId, order);
  state.live.set(order.approvalId, order);
}

type OrderProposal = Extract<Proposal, { kind: 'order' }>;

/** The worst price the order may trade at: its limit, or the far touch that was judged. */
const priceOf = (order: OrderProposal, market: MarketView): Price =>
  order.limitPrice ??
  (order.side === 'buy' ? market.book?.asks[0] : market.book?.bids[0])?.price ??
  (0n as Price);

function reservation(
  proposal: OrderProposal,
  market: MarketView,
  approval: Readonly<{ id: string; notBefore: TimeMs; expiresAt: TimeMs }>,
): OrderState {
  return {
    approvalId: approval.id,
    clientId: clientIdOf(approval.id),
    symbol: proposal.symbol,
    strategy: proposal.provenance.strategy,
    side: proposal.side,
    qty: proposal.qty,
    filled: 0n,
    price: priceOf(proposal, market),
    reduceOnly: proposal.reduceOnly,
    stopPrice: proposal.stopPrice,
    placedAt: approval.notBefore,
    expiresAt: approval.expiresAt,
    state: 'reserved',
    end: null,
    endCode: null,
    endedAt: null,
    endSaidAt: null,
    heard: 0,
    ...modelOf(proposal.qty, market),
  };
}

/** What taking this quantity should cost against the middle price: half the spread and the impact of the one cost model. */
function modelOf(
  qty: Qty,
  { book, volume, instrument }: MarketView,
): Pick<OrderState, 'mid' | 'modelled'> {
  const bid = book?.bids[0]?.price;
  const ask = book?.asks[0]?.price;
  if (bid === undefined || ask === undefined || volume === null || instrument === null)
    return { mid: null, modelled: null };
  const mid = ((bid + ask) / 2n) as Price;
  const half = ratioPpm(ask - bid, mid * 2n);
  const impact = impactPpm(qty, volume.dayQty, instrument.costs);
  if (half === null || impact === null) return { mid, modelled: null };
  return { mid, modelled: (half + impact) as Ppm };
}

function recentOf(state: AccountState, event: Decision): RecentDecision {
  const { proposal, market, verdict } = event;
  const order = proposal.kind === 'order' ? proposal : null;
  const price = order === null ? (0n as Price) : priceOf(order, market);
  const terms = termsOf(state, proposal.symbol);
  const notional =
    order === null ? 0n : paid(order.qty * price, terms, rateOf(state, terms.quote) ?? ONE);
  return {
    at: state.now,
    proposalId: proposal.id,
    desk: proposal.provenance.desk,
    strategy: proposal.provenance.strategy,
    agent: proposal.provenance.agent,
    symbol: proposal.symbol,
    kind: proposal.kind,
    side: order?.side ?? null,
    type: order?.type ?? null,
    qty: order?.qty ?? (0n as Qty),
    price,
    notional: notional as Money,
    // In shadow mode a yes sends nothing, so it uses up nothing either.
    verdict: verdict.kind === 'approved' && event.approval === null ? 'held' : verdict.kind,
    reducing: verdict.reducing,
  };
}
const ONE = SCALE as NonNullable<ReturnType<typeof rateOf>>;
