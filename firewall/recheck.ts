/** The rules that the vault judges again before it signs: the same rules, the same engine, no account view. */
import type { AccountView } from './account-view.ts';
import type { Controls, TradingState } from './controls.ts';
import { factsOf } from './facts.ts';
import { answer, CASE_MALFORMED } from './judge.ts';
import type { MarketView } from './market-view.ts';
import { limitsAt, type Policy } from './policy.ts';
import type { Proposal } from './proposal.ts';
import { RULES } from './rules.ts';
import { RECHECKED } from './signer-rows.ts';
import type { Hash, TimeMs } from './units.ts';
import type { Check } from './verdict.ts';

export type RecheckInput = Readonly<{
  proposal: Proposal;
  /** The freshest view of the proposal's symbol. */
  market: MarketView;
  policy: Policy;
  /** The vault's own latched state. */
  state: TradingState;
  /**
   * Whether the order can only reduce. The vault cannot compute it: it passes `true` only where the venue is
   * bound to it by what is signed (`reduceOnly`), and otherwise `false`, which is the stricter.
   */
  reducing: boolean;
  now: TimeMs;
}>;

const NO_HASH = '0'.repeat(64) as Hash;

const rechecked = RECHECKED.map((id) => ({ id, index: RULES.findIndex((rule) => rule.id === id) }));

/** One check per rule, in their order. Total: what cannot be read is refused by all of them. */
export function recheck(input: RecheckInput): readonly Check[] {
  try {
    return weigh(input);
  } catch {
    return RECHECKED.map((id) =>
      refused(id, CASE_MALFORMED, 'the proposal, the market or the policy'),
    );
  }
}

function weigh(input: RecheckInput): readonly Check[] {
  const { proposal, policy, reducing, now } = input;
  // A view of another market says nothing about this order, so it is as good as no view.
  const market =
    input.market.symbol === proposal.symbol
      ? input.market
      : { ...input.market, instrument: null, book: null, motion: null, reference: null };
  const facts = factsOf({
    proposal,
    proposalHash: NO_HASH,
    market,
    account: unseen(proposal, policy, now),
    controls: latched(input),
    policy,
    now,
  });
  const limits = limitsAt(policy, now);
  const judged = { ...facts, reducing: reducing && proposal.kind === 'order' };
  return rechecked.map(({ id, index }) => {
    const rule = RULES[index];
    // A rule that is not there has not said yes.
    return rule === undefined
      ? refused(id, 'RECHECK_RULE_ABSENT', 'no such rule')
      : answer(rule, judged, limits[index]);
  });
}

const refused = (id: string, code: string, note: string): Check => ({
  rule: id,
  status: 'fail',
  code,
  observed: null,
  limit: null,
  maxQty: null,
  note,
  retryAfterMs: null,
});

/** True when none of the checks refuses. */
export const recheckPasses = (checks: readonly Check[]): boolean =>
  checks.length === RECHECKED.length && checks.every((check) => check.status !== 'fail');

/** An account of which nothing is known, so that a rule that needs one refuses. */
const unseen = (proposal: Proposal, policy: Policy, now: TimeMs): AccountView => ({
  account: proposal.account,
  venue: proposal.venue,
  network: proposal.network,
  currency: policy.currency,
  asOf: now,
  version: 0,
  ledgerHead: NO_HASH,
  equity: null,
  equityFault: false,
  cash: null,
  free: null,
  balances: {},
  marginUsed: null,
  maintenance: null,
  positions: null,
  working: null,
  marks: null,
  day: null,
  strategies: {},
  decisions: null,
  trades: null,
  fills: null,
  flow: null,
  decidedBefore: null,
  unexplained: null,
});

const latched = ({ state, now }: RecheckInput): Controls => ({
  latches: [{ scope: 'global', key: '*', state, reason: 'vault', by: 'vault', at: now }],
  locks: [],
  modes: null,
  desks: null,
  models: null,
  arms: [],
  approvals: [],
  blackouts: null,
  operatorExit: false,
  runtime: {
    publicStreamAt: null,
    privateStreamAt: null,
    deadManArmed: null,
    auditDurable: null,
    reconciliation: null,
    unresolved: null,
    host: null,
    apiWeightLeft: null,
    builds: null,
    stateVersion: null,
    policyApproved: null,
  },
});
