/** Runs the proofs: each rule must pass its own limit and refuse one step past it, under the policy that is loaded. */
import { judge } from './judge.ts';
import type { Policy } from './policy.ts';
import type { Proof } from './proof.ts';
import { NOT_ISOLATED, PROVERS } from './proofs.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';
import type { Check } from './verdict.ts';

export type Proven = Readonly<{
  rule: string;
  name: string;
  code: string;
  /** What separates the case that passes from the one that is refused. */
  step: string;
  /** True when the rule passed the one and refused the other by its own code. */
  bites: boolean;
  /** Codes of other rules that refuse the passing case: under this policy the rule cannot be shown alone. */
  alsoRefusedBy: readonly string[];
  /** Why a rule is not expected to stand alone under the shipped policy. */
  reason: string | null;
  passing: Check | null;
  refusing: Check | null;
}>;

/** One result per rule that judges; a rule without a proof, or whose proof cannot be made, does not bite. */
export const proveAll = (policy: Policy): readonly Proven[] =>
  RULES.filter((rule) => rule.notApplicable === null).map((rule) => proveOne(rule, policy));

export function proofOf(id: string, policy: Policy): Proof | null {
  const prove = Object.hasOwn(PROVERS, id) ? PROVERS[id] : undefined;
  return prove === undefined ? null : prove(policy);
}

export function proveOne(rule: Rule, policy: Policy): Proven {
  const about = {
    rule: rule.id,
    name: rule.name,
    code: rule.code,
    reason: NOT_ISOLATED[rule.id] ?? null,
  };
  const proof = proofOf(rule.id, policy);
  if (proof === null) {
    const none = { step: 'no proof', bites: false, alsoRefusedBy: [] };
    return { ...about, ...none, passing: null, refusing: null };
  }
  const passed = judge(proof.passes);
  const passing = checkIn(passed.checks, rule);
  const refusing = checkIn(judge(proof.refuses).checks, rule);
  return {
    ...about,
    step: proof.step,
    bites: passing?.status === 'pass' && refusing?.status === 'fail' && refusing.code === rule.code,
    alsoRefusedBy: passed.kind === 'refused' ? passed.codes : [],
    passing,
    refusing,
  };
}

const checkIn = (checks: readonly Check[], rule: Rule): Check | null =>
  checks[RULES.indexOf(rule)] ?? null;
