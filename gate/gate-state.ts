/** What the gate holds in memory: the fold of its ledger, and little else that a restart may lose. */
import { assert, type Policy, type TimeMs } from '#firewall';
import { Fold } from '../ledger/fold.ts';
import type { Entry } from '../ledger/contract.ts';

export type GateState = {
  readonly fold: Fold;
  readonly account: string;
  readonly startedAt: TimeMs;
  /** When each unanswered approval was last published by this process. */
  readonly published: Map<string, TimeMs>;
  /** Hashes of bad messages already on record, so that a redelivery is not recorded twice. */
  readonly malformed: Set<string>;
  /** Since when equity could not be computed. */
  equityUnknownSince: TimeMs | null;
};

export const emptyGate = (account: string, startedAt: TimeMs): GateState => ({
  fold: new Fold(),
  account,
  startedAt,
  published: new Map(),
  malformed: new Set(),
  equityUnknownSince: null,
});

/** The policy in force by the ledger; a gate without one does not start. */
export function policyOf({ fold }: GateState): Policy {
  assert(fold.policy !== null, 'a gate judges by a policy on record');
  return fold.policy;
}

/** Bad messages remembered; an older one that comes again is simply recorded again. */
const MALFORMED_MAX = 10_000;

/** The only way in which what is known changes: an entry that is durable. */
export function absorb(state: GateState, entry: Entry): void {
  state.fold.apply(entry);
  const { event } = entry;
  if (event.kind === 'malformed') {
    state.malformed.add(event.payloadHash);
    const [oldest] = state.malformed;
    if (state.malformed.size > MALFORMED_MAX && oldest !== undefined)
      state.malformed.delete(oldest);
  }
  if (event.kind === 'outcome') state.published.delete(event.approvalId);
}
