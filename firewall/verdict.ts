/** What the gate answers: every rule with its numbers, and what follows. Nobody needs to parse a sentence. */
import type { AccountView } from './account-view.ts';
import type { Controls, Mode, Scope, TradingState } from './controls.ts';
import type { MarketView } from './market-view.ts';
import type { Policy } from './policy.ts';
import type { Proposal } from './proposal.ts';
import type { Hash, Qty, SpanMs, TimeMs } from './units.ts';

declare const approved: unique symbol;
/** Only `judge` can mint one. The brand dies at the queue, so the signer judges again. */
export type ApprovedOrder = Proposal & { readonly [approved]: true };

/** Everything a verdict depends on. Equal cases give equal verdicts, on any machine, at any time. */
export type Case = Readonly<{
  proposal: Proposal;
  /** Hash of the proposal's canonical text. */
  proposalHash: Hash;
  market: MarketView;
  account: AccountView;
  controls: Controls;
  policy: Policy;
  now: TimeMs;
}>;

export type Value = bigint | number | string | boolean | null;
export const STATUSES = ['pass', 'fail', 'na'] as const;

export type Check = Readonly<{
  /** Row of the specification, such as `E2`. */
  rule: string;
  status: (typeof STATUSES)[number];
  /** Stable refusal code; null unless the check failed. */
  code: string | null;
  observed: Value;
  limit: Value;
  /** Largest quantity of this order that this rule alone would let pass, where there is one. */
  maxQty: Qty | null;
  /** Why a check does not apply, or which input is missing. */
  note: string | null;
  /** For a throttle: when it is worth asking again. */
  retryAfterMs: SpanMs | null;
}>;

/** What a breach does beyond refusing this proposal. Applied, durably, by whoever runs the gate. */
export type Effect =
  | Readonly<{ kind: 'latch'; scope: Scope; key: string; state: TradingState; code: string }>
  | Readonly<{ kind: 'lock'; scope: Scope; key: string; code: string; until: TimeMs | null }>;

type Judged = Readonly<{
  /** Whether the order can only make the worst-case exposure smaller; computed, never claimed. */
  reducing: boolean;
  /** The smallest of the rules' largest quantities; null when no rule bounds it. */
  maxQty: Qty | null;
  checks: readonly Check[];
  effects: readonly Effect[];
}>;

export type Verdict =
  | (Judged & Readonly<{ kind: 'approved'; order: ApprovedOrder; mode: Mode }>)
  | (Judged & Readonly<{ kind: 'held'; for: 'human'; because: readonly string[] }>)
  | (Judged & Readonly<{ kind: 'refused'; codes: readonly string[] }>);
