/** The purse of one decision: calls, tokens and time, counted before they are spent where that is possible. */
import type { Budget, Purse } from './contract.ts';

/** `now` is a clock in milliseconds that never runs backwards. */
export function openPurse(budget: Budget, now: () => number): Purse {
  const began = now();
  let calls = 0;
  let tokens = 0;
  const msLeft = (): number => Math.max(0, Math.floor(budget.ms - (now() - began)));
  const empty = (): ReturnType<Purse['empty']> => {
    if (calls >= budget.calls) return 'BUDGET_CALLS';
    if (tokens >= budget.tokens) return 'BUDGET_TOKENS';
    return msLeft() === 0 ? 'BUDGET_SECONDS' : null;
  };
  return {
    empty,
    msLeft,
    take() {
      const out = empty();
      if (out === null) calls += 1;
      return out;
    },
    pay(call) {
      tokens += call.tokens;
    },
  };
}
