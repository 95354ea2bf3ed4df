/** F1 to F5: losses are marked to market, rounded against us, and latch. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, type AccountView, type Case, type EquityMarks, type Money } from '#firewall';
import { money } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import { withAccount } from '../../../firewall/proofs/vary.ts';
import { baseAccount } from '../../../firewall/proofs/views.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const FUNDS = money('100000');

/** Equity after a loss against one mark, with every other mark at the equity itself. */
const lost = (mark: keyof EquityMarks, equity: bigint, c: Case = base): Case => {
  const even = equity as Money;
  const marks = { dayOpen: even, weekAgo: even, monthAgo: even, windowHigh: even, highWater: even };
  return withAccount(c, { equity: even, marks: { ...marks, [mark]: FUNDS } });
};

const LOSSES = [
  ['F1', 'dayOpen', 20_000, 'DAILY_LOSS_ABOVE_MAX', '', 'REDUCE_ONLY'],
  ['F2', 'weekAgo', 50_000, 'ROLLING_LOSS_ABOVE_MAX', ' (seven days)', 'REDUCE_ONLY'],
  ['F2', 'monthAgo', 80_000, 'ROLLING_LOSS_ABOVE_MAX', ' (thirty days)', 'REDUCE_ONLY'],
  ['F3', 'highWater', 80_000, 'DRAWDOWN_ABOVE_MAX', '', 'HALTED'],
  ['F4', 'windowHigh', 10_000, 'LOSS_VELOCITY_ABOVE_MAX', '', 'HALTED'],
] as const;

describe.each(LOSSES)('%s against %s', (id, mark, most, code, note, state) => {
  const atLimit = FUNDS - (FUNDS * BigInt(most)) / 1_000_000n;

  test('passes at the limit and refuses the smallest step past it', () => {
    expect(checkOf(lost(mark, atLimit), id)).toMatchObject(
      mark === 'weekAgo' ? { status: 'pass' } : { status: 'pass', observed: most, limit: most },
    );
    expect(outcomeOf(lost(mark, atLimit - 1n), id)).toBe(`${code}${note}`);
    expect(checkOf(lost(mark, atLimit - 1n), id)).toMatchObject({
      observed: most + 1,
      limit: most,
    });
  });

  test('sees no loss in a gain', () => {
    expect(checkOf(lost(mark, FUNDS), id)).toMatchObject({ status: 'pass', observed: 0 });
    expect(checkOf(lost(mark, FUNDS * 2n), id)).toMatchObject({ status: 'pass', observed: 0 });
  });

  test(`latches the account ${state}, and only on a breach`, () => {
    expect(judge(lost(mark, atLimit - 1n)).effects).toContainEqual({
      kind: 'latch',
      scope: 'account',
      key: 'main',
      state,
      code,
    });
    expect(judge(lost(mark, atLimit)).effects).toEqual([]);
  });

  test.each<[string, Partial<AccountView>]>([
    ['equity', { equity: null }],
    ['marks', { marks: null }],
    ['a sound balance', { equityFault: true }],
  ])('refuses without %s', (_, change) => {
    expect(outcomeOf(withAccount(base, change), id)).toBe(`${code}_INPUT_MISSING (a sound equity)`);
  });

  test('a mark of zero or less cannot be compared with', () => {
    const nothing = (value: string): Case =>
      withAccount(base, {
        equity: money('-1'),
        marks: {
          dayOpen: money(value),
          weekAgo: money(value),
          monthAgo: money(value),
          windowHigh: money(value),
          highWater: money(value),
        },
      });
    const want = `${code}_INPUT_MISSING (a positive equity to compare with)`;
    expect(outcomeOf(nothing('0'), id)).toBe(want);
    expect(outcomeOf(nothing('-2'), id)).toBe(want);
  });

  test('leaves the way out open', () => {
    expect(outcomeOf(lost(mark, FUNDS / 2n, exitCase(defaultPolicy())), id)).toBe('na');
  });
});

describe('F2 looks at both spans', () => {
  test('and reports the month where the week is in order', () => {
    expect(checkOf(lost('monthAgo', FUNDS - FUNDS / 20n), 'F2')).toMatchObject({
      status: 'pass',
      observed: 50_000,
      limit: 80_000,
      note: 'thirty days',
    });
  });
});

describe('F5 against the strategy’s own best', () => {
  const standing = baseAccount.strategies['trend'];
  const profits = (profit: string, profitPeak: string, c: Case = base): Case =>
    withAccount(c, {
      strategies:
        standing === undefined
          ? {}
          : { trend: { ...standing, profit: money(profit), profitPeak: money(profitPeak) } },
    });

  test.each([
    ['-5000', '0', 'pass', 100_000],
    ['-5000.00000001', '0', 'fail', 100_001],
    ['4000', '10000', 'pass', 100_000],
    ['3999.99999999', '10000', 'fail', 100_001],
    ['10000', '10000', 'pass', 0],
  ])('profit %s below a best of %s: %s', (profit, peak, status, observed) => {
    expect(checkOf(profits(profit, peak), 'F5')).toMatchObject({
      status,
      observed,
      limit: 100_000,
    });
  });

  test('a breach locks the strategy until a human ends it', () => {
    const verdict = judge(profits('-6000', '0'));
    expect(verdict.effects).toEqual([
      {
        kind: 'lock',
        scope: 'strategy',
        key: 'trend',
        code: 'STRATEGY_DRAWDOWN_ABOVE_MAX',
        until: null,
      },
    ]);
    expect(outcomeOf(profits('-6000', '0'), 'F5')).toBe('STRATEGY_DRAWDOWN_ABOVE_MAX (trend)');
  });

  test('an unknown strategy has no standing, not a clean one', () => {
    const want = 'STRATEGY_DRAWDOWN_ABOVE_MAX_INPUT_MISSING (the standing of the strategy)';
    expect(outcomeOf(withAccount(base, { strategies: {} }), 'F5')).toBe(want);
    const inherited = Object.create(baseAccount.strategies) as AccountView['strategies'];
    expect(outcomeOf(withAccount(base, { strategies: inherited }), 'F5')).toBe(want);
  });

  test('leaves the way out open', () => {
    expect(outcomeOf(profits('-6000', '0', exitCase(defaultPolicy())), 'F5')).toBe('na');
  });
});

test('a wider limit never turns a pass into a refusal', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 900_000 }),
      fc.integer({ min: 0, max: 90_000 }),
      fc.bigInt({ min: FUNDS / 10n, max: FUNDS * 2n }),
      (limit, more, equity) => {
        const at = (ppm: number): Case =>
          lost(
            'dayOpen',
            equity,
            baseCase(policyWith({ 'F1-daily-loss': { lossMax: `${ppm / 100} bps` } })),
          );
        const narrow = Math.floor(limit / 100) * 100;
        const wide = narrow + Math.floor(more / 100) * 100;
        if (checkOf(at(narrow), 'F1').status === 'pass')
          expect(checkOf(at(wide), 'F1').status).toBe('pass');
        const truth = (FUNDS - equity) * 1_000_000n <= FUNDS * BigInt(narrow);
        expect(checkOf(at(narrow), 'F1').status === 'pass').toBe(truth);
      },
    ),
    { numRuns: 60 },
  );
});
