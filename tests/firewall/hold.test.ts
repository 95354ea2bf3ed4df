/** When an order waits for a human, and what a human's word is worth: one proposal, for a while. */
import { describe, expect, test } from 'vitest';
import {
  hashText,
  judge,
  type Case,
  type HumanApproval,
  type Mode,
  type ModeSetting,
  type SpanMs,
} from '#firewall';
import { factsOf } from '../../firewall/facts.ts';
import { holdsOf } from '../../firewall/hold.ts';
import { NOW, ago, ahead, money, ppm, qty } from '../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../firewall/proofs/base.ts';
import {
  withAccount,
  withCancel,
  withControls,
  withMarket,
  withOrder,
} from '../../firewall/proofs/vary.ts';
import { defaultPolicy, policyDocument, policyOf } from './policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const MINUTE = 60_000;

const mode = (of: Mode): { readonly modes: readonly ModeSetting[] } => ({
  modes: [{ scope: 'global', key: '*', mode: of }],
});
const review = (c: Case = base): Case => withControls(c, mode('review'));
const large = withOrder(base, { qty: qty('0.07'), claims: { notional: null, riskReward: null } });
const volatile = (realised: number, c: Case = base): Case =>
  withMarket(c, { volatility: { realised: ppm(realised), interruption: false } });
const holds = (c: Case): readonly string[] => {
  const set = c.controls.modes?.[0]?.mode ?? 'auto';
  return holdsOf(factsOf(c), set);
};

describe('an order waits', () => {
  test.each<[string, Case, readonly string[]]>([
    ['nothing asks for it', base, []],
    ['in review', review(), ['MODE_REVIEW']],
    ['above 4,000', withOrder(base, { qty: qty('0.06666667') }), ['NOTIONAL_ABOVE_REVIEW']],
    ['at 4,000', withOrder(base, { qty: qty('0.06666666') }), []],
    ['volatility at eight per cent', volatile(80_000), []],
    ['volatility above it', volatile(80_001), ['VOLATILITY_ABOVE_REVIEW']],
    ['unknown volatility', withMarket(base, { volatility: null }), ['VOLATILITY_ABOVE_REVIEW']],
    ['an unknown value', withMarket(base, { instrument: null }), ['NOTIONAL_ABOVE_REVIEW']],
    ['confidence at the threshold', withOrder(base, { confidence: ppm(300_000) }), []],
    [
      'confidence below it',
      withOrder(base, { confidence: ppm(299_999) }),
      ['CONFIDENCE_BELOW_REVIEW'],
    ],
    [
      'for every reason at once',
      review(volatile(90_000, withOrder(large, { confidence: ppm(1) }))),
      [
        'MODE_REVIEW',
        'NOTIONAL_ABOVE_REVIEW',
        'VOLATILITY_ABOVE_REVIEW',
        'CONFIDENCE_BELOW_REVIEW',
      ],
    ],
    ['in shadow nothing is sent', withControls(large, mode('shadow')), []],
    [
      'an exit never waits for its size',
      volatile(90_000, withOrder(exit, { confidence: ppm(1) })),
      [],
    ],
    ['but it does in review', review(exit), ['MODE_REVIEW']],
    ['a cancel never does', withCancel(review()), []],
  ])('%s', (_, c, want) => {
    expect(holds(c)).toEqual(want);
  });

  test('above the value of the threshold, not at it', () => {
    const document = policyDocument();
    const above = (notionalAbove: number | string): Case => {
      const hold = { ...(document['hold'] as object), notionalAbove };
      return baseCase(policyOf({ ...document, hold }));
    };
    expect(factsOf(above(600)).notional).toBe(money('600'));
    expect(holds(above(600))).toEqual([]);
    expect(holds(above('599.99999999'))).toEqual(['NOTIONAL_ABOVE_REVIEW']);
  });

  test('and the verdict says so', () => {
    expect(judge(review())).toMatchObject({
      kind: 'held',
      for: 'human',
      because: ['MODE_REVIEW'],
    });
    expect(judge(withCancel(review()))).toMatchObject({ kind: 'approved' });
  });

  test('what a rule refuses is refused, not held', () => {
    const poor = withAccount(review(), { free: money('0') });
    expect(judge(poor).kind).toBe('refused');
  });
});

describe('a human’s consent', () => {
  const consent = (change: Partial<HumanApproval> = {}, c: Case = review()): Case =>
    withControls(c, {
      approvals: [
        {
          proposalHash: c.proposalHash,
          by: 'operator',
          at: ago(MINUTE),
          expiresAt: ahead(MINUTE),
          ...change,
        },
      ],
    });

  test.each<[string, Case, string]>([
    ['to exactly this, now', consent(), 'approved'],
    ['to another proposal', consent({ proposalHash: hashText('another') }), 'held'],
    ['from this moment', consent({ at: NOW }), 'approved'],
    ['from the next', consent({ at: ahead(1) }), 'held'],
    ['that ends in a moment', consent({ expiresAt: ahead(1) }), 'approved'],
    ['that ends now', consent({ expiresAt: NOW }), 'held'],
    [
      'for as long as the policy allows',
      consent({ at: ago(0), expiresAt: ahead(2 * MINUTE) }),
      'approved',
    ],
    ['for longer', consent({ at: ago(0), expiresAt: ahead(2 * MINUTE + 1) }), 'held'],
    ['none', withControls(review(), { approvals: [] }), 'held'],
    ['to a large order', consent({}, large), 'approved'],
  ])('%s', (_, c, want) => {
    expect(judge(c).kind).toBe(want);
  });

  test('to one order is none to that order with another quantity', () => {
    const agreed = consent({}, large);
    const changed = withOrder(agreed, { qty: qty('0.071') });
    expect(judge(changed).kind).toBe('held');
  });

  test('never overrules a rule', () => {
    const poor = withAccount(consent(), { free: money('0') });
    expect(judge(poor).kind).toBe('refused');
  });

  test('lasts no longer than the policy that is loaded says', () => {
    const document = policyDocument();
    const hold = { ...(document['hold'] as object), approvalTtlMs: '1 min' };
    const brief = policyOf({ ...document, hold });
    const c = consent(
      { at: ago(MINUTE / 2), expiresAt: ahead(MINUTE / 2) },
      review(baseCase(brief)),
    );
    expect(judge(c).kind).toBe('approved');
    const long = consent({ at: ago(MINUTE / 2), expiresAt: ahead(MINUTE / 2 + 1) }, c);
    expect(judge(long).kind).toBe('held');
    expect(brief.hold.approvalTtlMs).toBe(MINUTE as SpanMs);
  });
});
