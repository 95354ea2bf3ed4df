/** A verdict in dry run: every rule with what is left of its limit, for whoever shows it. */
import { marginOf, RULES, type Check, type Ppm, type Rule, type Verdict } from '#firewall';
import type { DryVerdict } from '../graphs/contract.ts';
import { shown } from './commands/firewall-values.ts';

const MILLION = 1_000_000;

/** The share of a limit that is not used; null for what is no amount, and for what is simply right or wrong. */
export function leftOf(rule: Rule, check: Check): number | null {
  const { limit } = check;
  if (rule.id.startsWith('A') || (typeof limit !== 'bigint' && typeof limit !== 'number'))
    return null;
  const margin = marginOf(rule, check);
  const left = margin === null ? NaN : Number(margin) / Number(limit);
  return Number.isFinite(left) ? left : null;
}

export const dryVerdictOf = (verdict: Verdict): DryVerdict => ({
  kind: verdict.kind,
  codes:
    verdict.kind === 'held' ? verdict.because : verdict.kind === 'refused' ? verdict.codes : [],
  margins: verdict.checks.flatMap((check, index) => {
    const rule = RULES[index];
    if (rule === undefined) return [];
    const left = leftOf(rule, check);
    return [
      {
        rule: check.rule,
        status: check.status,
        code: check.code,
        observed: check.observed === null ? null : shown(check.observed, rule.unit),
        limit: check.limit === null ? null : shown(check.limit, rule.unit),
        left: left === null ? null : (Math.round(left * MILLION) as Ppm),
      },
    ];
  }),
});
