/** H8, H9 and H12: what a human armed, what nobody can explain, and what runs. */
import { describe, expect, test } from 'vitest';
import { judge, type Arm, type Case, type Effect, type Runtime } from '#firewall';
import { NOW, ahead, digest, money } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withCancel,
  withControls,
  withOrder,
  withRuntime,
} from '../../../firewall/proofs/vary.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const asked = withControls(exit, { operatorExit: true });
const HOUR = 3_600_000;
const effectsOf = (c: Case): readonly Effect[] => judge(c).effects;

describe('H8 live arming', () => {
  const CODE = 'NETWORK_NOT_ARMED';
  const live = withOrder(base, { network: 'main' });
  const arm = (change: Partial<Arm>): Arm => ({
    network: 'main',
    account: 'main',
    by: 'operator',
    expiresAt: ahead(HOUR),
    ...change,
  });
  const armed = (arms: readonly Arm[], c: Case = live): Case => withControls(c, { arms });

  test.each<[string, Case, string]>([
    ['paper needs none', armed([], base), 'na'],
    ['no arm', armed([]), `${CODE} (not armed)`],
    ['an arm', armed([arm({})]), 'pass'],
    ['that ends in a moment', armed([arm({ expiresAt: ahead(1) })]), 'pass'],
    ['that ends now', armed([arm({ expiresAt: NOW })]), `${CODE} (not armed)`],
    ['for half a day', armed([arm({ expiresAt: ahead(12 * HOUR) })]), 'pass'],
    [
      'for longer',
      armed([arm({ expiresAt: ahead(12 * HOUR + 1) })]),
      `${CODE} (armed for too long)`,
    ],
    ['of another network', armed([arm({ network: 'test' })]), `${CODE} (not armed)`],
    ['of another account', armed([arm({ account: 'side' })]), `${CODE} (not armed)`],
    [
      'of this test network',
      armed([arm({ network: 'test' })], withOrder(base, { network: 'test' })),
      'pass',
    ],
    ['a good one among others', armed([arm({ expiresAt: ahead(99 * HOUR) }), arm({})]), 'pass'],
    ['an exit', armed([], withOrder(exit, { network: 'main' })), `${CODE} (not armed)`],
    ['a cancel', withCancel(armed([])), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'H8')).toBe(want);
  });
  test('reports what is left', () => {
    expect(checkOf(armed([arm({})]), 'H8')).toMatchObject({ observed: HOUR, limit: 12 * HOUR });
    expect(checkOf(armed([arm({ expiresAt: ahead(13 * HOUR) })]), 'H8')).toMatchObject({
      observed: 13 * HOUR,
      limit: 12 * HOUR,
    });
    expect(checkOf(armed([]), 'H8')).toMatchObject({ observed: null, limit: 12 * HOUR });
  });
});

describe('H9 balance anomaly', () => {
  const CODE = 'BALANCE_UNEXPLAINED';
  const off = (amount: string, c: Case = base): Case =>
    withAccount(c, { unexplained: money(amount) });
  test.each<[string, Case, string]>([
    ['explained', off('0'), 'pass'],
    ['at the limit', off('1'), 'pass'],
    ['past it', off('1.00000001'), CODE],
    ['missing at the limit', off('-1'), 'pass'],
    ['missing past it', off('-1.00000001'), CODE],
    [
      'contradictory',
      withAccount(base, { equityFault: true }),
      `${CODE} (a contradictory balance)`,
    ],
    [
      'unknown',
      withAccount(base, { unexplained: null }),
      `${CODE}_INPUT_MISSING (the unexplained balance)`,
    ],
    ['an exit', off('5', exit), CODE],
    ['an exit asked for', off('5', asked), 'na'],
    ['an entry asked for', withControls(off('5'), { operatorExit: true }), CODE],
    ['a cancel', withCancel(off('5')), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'H9')).toBe(want);
  });
  test('halts the account', () => {
    expect(effectsOf(off('-5'))).toEqual([
      { kind: 'latch', scope: 'account', key: 'main', state: 'HALTED', code: CODE },
    ]);
    expect(checkOf(off('-5'), 'H9')).toMatchObject({ observed: money('5'), limit: money('1') });
  });
});

describe('H12 builds', () => {
  const CODE = 'BUILDS_DIFFER';
  const policy = defaultPolicy().hash;
  const worker = { worker: 'gate', build: 'b1', policy };
  const running = (builds: Runtime['builds'], c: Case = base): Case => withRuntime(c, { builds });
  const odd = { worker: 'signer', build: 'b0', policy };

  test.each<[string, Case, string]>([
    ['one worker', running([worker]), 'pass'],
    ['several of one build', running([worker, { ...worker, worker: 'signer' }]), 'pass'],
    [
      'one of another',
      running([worker, { ...worker, worker: 'desk' }, odd]),
      `${CODE} (signer is the odd one out)`,
    ],
    [
      'another policy',
      running([worker, { ...worker, worker: 'signer', policy: digest('f') }]),
      `${CODE} (signer is the odd one out)`,
    ],
    [
      'all under another policy',
      running([{ ...worker, policy: digest('f') }]),
      `${CODE} (gate is the odd one out)`,
    ],
    ['nobody', running([]), `${CODE}_INPUT_MISSING (the builds of the workers)`],
    ['unknown', running(null), `${CODE}_INPUT_MISSING (the builds of the workers)`],
    ['an exit', running([worker, odd], exit), `${CODE} (signer is the odd one out)`],
    ['an exit asked for', running([worker, odd], asked), 'na'],
    ['a cancel', withCancel(running([worker, odd])), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'H12')).toBe(want);
  });
  test('halts the account and names the build', () => {
    expect(effectsOf(running([worker, odd]))).toEqual([
      { kind: 'latch', scope: 'account', key: 'main', state: 'HALTED', code: CODE },
    ]);
    expect(checkOf(running([worker, odd]), 'H12')).toMatchObject({ observed: 'b0', limit: null });
    expect(checkOf(base, 'H12')).toMatchObject({ observed: 'b1', limit: 'b1' });
  });
});
