/** What the vault judges again: the same six rules, on a fresh market, without an account. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judge,
  recheck,
  recheckPasses,
  RECHECKED,
  TRADING_STATES,
  type Case,
  type Check,
  type RecheckInput,
} from '#firewall';
import { PROVERS } from '../../firewall/proofs.ts';
import { NOW, ahead, price } from '../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../firewall/proofs/base.ts';
import { withCancel } from '../../firewall/proofs/vary.ts';
import { baseBook, baseMarket } from '../../firewall/proofs/views.ts';
import { defaultPolicy } from './policy-fixture.ts';

const base = baseCase(defaultPolicy());
const inputOf = (c: Case, change: Partial<RecheckInput> = {}): RecheckInput => ({
  proposal: c.proposal,
  market: c.market,
  policy: c.policy,
  state: 'ACTIVE',
  reducing: false,
  now: c.now,
  ...change,
});
const failing = (checks: readonly Check[]): readonly string[] =>
  checks.filter(({ status }) => status === 'fail').map(({ rule }) => rule);

test('asks six rules, in order, and lets a good order pass', () => {
  const checks = recheck(inputOf(base));
  expect(checks.map(({ rule }) => rule)).toEqual([...RECHECKED]);
  expect(checks.map(({ status }) => status)).toEqual(RECHECKED.map(() => 'pass'));
  expect(recheckPasses(checks)).toBe(true);
});

describe.each(['A7', 'C1', 'C3', 'D1', 'D4'])('%s', (id) => {
  test('refuses behind the second door what it refuses before the first', () => {
    const proof = PROVERS[id]?.(defaultPolicy());
    expect(proof).toBeDefined();
    if (proof === undefined) return;
    const refused = recheck(inputOf(proof.refuses));
    expect(failing(refused)).toContain(id);
    expect(recheckPasses(refused)).toBe(false);
    expect(failing(recheck(inputOf(proof.passes)))).toEqual([]);
    const again = refused.find(({ rule }) => rule === id);
    expect(again).toEqual(judge(proof.refuses).checks.find(({ rule }) => rule === id));
  });
});

describe('the vault’s own state', () => {
  test.each(TRADING_STATES)('%s', (state) => {
    const entry = recheck(inputOf(base, { state }));
    expect(recheckPasses(entry)).toBe(state === 'ACTIVE');
    const exit = recheck(inputOf(exitCase(defaultPolicy()), { state, reducing: true }));
    expect(recheckPasses(exit)).toBe(state === 'ACTIVE' || state === 'REDUCE_ONLY');
    if (state !== 'ACTIVE') expect(failing(entry)).toEqual(['H1']);
    // A cancel only takes risk away; whether a halted vault signs one is the vault's own decision.
    expect(recheckPasses(recheck(inputOf(withCancel(base), { state })))).toBe(true);
  });
});

test('a state that is not open says who closed it', () => {
  const notes = recheck(inputOf(base, { state: 'HALTED' })).map(({ rule, note }) => [rule, note]);
  expect(notes).toContainEqual(['H1', 'global *: vault']);
});

describe('reducing', () => {
  test('is never computed here: an exit counts as an entry unless the caller vouches for it', () => {
    const exit = exitCase(defaultPolicy());
    const state = 'REDUCE_ONLY';
    expect(failing(recheck(inputOf(exit, { state })))).toEqual(['H1']);
    expect(failing(recheck(inputOf(exit, { state, reducing: true })))).toEqual([]);
  });

  test('widens what the rules widen for exits', () => {
    const exit = exitCase(defaultPolicy());
    const wide = {
      ...baseMarket,
      book: {
        ...baseBook,
        asks: baseBook.asks.map((level) => ({ ...level, price: price('60500') })),
      },
    };
    const strict = failing(recheck(inputOf(exit, { market: wide })));
    expect(strict).toContain('C3');
    const lenient = failing(recheck(inputOf(exit, { market: wide, reducing: true })));
    expect(lenient).not.toContain('C3');
  });
});

describe('fails closed', () => {
  test('a view of another market is no view', () => {
    const foreign = { ...baseMarket, symbol: 'ETH/USDT:USDT' };
    expect(failing(recheck(inputOf(base, { market: foreign })))).toEqual(['C1', 'C3', 'D1', 'D4']);
  });

  test.each(['book', 'motion'] as const)('a market without its %s', (part) => {
    const checks = recheck(inputOf(base, { market: { ...baseMarket, [part]: null } }));
    expect(recheckPasses(checks)).toBe(false);
  });

  test('a market that has aged on the way', () => {
    expect(failing(recheck(inputOf(base, { now: ahead(60_000) })))).toEqual(
      expect.arrayContaining(['A7', 'C1']),
    );
  });

  test('too few answers are no permission', () => {
    const checks = recheck(inputOf(base));
    expect(recheckPasses(checks.slice(1))).toBe(false);
    expect(recheckPasses([])).toBe(false);
  });

  test('a market that is none at all is refused by every rule', () => {
    const checks = recheck(inputOf(base, { market: null as never }));
    expect(checks.map(({ rule, code }) => [rule, code])).toEqual(
      RECHECKED.map((id) => [id, 'CASE_MALFORMED']),
    );
    expect(checks[0]).toMatchObject({
      status: 'fail',
      maxQty: null,
      retryAfterMs: null,
      note: 'the proposal, the market or the policy',
    });
  });

  test('never throws, whatever the market says (property)', () => {
    const parts = ['book', 'motion', 'reference', 'instrument', 'clock', 'asOf', 'symbol'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.anything(), (part, value) => {
        const market = { ...baseMarket, [part]: value } as unknown as RecheckInput['market'];
        const checks = recheck(inputOf(base, { market }));
        expect(checks.length).toBe(RECHECKED.length);
      }),
      { numRuns: 200 },
    );
  });
});

test('gives the answers of the gate for a case without a position (property)', () => {
  fc.assert(
    fc.property(fc.integer({ min: -5_000, max: 70_000 }), (ms) => {
      const now = (NOW + ms) as typeof NOW;
      const c = { ...base, now };
      const gate = judge(c).checks.filter(({ rule }) =>
        (RECHECKED as readonly string[]).includes(rule),
      );
      expect(recheck(inputOf(c))).toEqual(gate);
    }),
  );
});
