/** Latches, locks and modes: the strictest of every scope that a proposal lies in, and nothing that cannot be read. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judge,
  MODES,
  SCOPES,
  TRADING_STATES,
  type Case,
  type Controls,
  type Latch,
  type Lock,
  type Mode,
  type ModeSetting,
  type Scope,
  type TradingState,
} from '#firewall';
import { concerns, modeOf, reasonOf, stateOf } from '../../firewall/modes.ts';
import { NOW, SYMBOL, ago, ahead } from '../../firewall/proofs/amounts.ts';
import { baseCase } from '../../firewall/proofs/base.ts';
import { withControls } from '../../firewall/proofs/vary.ts';
import { baseOrder } from '../../firewall/proofs/views.ts';
import { defaultPolicy } from './policy-fixture.ts';

const base = baseCase(defaultPolicy());
const under = (change: Partial<Controls>): Case => withControls(base, change);
/** Every scope with the key that names the base case in it. */
const KEYS: Readonly<Record<Scope, string>> = {
  global: '*',
  venue: 'paper',
  account: 'main',
  strategy: 'trend',
  symbol: SYMBOL,
  agent: 'planner',
};
const latch = (state: TradingState, scope: Scope = 'global', key = KEYS[scope]): Latch => ({
  scope,
  key,
  state,
  reason: `${state} of ${scope}`,
  by: 'gate',
  at: ago(1),
});
const lock = (until: Lock['until'], scope: Scope = 'global', key = KEYS[scope]): Lock => ({
  scope,
  key,
  code: 'LOCKED',
  until,
});

describe.each(SCOPES)('scope %s', (scope) => {
  test('concerns the one it names', () => {
    expect(concerns(baseOrder, scope, KEYS[scope])).toBe(true);
    expect(concerns(baseOrder, scope, 'other')).toBe(scope === 'global');
  });

  test('latches, locks and sets the mode of that one only', () => {
    const key = scope === 'global' ? '*' : 'other';
    const expectOther = scope === 'global' ? 'HALTED' : 'ACTIVE';
    expect(stateOf(under({ latches: [latch('HALTED', scope)] }))).toBe('HALTED');
    expect(stateOf(under({ latches: [latch('HALTED', scope, key)] }))).toBe(expectOther);
    expect(stateOf(under({ locks: [lock(null, scope)] }))).toBe('REDUCE_ONLY');
    const setting = { scope, key: KEYS[scope], mode: 'shadow' } as const;
    expect(modeOf(under({ modes: [setting] }))).toBe('shadow');
    if (scope === 'global') return;
    expect(stateOf(under({ locks: [lock(null, scope, key)] }))).toBe('ACTIVE');
    expect(modeOf(under({ modes: [{ ...setting, key }] }))).toBe('auto');
  });
});

test('a name of one scope is no name of another', () => {
  for (const scope of SCOPES)
    for (const other of SCOPES)
      if (scope !== other && scope !== 'global')
        expect(concerns(baseOrder, scope, KEYS[other])).toBe(false);
});

describe('the trading state', () => {
  test('is the strictest of all that concern the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...SCOPES), fc.constantFrom(...TRADING_STATES)), {
          maxLength: 6,
        }),
        (held) => {
          const latches = held.map(([scope, state]) => latch(state, scope));
          const strictest = Math.max(0, ...held.map(([, state]) => TRADING_STATES.indexOf(state)));
          expect(stateOf(under({ latches }))).toBe(TRADING_STATES[strictest]);
          // Tightening anywhere never loosens the whole.
          const more = stateOf(under({ latches: [...latches, latch('CANCEL_ONLY', 'agent')] }));
          expect(TRADING_STATES.indexOf(more ?? 'HALTED')).toBeGreaterThanOrEqual(strictest);
        },
      ),
    );
  });

  test('is unknown without latches, without locks, and under a state that nobody knows', () => {
    expect(stateOf(under({ latches: null }))).toBeNull();
    expect(stateOf(under({ locks: null }))).toBeNull();
    expect(stateOf(under({ latches: [latch('FROZEN' as TradingState)] }))).toBeNull();
    expect(stateOf(under({ latches: [latch('FROZEN' as TradingState, 'symbol', 'X/Y')] }))).toBe(
      'ACTIVE',
    );
  });

  test('a scope that nobody knows covers everything', () => {
    expect(concerns(baseOrder, 'desk' as Scope, 'desk-9')).toBe(true);
    expect(stateOf(under({ latches: [latch('HALTED', 'desk' as Scope, 'desk-9')] }))).toBe(
      'HALTED',
    );
  });

  test('a lock ends at its moment, and never loosens a latch', () => {
    expect(stateOf(under({ locks: [lock(ahead(1))] }))).toBe('REDUCE_ONLY');
    expect(stateOf(under({ locks: [lock(NOW)] }))).toBe('ACTIVE');
    expect(stateOf(under({ locks: [lock(ago(1))] }))).toBe('ACTIVE');
    expect(stateOf(under({ locks: [lock(Number.NaN as never)] }))).toBe('REDUCE_ONLY');
    expect(stateOf(under({ locks: [lock(null)], latches: [latch('HALTED')] }))).toBe('HALTED');
    expect(stateOf(under({ locks: [lock(ago(1)), lock(ahead(1))] }))).toBe('REDUCE_ONLY');
  });

  test('is given with the reason of the first that asks for it', () => {
    const latches = [latch('REDUCE_ONLY', 'symbol'), latch('HALTED', 'agent')];
    expect(reasonOf(under({ latches }), 'HALTED')).toBe('agent planner: HALTED of agent');
    expect(reasonOf(under({ latches }), 'REDUCE_ONLY')).toBe(
      `symbol ${SYMBOL}: REDUCE_ONLY of symbol`,
    );
    const foreign = [latch('HALTED', 'symbol', 'X/Y'), latch('HALTED', 'venue')];
    expect(reasonOf(under({ latches: foreign }), 'HALTED')).toBe('venue paper: HALTED of venue');
    const locks = [lock(ago(1)), lock(null, 'agent', 'other'), lock(ahead(1), 'strategy')];
    expect(reasonOf(under({ locks }), 'REDUCE_ONLY')).toBe('strategy trend: LOCKED');
    expect(reasonOf(base, 'ACTIVE')).toBe('ACTIVE');
    expect(reasonOf(under({ latches: null, locks: null }), 'HALTED')).toBe('HALTED');
  });
});

describe('the mode', () => {
  const setting = (mode: Mode, scope: Scope = 'global'): ModeSetting => ({
    scope,
    key: KEYS[scope],
    mode,
  });

  test('is the strictest of all that concern the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...SCOPES), fc.constantFrom(...MODES)), { maxLength: 5 }),
        (held) => {
          const modes = held.map(([scope, mode]) => setting(mode, scope));
          const strictest = Math.max(0, ...held.map(([, mode]) => MODES.indexOf(mode)));
          expect(modeOf(under({ modes }))).toBe(MODES[strictest]);
        },
      ),
    );
  });

  test('sends nothing while it is not known', () => {
    expect(modeOf(under({ modes: null }))).toBe('shadow');
    expect(modeOf(under({ modes: [setting('turbo' as Mode)] }))).toBe('shadow');
    expect(judge(under({ modes: null }))).toMatchObject({ kind: 'approved', mode: 'shadow' });
  });

  test('stands on every approval', () => {
    expect(judge(base)).toMatchObject({ kind: 'approved', mode: 'auto' });
    expect(judge(under({ modes: [setting('shadow', 'agent')] }))).toMatchObject({
      kind: 'approved',
      mode: 'shadow',
    });
  });
});
