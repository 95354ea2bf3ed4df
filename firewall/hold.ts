/** When a human must look first, and when one has: consent binds to one exact proposal and ends. */
import type { Mode } from './controls.ts';
import type { Facts } from './facts.ts';

/** The reasons to wait for a human; none when there is no reason, or when a human has agreed to exactly this. */
export function holdsOf(facts: Facts, mode: Mode): readonly string[] {
  const { order, market, notional } = facts;
  if (order === null || mode === 'shadow') return [];
  const { hold } = facts.case.policy;
  const because: string[] = [];
  if (mode === 'review') because.push('MODE_REVIEW');
  // A reducing order is never held for its size: an exit that waits is a risk of its own.
  if (!facts.reducing) {
    if (notional === null || notional > hold.notionalAbove) because.push('NOTIONAL_ABOVE_REVIEW');
    if (market.volatility === null || market.volatility.realised > hold.volatilityAbove)
      because.push('VOLATILITY_ABOVE_REVIEW');
    if (order.confidence < hold.confidenceBelow) because.push('CONFIDENCE_BELOW_REVIEW');
  }
  return because.length > 0 && consented(facts) ? [] : because;
}

function consented({ case: c, now }: Facts): boolean {
  return c.controls.approvals.some(
    (approval) =>
      approval.proposalHash === c.proposalHash &&
      approval.at <= now &&
      now < approval.expiresAt &&
      approval.expiresAt - approval.at <= c.policy.hold.approvalTtlMs,
  );
}
