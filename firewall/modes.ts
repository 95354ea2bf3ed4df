/** Which mode and which trading state a case is under: the strictest of every scope that it lies in. */
import { MODES, TRADING_STATES, type Mode, type Scope, type TradingState } from './controls.ts';
import type { Proposal } from './proposal.ts';
import type { Case } from './verdict.ts';

/** Whether a setting of a scope speaks about this proposal. */
export function concerns(proposal: Proposal, scope: Scope, key: string): boolean {
  return scope === 'global' || nameIn(proposal)[scope] === key;
}

const nameIn = (proposal: Proposal): Readonly<Record<Exclude<Scope, 'global'>, string>> => ({
  venue: proposal.venue,
  account: proposal.account,
  strategy: proposal.provenance.strategy,
  symbol: proposal.symbol,
  agent: proposal.provenance.agent,
});

/** The strictest latched state over the proposal; null when the latches are not known. */
export function stateOf({ proposal, controls }: Case): TradingState | null {
  if (controls.latches === null) return null;
  let strictest = 0;
  for (const latch of controls.latches)
    if (concerns(proposal, latch.scope, latch.key))
      strictest = Math.max(strictest, TRADING_STATES.indexOf(latch.state));
  return TRADING_STATES[strictest] ?? null;
}

/** The strictest mode over the proposal; unknown modes send nothing. */
export function modeOf({ proposal, controls }: Case): Mode {
  if (controls.modes === null) return 'shadow';
  let strictest = 0;
  for (const setting of controls.modes)
    if (concerns(proposal, setting.scope, setting.key))
      strictest = Math.max(strictest, MODES.indexOf(setting.mode));
  return MODES[strictest] ?? 'shadow';
}
