/**
 * Defects found in leading engines, each a test by its number and name.
 * Here: 1, 2, 3, 4, 6, 7, 8, 9, 12, 14, 16 and 17, as far as the gate is concerned.
 * tests/exchange/defects.test.ts: 11, 13, 18. tests/signer/defects.test.ts: 10, 15.
 * tests/ledger/defects.test.ts: 5, and what the folds have to do with 9, 12 and 16.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  breakers,
  judge,
  NETWORKS,
  RULES,
  type AccountView,
  type Case,
  type Effect,
  type EquityMarks,
  type Latch,
  type MarketView,
  type Network,
  type Qty,
  type Runtime,
  type TimeMs,
  type Verdict,
} from '#firewall';
import { answer } from '../../firewall/judge.ts';
import { factsOf } from '../../firewall/facts.ts';
import { ago, ahead, money, NOW, price, qty, SYMBOL, time } from '../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../firewall/proofs/base.ts';
import {
  basePosition,
  withAccount,
  withControls,
  withInstrument,
  withMarket,
  withOrder,
  withPosition,
  withRuntime,
} from '../../firewall/proofs/vary.ts';
import { decision } from '../../firewall/proofs/tempo.ts';
import { checkOf, outcomeOf } from './check-of.ts';
import { defaultPolicy } from './policy-fixture.ts';

const policy = defaultPolicy();
const base = baseCase(policy);
const codesOf = (verdict: Verdict): readonly string[] =>
  verdict.kind === 'refused' ? verdict.codes : [];
const latchOf = (effect: Effect): Latch => {
  if (effect.kind !== 'latch') throw new Error('a lock is no latch');
  return { ...effect, reason: effect.code, by: 'gate', at: NOW };
};
const latched = (state: Latch['state'], c: Case): Case =>
  withControls(c, {
    latches: [{ scope: 'account', key: 'main', state, reason: 'drill', by: 'operator', at: NOW }],
  });
/** Equity marked to market, with the best ever as the only mark above it. */
const fallen = (equity: string, highWater: string, c: Case = base): Case => {
  const even = money(equity);
  const marks: EquityMarks = {
    dayOpen: even,
    weekAgo: even,
    monthAgo: even,
    windowHigh: even,
    highWater: money(highWater),
  };
  return withAccount(c, { equity: even, marks });
};

describe('defect 1: a margin account skips all limits', () => {
  test('a perpetual order above the largest value is refused', () => {
    expect(base.market.instrument?.kind).toBe('perp');
    const huge = withOrder(base, { qty: qty('0.1') });
    expect(codesOf(judge(huge))).toContain('ORDER_NOTIONAL_ABOVE_MAX');
  });

  test('every limit is asked of a margin account as of a cash account', () => {
    for (const marginMode of ['none', 'cross', 'isolated'] as const) {
      const huge = withOrder(withInstrument(base, { marginMode }), { qty: qty('50') });
      expect(codesOf(judge(huge))).toEqual(
        expect.arrayContaining(['ORDER_QTY_ABOVE_MAX', 'ORDER_NOTIONAL_ABOVE_MAX']),
      );
    }
  });
});

describe('defect 2: reducing mode lets flat accounts open, and positions flip', () => {
  test('flat and reduce-only refuses every order', () => {
    for (const side of ['buy', 'sell'] as const)
      for (const reduceOnly of [true, false]) {
        const verdict = judge(latched('REDUCE_ONLY', withOrder(base, { side, reduceOnly })));
        expect(verdict).toMatchObject({ kind: 'refused', reducing: false });
        expect(codesOf(verdict)).toContain('TRADING_STATE_CLOSED');
      }
  });

  test('an order that would flip the position is refused, whatever it claims', () => {
    const exit = exitCase(policy);
    const flip = withOrder(exit, { qty: (basePosition.qty + 1n) as Qty, reduceOnly: true });
    expect(judge(latched('REDUCE_ONLY', exit)).kind).toBe('approved');
    expect(judge(latched('REDUCE_ONLY', flip))).toMatchObject({ kind: 'refused', reducing: false });
  });

  test('reducing is computed from the worst case: no size beyond the position passes (property)', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n * basePosition.qty }), (size) => {
        const c = latched('REDUCE_ONLY', withOrder(exitCase(policy), { qty: size as Qty }));
        expect(outcomeOf(c, 'H1') === 'pass').toBe(size <= basePosition.qty);
      }),
    );
  });
});

describe('defect 3: no account, no price or an error in margin lets the order pass', () => {
  const account: readonly (keyof AccountView)[] = [
    'equity',
    'cash',
    'free',
    'maintenance',
    'positions',
    'working',
    'marks',
    'day',
    'decisions',
    'trades',
    'flow',
    'decidedBefore',
    'unexplained',
  ];
  test.each(account)('an account without %s refuses', (part) => {
    expect(judge(withAccount(base, { [part]: null })).kind).toBe('refused');
  });

  const market: readonly (keyof MarketView)[] = [
    'instrument',
    'status',
    'book',
    'motion',
    'bar',
    'volume',
    'volatility',
    'reference',
    'funding',
    'feed',
    'clock',
  ];
  test.each(market)('a market without %s refuses', (part) => {
    expect(judge(withMarket(base, { [part]: null })).kind).toBe('refused');
  });

  const runtime: readonly (keyof Runtime)[] = [
    'publicStreamAt',
    'privateStreamAt',
    'auditDurable',
    'reconciliation',
    'unresolved',
    'host',
    'apiWeightLeft',
    'builds',
    'stateVersion',
    'policyApproved',
  ];
  test.each(runtime)('a house without %s refuses', (part) => {
    expect(judge(withRuntime(base, { [part]: null })).kind).toBe('refused');
  });

  test.each(['latches', 'locks', 'desks', 'models', 'blackouts'] as const)(
    'controls without %s refuse',
    (part) => {
      expect(judge(withControls(base, { [part]: null })).kind).toBe('refused');
    },
  );

  test('and controls without modes send nothing', () => {
    expect(judge(withControls(base, { modes: null }))).toMatchObject({ mode: 'shadow' });
  });
});

describe('defect 4: a protective exit is blocked by the smallest value or the free balance', () => {
  const exit = exitCase(policy);
  test.each<[string, Case]>([
    ['a venue minimum far above it', withInstrument(exit, { notionalMin: money('90000') })],
    ['no free cash', withAccount(exit, { free: money('0'), cash: money('0') })],
    ['a lost account', fallen('1000', '100000', exit)],
    ['reduce-only', latched('REDUCE_ONLY', exit)],
    [
      'many orders today',
      withAccount(exit, { decisions: Array.from({ length: 50 }, () => decision()) }),
    ],
    ['no marks to compare with', withAccount(exit, { marks: null, equity: null })],
  ])('the full exit is admissible under %s', (_, c) => {
    expect(judge(c)).toMatchObject({ kind: 'approved', reducing: true });
  });
});

describe('defect 6: an approval hook that throws approves', () => {
  test('a check that throws refuses under its own name', () => {
    const [first] = RULES;
    if (first === undefined) throw new Error('there are rules');
    const throwing = {
      ...first,
      evaluate: () => {
        throw new Error('boom');
      },
    };
    expect(answer(throwing, factsOf(base), {})).toMatchObject({
      status: 'fail',
      code: `${first.code}_CHECK_THREW`,
    });
  });

  test('a value of the wrong kind anywhere in the account refuses', () => {
    for (const part of ['equity', 'free', 'marks', 'day', 'flow'] as const) {
      const torn = withAccount(base, { [part]: 'much' as never });
      expect([part, judge(torn).kind]).toEqual([part, 'refused']);
    }
  });
});

describe('defect 7: an age test that is always true', () => {
  const AGES = { A7: 60_000, H2: 2_000, H3: 120_000 } as const;
  const aged = (id: keyof typeof AGES, at: TimeMs): Case => {
    if (id === 'A7') return withOrder(base, { createdAt: at });
    if (id === 'H2') return withAccount(base, { asOf: at });
    return withRuntime(base, { reconciliation: { status: 'clean', since: at, checkedAt: at } });
  };
  test.each(['A7', 'H2', 'H3'] as const)('%s is true exactly up to its limit (property)', (id) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * AGES[id] }), (age) => {
        expect(checkOf(aged(id, ago(age)), id).status === 'pass').toBe(age <= AGES[id]);
      }),
    );
    expect(checkOf(aged(id, time(Number.NaN)), id).status).not.toBe('pass');
  });
});

describe('defect 8: drawdown of closed trades only, and one that fires again after a win', () => {
  test('an open loss trips: equity is marked to market, and no trade has been closed', () => {
    const open = fallen('91999.99999999', '100000');
    expect(open.account.trades).toEqual([]);
    expect(codesOf(judge(open))).toEqual(['DRAWDOWN_ABOVE_MAX']);
    expect(judge(fallen('92000', '100000')).kind).toBe('approved');
  });

  test('once won back it does not fire again, however deep it was', () => {
    expect(breakers(...argsOf(fallen('85000', '100000'))).length).toBe(1);
    expect(breakers(...argsOf(fallen('92500', '100000')))).toEqual([]);
    expect(outcomeOf(fallen('92500', '100000'), 'F3')).toBe('pass');
  });

  test('while it is latched nothing fires a second time', () => {
    const deep = fallen('85000', '100000');
    const effects = breakers(...argsOf(deep));
    const closed = withControls(deep, { latches: effects.map(latchOf) });
    expect(breakers(...argsOf(closed))).toEqual([]);
  });
});

const argsOf = (c: Case): Parameters<typeof breakers> => [c.account, c.controls, c.policy, c.now];

describe('defect 9: the high-water mark is reset on a breach', () => {
  test('the latch survives the recovery, and there is no entry again', () => {
    const [effect] = judge(fallen('90000', '100000')).effects;
    if (effect === undefined) throw new Error('a breach has an effect');
    expect(effect).toMatchObject({ kind: 'latch', state: 'HALTED', scope: 'account' });
    const recovered = withControls(fallen('100000', '100000'), { latches: [latchOf(effect)] });
    expect(codesOf(judge(recovered))).toEqual(['TRADING_STATE_CLOSED']);
    const muchLater = { ...recovered, now: ahead(9 * 86_400_000) };
    expect(codesOf(judge(muchLater))).toContain('TRADING_STATE_CLOSED');
  });

  test('judging changes no mark', () => {
    const deep = fallen('90000', '100000');
    judge(deep);
    breakers(...argsOf(deep));
    expect(deep.account.marks?.highWater).toBe(money('100000'));
  });
});

describe('defect 12: a kill switch that goes on after an error, and forgets', () => {
  test('an error in the profit halts', () => {
    const broken = withAccount(base, { equityFault: true });
    const effects = breakers(...argsOf(broken));
    expect(effects).toEqual([
      {
        kind: 'latch',
        scope: 'account',
        key: 'main',
        state: 'HALTED',
        code: 'BALANCE_UNEXPLAINED',
      },
    ]);
    expect(judge(broken).effects).toEqual(effects);
    const thrown = breakers(...argsOf(withAccount(base, { equity: Number.NaN as never })));
    expect(thrown.some((effect) => effect.kind === 'latch' && effect.state === 'HALTED')).toBe(
      true,
    );
  });

  test('halted stays halted after a restart: nothing but the latch is needed for it', () => {
    const controls = latched('HALTED', base);
    expect(codesOf(judge(controls))).toEqual(['TRADING_STATE_CLOSED']);
    expect(codesOf(judge(withControls(base, { latches: null })))).toEqual([
      'TRADING_STATE_CLOSED_INPUT_MISSING',
    ]);
  });
});

describe('defect 14: a window that never forgets', () => {
  const WINDOWED = ['F6', 'F7', 'F8', 'F11', 'F20', 'G7', 'I2', 'A10', 'E5', 'D2'];
  const busy = (age: number): Case => {
    const decisions = Array.from({ length: 200 }, (_, index) =>
      decision({
        at: ago(age),
        symbol: SYMBOL,
        strategy: 'trend',
        agent: 'planner',
        side: index % 2 === 0 ? 'sell' : 'buy',
        qty: qty('0.01'),
        price: price('50000'),
        notional: money('9000'),
      }),
    );
    const trades = Array.from({ length: 50 }, () => ({
      closedAt: ago(age),
      symbol: SYMBOL,
      strategy: 'trend',
      side: 'buy' as const,
      qty: qty('0.01'),
      profit: money('-100'),
      byStop: true,
    }));
    return withAccount(base, { decisions, trades });
  };
  const refusing = (c: Case): readonly string[] =>
    judge(c)
      .checks.filter(({ rule, status }) => status === 'fail' && WINDOWED.includes(rule))
      .map(({ rule }) => rule);

  test('everything of the last second counts', () => {
    expect(refusing(busy(1_000)).length).toBeGreaterThanOrEqual(8);
  });

  test('and nothing of it once every window has passed', () => {
    expect(refusing(busy(2 * 86_400_000))).toEqual([]);
  });

  test('a past that only grows older never refuses more (property)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 90_000_000 }),
        fc.integer({ min: 0, max: 90_000_000 }),
        (age, more) => {
          const before = refusing(busy(age));
          for (const rule of refusing(busy(age + more))) expect(before).toContain(rule);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('defect 16: a profit that is no number becomes the high-water mark', () => {
  test('an equity that was no number halts and is compared with nothing', () => {
    const faulty = withAccount(base, { equityFault: true, equity: null });
    expect(judge(faulty).effects).toEqual([
      {
        kind: 'latch',
        scope: 'account',
        key: 'main',
        state: 'HALTED',
        code: 'BALANCE_UNEXPLAINED',
      },
    ]);
    expect(codesOf(judge(faulty))).toEqual(
      expect.arrayContaining(['DRAWDOWN_ABOVE_MAX_INPUT_MISSING', 'BALANCE_UNEXPLAINED']),
    );
    expect(faulty.account.marks?.highWater).toBe(money('100000'));
  });

  test('not even a value of the wrong type gets past', () => {
    for (const equity of [Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 53, '100000']) {
      const c = withAccount(base, { equity: equity as never });
      expect([equity, judge(c).kind]).toEqual([equity, 'refused']);
    }
  });
});

describe('defect 17: local checks that are off in live trading', () => {
  const on = (network: Network): Case =>
    withControls(withOrder(withAccount(base, { network }), { network, qty: qty('5') }), {
      arms: [{ network, account: 'main', by: 'operator', expiresAt: ahead(1_000) }],
    });

  test('paper and live run the same rules and give the same answers', () => {
    const answers = NETWORKS.map((network) =>
      judge(on(network)).checks.filter(({ rule }) => !['B12', 'H8', 'G4'].includes(rule)),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  test('live is only ever stricter', () => {
    for (const network of ['test', 'main'] as const) {
      const paper = codesOf(judge(on('paper')));
      expect(codesOf(judge(on(network)))).toEqual(expect.arrayContaining([...paper]));
    }
  });
});

test('a position in another symbol hides no defect of this one', () => {
  const c = latched('REDUCE_ONLY', withPosition(base, { symbol: 'ETH/USDT:USDT', base: 'ETH' }));
  expect(judge(c)).toMatchObject({ kind: 'refused', reducing: false });
});
