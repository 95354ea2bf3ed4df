/** The purse of a decision: what is counted before it is spent, and what runs out first. */
import { describe, expect, it } from 'vitest';
import { openPurse } from '../../agents/purse.ts';

const purse = (budget: Partial<Parameters<typeof openPurse>[0]> = {}) => {
  let now = 1_000;
  const opened = openPurse({ calls: 2, tokens: 100, ms: 500, ...budget }, () => now);
  return { ...opened, pass: (ms: number) => (now += ms) };
};

describe('a purse', () => {
  it('gives calls until there are none, before they are made', () => {
    const own = purse();
    expect([own.empty(), own.take(), own.take(), own.empty(), own.take()]).toEqual([
      null,
      null,
      null,
      'BUDGET_CALLS',
      'BUDGET_CALLS',
    ]);
  });
  it('counts tokens to the last', () => {
    const own = purse();
    own.pay({ tokens: 99 });
    expect(own.empty()).toBeNull();
    own.pay({ tokens: 1 });
    expect(own.empty()).toBe('BUDGET_TOKENS');
  });
  it('counts time to the millisecond, and never below nothing', () => {
    const own = purse();
    own.pass(499);
    expect([own.empty(), own.msLeft()]).toEqual([null, 1]);
    own.pass(0.5);
    expect([own.empty(), own.msLeft()]).toEqual(['BUDGET_SECONDS', 0]);
    own.pass(9_000);
    expect(own.msLeft()).toBe(0);
  });
  it('does not take a call that it cannot pay', () => {
    const own = purse({ calls: 1 });
    own.pay({ tokens: 100 });
    expect(own.take()).toBe('BUDGET_TOKENS');
  });
  it('of nothing is empty from the start', () => {
    expect(purse({ calls: 0 }).take()).toBe('BUDGET_CALLS');
    expect(purse({ tokens: 0 }).take()).toBe('BUDGET_TOKENS');
    expect(purse({ ms: 0 }).take()).toBe('BUDGET_SECONDS');
  });
});
