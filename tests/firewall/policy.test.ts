/** The policy is whole or it is refused; every problem is listed; its hash sees every word of it. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  canonicalText,
  decodePolicy,
  encodePolicy,
  limitsAt,
  RULES,
  sectionOf,
  type Policy,
  type PolicyProblem,
  type TimeMs,
} from '#firewall';
import { defaultPolicy, policyDocument, policyOf, type PolicyDocument } from './policy-fixture.ts';

type Change = (document: PolicyDocument) => void;
const changed = (change: Change): PolicyDocument => {
  const document = policyDocument();
  change(document);
  return document;
};
function problemsOf(document: unknown): readonly PolicyProblem[] {
  const result = decodePolicy(document, RULES);
  return result.ok ? [] : result.problems;
}
const section = (document: PolicyDocument, name: string): Record<string, unknown> => {
  const found = document.rules[name];
  if (found === undefined) throw new Error(`no section ${name}`);
  return found;
};
const TTL = 'A7-proposal-age';
const NOTIONAL = 'E2-order-notional';

describe('a policy that is not whole is refused, with the place', () => {
  test.each<[string, Change, string, string]>([
    ['an unknown key', (d) => (d['maxPain'] = 1), 'maxPain', 'no such key'],
    [
      'an unknown rule',
      (d) => (d.rules['E99-order-mood'] = { why: 'x' }),
      'rules.E99-order-mood',
      'no such rule',
    ],
    [
      'an unknown limit',
      (d) => (section(d, NOTIONAL)['notionalMaxx'] = 1),
      `rules.${NOTIONAL}.notionalMaxx`,
      'no such key',
    ],
    ['a missing rule', (d) => delete d.rules[NOTIONAL], `rules.${NOTIONAL}.`, 'an object'],
    [
      'a missing limit',
      (d) => delete section(d, NOTIONAL)['notionalMax'],
      `rules.${NOTIONAL}.notionalMax`,
      'a value',
    ],
    ['a missing reason', (d) => delete section(d, TTL)['why'], `rules.${TTL}.why`, 'a value'],
    [
      'an empty reason',
      (d) => (section(d, TTL)['why'] = ''),
      `rules.${TTL}.why`,
      '1 to 400 characters of text',
    ],
    [
      'a bad ratio',
      (d) => (section(d, 'A11-claims-recomputed')['tolerance'] = 'one percent'),
      'rules.A11-claims-recomputed.tolerance',
      'a ratio such as "1.5 %" or "10 bps"',
    ],
    [
      'a bare number for a ratio',
      (d) => (section(d, 'A11-claims-recomputed')['tolerance'] = 1),
      'rules.A11-claims-recomputed.tolerance',
      'a ratio such as "1.5 %" or "10 bps"',
    ],
    [
      'a float for an amount',
      (d) => (section(d, NOTIONAL)['notionalMax'] = (parse('a: 5000.5') as { a: number }).a),
      `rules.${NOTIONAL}.notionalMax`,
      'an amount: a whole number, or a decimal in quotes such as "0.5"',
    ],
    [
      'an amount below zero',
      (d) => (section(d, NOTIONAL)['notionalMax'] = -1),
      `rules.${NOTIONAL}.notionalMax`,
      'an amount: a whole number, or a decimal in quotes such as "0.5"',
    ],
    [
      'a span without a unit',
      (d) => (section(d, TTL)['ageMax'] = 60),
      `rules.${TTL}.ageMax`,
      'a time span such as "2 s", "5 min" or "30 d"',
    ],
    ['a missing head', (d) => delete d['currency'], 'currency', 'a value'],
    ['a version of zero', (d) => (d['version'] = 0), 'version', 'an integer from 1 to 1000000'],
    [
      'a head that is a rule',
      (d) => (d['hold'] = { notionalAbove: 1 }),
      'hold.volatilityAbove',
      'a value',
    ],
  ])('%s', (_, change, at, want) => {
    expect(problemsOf(changed(change))).toEqual([{ code: 'POLICY_INVALID', at, want }]);
  });

  test.each([null, [], 'policy', 7])('%o is no policy', (document) => {
    expect(problemsOf(document)).toHaveLength(1);
  });

  test('rules that are no map, and no rules at all', () => {
    const none = changed((d) => ((d as Record<string, unknown>)['rules'] = []));
    expect(problemsOf(none)[0]).toMatchObject({ at: 'rules.', want: 'an object' });
    const judged = RULES.filter((rule) => rule.notApplicable === null).length;
    expect(problemsOf(changed((d) => (d.rules = {})))).toHaveLength(judged);
  });

  test('every problem is listed at once', () => {
    const many = changed((d) => {
      d['currency'] = 'usdt';
      delete section(d, NOTIONAL)['notionalMax'];
      section(d, TTL)['ageMax'] = 'soon';
      d.rules['Z1-nothing'] = {};
      d.temporary = { [TTL]: [{ until: 'tomorrow', by: 'ana', why: 'x', set: {} }] };
    });
    expect(problemsOf(many).map(({ at }) => at)).toEqual([
      'currency',
      `temporary.${TTL}[0].until`,
      'rules.Z1-nothing',
      `rules.${TTL}.ageMax`,
      `rules.${NOTIONAL}.notionalMax`,
    ]);
  });
});

describe('a temporary change', () => {
  const UNTIL = 1_795_255_200_000 as TimeMs;
  const change = (set: object, until = '2026-11-21T10:00:00Z') => ({
    until,
    by: 'ana',
    why: 'the listing of a new contract',
    set,
  });
  const index = RULES.findIndex((rule) => rule.id === 'A7');
  const having = (...changes: Record<string, unknown>[]): Policy =>
    policyOf(changed((d) => (d.temporary = { [TTL]: changes })));
  const ageAt = (policy: Policy, now: number) => limitsAt(policy, now as TimeMs)[index];

  test('replaces what it names until its end, and then is gone', () => {
    const policy = having(change({ ageMax: '5 s' }));
    expect(ageAt(policy, UNTIL - 1)).toEqual({ ageMax: 5_000, aheadMax: 2_000 });
    expect(ageAt(policy, UNTIL)).toEqual({ ageMax: 60_000, aheadMax: 2_000 });
    expect(limitsAt(policy, UNTIL)).toBe(policy.limits);
    expect(limitsAt(policy, (UNTIL - 1) as TimeMs)[0]).toBe(policy.limits[0]);
  });

  test('of two that are in force the later one counts; one may end before the other', () => {
    const policy = having(
      change({ ageMax: '5 s' }, '2026-11-21T11:00:00Z'),
      change({ ageMax: '9 s' }),
    );
    expect(ageAt(policy, UNTIL - 1)).toMatchObject({ ageMax: 9_000 });
    expect(ageAt(policy, UNTIL)).toMatchObject({ ageMax: 5_000 });
  });

  test('survives the wire with the same hash, and changes the hash', () => {
    const policy = having(change({ ageMax: '5 s' }));
    const again = policyOf(JSON.parse(canonicalText(encodePolicy(policy, RULES))));
    expect(again).toEqual(policy);
    expect(policy.hash).not.toBe(defaultPolicy().hash);
    expect(having(change({ ageMax: '6 s' })).hash).not.toBe(policy.hash);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a limit that does not exist', change({ ageMaxx: '5 s' }), `temporary.${TTL}.ageMaxx`],
    ['a bad value', change({ ageMax: 5 }), `temporary.${TTL}.ageMax`],
    ['no person', { ...change({}), by: '' }, `temporary.${TTL}[0].by`],
    ['no reason', { ...change({}), why: '' }, `temporary.${TTL}[0].why`],
    ['a date that is none', change({}, '2026-02-30T00:00:00Z'), `temporary.${TTL}[0].until`],
  ])('with %s is refused', (_, bad, at) => {
    expect(problemsOf(changed((d) => (d.temporary = { [TTL]: [bad] })))).toMatchObject([{ at }]);
  });

  test('of a rule that does not exist is refused', () => {
    const bad = changed((d) => (d.temporary = { 'Z1-nothing': [change({})] }));
    expect(problemsOf(bad)).toMatchObject([{ at: 'rules.Z1-nothing', want: 'no such rule' }]);
  });
});

describe('a rule that does not apply here', () => {
  const rules = RULES.map((rule) =>
    rule.id === 'A7' ? { ...rule, notApplicable: 'no proposal grows old' } : rule,
  );
  const index = RULES.findIndex((rule) => rule.id === 'A7');
  const without = changed((d) => delete d.rules[TTL]);

  test('has no section, no limits, and says why', () => {
    const result = decodePolicy(without, rules);
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    expect(result.policy.limits[index]).toEqual({});
    expect(result.policy.why[index]).toBe('no proposal grows old');
    expect(Object.keys((encodePolicy(result.policy, rules) as PolicyDocument).rules)).not.toContain(
      TTL,
    );
  });

  test('is refused a section', () => {
    expect(decodePolicy(policyDocument(), rules)).toEqual({
      ok: false,
      problems: [{ code: 'POLICY_INVALID', at: `rules.${TTL}`, want: 'no such rule' }],
    });
  });
});

test('a change of what is no section names what the section lacks, and nothing else', () => {
  const change = { until: '2026-11-21T10:00:00Z', by: 'ana', why: 'x', set: { ageMax: '5 s' } };
  for (const body of ['soon', () => 'soon', 5]) {
    const document = changed((d) => {
      (d.rules as Record<string, unknown>)[TTL] = body;
      d.temporary = { [TTL]: [change] };
    });
    expect(problemsOf(document).map(({ at }) => at)).toEqual([
      `rules.${TTL}.`,
      `temporary.${TTL}.aheadMax`,
    ]);
  }
});

test('a change of a rule that is no more is not written', () => {
  const change = { index: RULES.length, limits: {}, until: 0 as TimeMs, by: 'ana', why: 'x' };
  const policy = defaultPolicy();
  expect(encodePolicy({ ...policy, temporary: [change] }, RULES)).toEqual(
    encodePolicy(policy, RULES),
  );
});

/** Another value of the same spelling. */
function other(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  const text = value as string;
  if (/ ?(%|bps)$/.test(text)) return '1.2345 %';
  if (/ ?(ms|s|min|h|d)$/.test(text) && /^\d/.test(text)) return '77 s';
  if (/^\d+(\.\d+)?$/.test(text)) return '12345.5';
  return ['paper', 'test'].includes(text) ? (text === 'test' ? 'paper' : 'test') : 'ANOTHER';
}
type Path = readonly string[];
const leavesOf = (value: unknown, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
    : [path];

test('the hash changes with any limit, any reason and any word of the head', () => {
  const original = policyDocument();
  const seen = new Map<string, string>([[defaultPolicy().hash, 'the shipped policy']]);
  for (const path of leavesOf(original)) {
    const document = policyDocument();
    const last = path.at(-1) ?? '';
    let parent = document as Record<string, unknown>;
    for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
    parent[last] = other(parent[last]);
    const result = decodePolicy(document, RULES);
    if (!result.ok) throw new Error(`${path.join('.')}: ${JSON.stringify(result.problems)}`);
    expect(seen.get(result.policy.hash), path.join('.')).toBeUndefined();
    seen.set(result.policy.hash, path.join('.'));
  }
});

test('the hash does not change with spelling or order', () => {
  const document = changed((d) => {
    section(d, TTL)['ageMax'] = '60000 ms';
    section(d, 'A11-claims-recomputed')['tolerance'] = '100 bps';
    d.rules = Object.fromEntries(Object.entries(d.rules).toReversed());
  });
  expect(policyOf(document).hash).toBe(defaultPolicy().hash);
});

test('the shipped policy survives the wire', () => {
  const policy = defaultPolicy();
  const again = policyOf(JSON.parse(canonicalText(encodePolicy(policy, RULES))));
  expect(again).toEqual(policy);
});

test('sections are unique, and named after id and name', () => {
  const sections = RULES.map(sectionOf);
  expect(new Set(sections).size).toBe(sections.length);
  expect(sections).toContain(NOTIONAL);
});
