/** One pure function between the models and the money: every rule answers, and one refusal is enough. */
import { factsOf, type Facts } from './facts.ts';
import { holdsOf } from './hold.ts';
import { modeOf } from './modes.ts';
import { limitsAt, type RuleLimits } from './policy.ts';
import { na, type Rule } from './rule.ts';
import { shapeFault } from './proposal-sanity.ts';
import { RULES } from './rules.ts';
import type { Qty } from './units.ts';
import type { ApprovedOrder, Case, Check, Effect, Verdict } from './verdict.ts';

/** Refusal of a case whose views, controls or policy are not what their types say. */
export const CASE_MALFORMED = 'CASE_MALFORMED';

/** A proposal that fails one of these is malformed; nothing else about it is worth saying. */
const INTEGRITY = new Set(['A1', 'A2']);

/** Total: whatever is handed in, the answer is a verdict, and what cannot be read is refused. */
export function judge(c: Case): Verdict {
  try {
    return weigh(c);
  } catch {
    return unreadable(c);
  }
}

function weigh(c: Case): Verdict {
  const facts = factsOf(c);
  const limits = limitsAt(c.policy, c.now);
  const checks = UNHEARD.slice();
  const effects: Effect[] = [];
  const codes: string[] = [];
  let maxQty: Qty | null = null;
  for (let index = 0; index < RULES.length; index += 1) {
    const rule = RULES[index] as Rule;
    const check = answer(rule, facts, limits[index]);
    checks[index] = check;
    if (check.maxQty !== null && (maxQty === null || check.maxQty < maxQty)) maxQty = check.maxQty;
    if (check.status !== 'fail') continue;
    codes.push(check.code ?? rule.code);
    const effect = check.code === rule.code ? effectOf(rule, facts, limits[index]) : null;
    if (effect !== null) effects.push(effect);
    if (INTEGRITY.has(rule.id)) break;
  }
  const judged = { reducing: facts.reducing, maxQty, checks, effects };
  if (codes.length > 0) return { kind: 'refused', ...judged, codes };
  const mode = modeOf(c);
  const because = holdsOf(facts, mode);
  if (because.length > 0) return { kind: 'held', for: 'human', ...judged, because };
  return { kind: 'approved', ...judged, order: c.proposal as ApprovedOrder, mode };
}

/** A case that is not one: the types were erased somewhere, and something in it was no value of its kind. */
function unreadable(c: Case): Verdict {
  let fault: string | null = 'proposal';
  try {
    fault = shapeFault(c.proposal);
  } catch {
    fault = 'proposal';
  }
  const code = fault === null ? CASE_MALFORMED : 'PROPOSAL_MALFORMED';
  const checks = RULES.map((rule, index): Check => {
    const note = fault ?? 'a view, the controls or the policy';
    return index === 0 ? { ...unheard(rule), status: 'fail', code, note } : unheard(rule);
  });
  return { kind: 'refused', reducing: false, maxQty: null, checks, effects: [], codes: [code] };
}

/** A rule that throws has not said yes. */
export function answer(rule: Rule, facts: Facts, limits: RuleLimits | undefined): Check {
  const exempt = exemption(rule, facts);
  if (exempt !== null) return exempt;
  try {
    return rule.evaluate(facts, limits ?? {}, rule);
  } catch {
    return {
      ...unheard(rule),
      status: 'fail',
      code: `${rule.code}_CHECK_THREW`,
      note: 'the check itself failed',
    };
  }
}

function effectOf(rule: Rule, facts: Facts, limits: RuleLimits | undefined): Effect | null {
  try {
    return rule.effect(facts, limits ?? {}, rule);
  } catch {
    // The refusal stands; a consequence that cannot be computed becomes the strictest one of its scope.
    return {
      kind: 'latch',
      scope: 'account',
      key: facts.account.account,
      state: 'HALTED',
      code: rule.code,
    };
  }
}

const exempted = new WeakMap<Rule, Readonly<{ reducing: Check; cancel: Check; unheard: Check }>>();

/** The answers that need no facts are made once per rule. */
function standing(rule: Rule): Readonly<{ reducing: Check; cancel: Check; unheard: Check }> {
  let made = exempted.get(rule);
  if (made === undefined) {
    made = {
      reducing: Object.freeze(na(rule, 'the order only reduces exposure')),
      cancel: Object.freeze(na(rule, 'limits never block a cancel')),
      unheard: Object.freeze(na(rule, 'not evaluated: the proposal is malformed')),
    };
    exempted.set(rule, made);
  }
  return made;
}

const unheard = (rule: Rule): Check => standing(rule).unheard;
/** What every verdict starts as: it has its full length at once, and nobody's answer yet. */
const UNHEARD: readonly Check[] = RULES.map(unheard);

function exemption(rule: Rule, facts: Facts): Check | null {
  if (facts.order === null && !rule.cancels) return standing(rule).cancel;
  if (facts.reducing && rule.reducing === 'exempt') return standing(rule).reducing;
  return null;
}
