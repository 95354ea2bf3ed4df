/** Judges one opened proposal and makes the one record of it: verdict, what it sets off, and the sealed approval. */
import {
  approvalCodec,
  approvalIdOf,
  hashOf,
  judge,
  marketViewCodec,
  textOf,
  unseen,
  type AccountView,
  type Approval,
  type Case,
  type MarketView,
  type Runtime,
  type TimeMs,
  type Verdict,
} from '#firewall';
import { summaryOf } from '../ledger/capsule.ts';
import { unresolvedSymbols } from '../ledger/account-view-of.ts';
import type { LedgerEvent } from '../ledger/contract.ts';
import type { Sealer } from './contract.ts';
import { policyOf, type GateState } from './gate-state.ts';
import type { SealedProposal } from './messages.ts';

/** The gate's own measurements at the moment of decision. */
export type Sensed = Readonly<{
  now: TimeMs;
  /** Null when the feed does not know the symbol. */
  market: MarketView | null;
  runtime: Omit<Runtime, 'stateVersion' | 'reconciliation' | 'unresolved'>;
  /** 32 hex digits, never used before. */
  nonce: string;
}>;

type Decision = Extract<LedgerEvent, { kind: 'decision' }>;

export function decide(
  state: GateState,
  { proposal, hash, signature }: SealedProposal,
  sensed: Sensed,
  sealer: Sealer,
): Readonly<{ decision: Decision; verdict: Verdict }> {
  const { now } = sensed;
  const market = sensed.market ?? unseen(proposal.symbol, now);
  const runtime = runtimeOf(state, sensed);
  const operatorExit = state.fold.controls.exitAsked(hash, now);
  const measured = { proposal, proposalHash: hash, market, runtime, operatorExit, now };
  const judged = state.fold.caseOf(measured, policyOf(state));
  const verdict = judge(judged);
  const approval = sends(state, verdict, judged) ? approvalOf(state, judged, sensed) : null;
  const decision: Decision = {
    kind: 'decision',
    at: now,
    proposal,
    proposalHash: hash,
    signature,
    market,
    runtime,
    operatorExit,
    verdict: summaryOf(verdict),
    effects: verdict.effects,
    approval,
    approvalSignature:
      approval === null ? null : sealer.seal('approval', textOf(approvalCodec, approval)).signature,
  };
  return { decision, verdict };
}

/** A shadow verdict is recorded and sends nothing. One approval per proposal, ever, whatever the rules say. */
const sends = (state: GateState, verdict: Verdict, { proposalHash }: Case): boolean =>
  verdict.kind === 'approved' &&
  verdict.mode !== 'shadow' &&
  !state.fold.account.approvals.has(approvalIdOf(proposalHash));

/** What only the gate itself can know is filled in here, at the moment of the decision. */
export const runtimeOf = (
  state: GateState,
  { now, runtime }: Pick<Sensed, 'now' | 'runtime'>,
): Runtime => ({
  ...runtime,
  stateVersion: state.fold.account.version,
  reconciliation: state.fold.account.reconciliation ?? {
    status: 'pending',
    since: state.startedAt,
    checkedAt: state.startedAt,
  },
  unresolved: unresolvedSymbols(state.fold.account, now),
});

function approvalOf(
  state: GateState,
  { proposal, proposalHash, market, account, policy }: Case,
  { now, nonce }: Sensed,
): Approval {
  return {
    kind: 'approval',
    sequence: state.fold.account.approvalSequence + 1,
    id: approvalIdOf(proposalHash),
    proposalId: proposal.id,
    proposalHash,
    policyHash: policy.hash,
    marketHash: hashOf(marketViewCodec, market),
    ...stateOf(account),
    account: proposal.account,
    venue: proposal.venue,
    network: proposal.network,
    symbol: proposal.symbol,
    nonce,
    notBefore: now,
    expiresAt: (now + policy.approvalTtlMs) as TimeMs,
  };
}

const stateOf = ({ ledgerHead, version }: AccountView) => ({ ledgerHead, stateVersion: version });
