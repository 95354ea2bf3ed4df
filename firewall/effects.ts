/** What a breach leaves behind, and whether it is already in force. */
import { TRADING_STATES, type Controls, type Scope, type TradingState } from './controls.ts';
import type { Facts } from './facts.ts';
import type { RuleText } from './rule.ts';
import type { TimeMs } from './units.ts';
import type { Effect } from './verdict.ts';

export const latch = (self: RuleText, scope: Scope, key: string, state: TradingState): Effect => ({
  kind: 'latch',
  scope,
  key,
  state,
  code: self.code,
});

/** A lock that a moment ends; null means that only a human ends it. */
export const lock = (self: RuleText, scope: Scope, key: string, until: TimeMs | null): Effect => ({
  kind: 'lock',
  scope,
  key,
  code: self.code,
  until,
});

/** For a rule whose breach always tightens the whole account in the same way. */
export const latchesAccount =
  (state: TradingState) =>
  ({ account }: Facts, _limits: unknown, self: RuleText): Effect =>
    latch(self, 'account', account.account, state);

/** Said by rules whose breach tightens to reduce-only: what reduces stays open. */
export const EXIT_OPEN = 'the breach only stops new risk';
export const EXIT_ASKED = 'a human asked for this very exit';

/** A breach that halts leaves one way out, the same as H1's: a reducing order that a human asked for. */
export const exitAsked = ({ reducing, case: { controls } }: Facts): boolean =>
  reducing && controls.operatorExit;

/** Whether the controls already hold what the effect would do, so that it need not be written again. */
export function inForce(effect: Effect, { latches, locks }: Controls, now: TimeMs): boolean {
  if (effect.kind === 'latch')
    return (latches ?? []).some(
      (held) =>
        held.scope === effect.scope &&
        held.key === effect.key &&
        TRADING_STATES.indexOf(held.state) >= TRADING_STATES.indexOf(effect.state),
    );
  const { until } = effect;
  return (locks ?? []).some(
    (held) =>
      held.scope === effect.scope &&
      held.key === effect.key &&
      held.code === effect.code &&
      (held.until === null || (held.until > now && until !== null && held.until >= until)),
  );
}
