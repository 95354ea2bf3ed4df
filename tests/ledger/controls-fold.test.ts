/** Tightening is automatic and stays, loosening takes a named human. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TRADING_STATES, type Latch, type Scope } from '#firewall';
import type { LedgerEvent } from '../../ledger/contract.ts';
import { ControlsFold } from '../../ledger/controls-fold.ts';
import { NO_HASH } from '../../ledger/head-anchor.ts';
import { at, decided, entriesFrom, order } from './history.ts';

const foldControls = (events: readonly LedgerEvent[]): ControlsFold => {
  const fold = new ControlsFold();
  for (const entry of entriesFrom(events)) fold.apply(entry);
  return fold;
};
const latched = (state: Latch['state'], scope: Scope = 'account', key = 'main'): LedgerEvent => ({
  kind: 'latched',
  at: at(0),
  latch: { scope, key, state, reason: 'x', by: 'gate', at: at(0) },
});
const resumed = (scope: Scope = 'account', key = 'main'): LedgerEvent => ({
  kind: 'resumed',
  at: at(1),
  scope,
  key,
  by: 'ada',
  reason: 'seen',
});
const locked = (until: number | null, code = 'X'): LedgerEvent => ({
  kind: 'locked',
  at: at(0),
  effect: {
    kind: 'lock',
    scope: 'symbol',
    key: 'BTC/USDT',
    code,
    until: until === null ? null : at(until),
  },
});

test('the strictest wins in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...TRADING_STATES), { minLength: 1 }), (states) => {
      const fold = foldControls(states.map((state) => latched(state)));
      const strictest = Math.max(...states.map((state) => TRADING_STATES.indexOf(state)));
      expect(fold.latch('account', 'main')?.state).toBe(TRADING_STATES[strictest]);
    }),
  );
});

test('no event but a resume of that very scope and key loosens', () => {
  const rest: LedgerEvent[] = [
    resumed('symbol', 'main'),
    resumed('account', 'other'),
    decided(order()),
    latched('ACTIVE'),
    locked(5),
    { kind: 'reconciled', at: at(0), status: 'clean', detail: 'x' },
    { kind: 'marked', at: at(0), equity: null, marks: {} },
  ];
  const fold = foldControls([latched('HALTED'), ...rest]);
  expect(fold.latch('account', 'main')?.state).toBe('HALTED');
  expect(foldControls([latched('HALTED'), resumed()]).latch('account', 'main')).toBeNull();
});

test('what a decision sets off is in force with the decision itself', () => {
  const decision = {
    ...decided(order(), { kind: 'refused' }),
    effects: [
      { kind: 'latch', scope: 'account', key: 'main', state: 'REDUCE_ONLY', code: 'F' },
      { kind: 'lock', scope: 'symbol', key: 'BTC/USDT', code: 'L', until: at(10) },
    ] as const,
  };
  const { latches, locks } = foldControls([decision]).standing(at(5));
  expect(latches).toMatchObject([{ state: 'REDUCE_ONLY', reason: 'F', by: 'gate' }]);
  expect(locks).toMatchObject([{ code: 'L' }]);
});

describe('locks', () => {
  test('end by themselves, at their end and not before', () => {
    const fold = foldControls([locked(10)]);
    expect(fold.standing(at(9)).locks).toHaveLength(1);
    expect(fold.standing(at(10)).locks).toHaveLength(0);
  });
  test('the longer one of a code stays, and one without an end outlasts all', () => {
    const until = (events: LedgerEvent[]) => foldControls(events).standing(at(1)).locks?.[0]?.until;
    expect(until([locked(10), locked(20)])).toBe(at(20));
    expect(until([locked(20), locked(10)])).toBe(at(20));
    expect(until([locked(null), locked(20)])).toBeNull();
    expect(until([locked(20), locked(null)])).toBeNull();
  });
  test('two codes are two locks, and a resume of the scope ends both', () => {
    const fold = foldControls([locked(null, 'X'), locked(10, 'Y')]);
    expect(fold.standing(at(1)).locks).toHaveLength(2);
    const after = foldControls([locked(null, 'X'), locked(10, 'Y'), resumed('symbol', 'BTC/USDT')]);
    expect(after.standing(at(1)).locks).toHaveLength(0);
  });
});

test('before the first configuration nothing is known', () => {
  const { modes, desks, models, blackouts, latches } = foldControls([]).standing(at(0));
  expect([modes, desks, models, blackouts]).toEqual([null, null, null, null]);
  expect(latches).toEqual([]);
});

test('consents, arms and exits end', () => {
  const fold = foldControls([
    {
      kind: 'consented',
      at: at(0),
      approval: { proposalHash: NO_HASH, by: 'ada', at: at(0), expiresAt: at(10) },
    },
    {
      kind: 'armed',
      at: at(0),
      arm: { network: 'main', account: 'main', by: 'ada', expiresAt: at(10) },
    },
    {
      kind: 'exit-asked',
      at: at(0),
      proposalHash: NO_HASH,
      by: 'ada',
      reason: 'x',
      expiresAt: at(10),
    },
  ]);
  for (const [now, there] of [
    [9, true],
    [10, false],
  ] as const) {
    expect(fold.standing(at(now)).approvals.length === 1).toBe(there);
    expect(fold.standing(at(now)).arms.length === 1).toBe(there);
    expect(fold.exitAsked(NO_HASH, at(now))).toBe(there);
  }
});
