/** Account, controls and policy together, folded from one ledger; and the case that a proposal makes with them. */
import {
  type Case,
  type Hash,
  type MarketView,
  type Policy,
  type Proposal,
  type Reference,
  type Runtime,
  type TimeMs,
} from '#firewall';
import { applyToAccount } from './account-fold.ts';
import { emptyAccount, type AccountState } from './account-state.ts';
import { accountView } from './account-view-of.ts';
import type { Entry } from './contract.ts';
import { ControlsFold } from './controls-fold.ts';
import { NO_HEAD, type Head } from './head-anchor.ts';

/** What a decision is made on that cannot be folded: recorded by value beside it. */
export type Measured = Readonly<{
  proposal: Proposal;
  proposalHash: Hash;
  market: MarketView;
  runtime: Runtime;
  operatorExit: boolean;
  now: TimeMs;
}>;

/** Owned by one lane, changed only by `apply`. The gate, the audit and the capsule all judge through it. */
export class Fold {
  readonly account: AccountState = emptyAccount();
  readonly controls = new ControlsFold();
  #head: Head = NO_HEAD;

  apply(entry: Entry): void {
    applyToAccount(this.account, entry);
    this.controls.apply(entry);
    this.#head = { sequence: entry.sequence, hash: entry.hash };
  }

  /** The policy in force by the ledger; null before the first, and when it is none that this build understands. */
  get policy(): Policy | null {
    return this.account.windows.policy;
  }

  get head(): Head {
    return this.#head;
  }

  view(
    now: TimeMs,
    marks: Readonly<Record<string, Reference>>,
    proposal: Readonly<{ id: string; hash: Hash }> | null,
  ) {
    return accountView(this.account, { now, marks, head: this.#head.hash, proposal });
  }

  caseOf(measured: Measured, policy: Policy): Case {
    const { proposal, proposalHash, market, runtime, operatorExit, now } = measured;
    return {
      proposal,
      proposalHash,
      market,
      account: this.view(now, market.marks, { id: proposal.id, hash: proposalHash }),
      controls: { ...this.controls.standing(now), operatorExit, runtime },
      policy,
      now,
    };
  }
}
