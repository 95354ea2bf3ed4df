/** What the gate holds in memory: the fold of its ledger, and little else that a restart may lose. */
import { assert, type Policy, type TimeMs } from '#firewall';
import { Fold } from '../ledger/fold.ts';
import type { Entry } from '../ledger/contract.ts';
import { Recent } from '../ledger/recent.ts';
import { DeskFlood } from './desk-flood.ts';

export type GateState = {
  readonly fold: Fold;
  readonly account: string;
  readonly startedAt: TimeMs;
  /** When each unanswered approval was last published by this process. */
  readonly published: Map<string, TimeMs>;
  /** Hashes of bad messages already on record, so that a redelivery is not recorded twice. */
  readonly malformed: Set<string>;
  /** When the latest of them came, and when a flood of them was last noted. */
  readonly malformedAt: Recent<TimeMs>;
  floodNotedAt: TimeMs | null;
  readonly deskFlood: DeskFlood;
  /** Since when equity could not be computed. */
  equityUnknownSince: TimeMs | null;
};

export const emptyGate = (account: string, startedAt: TimeMs): GateState => ({
  fold: new Fold(),
  account,
  startedAt,
  published: new Map(),
  malformed: new Set(),
  malformedAt: new Recent((at) => at),
  floodNotedAt: null,
  deskFlood: new DeskFlood(),
  equityUnknownSince: null,
});

/** The policy in force by the ledger; a gate without one does not start. */
export function policyOf({ fold }: GateState): Policy {
  assert(fold.policy !== null, 'a gate judges by a policy on record');
  return fold.policy;
}

/** Bad messages remembered; an older one that comes again is simply recorded again. */
const MALFORMED_MAX = 10_000;

/** More bad messages than this in an hour are an attack on the disk: they are noted as one and not recorded one by one. */
export const FLOOD = 'MALFORMED_FLOOD';
export const FLOOD_WINDOW_MS = 3_600_000;
export const FLOOD_MAX = 600;

/** The only way in which what is known changes: an entry that is durable. */
export function absorb(state: GateState, entry: Entry): void {
  state.fold.apply(entry);
  const { event } = entry;
  state.deskFlood.absorb(event);
  if (event.kind === 'malformed') {
    state.malformed.add(event.payloadHash);
    state.malformedAt.push(event.at);
    state.malformedAt.prune((event.at - FLOOD_WINDOW_MS) as TimeMs);
    const [oldest] = state.malformed;
    if (state.malformed.size > MALFORMED_MAX && oldest !== undefined)
      state.malformed.delete(oldest);
  }
  if (event.kind === 'noted' && event.code === FLOOD) state.floodNotedAt = event.at;
  if (event.kind === 'outcome') state.published.delete(event.approvalId);
}
