/** Each rule can refuse: under the shipped policy and under stricter ones, one step past its limit. */
import { describe, expect, test } from 'vitest';
import { judge, RULES, type Case, type Check, type Rule } from '#firewall';
import { baseCase } from '../../firewall/proofs/base.ts';
import { NOT_ISOLATED, PROVERS } from '../../firewall/proofs.ts';
import { proofOf, proveAll, proveOne } from '../../firewall/prove.ts';
import { defaultPolicy, policyWith } from './policy-fixture.ts';

const checkOf = (c: Case, rule: Rule): Check | undefined => judge(c).checks[RULES.indexOf(rule)];
const failing = (c: Case) => judge(c).checks.filter(({ status }) => status === 'fail');

const provable = RULES.filter((rule) => Object.hasOwn(PROVERS, rule.id));

describe.each(provable.map((rule) => [rule.id, rule.name, rule] as const))(
  '%s %s',
  (id, _, rule) => {
    const proof = PROVERS[id]?.(defaultPolicy());

    test('passes its own limit, alone or with a stated reason', () => {
      expect(proof).toBeDefined();
      if (proof === undefined) return;
      expect(checkOf(proof.passes, rule)).toMatchObject({ rule: id, status: 'pass', code: null });
      if (Object.hasOwn(NOT_ISOLATED, id)) expect(judge(proof.passes).kind).toBe('refused');
      else expect(failing(proof.passes)).toEqual([]);
    });

    test('refuses one step past it, by its code', () => {
      if (proof === undefined) return;
      expect(proof.step).not.toBe('');
      expect(checkOf(proof.refuses, rule)).toMatchObject({
        rule: id,
        status: 'fail',
        code: rule.code,
      });
    });
  },
);

test('every rule that judges has a proof, and every proof a rule', () => {
  const judging = RULES.filter((rule) => rule.notApplicable === null).map(({ id }) => id);
  expect(Object.keys(PROVERS).toSorted()).toEqual(judging.toSorted());
  for (const id of Object.keys(NOT_ISOLATED)) expect(judging).toContain(id);
});

describe('proving', () => {
  const rule = RULES.find(({ id }) => id === 'A12') as Rule;

  test('says of each rule that it bites, and which others stand in the way', () => {
    const all = proveAll(defaultPolicy());
    expect(all.filter(({ bites }) => !bites)).toEqual([]);
    for (const { rule: id, alsoRefusedBy, reason } of all)
      expect(alsoRefusedBy.length > 0, id).toBe(reason !== null);
    expect(all.find(({ rule: id }) => id === 'A12')?.alsoRefusedBy).toContain(
      'CONTRACT_NOT_SUPPORTED',
    );
  });

  test('a rule without a proof does not bite', () => {
    const unknown = { ...rule, id: 'Z1' };
    expect(proofOf('Z1', defaultPolicy())).toBeNull();
    expect(proveOne(unknown, defaultPolicy())).toMatchObject({
      rule: 'Z1',
      bites: false,
      step: 'no proof',
      passing: null,
      refusing: null,
      alsoRefusedBy: [],
      reason: null,
    });
  });

  test('a proof that proves another rule does not count', () => {
    const stranger = { ...rule, code: 'SOMETHING_ELSE' };
    expect(proveOne(stranger, defaultPolicy()).bites).toBe(false);
  });

  test('follows the policy that is loaded: other limits, another account, another strategy', () => {
    const route = { account: 'other', venue: 'paper', network: 'paper', strategies: ['slow'] };
    const policy = policyWith({
      'A5-bracket-geometry': { distanceMax: '3 %' },
      'A6-order-lifetime': { lifetimeMax: '3 h' },
      'A10-order-duplicate': { twinsMax: 1, window: '4 s' },
      'B6-open-orders': { perSymbolMax: 2 },
      'B9-short-and-margin': { shortAllowed: false },
      'B12-routing': { routes: [route] },
    });
    const families = proveAll(policy).filter(({ rule: id }) => 'AB'.includes(id.slice(0, 1)));
    expect(families.filter(({ bites }) => !bites)).toEqual([]);
    expect(
      families.filter(({ alsoRefusedBy }) => alsoRefusedBy.includes('ROUTE_NOT_ENABLED')),
    ).toEqual([]);
    expect(judge(baseCase(policy)).kind).toBe('approved');
  });

  test('where only a real network is routed, the base case is armed for it', () => {
    const route = { account: 'real', venue: 'paper', network: 'test', strategies: ['slow'] };
    const policy = policyWith({ 'B12-routing': { routes: [{ ...route, strategies: [] }, route] } });
    expect(judge(baseCase(policy)).kind).toBe('approved');
  });
});
