/** The report shows every row, with the limits in force, and a margin only where one has a meaning. */
import { describe, expect, test } from 'vitest';
import {
  CASE_MALFORMED,
  judge,
  marginOf,
  policyReport,
  refusalCodes,
  RULES,
  SIGNER_ROWS,
  type Check,
  type Rule,
  type TimeMs,
} from '#firewall';
import { NOW } from '../../firewall/proofs/amounts.ts';
import { baseCase } from '../../firewall/proofs/base.ts';
import { defaultPolicy, policyDocument, policyOf } from './policy-fixture.ts';

const ROWS = { A: 12, B: 12, C: 14, D: 6, E: 21, F: 21, G: 10, H: 12, I: 3, J: 7 };

describe('the report', () => {
  const report = policyReport(defaultPolicy(), NOW);

  test('has every row of the specification, in its order', () => {
    const wanted = Object.entries(ROWS).flatMap(([family, count]) =>
      Array.from({ length: count }, (_, index) => `${family}${index + 1}`),
    );
    expect(report.map(({ id }) => id)).toEqual(wanted);
    expect(report).toHaveLength(RULES.length + SIGNER_ROWS.length);
  });

  test('says why where a row cannot apply, and shows limits and reason where it judges', () => {
    for (const row of report) {
      expect(row.family).toBe(row.id.slice(0, 1));
      if (row.notApplicable !== null) expect(row.notApplicable).not.toBe('');
      else if (row.rule !== null) expect(row.rule.why).not.toBe('');
      else expect(row.where).not.toEqual([]);
    }
    expect(report.find(({ id }) => id === 'E2')).toMatchObject({
      code: 'ORDER_NOTIONAL_ABOVE_MAX',
      rule: {
        section: 'E2-order-notional',
        limits: { notionalMax: '5000' },
        bound: 'max',
        reducing: 'exempt',
        cancels: false,
        temporary: null,
      },
    });
  });

  test('shows a temporary change while it is in force', () => {
    const document = policyDocument();
    const change = { until: '2026-11-21T10:00:00Z', by: 'ana', why: 'a test' };
    document.temporary = { 'E2-order-notional': [{ ...change, set: { notionalMax: 70 } }] };
    const policy = policyOf(document);
    const rowAt = (now: number) =>
      policyReport(policy, now as TimeMs).find(({ id }) => id === 'E2')?.rule;
    const until = 1_795_255_200_000;
    expect(rowAt(until - 1)).toMatchObject({
      limits: { notionalMax: '70' },
      temporary: { until, by: 'ana', why: 'a test' },
    });
    expect(rowAt(until)).toMatchObject({ limits: { notionalMax: '5000' }, temporary: null });
  });
});

describe('the margin', () => {
  const check = (change: Partial<Check>): Check => ({
    rule: 'E2',
    status: 'pass',
    code: null,
    observed: 3n,
    limit: 10n,
    maxQty: null,
    note: null,
    retryAfterMs: null,
    ...change,
  });
  const of = (bound: Rule['bound'], change: Partial<Check>) => marginOf({ bound }, check(change));

  test('is what is left, in the direction of the rule', () => {
    expect(of('max', {})).toBe(7n);
    expect(of('min', { observed: 12n })).toBe(2n);
    expect(of('max', { observed: 3, limit: 10 })).toBe(7);
    expect(of('min', { observed: 12, limit: 10 })).toBe(2);
    expect(of('max', { observed: 10n })).toBe(0n);
    expect(Object.is(of('min', { observed: 10, limit: 10 }), 0)).toBe(true);
  });

  test('is below zero for a refusal', () => {
    expect(of('max', { status: 'fail', observed: 11n })).toBe(-1n);
    expect(of('min', { status: 'fail', observed: 9, limit: 10 })).toBe(-1);
  });

  test.each<[string, Rule['bound'], Partial<Check>]>([
    ['the rule does not order the two', 'none', {}],
    ['the rule does not apply', 'max', { status: 'na' }],
    ['an input is missing', 'max', { status: 'fail', observed: null, limit: null }],
    ['the limit is not known', 'max', { limit: null }],
    ['the two are of different kinds', 'max', { observed: 3 }],
    ['they are no numbers', 'max', { observed: 'a', limit: 'b' }],
    ['the refusal was for another reason', 'max', { status: 'fail', observed: 3n }],
    ['the refusal was for another reason', 'max', { status: 'fail', observed: 10n }],
  ])('is unknown where %s', (_, bound, change) => {
    expect(of(bound, change)).toBeNull();
  });

  test('no check that passes lies outside its own bound', () => {
    const verdict = judge(baseCase(defaultPolicy()));
    verdict.checks.forEach((each, index) => {
      const margin = marginOf(RULES[index] as Rule, each);
      if (each.status === 'pass' && margin !== null) expect(margin >= 0, each.rule).toBe(true);
    });
  });
});

test('codes are unique, stable in form, and every refusal of a proof is among them', () => {
  const codes = refusalCodes().map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(code).toMatch(/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/);
  expect(codes).toContain(CASE_MALFORMED);
  for (const rule of RULES)
    if (rule.notApplicable === null) expect(codes).toContain(`${rule.code}_INPUT_MISSING`);
});
