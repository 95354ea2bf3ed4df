/** Effects: what each says, and whether the controls already hold as much. */
import { describe, expect, test } from 'vitest';
import { TRADING_STATES, type Controls, type TradingState } from '#firewall';
import { exitAsked, inForce, latch, latchesAccount, lock } from '../../firewall/effects.ts';
import type { Facts } from '../../firewall/facts.ts';
import { baseCase } from '../../firewall/proofs/base.ts';
import { ago, ahead, NOW } from '../../firewall/proofs/amounts.ts';
import { defaultPolicy } from './policy-fixture.ts';
import { RULES } from '../../firewall/rules.ts';

const [self] = RULES;
if (self === undefined) throw new Error('there are rules');
const { controls, account } = baseCase(defaultPolicy());

test('an effect says what it tightens, and by which rule', () => {
  expect(latch(self, 'symbol', 'BTC', 'HALTED')).toEqual({
    kind: 'latch',
    scope: 'symbol',
    key: 'BTC',
    state: 'HALTED',
    code: self.code,
  });
  expect(lock(self, 'strategy', 'trend', NOW)).toEqual({
    kind: 'lock',
    scope: 'strategy',
    key: 'trend',
    code: self.code,
    until: NOW,
  });
  const facts = { account } as unknown as Facts;
  expect(latchesAccount('REDUCE_ONLY')(facts, {}, self)).toEqual(
    latch(self, 'account', 'main', 'REDUCE_ONLY'),
  );
});

test('the one way out of a halt is a reducing order that a human asked for', () => {
  const asked = (reducing: boolean, operatorExit: boolean) =>
    exitAsked({ reducing, case: { controls: { ...controls, operatorExit } } } as unknown as Facts);
  expect(asked(true, true)).toBe(true);
  expect(asked(true, false)).toBe(false);
  expect(asked(false, true)).toBe(false);
});

describe('a latch is in force', () => {
  const held = (state: TradingState, scope: 'account' | 'symbol' = 'account', key = 'main') =>
    ({
      ...controls,
      latches: [{ scope, key, state, reason: 'x', by: 'firewall', at: NOW }],
    }) satisfies Controls;
  const wanted = (state: TradingState) => latch(self, 'account', 'main', state);

  test('under one that is as strict, and not under one that is less', () => {
    for (const [index, state] of TRADING_STATES.entries())
      for (const [other, now] of TRADING_STATES.entries())
        expect(inForce(wanted(state), held(now), NOW)).toBe(other >= index);
  });

  test('only in its own scope and under its own key', () => {
    expect(inForce(wanted('HALTED'), held('HALTED', 'symbol'), NOW)).toBe(false);
    expect(inForce(wanted('HALTED'), held('HALTED', 'account', 'other'), NOW)).toBe(false);
    const [first] = held('HALTED', 'symbol').latches;
    const [second] = held('HALTED').latches;
    const both = { ...controls, latches: [first, second].filter((one) => one !== undefined) };
    expect(inForce(wanted('HALTED'), both, NOW)).toBe(true);
  });

  test('nowhere where none is held or known', () => {
    expect(inForce(wanted('HALTED'), controls, NOW)).toBe(false);
    expect(inForce(wanted('HALTED'), { ...controls, latches: null }, NOW)).toBe(false);
  });
});

describe('a lock is in force', () => {
  const held = (change: object) => ({
    ...controls,
    locks: [{ scope: 'account', key: 'main', code: self.code, until: null, ...change } as const],
  });
  const until = (end: typeof NOW | null) => lock(self, 'account', 'main', end);

  test('under one without an end', () => {
    expect(inForce(until(null), held({}), NOW)).toBe(true);
    expect(inForce(until(ahead(5)), held({}), NOW)).toBe(true);
  });

  test('under one that lasts as long, and has not ended', () => {
    expect(inForce(until(ahead(5)), held({ until: ahead(5) }), NOW)).toBe(true);
    expect(inForce(until(ahead(5)), held({ until: ahead(6) }), NOW)).toBe(true);
    expect(inForce(until(ahead(5)), held({ until: ahead(4) }), NOW)).toBe(false);
    expect(inForce(until(ago(5)), held({ until: NOW }), NOW)).toBe(false);
    expect(inForce(until(ago(5)), held({ until: ahead(1) }), NOW)).toBe(true);
    expect(inForce(until(null), held({ until: ahead(6) }), NOW)).toBe(false);
  });

  test('only in its own scope, under its own key, by its own rule', () => {
    expect(inForce(until(null), held({ scope: 'symbol' }), NOW)).toBe(false);
    expect(inForce(until(null), held({ key: 'other' }), NOW)).toBe(false);
    expect(inForce(until(null), held({ code: 'OTHER' }), NOW)).toBe(false);
    expect(inForce(until(null), { ...controls, locks: null }, NOW)).toBe(false);
    expect(inForce(until(null), { ...controls, locks: [] }, NOW)).toBe(false);
  });
});
