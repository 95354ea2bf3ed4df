/** Breakers between proposals: they say what the rules say, once, and fail closed. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  breakers,
  inForce,
  judge,
  longestWindow,
  lossWindow,
  protectiveExits,
  unseen,
  type AccountView,
  type Case,
  type Effect,
  type EquityMarks,
  type Money,
  type Position,
} from '#firewall';
import { PROVERS } from '../../firewall/proofs.ts';
import {
  NOW,
  SYMBOL,
  ago,
  ahead,
  digest,
  money,
  ppm,
  price,
  qty,
} from '../../firewall/proofs/amounts.ts';
import { baseCase } from '../../firewall/proofs/base.ts';
import {
  basePosition,
  withAccount,
  withControls,
  withMarket,
  withPosition,
  withRuntime,
} from '../../firewall/proofs/vary.ts';
import { baseAccount } from '../../firewall/proofs/views.ts';
import { defaultPolicy, policyDocument, policyOf, policyWith } from './policy-fixture.ts';

const base = baseCase(defaultPolicy());
const ask = ({ account, controls, policy, now }: Case): readonly Effect[] =>
  breakers(account, controls, policy, now);
const BREAKERS = ['F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'F15', 'F16', 'F17', 'F18'];

test('a sound account breaks nothing', () => {
  expect(ask(base)).toEqual([]);
});

describe.each([...BREAKERS, 'H9', 'H10', 'H12'])('%s without a proposal', (id) => {
  const proof = PROVERS[id]?.(defaultPolicy());
  test('does what it does with one', () => {
    expect(proof).toBeDefined();
    if (proof === undefined) return;
    const { effects } = judge(proof.refuses);
    expect(effects.length).toBeGreaterThan(0);
    expect(ask(proof.refuses)).toEqual(effects);
    expect(ask(proof.passes)).toEqual([]);
  });
});

test('H3 breaks when a mismatch lasts', () => {
  const since = (ms: number): Case =>
    withRuntime(base, {
      reconciliation: { status: 'mismatch', since: ago(ms), checkedAt: NOW },
    });
  const latch = { kind: 'latch', scope: 'account', key: 'main', code: 'RECONCILIATION_NOT_CLEAN' };
  expect(ask(since(0))).toEqual([{ ...latch, state: 'REDUCE_ONLY' }]);
  expect(ask(since(600_001))).toEqual([{ ...latch, state: 'HALTED' }]);
});

test('a symbol that nobody has seen is known by its name alone', () => {
  const { symbol: _symbol, asOf: _asOf, ...rest } = unseen('A/USDT', NOW);
  expect(unseen('A/USDT', NOW)).toMatchObject({ symbol: 'A/USDT', asOf: NOW });
  const { rates, marks, evidence, ...parts } = rest;
  expect({ rates, marks, evidence }).toEqual({ rates: {}, marks: {}, evidence: [] });
  expect(Object.keys(parts)).toHaveLength(11);
  expect(new Set(Object.values(parts))).toEqual(new Set([null]));
});

test('every strategy is asked, not only that of some proposal', () => {
  const standing = baseAccount.strategies['trend'];
  if (standing === undefined) throw new Error('the base account has a strategy');
  const lost = { ...standing, profit: money('-6000') };
  const c = withAccount(base, { strategies: { trend: standing, carry: lost, news: lost } });
  expect(ask(c)).toEqual(
    ['carry', 'news'].map((key) => ({
      kind: 'lock',
      scope: 'strategy',
      key,
      code: 'STRATEGY_DRAWDOWN_ABOVE_MAX',
      until: null,
    })),
  );
});

test('every symbol that was traded is asked, and one lock of the account is one', () => {
  const trade = (symbol: string, byStop: boolean, profit: string) =>
    ({
      closedAt: ago(60_000),
      symbol,
      strategy: 'carry',
      side: 'buy',
      qty: qty('1'),
      profit: money(profit),
      byStop,
    }) as const;
  const losses = withAccount(base, {
    trades: [trade('A/USDT', false, '-501'), trade('B/USDT', false, '-1')],
  });
  expect(ask(losses)).toEqual([
    {
      kind: 'lock',
      scope: 'symbol',
      key: 'A/USDT',
      code: 'SYMBOL_LOSS_ABOVE_MAX',
      until: ago(60_000) + 6 * 3_600_000,
    },
  ]);
  const stops = ['A', 'B', 'C', 'D', 'E'].map((name) => trade(`${name}/USDT`, true, '0'));
  expect(ask(withAccount(base, { trades: stops }))).toEqual([
    {
      kind: 'lock',
      scope: 'account',
      key: 'main',
      code: 'STOP_OUTS_ABOVE_MAX',
      until: ago(60_000) + 2 * 3_600_000,
    },
  ]);
});

test('what is in force already is not said again', () => {
  for (const id of BREAKERS) {
    const refuses = PROVERS[id]?.(defaultPolicy()).refuses;
    if (refuses === undefined) throw new Error(id);
    const applied = withControls(refuses, {
      latches: ask(refuses).flatMap((effect) =>
        effect.kind === 'latch' ? [{ ...effect, reason: effect.code, by: 'gate', at: NOW }] : [],
      ),
      locks: ask(refuses).flatMap((effect) => (effect.kind === 'lock' ? [effect] : [])),
    });
    expect([id, ask(refuses).length > 0, ask(applied)]).toEqual([id, true, []]);
  }
});

describe('in force', () => {
  const latch: Effect = {
    kind: 'latch',
    scope: 'account',
    key: 'main',
    state: 'CANCEL_ONLY',
    code: 'X',
  };
  const held = { scope: 'account', key: 'main', reason: 'r', by: 'gate', at: NOW } as const;
  const lock: Effect = { kind: 'lock', scope: 'symbol', key: SYMBOL, code: 'X', until: ahead(10) };
  const controls = (change: Partial<Case['controls']>) => withControls(base, change).controls;

  test.each([
    ['REDUCE_ONLY', false],
    ['CANCEL_ONLY', true],
    ['HALTED', true],
  ] as const)('a latch under %s: %s', (state, want) => {
    expect(inForce(latch, controls({ latches: [{ ...held, state }] }), NOW)).toBe(want);
    const other = { ...held, state, key: 'side' };
    expect(inForce(latch, controls({ latches: [other] }), NOW)).toBe(false);
    const venue = { ...held, state, scope: 'venue' } as const;
    expect(inForce(latch, controls({ latches: [venue] }), NOW)).toBe(false);
  });

  test.each([
    ['for as long', ahead(10), true],
    ['for longer', ahead(11), true],
    ['until a human ends it', null, true],
    ['for less', ahead(9), false],
    ['no more', ago(0), false],
  ] as const)('a lock that holds %s', (_, until, want) => {
    const same = { scope: 'symbol', key: SYMBOL, code: 'X', until } as const;
    expect(inForce(lock, controls({ locks: [same] }), NOW)).toBe(want);
    expect(inForce(lock, controls({ locks: [{ ...same, code: 'Y' }] }), NOW)).toBe(false);
    expect(inForce(lock, controls({ locks: [{ ...same, key: 'Y' }] }), NOW)).toBe(false);
    expect(inForce(lock, controls({ locks: [{ ...same, scope: 'agent' }] }), NOW)).toBe(false);
  });

  test('a lock without an end is not in force under one that ends', () => {
    const endless: Effect = { ...lock, until: null };
    const same = { scope: 'symbol', key: SYMBOL, code: 'X' } as const;
    expect(inForce(endless, controls({ locks: [{ ...same, until: ahead(10) }] }), NOW)).toBe(false);
    expect(inForce(endless, controls({ locks: [{ ...same, until: null }] }), NOW)).toBe(true);
  });

  test('a lock that has ended does not cover one that would end before it', () => {
    const past: Effect = { ...lock, until: ago(20) };
    const ended = { scope: 'symbol', key: SYMBOL, code: 'X', until: ago(10) } as const;
    expect(inForce(past, controls({ locks: [ended] }), NOW)).toBe(false);
  });

  test('nothing is in force under unknown controls', () => {
    expect(inForce(latch, controls({ latches: null }), NOW)).toBe(false);
    expect(inForce(lock, controls({ locks: null }), NOW)).toBe(false);
  });
});

describe('fails closed', () => {
  test('a contradictory balance halts, although no loss can be computed', () => {
    expect(ask(withAccount(base, { equityFault: true }))).toEqual([
      {
        kind: 'latch',
        scope: 'account',
        key: 'main',
        state: 'HALTED',
        code: 'BALANCE_UNEXPLAINED',
      },
    ]);
  });

  test('arithmetic that throws halts under the code of its rule', () => {
    const broken = withAccount(base, { equity: Number.NaN as never });
    const codes = ask(broken).map((effect) => effect.code);
    expect(codes).toContain('DRAWDOWN_ABOVE_MAX');
    expect(ask(broken)).toContainEqual({
      kind: 'latch',
      scope: 'account',
      key: 'main',
      state: 'HALTED',
      code: 'DAILY_LOSS_ABOVE_MAX',
    });
  });

  test('an account that cannot even be read halts', () => {
    const latch = { kind: 'latch', scope: 'account', key: 'main', state: 'HALTED' };
    for (const part of ['positions', 'working', 'trades'] as const) {
      const torn = withAccount(base, { [part]: 7 as never });
      expect([part, ask(torn)]).toEqual([part, [{ ...latch, code: 'CASE_MALFORMED' }]]);
    }
  });

  test('what is merely unknown latches nothing: it refuses by itself', () => {
    const blind = withAccount(base, {
      equity: null,
      marks: null,
      flow: null,
      trades: null,
      unexplained: null,
    });
    expect(ask(blind)).toEqual([]);
    expect(judge(blind).kind).toBe('refused');
  });
});

test('a breaker never depends on a proposal: losses latch exactly when the rule would refuse', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: money('90000'), max: money('101000') }), (equity) => {
      const even = equity as Money;
      const marks: EquityMarks = {
        dayOpen: money('100000'),
        weekAgo: even,
        monthAgo: even,
        windowHigh: even,
        highWater: even,
      };
      const c = withAccount(base, { equity: even, marks });
      expect(ask(c)).toEqual(judge(c).effects);
    }),
  );
});

describe('protective exits', () => {
  const exits = (c: Case) => protectiveExits(c.account, c.market, c.policy, c.now);
  const held = (change: Partial<Position>, mark: string | null): Case => {
    const c = withPosition(base, {
      ...basePosition,
      stopPrice: null,
      profitPeak: money('0'),
      ...change,
    });
    return withMarket(c, {
      marks: mark === null ? {} : { [SYMBOL]: { price: price(mark), at: NOW } },
    });
  };

  test('name what must be closed, with its side and size', () => {
    expect(exits(held({ stopPrice: price('59000') }, '58000'))).toEqual([
      { symbol: SYMBOL, strategy: 'trend', side: 'sell', qty: qty('0.02'), reason: 'STOP_REACHED' },
    ]);
    expect(exits(held({ qty: qty('-0.02'), strategy: 'carry' }, '90000'))).toEqual([
      { symbol: SYMBOL, strategy: 'carry', side: 'buy', qty: qty('0.02'), reason: 'LOSS' },
    ]);
  });

  test('are none for what is in order, unknown or unpriced', () => {
    expect(exits(held({}, '59900'))).toEqual([]);
    expect(exits(held({}, null))).toEqual([]);
    expect(exits(withAccount(base, { positions: null }))).toEqual([]);
  });

  test('are named exactly when F9 refuses entries', () => {
    const c = held({}, '1000');
    const code = judge(c);
    expect(code.kind === 'refused' && code.codes.includes('POSITION_PAST_STOP')).toBe(true);
    expect(exits(c).map(({ reason }) => reason)).toEqual(['LOSS']);
    const later = { ...held({}, '59900'), now: ahead(3 * 86_400_000) };
    expect(exits(later).map(({ reason }) => reason)).toEqual(['AGE']);
  });
});

describe('how far back the account must remember', () => {
  test('is the longest window of any rule', () => {
    expect(longestWindow(defaultPolicy())).toBe(86_400_000);
    const wide = policyWith({ 'F6-stop-out-cluster': { window: '9 d' } });
    expect(longestWindow(wide)).toBe(9 * 86_400_000);
    const rest = policyWith({ 'F8-cooldown': { after: '2 d' } });
    expect(longestWindow(rest)).toBe(2 * 86_400_000);
    const stop = policyWith({ 'F8-cooldown': { afterStop: '3 d' } });
    expect(longestWindow(stop)).toBe(3 * 86_400_000);
    const age = policyWith({ 'G2-model-expiry': { ageMax: '99 d' } });
    expect(longestWindow(age)).toBe(86_400_000);
  });

  test('counts temporary changes too', () => {
    const document = policyDocument();
    const change = { until: '2026-12-01T00:00:00Z', by: 'operator', why: 'a slow week' };
    const wider = policyOf({
      ...document,
      temporary: {
        'F6-stop-out-cluster': [{ ...change, set: { window: '8 d' } }],
        'F4-loss-velocity': [{ ...change, set: { window: '20 min' } }],
      },
    });
    expect(longestWindow(wider)).toBe(8 * 86_400_000);
    expect(lossWindow(wider, NOW)).toBe(20 * 60_000);
    expect(lossWindow(wider, ahead(30 * 86_400_000))).toBe(15 * 60_000);
    expect(lossWindow(defaultPolicy(), NOW)).toBe(15 * 60_000);
  });
});

test('the account view that a breaker sees is the one it was given', () => {
  const frozen = Object.freeze({ ...base.account, ledgerHead: digest('7') }) as AccountView;
  expect(breakers(frozen, base.controls, base.policy, NOW)).toEqual([]);
  const flow =
    base.account.flow === null ? null : { ...base.account.flow, slippageExcess: ppm(2_001) };
  expect(ask(withAccount(base, { flow })).map(({ code }) => code)).toEqual([
    'SLIPPAGE_ABOVE_MODEL',
  ]);
});
