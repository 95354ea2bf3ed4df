/** Which mode and which trading state a case is under: the strictest of every scope that it lies in. */
import { MODES, TRADING_STATES, type Mode, type Scope, type TradingState } from './controls.ts';
import type { Proposal } from './proposal.ts';
import type { TimeMs } from './units.ts';
import type { Case } from './verdict.ts';

type Governed = Pick<Case, 'proposal' | 'controls' | 'now'>;

/** Whether a setting of a scope speaks about this proposal. */
export function concerns(proposal: Proposal, scope: Scope, key: string): boolean {
  switch (scope) {
    case 'venue':
      return proposal.venue === key;
    case 'account':
      return proposal.account === key;
    case 'strategy':
      return proposal.provenance.strategy === key;
    case 'symbol':
      return proposal.symbol === key;
    case 'agent':
      return proposal.provenance.agent === key;
    case 'global':
    default:
      // A scope that this build does not know covers everything, as the global one does.
      return true;
  }
}

/** A lock holds until its moment; without one, until a human ends it. */
const holds = (until: TimeMs | null, now: TimeMs): boolean => until === null || !(now >= until);

const REDUCE_ONLY = TRADING_STATES.indexOf('REDUCE_ONLY');

/** The strictest state over the proposal, a lock being reduce-only for its time; null when it is not known. */
export function stateOf({ proposal, controls, now }: Governed): TradingState | null {
  const { latches, locks } = controls;
  if (latches === null || locks === null) return null;
  let strictest = 0;
  for (const latch of latches) {
    if (!concerns(proposal, latch.scope, latch.key)) continue;
    const state = TRADING_STATES.indexOf(latch.state);
    if (state === -1) return null;
    if (state > strictest) strictest = state;
  }
  for (const lock of locks)
    if (
      strictest < REDUCE_ONLY &&
      holds(lock.until, now) &&
      concerns(proposal, lock.scope, lock.key)
    )
      strictest = REDUCE_ONLY;
  return TRADING_STATES[strictest] ?? null;
}

/** Why the proposal is under that state: the reason of the first latch or lock that put it there. */
export function reasonOf({ proposal, controls, now }: Governed, state: TradingState): string {
  const latch = controls.latches?.find(
    (held) => held.state === state && concerns(proposal, held.scope, held.key),
  );
  if (latch !== undefined) return `${latch.scope} ${latch.key}: ${latch.reason}`;
  const lock = controls.locks?.find(
    (held) => holds(held.until, now) && concerns(proposal, held.scope, held.key),
  );
  return lock === undefined ? state : `${lock.scope} ${lock.key}: ${lock.code}`;
}

/** The strictest mode over the proposal; unknown modes send nothing. */
export function modeOf({ proposal, controls }: Pick<Case, 'proposal' | 'controls'>): Mode {
  if (controls.modes === null) return 'shadow';
  let strictest = 0;
  for (const setting of controls.modes) {
    if (!concerns(proposal, setting.scope, setting.key)) continue;
    const mode = MODES.indexOf(setting.mode);
    if (mode === -1) return 'shadow';
    if (mode > strictest) strictest = mode;
  }
  return MODES[strictest] ?? 'shadow';
}
