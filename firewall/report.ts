/** The policy as a report: every row of the specification with what it demands, its limits in force, and why. */
import type { Json } from './codec.ts';
import { CASE_MALFORMED } from './judge.ts';
import { limitsAt, sectionOf, type Policy } from './policy.ts';
import type { Breach, Rule, Unit } from './rule.ts';
import { RULES } from './rules.ts';
import { SIGNER_ROWS } from './signer-rows.ts';
import type { TimeMs } from './units.ts';
import type { Check, Value } from './verdict.ts';

export type ReportRow = Readonly<{
  id: string;
  /** Letter of the family. */
  family: string;
  name: string;
  code: string;
  title: string;
  /** Where the rule lives when it is not a rule of the gate; empty for those of the gate. */
  where: readonly string[];
  /** Why the row cannot apply here; null when it judges. */
  notApplicable: string | null;
  rule: RuleRow | null;
}>;

/** What only a rule of the gate has. */
export type RuleRow = Readonly<{
  section: string;
  unit: Unit;
  bound: Rule['bound'];
  breach: Breach;
  reducing: Rule['reducing'];
  cancels: boolean;
  /** The limits in force, as the policy file spells them. */
  limits: Readonly<Record<string, Json>>;
  why: string;
  temporary: Readonly<{ until: TimeMs; by: string; why: string }> | null;
}>;

/** All rows in the order of the specification; what cannot apply is there too, with its reason. */
export function policyReport(policy: Policy, now: TimeMs): readonly ReportRow[] {
  const limits = limitsAt(policy, now);
  const gate = RULES.map((rule, index): ReportRow => {
    const { id, name, code, title, notApplicable } = rule;
    const row = { id, family: id.slice(0, 1), name, code, title, where: [], notApplicable };
    if (notApplicable !== null) return { ...row, rule: null };
    const change = policy.temporary.findLast((each) => each.index === index && now < each.until);
    return {
      ...row,
      rule: {
        section: sectionOf(rule),
        unit: rule.unit,
        bound: rule.bound,
        breach: rule.breach,
        reducing: rule.reducing,
        cancels: rule.cancels,
        limits: spelled(rule, limits[index] ?? {}),
        why: policy.why[index] ?? '',
        temporary:
          change === undefined ? null : { until: change.until, by: change.by, why: change.why },
      },
    };
  });
  const signer = SIGNER_ROWS.map((row): ReportRow => ({
    ...row,
    family: row.id.slice(0, 1),
    rule: null,
  }));
  return [...gate, ...signer];
}

const spelled = (
  rule: Rule,
  limits: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.entries(rule.params).map(([key, param]) => [key, param.codec.write(limits[key])]),
  );

/** How far the observed value is from its limit, positive inside; null where the two are not ordered. */
export function marginOf(rule: Pick<Rule, 'bound'>, check: Check): bigint | number | null {
  if (check.status === 'na' || rule.bound === 'none') return null;
  const margin = difference(check.limit, check.observed);
  if (margin === null) return null;
  const signed =
    rule.bound === 'max' ? margin : typeof margin === 'bigint' ? 0n - margin : 0 - margin;
  // A refusal that lies inside this bound was for another reason, which its note names.
  return check.status === 'fail' && signed >= 0 ? null : signed;
}

function difference(one: Value, other: Value): bigint | number | null {
  if (typeof one === 'bigint' && typeof other === 'bigint') return one - other;
  return typeof one === 'number' && typeof other === 'number' ? one - other : null;
}

export type CodeRow = Readonly<{ code: string; rule: string | null; meaning: string }>;

/** Every stable code that a refusal or a hold of the gate can carry. */
export function refusalCodes(): readonly CodeRow[] {
  const judged = RULES.filter((rule) => rule.notApplicable === null);
  const rows = judged.flatMap((rule): CodeRow[] => [
    { code: rule.code, rule: rule.id, meaning: `not so: ${rule.title}` },
    { code: rule.codeMissing, rule: rule.id, meaning: 'an input of this rule is unknown' },
  ]);
  return [
    {
      code: CASE_MALFORMED,
      rule: null,
      meaning: 'a view, the controls or the policy was no value of its kind',
    },
    ...rows,
    ...HOLDS,
  ];
}

/** Appended to a rule's code when the check itself failed. */
export const CHECK_THREW = '_CHECK_THREW';

const HOLDS: readonly CodeRow[] = [
  { code: 'MODE_REVIEW', rule: null, meaning: 'held: the mode sends every order to a human first' },
  {
    code: 'NOTIONAL_ABOVE_REVIEW',
    rule: null,
    meaning: 'held: the order is larger than a human wants to see first',
  },
  {
    code: 'VOLATILITY_ABOVE_REVIEW',
    rule: null,
    meaning: 'held: the market moves more than a human wants to see first',
  },
  {
    code: 'CONFIDENCE_BELOW_REVIEW',
    rule: null,
    meaning: 'held: the agent is less sure than a human wants to see first',
  },
];
