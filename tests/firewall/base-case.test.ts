/** The base case is what every proof starts from: it must pass everything. */
import { expect, test } from 'vitest';
import { judge, type Verdict } from '#firewall';
import { baseCase, exitCase } from '../../firewall/proofs/base.ts';
import { defaultPolicy } from './policy-fixture.ts';

const unhappy = (verdict: Verdict) => verdict.checks.filter((check) => check.status === 'fail');

test('the base case is approved under the shipped policy', () => {
  const verdict = judge(baseCase(defaultPolicy()));
  expect(unhappy(verdict)).toEqual([]);
  expect(verdict.kind).toBe('approved');
});

test('closing the whole position is approved, and known to be reducing', () => {
  const verdict = judge(exitCase(defaultPolicy()));
  expect(unhappy(verdict)).toEqual([]);
  expect(verdict).toMatchObject({ kind: 'approved', reducing: true });
});
