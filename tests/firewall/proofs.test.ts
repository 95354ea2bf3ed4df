/** Each rule can refuse: under the shipped policy and under stricter ones, one step past its limit. */
import { describe, expect, test } from 'vitest';
import { judge, RULES, type Case, type Check, type Rule } from '#firewall';
import { NOT_ISOLATED, PROVERS } from '../../firewall/proofs.ts';
import { defaultPolicy } from './policy-fixture.ts';

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
