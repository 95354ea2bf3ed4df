/** The words of a verdict, one small case each: who is asked, who is exempt, and what a failure leaves behind. */
import { describe, expect, test } from 'vitest';
import { judge, RULES, type Case, type Rule } from '#firewall';
import { factsOf } from '../../firewall/facts.ts';
import { answer } from '../../firewall/judge.ts';
import { PROVERS } from '../../firewall/proofs.ts';
import { qty } from '../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../firewall/proofs/base.ts';
import { withCancel, withControls, withMarket, withOrder } from '../../firewall/proofs/vary.ts';
import { checkOf } from './check-of.ts';
import { defaultPolicy } from './policy-fixture.ts';

/** Its effect reads a limit that its check does not. */
const EFFECT_WITH_LIMIT = 'G7';
const policy = defaultPolicy();
const base = baseCase(policy);
const exit = exitCase(policy);
const UNHEARD = 'not evaluated: the proposal is malformed';
const EXEMPT = 'the order only reduces exposure';
const E2_CODES = ['ORDER_NOTIONAL_ABOVE_MAX', 'ORDER_SHARE_ABOVE_MAX'];
const CANCEL = 'limits never block a cancel';
const refused = (id: string): Case => {
  const prove = PROVERS[id];
  if (prove === undefined) throw new Error(`no proof of ${id}`);
  return prove(policy).refuses;
};
const ruleOf = (id: string): Rule => {
  const found = RULES.find((rule) => rule.id === id);
  if (found === undefined) throw new Error(`no rule ${id}`);
  return found;
};
const notesOf = (c: Case): readonly (string | null)[] => judge(c).checks.map(({ note }) => note);

describe('a verdict', () => {
  test('names what it did not ask, and makes that answer once', () => {
    expect(notesOf(exit)).toContain(EXEMPT);
    expect(notesOf(withCancel(base))).toContain(CANCEL);
    const standing = notesOf(exit).indexOf(EXEMPT);
    expect(judge(exit).checks[standing]).toBe(judge(exit).checks[standing]);
  });

  test('that approves says so, with the mode and the order itself', () => {
    const { kind, ...rest } = judge(base);
    expect(kind).toBe('approved');
    expect(rest).toMatchObject({ reducing: false, mode: 'auto', effects: [] });
    expect(rest).toHaveProperty('order', base.proposal);
    expect(rest).not.toHaveProperty('codes');
    expect(judge(exit)).toMatchObject({ kind: 'approved', reducing: true });
  });

  test('that waits says for whom and why', () => {
    const modes = [{ scope: 'global', key: '*', mode: 'review' }] as const;
    const held = judge(withControls(base, { modes }));
    expect(held).toMatchObject({ kind: 'held', for: 'human', because: ['MODE_REVIEW'] });
    expect(held).not.toHaveProperty('order');
  });

  test('that refuses has the codes of what failed, and the least of the largest quantities', () => {
    const c = refused('E2');
    const verdict = judge(c);
    expect(verdict).toMatchObject({ kind: 'refused', codes: [...E2_CODES] });
    const most = verdict.checks.flatMap(({ maxQty }) => (maxQty === null ? [] : [maxQty]));
    expect(new Set(most).size).toBeGreaterThan(1);
    expect(verdict.maxQty).toBe(most.toSorted((a, b) => (a < b ? -1 : 1))[0]);
    expect(judge(withCancel(base)).maxQty).toBeNull();
  });
});

describe('a malformed proposal silences every later rule', () => {
  test.each(['A1', 'A2'])('when %s refuses it', (id) => {
    const c = refused(id);
    const at = RULES.findIndex((rule) => rule.id === id);
    const notes = notesOf(c);
    expect(judge(c)).toMatchObject({ kind: 'refused', codes: [ruleOf(id).code] });
    expect(notes.slice(0, at)).not.toContain(UNHEARD);
    expect(new Set(notes.slice(at + 1))).toEqual(new Set([UNHEARD]));
  });

  test('but another refusal does not', () => {
    expect(notesOf(refused('A7'))).not.toContain(UNHEARD);
    expect(notesOf(base)).not.toContain(UNHEARD);
  });
});

describe('what cannot be read at all', () => {
  const inside = (odd: unknown) => {
    const verdict = judge(odd as Case);
    const [first, ...rest] = verdict.checks;
    const nothing = { reducing: false, maxQty: null, effects: [] };
    expect(verdict).toMatchObject({ kind: 'refused', ...nothing, codes: [first?.code] });
    expect(rest.map(({ rule }) => rule)).toEqual(RULES.slice(1).map(({ id }) => id));
    expect(new Set(rest.map(({ note, status }) => `${status} ${note}`))).toEqual(
      new Set([`na ${UNHEARD}`]),
    );
    return first;
  };

  test('is refused by the first rule, which says what it was', () => {
    const view = 'a view, the controls or the policy';
    const malformed = { rule: 'A1', status: 'fail', code: 'CASE_MALFORMED', note: view };
    expect(inside({ ...base, market: null })).toMatchObject(malformed);
    expect(inside({ ...base, policy: null })).toMatchObject(malformed);
    const code = 'PROPOSAL_MALFORMED';
    expect(inside(null)).toMatchObject({ rule: 'A1', status: 'fail', code, note: 'proposal' });
    const odd = { ...base, proposal: { ...base.proposal, qty: '1' } };
    expect(inside({ ...odd, market: null })).toMatchObject({ status: 'fail', code });
  });
});

describe('who is asked', () => {
  test('about a cancel: only those that judge cancels', () => {
    const c = withCancel(base);
    for (const [index, rule] of RULES.entries())
      expect(notesOf(c)[index] === CANCEL, rule.id).toBe(!rule.cancels);
  });

  test('about what only reduces: only those that are not exempt', () => {
    for (const [index, rule] of RULES.entries()) {
      expect(notesOf(exit)[index] === EXEMPT, rule.id).toBe(rule.reducing === 'exempt');
      expect(notesOf(base)[index], rule.id).not.toBe(EXEMPT);
    }
  });

  test('the same standing answer serves every case', () => {
    const index = RULES.findIndex((rule) => rule.reducing === 'exempt');
    expect(judge(exit).checks[index]).toBe(judge(exit).checks[index]);
    expect(Object.isFrozen(judge(exit).checks[index])).toBe(true);
  });
});

describe('a rule', () => {
  test('that throws has refused', () => {
    const broken: Rule = {
      ...ruleOf('E2'),
      evaluate: () => {
        throw new Error('broken');
      },
    };
    expect(answer(broken, factsOf(base), policy.limits[0])).toEqual({
      rule: 'E2',
      status: 'fail',
      code: 'ORDER_NOTIONAL_ABOVE_MAX_CHECK_THREW',
      observed: null,
      limit: null,
      maxQty: null,
      note: 'the check itself failed',
      retryAfterMs: null,
    });
  });

  test('without limits is asked with none', () => {
    const seen: unknown[] = [];
    const rule: Rule = {
      ...ruleOf('E2'),
      evaluate: (...asked) => {
        seen.push(asked[1]);
        return ruleOf('E2').evaluate(...asked);
      },
    };
    answer(rule, factsOf(base), undefined);
    expect(seen).toEqual([{}]);
  });
});

describe('a breach', () => {
  test('leaves its effect', () => {
    const { effects } = judge(refused('F1'));
    expect(effects).toContainEqual({
      kind: 'latch',
      scope: 'account',
      key: base.account.account,
      state: 'REDUCE_ONLY',
      code: 'DAILY_LOSS_ABOVE_MAX',
    });
  });

  test('for want of an input leaves none', () => {
    const c = { ...base, account: { ...base.account, marks: null } };
    expect(checkOf(c, 'F1')).toMatchObject({ code: 'DAILY_LOSS_ABOVE_MAX_INPUT_MISSING' });
    expect(judge(c).effects).toEqual([]);
  });

  test('whose effect cannot be computed halts the account', () => {
    const rule = RULES.findIndex(({ id }) => id === EFFECT_WITH_LIMIT);
    const limits = Object.defineProperty({ ...policy.limits[rule] }, 'lockFor', {
      enumerable: true,
      get: () => {
        throw new Error('hostile');
      },
    });
    const c = refused(EFFECT_WITH_LIMIT);
    const hostile = { ...c, policy: { ...policy, limits: policy.limits.with(rule, limits) } };
    const { code } = ruleOf(EFFECT_WITH_LIMIT);
    expect(checkOf(hostile, EFFECT_WITH_LIMIT)).toMatchObject({ status: 'fail', code });
    expect(judge(hostile).effects).toEqual([
      { kind: 'latch', scope: 'account', key: base.account.account, state: 'HALTED', code },
    ]);
  });
});

test('an order too large by far is refused by several rules at once, in their order', () => {
  const verdict = judge(withOrder(withMarket(base, { volume: null }), { qty: qty('500') }));
  const codes = verdict.kind === 'refused' ? verdict.codes : [];
  expect(codes.length).toBeGreaterThan(1);
  const failed = verdict.checks.filter(({ status }) => status === 'fail');
  expect(codes).toEqual(failed.map(({ code }) => code));
});
