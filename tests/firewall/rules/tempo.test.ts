/** F10 to F15: counters of today only, windows that forget, and a reserve for exits. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judge,
  RULES,
  type AccountView,
  type Case,
  type DayCounters,
  type OrderFlow,
  type RecentDecision,
} from '#firewall';
import { NOW, SYMBOL, ago, ahead } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import { withAccount, withCancel, withOrder, withRuntime } from '../../../firewall/proofs/vary.ts';
import { baseAccount } from '../../../firewall/proofs/views.ts';
import { decision } from '../../../firewall/proofs/tempo.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const DAY = 86_400_000;
const TODAY = Math.floor(NOW / DAY);

describe('F10 trade count', () => {
  const counted = (change: Partial<DayCounters>, c: Case = base): Case =>
    withAccount(c, { day: baseAccount.day === null ? null : { ...baseAccount.day, ...change } });
  const CODE = 'ORDERS_PER_DAY_ABOVE_MAX';

  test.each<[string, Case, string]>([
    ['the sixtieth order', counted({ ordersByAccount: 59 }), 'pass'],
    ['the sixty-first', counted({ ordersByAccount: 60 }), `${CODE} (account)`],
    ['yesterday’s do not count', counted({ ordersByAccount: 60, day: TODAY - 1 }), 'pass'],
    ['nor do tomorrow’s', counted({ ordersByAccount: 60, day: TODAY + 1 }), 'pass'],
    ['the thirtieth of the symbol', counted({ ordersBySymbol: { [SYMBOL]: 29 } }), 'pass'],
    ['one more of it', counted({ ordersBySymbol: { [SYMBOL]: 30 } }), `${CODE} (symbol)`],
    ['of it yesterday', counted({ ordersBySymbol: { [SYMBOL]: 30 }, day: TODAY - 1 }), 'pass'],
    ['the fortieth of the strategy', counted({ ordersByStrategy: { trend: 39 } }), 'pass'],
    ['one more of it', counted({ ordersByStrategy: { trend: 40 } }), `${CODE} (strategy)`],
    ['of it yesterday', counted({ ordersByStrategy: { trend: 40 }, day: TODAY - 1 }), 'pass'],
    ['of another', counted({ ordersByStrategy: { carry: 99 } }), 'pass'],
    ['of no day', counted({ day: Number.NaN }), `${CODE}_INPUT_MISSING (the counters of the day)`],
    ['a count that is no number', counted({ ordersByAccount: Number.NaN }), `${CODE} (account)`],
    [
      'a symbol’s count that is no number',
      counted({ ordersBySymbol: { [SYMBOL]: Number.NaN } }),
      `${CODE} (symbol)`,
    ],
    [
      'a strategy’s count that is no number',
      counted({ ordersByStrategy: { trend: Number.NaN } }),
      `${CODE} (strategy)`,
    ],
    [
      'unknown',
      withAccount(base, { day: null }),
      `${CODE}_INPUT_MISSING (the counters of the day)`,
    ],
    ['an exit', counted({ ordersByAccount: 99 }, exit), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'F10')).toBe(want);
  });

  test('counts this order too', () => {
    expect(checkOf(counted({ ordersByAccount: 3 }), 'F10')).toMatchObject({
      observed: 4,
      limit: 60,
    });
    const inherited = Object.create({ [SYMBOL]: 99 }) as Record<string, number>;
    expect(outcomeOf(counted({ ordersBySymbol: inherited }), 'F10')).toBe('pass');
  });
});

describe('F11 submit rate', () => {
  const CODE = 'SUBMIT_RATE_ABOVE_MAX';
  const decided = (decisions: readonly RecentDecision[] | null, c: Case = base): Case =>
    withAccount(c, { decisions });
  const many = (count: number, change: Partial<RecentDecision> = {}): readonly RecentDecision[] =>
    Array.from({ length: count }, () => decision({ at: ago(1_000), ...change }));

  test.each<[string, Case, string]>([
    ['none', decided([]), 'pass'],
    ['the sixth of the account', decided(many(5)), 'pass'],
    ['the seventh', decided(many(6)), CODE],
    ['the fourth of the strategy', decided(many(3, { strategy: 'trend' })), 'pass'],
    ['the fifth', decided(many(4, { strategy: 'trend' })), CODE],
    ['the fourth of the agent', decided(many(3, { agent: 'planner' })), 'pass'],
    ['the fifth', decided(many(4, { agent: 'planner' })), CODE],
    ['refused ones sent nothing', decided(many(9, { verdict: 'refused' })), 'pass'],
    ['held ones may still be sent', decided(many(6, { verdict: 'held' })), CODE],
    ['cancels', decided(many(9, { kind: 'cancel' })), 'pass'],
    ['exits have their own', decided(many(9, { reducing: true })), 'pass'],
    ['a minute ago', decided(many(9, { at: ago(60_000) })), 'pass'],
    ['a moment less', decided(many(6, { at: ago(59_999) })), CODE],
    ['from the future', decided(many(6, { at: ahead(5) })), CODE],
    ['old ones before new ones', decided([...many(9, { at: ago(60_000) }), ...many(5)]), 'pass'],
    ['unknown', decided(null), `${CODE}_INPUT_MISSING (the recent decisions)`],
    ['an exit among entries', decided(many(9), exit), 'pass'],
    ['the twentieth exit', decided(many(19, { reducing: true }), exit), 'pass'],
    ['the twenty-first', decided(many(20, { reducing: true }), exit), CODE],
    [
      'an exit of a busy strategy',
      decided(many(9, { reducing: true, strategy: 'trend', agent: 'planner' }), exit),
      'pass',
    ],
    ['a cancel', withCancel(decided(many(99))), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'F11')).toBe(want);
  });

  test('says when the bucket has room again: when the one that filled it has left', () => {
    const ages = [50_000, 40_000, 30_000, 20_000, 10_000, 5_000, 1_000];
    const c = decided(ages.map((age) => decision({ at: ago(age) })));
    expect(checkOf(c, 'F11')).toMatchObject({ observed: 7, limit: 6, retryAfterMs: 20_000 });
    const strategies = decided(ages.map((age) => decision({ at: ago(age), strategy: 'trend' })));
    expect(checkOf(strategies, 'F11')).toMatchObject({
      observed: 5,
      limit: 4,
      retryAfterMs: 40_000,
    });
    const agents = decided(ages.map((age) => decision({ at: ago(age), agent: 'planner' })));
    expect(checkOf(agents, 'F11')).toMatchObject({ observed: 5, limit: 4, retryAfterMs: 40_000 });
  });

  test('passes again at that moment, and not before (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 70_000 }), { minLength: 6, maxLength: 12 }),
        (ages) => {
          const c = decided(
            ages.toSorted((a, b) => b - a).map((age) => decision({ at: ago(age) })),
          );
          const wait = checkOf(c, 'F11').retryAfterMs;
          const at = (ms: number): string => outcomeOf({ ...c, now: ahead(ms) }, 'F11');
          if (wait === null) expect(at(0)).toBe('pass');
          else expect([at(wait - 1), at(wait)]).toEqual([CODE, 'pass']);
        },
      ),
    );
  });

  test('a bucket without room never passes', () => {
    for (const limit of ['accountMax', 'strategyMax', 'agentMax']) {
      const closed = baseCase(policyWith({ 'F11-submit-rate': { [limit]: 0 } }));
      expect(checkOf(closed, 'F11')).toMatchObject({
        status: 'fail',
        observed: 1,
        limit: 0,
        retryAfterMs: 60_000,
      });
    }
    const policy = policyWith({ 'F11-submit-rate': { accountMax: 0, reducingMax: 1 } });
    expect(outcomeOf(exitCase(policy), 'F11')).toBe('pass');
    const noExits = policyWith({ 'F11-submit-rate': { reducingMax: 0 } });
    expect(outcomeOf(exitCase(noExits), 'F11')).toBe(CODE);
  });

  test('reports how many count', () => {
    expect(checkOf(decided(many(3)), 'F11')).toMatchObject({ observed: 4, limit: 6 });
    expect(checkOf(exit, 'F11')).toMatchObject({ observed: 1, limit: 20 });
  });
});

test('F12 is declared not applicable, by name and with its reason', () => {
  expect(RULES.find(({ id }) => id === 'F12')).toMatchObject({
    name: 'modify-rate',
    notApplicable: expect.stringContaining('nothing in the contract changes a working order'),
  });
  expect(outcomeOf(base, 'F12')).toBe('na');
});

const flowing = (change: Partial<OrderFlow>, c: Case = base): Case =>
  withAccount(c, { flow: baseAccount.flow === null ? null : { ...baseAccount.flow, ...change } });

describe('F13 order to trade', () => {
  const CODE = 'ORDER_TO_TRADE_ABOVE_MAX';
  const messages = (orders: number, cancels: number, fills: number, c: Case = base): Case =>
    flowing(
      {
        ordersBySymbolToday: { [SYMBOL]: orders, 'ETH/USDT:USDT': 900 },
        cancelsBySymbolToday: { [SYMBOL]: cancels },
        fillsBySymbolToday: { [SYMBOL]: fills },
      },
      c,
    );

  test.each<[string, Case, string]>([
    ['twenty cancels a minute', flowing({ cancelsLastMinute: 20 }), 'pass'],
    ['one more', flowing({ cancelsLastMinute: 21 }), CODE],
    ['cancels that are no number', flowing({ cancelsLastMinute: Number.NaN }), CODE],
    ['few messages say nothing', messages(10, 9, 0), 'pass'],
    ['one more message without a fill', messages(10, 10, 0), 'pass'],
    ['twenty-two messages without a fill', messages(11, 10, 0), CODE],
    ['twenty-one messages a fill', messages(31, 31, 3), 'pass'],
    ['one more', messages(31, 32, 3), CODE],
    ['unknown', withAccount(base, { flow: null }), `${CODE}_INPUT_MISSING (the order flow)`],
    ['an exit', messages(99, 99, 0, exit), 'na'],
    ['an exit among cancels', flowing({ cancelsLastMinute: 99 }, exit), 'na'],
    ['a cancel', withCancel(flowing({ cancelsLastMinute: 99 })), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'F13')).toBe(want);
  });

  test('says when it is worth asking again', () => {
    expect(checkOf(flowing({ cancelsLastMinute: 30 }), 'F13')).toMatchObject({
      observed: 30,
      limit: 20,
      retryAfterMs: 60_000,
    });
    expect(checkOf(messages(60, 60, 2), 'F13')).toMatchObject({
      observed: 60,
      limit: 20,
      retryAfterMs: DAY - (NOW % DAY),
    });
    expect(checkOf(messages(40, 0, 4), 'F13')).toMatchObject({ status: 'pass', observed: 10 });
    expect(checkOf(messages(1, 0, 1), 'F13')).toMatchObject({ status: 'pass', observed: 0 });
  });
});

describe('F14 request budget', () => {
  const CODE = 'API_WEIGHT_BELOW_MIN';
  const left = (apiWeightLeft: number | null, c: Case = base): Case =>
    withRuntime(c, { apiWeightLeft });
  test.each<[string, Case, string]>([
    ['the reserve', left(100), 'pass'],
    ['one less', left(99), CODE],
    ['no number', left(Number.NaN), CODE],
    ['unknown', left(null), `${CODE}_INPUT_MISSING (the request budget left)`],
    ['an exit may use more', left(20, exit), 'pass'],
    ['but not all', left(19, exit), CODE],
    ['a cancel may use all', withCancel(left(0)), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'F14')).toBe(want);
  });
  test('says when to ask again', () => {
    expect(checkOf(left(7), 'F14')).toMatchObject({
      observed: 7,
      limit: 100,
      retryAfterMs: 10_000,
    });
  });
});

describe('F15 repeated execution', () => {
  const CODE = 'FILLS_WITHOUT_HUMAN_ABOVE_MAX';
  const filled = (fillsWithoutHuman: number, c: Case = base): Case => {
    const { trend } = baseAccount.strategies;
    return withAccount(c, {
      strategies: trend === undefined ? {} : { trend: { ...trend, fillsWithoutHuman } },
    });
  };
  const want = `${CODE}_INPUT_MISSING (the standing of the strategy)`;
  const inherited = Object.create(baseAccount.strategies) as AccountView['strategies'];
  test.each<[string, Case, string]>([
    ['sixty', filled(60), 'pass'],
    ['one more', filled(61), CODE],
    ['no number', filled(Number.NaN), CODE],
    ['unknown', withAccount(base, { strategies: {} }), want],
    ['not its own', withAccount(base, { strategies: inherited }), want],
    ['an exit', filled(99, exit), 'na'],
  ])('%s', (_, c, outcome) => {
    expect(outcomeOf(c, 'F15')).toBe(outcome);
  });
  test('locks the strategy until a human looks', () => {
    expect(judge(filled(61)).effects).toEqual([
      { kind: 'lock', scope: 'strategy', key: 'trend', code: CODE, until: null },
    ]);
    expect(checkOf(filled(61), 'F15')).toMatchObject({ observed: 61, limit: 60 });
  });
});

test('orders of another strategy and agent leave room for this one', () => {
  const c = withOrder(base, {});
  expect(judge(c).kind).toBe('approved');
});
