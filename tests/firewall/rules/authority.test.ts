/** Family A, part two: who may ask, only once, and with claims that hold. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clientIdOf,
  judge,
  type Case,
  type DeskRecord,
  type OrderProposal,
  type RecentDecision,
} from '#firewall';
import { CLIENT_ID_LENGTH } from '#firewall';
import {
  NOW,
  ago,
  ahead,
  factor,
  money,
  ppm,
  price,
  qty,
} from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withBook,
  withCancel,
  withControls,
  withDecision,
  withInstrument,
  withMarket,
  withOrder,
} from '../../../firewall/proofs/vary.ts';
import { baseOrder } from '../../../firewall/proofs/views.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const cancel = withCancel(base);

describe('A8 authority', () => {
  const desk = base.controls.desks?.[0] as DeskRecord;
  const desks = (change: Partial<DeskRecord>, c: Case = base): Case =>
    withControls(c, {
      desks: [
        { ...desk, desk: 'another' },
        { ...desk, ...change },
      ],
    });

  test.each<[string, Partial<DeskRecord>]>([
    ['desk unknown', { desk: 'desk-2' }],
    ['desk disabled', { enabled: false }],
    ['strategy', { strategies: ['carry'] }],
    ['account', { accounts: ['other'] }],
    ['symbol', { symbols: ['BTC/USDT'] }],
  ])('%s: refused, for orders, exits and cancels', (why, change) => {
    for (const c of [base, exitCase(base.policy), cancel])
      expect(outcomeOf(desks(change, c), 'A8')).toBe(`AUTHORITY_DENIED (${why})`);
  });

  test('the whole right passes', () => {
    expect(outcomeOf(desks({}), 'A8')).toBe('pass');
    expect(outcomeOf(desks({}, cancel), 'A8')).toBe('pass');
  });

  test('without a register nobody may ask', () => {
    expect(outcomeOf(withControls(base, { desks: null }), 'A8')).toBe(
      'AUTHORITY_DENIED_INPUT_MISSING (register of desks)',
    );
    expect(outcomeOf(withControls(base, { desks: [] }), 'A8')).toBe(
      'AUTHORITY_DENIED (desk unknown)',
    );
  });
});

describe('A9 once', () => {
  test('a proposal that was decided is refused, a cancel too', () => {
    for (const c of [base, exitCase(base.policy), cancel]) {
      expect(outcomeOf(withAccount(c, { decidedBefore: true }), 'A9')).toBe(
        'PROPOSAL_REPEATED (decided before)',
      );
      expect(outcomeOf(withAccount(c, { decidedBefore: null }), 'A9')).toBe(
        'PROPOSAL_REPEATED_INPUT_MISSING (record of earlier decisions)',
      );
    }
  });

  test('the venue must take client order ids of our length', () => {
    expect(CLIENT_ID_LENGTH).toBe(clientIdOf('x').length);
    const takes = (clientIdLengthMax: number): Case => withInstrument(base, { clientIdLengthMax });
    expect(outcomeOf(takes(CLIENT_ID_LENGTH), 'A9')).toBe('pass');
    expect(checkOf(takes(CLIENT_ID_LENGTH - 1), 'A9')).toMatchObject({ limit: false });
    expect(outcomeOf(takes(CLIENT_ID_LENGTH - 1), 'A9')).toBe(
      'PROPOSAL_REPEATED (the venue takes shorter client order ids only)',
    );
    expect(outcomeOf(withMarket(base, { instrument: null }), 'A9')).toBe(
      'PROPOSAL_REPEATED_INPUT_MISSING (instrument)',
    );
    expect(checkOf(withMarket(cancel, { instrument: null }), 'A9')).toMatchObject({
      status: 'pass',
      observed: false,
      limit: false,
    });
  });
});

describe('A10 duplicate', () => {
  const WINDOW = 10_000;
  const after = (change: Partial<RecentDecision> = {}, c: Case = base): Case =>
    withDecision(c, { at: ago(5_000), ...change });

  test.each<[string, Partial<RecentDecision>]>([
    ['one 1 ms inside the window', { at: ago(WINDOW - 1) }],
    ['one just now', { at: NOW }],
    ['one that waits for a human', { verdict: 'held' }],
    ['one 1 % larger', { qty: qty('0.0101') }],
    ['one 1 % smaller', { qty: qty('0.0099') }],
    ['one 10 bps dearer', { price: price('60060') }],
    ['one 10 bps cheaper', { price: price('59940') }],
    ['one of another desk', { desk: 'desk-2', strategy: 'carry', agent: 'other' }],
  ])('%s makes it a duplicate', (_, change) => {
    expect(checkOf(after(change), 'A10')).toMatchObject({
      code: 'ORDER_DUPLICATED',
      observed: 1,
      limit: 0,
    });
  });

  test.each<[string, Partial<RecentDecision>]>([
    ['at the end of the window', { at: ago(WINDOW) }],
    ['refused', { verdict: 'refused' }],
    ['a cancel', { kind: 'cancel' }],
    ['another symbol', { symbol: 'BTC/USDT' }],
    ['another side', { side: 'sell' }],
    ['another type', { type: 'market' }],
    ['larger by more', { qty: qty('0.01010001') }],
    ['smaller by more', { qty: qty('0.00989999') }],
    ['dearer by more', { price: price('60060.00000001') }],
    ['cheaper by more', { price: price('59939.99999999') }],
    ['its own id, come back from a human', { proposalId: baseOrder.id }],
  ])('one that is %s does not', (_, change) => {
    expect(outcomeOf(after(change), 'A10')).toBe('pass');
  });

  test('looks past newer decisions, and no further than the window', () => {
    const newer = withDecision(after(), { at: ago(1_000), side: 'sell' });
    expect(checkOf(newer, 'A10').observed).toBe(1);
    const older = withDecision(after({ at: ago(WINDOW) }), { at: ago(WINDOW - 1) });
    expect(checkOf(older, 'A10').observed).toBe(1);
    expect(checkOf(after({}, after()), 'A10').observed).toBe(2);
  });

  test('as many twins as are allowed pass', () => {
    const two = policyWith({ 'A10-order-duplicate': { twinsMax: 2 } });
    const twins = after({}, after());
    expect(outcomeOf({ ...twins, policy: two }, 'A10')).toBe('pass');
    expect(outcomeOf({ ...after({}, twins), policy: two }, 'A10')).toBe('ORDER_DUPLICATED');
  });

  const locks = (c: Case) => judge(c).effects.filter(({ code }) => code === 'ORDER_DUPLICATED');
  test('insisting locks the strategy for a while; refused attempts count', () => {
    expect(locks(after())).toEqual([]);
    const lock = {
      kind: 'lock',
      scope: 'strategy',
      key: 'trend',
      code: 'ORDER_DUPLICATED',
      until: ahead(15 * 60_000),
    };
    expect(locks(after({ verdict: 'refused' }, after()))).toEqual([lock]);
    expect(locks(after({ verdict: 'refused' }, after({ verdict: 'refused' })))).toEqual([]);
  });

  test('is judged for exits, and refused for want of decisions or of a price', () => {
    const exit = exitCase(base.policy);
    const twin = { side: 'sell' as const, qty: qty('0.02'), price: price('59999.5') };
    expect(outcomeOf(after(twin, exit), 'A10')).toBe('ORDER_DUPLICATED');
    expect(outcomeOf(withAccount(base, { decisions: null }), 'A10')).toBe(
      'ORDER_DUPLICATED_INPUT_MISSING (recent decisions)',
    );
    const blind = withBook(withOrder(base, { type: 'market', limitPrice: null }), { asks: [] });
    expect(outcomeOf(blind, 'A10')).toBe('ORDER_DUPLICATED_INPUT_MISSING (price)');
    expect(outcomeOf(cancel, 'A10')).toBe('na');
  });
});

describe('A11 claims', () => {
  const says = (claims: Partial<OrderProposal['claims']>, c: Case = base): Case =>
    withOrder(c, { claims: { notional: null, riskReward: null, ...claims } });
  const none = { stopPrice: null, targetPrice: null };

  test.each([
    ['6 above', '606'],
    ['6 below', '594'],
  ])('a value claimed %s, 1 %% of 600, passes; one step further does not', (_, claimed) => {
    const edge = money(claimed);
    const past = (edge + (edge > money('600') ? 1n : -1n)) as typeof edge;
    expect(checkOf(says({ notional: edge }), 'A11')).toMatchObject({
      status: 'pass',
      observed: 10_000,
      limit: 10_000,
    });
    expect(checkOf(says({ notional: past }), 'A11')).toMatchObject({
      code: 'CLAIM_FALSE',
      observed: 10_001,
    });
  });

  test('reward over risk is recomputed for both sides', () => {
    for (const c of [base, sellCase(base.policy)]) {
      expect(checkOf(says({ riskReward: ppm(2_000_000) }, c), 'A11')).toMatchObject({
        status: 'pass',
        observed: 0,
      });
      expect(outcomeOf(says({ riskReward: ppm(2_020_000) }, c), 'A11')).toBe('pass');
      expect(outcomeOf(says({ riskReward: ppm(2_020_001) }, c), 'A11')).toBe('CLAIM_FALSE');
      expect(outcomeOf(says({ riskReward: ppm(-2_000_000) }, c), 'A11')).toBe('CLAIM_FALSE');
    }
  });

  test('the worse of two claims counts', () => {
    const both = { notional: money('606'), riskReward: ppm(2_000_000) };
    expect(checkOf(says(both), 'A11').observed).toBe(10_000);
    expect(checkOf(says({ ...both, riskReward: ppm(2_100_000) }), 'A11').observed).toBe(50_000);
    expect(
      checkOf(says({ notional: money('600'), riskReward: ppm(1_980_000) }), 'A11'),
    ).toMatchObject({ status: 'pass', observed: 10_000 });
  });

  test('a claim that cannot be recomputed is false, not true', () => {
    const claim = { riskReward: ppm(2_000_000) };
    for (const missing of [
      none,
      { ...none, stopPrice: price('59100') },
      { ...none, targetPrice: price('61800') },
    ])
      expect(outcomeOf(withOrder(says(claim), missing), 'A11')).toBe('CLAIM_FALSE (riskReward)');
    const noRisk = withOrder(says(claim), { stopPrice: price('60000') });
    expect(outcomeOf(noRisk, 'A11')).toBe('CLAIM_FALSE (riskReward)');
    const blind = withMarket(withOrder(says(claim), { type: 'market', limitPrice: null }), {
      book: null,
    });
    expect(outcomeOf(blind, 'A11')).toBe('CLAIM_FALSE (riskReward)');
  });

  test('a value claimed where none can be computed is refused', () => {
    const c = withMarket(says({ notional: money('600') }), { instrument: null });
    expect(outcomeOf(c, 'A11')).toBe('CLAIM_FALSE_INPUT_MISSING (price or rate)');
  });

  test('a claim about an order that is worth nothing is false', () => {
    const nothing = withInstrument(says({ notional: money('600') }), { multiplier: factor('0') });
    expect(outcomeOf(nothing, 'A11')).toBe('CLAIM_FALSE (notional)');
  });

  test('where nothing is claimed there is nothing to compare', () => {
    expect(checkOf(says({}), 'A11')).toMatchObject({ status: 'na', note: 'nothing is claimed' });
    expect(outcomeOf(exitCase(base.policy), 'A11')).toBe('na');
    expect(outcomeOf(cancel, 'A11')).toBe('na');
  });

  test('a claim of zero reward is compared exactly', () => {
    const flat = withOrder(says({ riskReward: ppm(0) }), { targetPrice: price('60000') });
    expect(outcomeOf(flat, 'A11')).toBe('pass');
    const wrong = withOrder(says({ riskReward: ppm(1) }), { targetPrice: price('60000') });
    expect(outcomeOf(wrong, 'A11')).toBe('CLAIM_FALSE (riskReward)');
  });

  test('an exit that claims a wrong value is refused too', () => {
    const exit = says({ notional: money('9') }, exitCase(base.policy));
    expect(outcomeOf(exit, 'A11')).toBe('CLAIM_FALSE');
  });

  test('property: the claim itself never changes what is computed', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 16n }), (claimed) => {
        const verdict = judge(says({ notional: claimed as ReturnType<typeof money> }));
        const plain = judge(says({}));
        const others = (v: typeof verdict) => v.checks.filter(({ rule }) => rule !== 'A11');
        expect(others(verdict)).toEqual(others(plain));
      }),
      { numRuns: 30 },
    );
  });
});

describe('A12 rates', () => {
  const AGE = 60_000;
  const foreign = withInstrument(base, { quote: 'USDC', settle: 'USDC' });
  const rated = (at: typeof NOW, value = '1', c: Case = foreign): Case =>
    withMarket(c, { rates: { USDC: { factor: factor(value), at } } });

  test('in the account’s own currency no rate is needed', () => {
    expect(checkOf(base, 'A12')).toMatchObject({ status: 'pass', observed: 0, limit: AGE });
    expect(outcomeOf(exitCase(base.policy), 'A12')).toBe('pass');
    expect(outcomeOf(cancel, 'A12')).toBe('na');
  });

  test('a rate passes up to its age on either side of now, and no older', () => {
    expect(outcomeOf(rated(ago(AGE)), 'A12')).toBe('pass');
    expect(checkOf(rated(ago(AGE + 1)), 'A12')).toMatchObject({
      code: 'RATE_STALE',
      observed: AGE + 1,
    });
    expect(outcomeOf(rated(ahead(AGE)), 'A12')).toBe('pass');
    expect(outcomeOf(rated(ahead(AGE + 1)), 'A12')).toBe('RATE_STALE');
  });

  test('the older of two rates counts', () => {
    const two = (quoteAge: number, settleAge: number): Case =>
      withMarket(withInstrument(base, { quote: 'USDC', settle: 'EUR' }), {
        rates: {
          USDC: { factor: factor('1'), at: ago(quoteAge) },
          EUR: { factor: factor('1.1'), at: ago(settleAge) },
        },
      });
    expect(checkOf(two(5, 9), 'A12').observed).toBe(9);
    expect(checkOf(two(9, 5), 'A12').observed).toBe(9);
    expect(outcomeOf(two(1, AGE + 1), 'A12')).toBe('RATE_STALE');
  });

  test.each<[string, Case]>([
    ['instrument', withMarket(base, { instrument: null })],
    ['rate of the quote currency', foreign],
    ['rate of the quote currency', rated(NOW, '0')],
    ['rate of the quote currency', rated(NOW, '-1')],
    [
      'rate of the settlement currency',
      rated(NOW, '1', withInstrument(foreign, { settle: 'EUR' })),
    ],
    ['rate of the quote currency', withInstrument(base, { quote: 'toString', settle: 'toString' })],
  ])('without the %s it is refused', (what, c) => {
    expect(outcomeOf(c, 'A12')).toBe(`RATE_STALE_INPUT_MISSING (${what})`);
  });
});
