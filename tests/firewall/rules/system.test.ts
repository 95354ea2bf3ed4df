/** H1 to H12: the state of the house, which no agent can override. */
import { describe, expect, test } from 'vitest';
import {
  judge,
  TRADING_STATES,
  type AccountView,
  type Case,
  type Effect,
  type Latch,
  type Lock,
  type Reconciliation,
  type Runtime,
  type TradingState,
} from '#firewall';
import { NOW, SYMBOL, ago, ahead, digest } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withCancel,
  withControls,
  withOrder,
  withRuntime,
  withWorking,
} from '../../../firewall/proofs/vary.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const cancel = withCancel(base);
const asked = withControls(exit, { operatorExit: true });
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const effectsOf = (c: Case): readonly Effect[] => judge(c).effects;

describe('H1 trading state', () => {
  const latched = (state: TradingState, c: Case = base, change: Partial<Latch> = {}): Case =>
    withControls(c, {
      latches: [
        {
          scope: 'global',
          key: '*',
          state,
          reason: 'drill',
          by: 'operator',
          at: ago(1),
          ...change,
        },
      ],
    });
  const why = 'TRADING_STATE_CLOSED (global *: drill)';

  test.each<[TradingState, string, string, string]>([
    // state, entry, exit, exit that a human asked for
    ['ACTIVE', 'pass', 'pass', 'pass'],
    ['REDUCE_ONLY', why, 'pass', 'pass'],
    ['CANCEL_ONLY', why, why, why],
    ['HALTED', why, why, 'pass'],
  ])('%s: an entry %s, an exit %s, an exit asked for %s', (state, entry, plain, human) => {
    expect(outcomeOf(latched(state), 'H1')).toBe(entry);
    expect(outcomeOf(latched(state, exit), 'H1')).toBe(plain);
    expect(outcomeOf(latched(state, asked), 'H1')).toBe(human);
    expect(outcomeOf(latched(state, withControls(base, { operatorExit: true })), 'H1')).toBe(entry);
  });

  test.each(TRADING_STATES)('a cancel goes through in %s', (state) => {
    expect(judge(latched(state, cancel)).kind).toBe('approved');
  });

  test('reports the state', () => {
    expect(checkOf(base, 'H1')).toMatchObject({ observed: 'ACTIVE', limit: 'ACTIVE' });
    expect(checkOf(latched('HALTED'), 'H1')).toMatchObject({ observed: 'HALTED', limit: 'ACTIVE' });
  });

  test('unknown latches or locks refuse everything but cancels', () => {
    const want = 'TRADING_STATE_CLOSED_INPUT_MISSING (the latches and locks)';
    for (const unknown of [{ latches: null }, { locks: null }]) {
      expect(outcomeOf(withControls(base, unknown), 'H1')).toBe(want);
      expect(outcomeOf(withControls(asked, unknown), 'H1')).toBe(want);
      expect(judge(withControls(cancel, unknown)).kind).toBe('approved');
    }
  });

  test('a lock is reduce-only for its time', () => {
    const locked = (until: Lock['until'], c: Case): Case =>
      withControls(c, { locks: [{ scope: 'symbol', key: SYMBOL, code: 'X', until }] });
    expect(outcomeOf(locked(ahead(1), base), 'H1')).toBe(
      `TRADING_STATE_CLOSED (symbol ${SYMBOL}: X)`,
    );
    expect(outcomeOf(locked(ahead(1), exit), 'H1')).toBe('pass');
    expect(outcomeOf(locked(NOW, base), 'H1')).toBe('pass');
    expect(outcomeOf(locked(null, base), 'H1')).toBe(`TRADING_STATE_CLOSED (symbol ${SYMBOL}: X)`);
  });
});

describe('H2 account freshness', () => {
  const CODE = 'ACCOUNT_STALE';
  const of = (change: Partial<AccountView>, c: Case = base): Case => withAccount(c, change);
  test.each<[string, Case, string]>([
    ['two seconds old', of({ asOf: ago(2_000) }), 'pass'],
    ['older', of({ asOf: ago(2_001) }), CODE],
    ['now', of({ asOf: NOW }), 'pass'],
    ['from the future', of({ asOf: ahead(1) }), `${CODE} (from the future)`],
    [
      'no positions',
      of({ positions: null }),
      `${CODE}_INPUT_MISSING (positions and working orders)`,
    ],
    [
      'no working orders',
      of({ working: null }),
      `${CODE}_INPUT_MISSING (positions and working orders)`,
    ],
    ['no equity', of({ equity: null }), `${CODE}_INPUT_MISSING (equity and cash)`],
    ['no cash', of({ cash: null }), `${CODE}_INPUT_MISSING (equity and cash)`],
    ['no free cash', of({ free: null }), `${CODE}_INPUT_MISSING (equity and cash)`],
    ['an exit needs no equity', of({ equity: null, cash: null, free: null }, exit), 'pass'],
    ['an old exit', of({ asOf: ago(2_001) }, exit), CODE],
    ['a cancel', of({ asOf: ago(HOUR) }, cancel), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'H2')).toBe(want);
  });
  test('reports the age', () => {
    expect(checkOf(base, 'H2')).toMatchObject({ observed: 50, limit: 2_000 });
  });
});

describe('H3 reconciliation', () => {
  const CODE = 'RECONCILIATION_NOT_CLEAN';
  const state = (change: Partial<Reconciliation>, c: Case = base): Case =>
    withRuntime(c, {
      reconciliation: { status: 'clean', since: ago(HOUR), checkedAt: ago(0), ...change },
    });
  const latch = { kind: 'latch', scope: 'account', key: 'main', code: CODE };

  test.each<[string, Case, string, readonly object[]]>([
    ['checked two minutes ago', state({ checkedAt: ago(2 * MINUTE) }), 'pass', []],
    ['checked earlier', state({ checkedAt: ago(2 * MINUTE + 1) }), CODE, []],
    ['checked a little ahead', state({ checkedAt: ago(-2 * MINUTE) }), 'pass', []],
    ['not yet checked', state({ checkedAt: ago(-2 * MINUTE - 1) }), CODE, []],
    [
      'a fresh mismatch',
      state({ status: 'mismatch', since: ago(10 * MINUTE) }),
      `${CODE} (mismatch)`,
      [{ ...latch, state: 'REDUCE_ONLY' }],
    ],
    [
      'a lasting mismatch',
      state({ status: 'mismatch', since: ago(10 * MINUTE + 1) }),
      `${CODE} (mismatch)`,
      [{ ...latch, state: 'HALTED' }],
    ],
    [
      'not yet compared',
      state({ status: 'pending', since: ago(10 * MINUTE) }),
      `${CODE} (pending)`,
      [],
    ],
    [
      'never compared',
      state({ status: 'pending', since: ago(10 * MINUTE + 1) }),
      `${CODE} (pending)`,
      [{ ...latch, state: 'HALTED' }],
    ],
    [
      'unknown',
      withRuntime(base, { reconciliation: null }),
      `${CODE}_INPUT_MISSING (the reconciliation)`,
      [],
    ],
    ['an exit', state({ status: 'mismatch' }, exit), 'na', []],
    ['a cancel', state({ status: 'mismatch' }, cancel), 'na', []],
  ])('%s', (_, c, want, effects) => {
    expect(outcomeOf(c, 'H3')).toBe(want);
    expect(effectsOf(c)).toEqual(effects);
  });
  test('reports the age of the check', () => {
    expect(checkOf(base, 'H3')).toMatchObject({ observed: 5_000, limit: 2 * MINUTE });
    expect(checkOf(state({ status: 'mismatch', checkedAt: ago(7) }), 'H3')).toMatchObject({
      observed: 7,
      limit: 2 * MINUTE,
    });
  });
});

describe('H4 unresolved order', () => {
  const CODE = 'ORDER_UNRESOLVED';
  const MISSING = `${CODE}_INPUT_MISSING (the orders without an outcome)`;
  test.each<[string, Case, string]>([
    ['none', base, 'pass'],
    ['one of the symbol', withRuntime(base, { unresolved: [SYMBOL] }), CODE],
    ['one of another', withRuntime(base, { unresolved: ['ETH/USDT:USDT'] }), 'pass'],
    ['one that the ledger knows of', withWorking(base, { state: 'unknown' }), CODE],
    ['one of another', withWorking(base, { state: 'unknown', symbol: 'ETH/USDT:USDT' }), 'pass'],
    ['a working order', withWorking(base, { state: 'working' }), 'pass'],
    ['unknown', withRuntime(base, { unresolved: null }), MISSING],
    ['no working orders', withAccount(base, { working: null }), MISSING],
    ['an exit', withRuntime(exit, { unresolved: [SYMBOL] }), CODE],
    ['an exit asked for', withRuntime(asked, { unresolved: [SYMBOL] }), CODE],
    ['a cancel', withRuntime(cancel, { unresolved: [SYMBOL] }), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'H4')).toBe(want);
  });
  test('counts them', () => {
    const both = withRuntime(withWorking(base, { state: 'unknown' }), { unresolved: [SYMBOL] });
    expect(checkOf(both, 'H4')).toMatchObject({ observed: 2, limit: 0 });
  });
});

const RUNTIME: readonly [string, string, Partial<Runtime>, string, string, string][] = [
  // rule, what, runtime, entry, exit, cancel
  ['H5', 'silence at the limit', { publicStreamAt: ago(5_000) }, 'pass', 'na', 'na'],
  ['H5', 'a silent public stream', { publicStreamAt: ago(5_001) }, 'STREAM_DOWN', 'na', 'na'],
  ['H5', 'a silent private stream', { privateStreamAt: ago(5_001) }, 'STREAM_DOWN', 'na', 'na'],
  ['H5', 'a public stream ahead', { publicStreamAt: ago(-5_001) }, 'STREAM_DOWN', 'na', 'na'],
  ['H5', 'a private stream ahead', { privateStreamAt: ago(-5_001) }, 'STREAM_DOWN', 'na', 'na'],
  ['H5', 'as far ahead as silence', { privateStreamAt: ago(-5_000) }, 'pass', 'na', 'na'],
  [
    'H5',
    'no public stream',
    { publicStreamAt: null },
    'STREAM_DOWN_INPUT_MISSING (the streams)',
    'na',
    'na',
  ],
  [
    'H5',
    'no private stream',
    { privateStreamAt: null },
    'STREAM_DOWN_INPUT_MISSING (the streams)',
    'na',
    'na',
  ],
  [
    'H5',
    'a switch that is not armed',
    { deadManArmed: false },
    'STREAM_DOWN (the dead-man switch is not armed)',
    'na',
    'na',
  ],
  ['H5', 'an armed switch', { deadManArmed: true }, 'pass', 'na', 'na'],
  [
    'H6',
    'no durable journal',
    { auditDurable: false },
    'AUDIT_NOT_DURABLE',
    'AUDIT_NOT_DURABLE',
    'AUDIT_NOT_DURABLE',
  ],
  [
    'H6',
    'an unknown journal',
    { auditDurable: null },
    'AUDIT_NOT_DURABLE_INPUT_MISSING (the state of the journal)',
    'AUDIT_NOT_DURABLE_INPUT_MISSING (the state of the journal)',
    'AUDIT_NOT_DURABLE_INPUT_MISSING (the state of the journal)',
  ],
  ['H6', 'a durable journal', { auditDurable: true }, 'pass', 'pass', 'pass'],
  [
    'H7',
    'another policy',
    { policyApproved: digest('f') },
    'POLICY_NOT_APPROVED',
    'POLICY_NOT_APPROVED',
    'POLICY_NOT_APPROVED',
  ],
  [
    'H7',
    'no approved policy',
    { policyApproved: null },
    'POLICY_NOT_APPROVED_INPUT_MISSING (the approved policy)',
    'POLICY_NOT_APPROVED_INPUT_MISSING (the approved policy)',
    'POLICY_NOT_APPROVED_INPUT_MISSING (the approved policy)',
  ],
  ['H7', 'the approved policy', {}, 'pass', 'pass', 'pass'],
  [
    'H10',
    'just enough of all',
    { host: { diskFreeMb: 500, memoryFreeMb: 200, loopLagMs: 2_000 } },
    'pass',
    'na',
    'na',
  ],
  [
    'H10',
    'too little disk',
    { host: { diskFreeMb: 499, memoryFreeMb: 200, loopLagMs: 2_000 } },
    'HOST_UNHEALTHY (megabytes of disk)',
    'na',
    'na',
  ],
  [
    'H10',
    'too little memory',
    { host: { diskFreeMb: 500, memoryFreeMb: 199, loopLagMs: 2_000 } },
    'HOST_UNHEALTHY (megabytes of memory)',
    'na',
    'na',
  ],
  [
    'H10',
    'too much lag',
    { host: { diskFreeMb: 500, memoryFreeMb: 200, loopLagMs: 2_001 } },
    'HOST_UNHEALTHY (milliseconds of event-loop lag)',
    'na',
    'na',
  ],
  [
    'H10',
    'a lag that is no number',
    { host: { diskFreeMb: 500, memoryFreeMb: 200, loopLagMs: Number.NaN } },
    'HOST_UNHEALTHY (milliseconds of event-loop lag)',
    'na',
    'na',
  ],
  [
    'H10',
    'a disk that is no number',
    { host: { diskFreeMb: Number.NaN, memoryFreeMb: 200, loopLagMs: 1 } },
    'HOST_UNHEALTHY (megabytes of disk)',
    'na',
    'na',
  ],
  [
    'H10',
    'a memory that is no number',
    { host: { diskFreeMb: 500, memoryFreeMb: Number.NaN, loopLagMs: 1 } },
    'HOST_UNHEALTHY (megabytes of memory)',
    'na',
    'na',
  ],
  [
    'H10',
    'unknown',
    { host: null },
    'HOST_UNHEALTHY_INPUT_MISSING (the health of the machine)',
    'na',
    'na',
  ],
  [
    'H11',
    'a version later',
    { stateVersion: 43 },
    'STATE_VERSION_CHANGED',
    'STATE_VERSION_CHANGED',
    'na',
  ],
  [
    'H11',
    'a version earlier',
    { stateVersion: 41 },
    'STATE_VERSION_CHANGED',
    'STATE_VERSION_CHANGED',
    'na',
  ],
  ['H11', 'the same', { stateVersion: 42 }, 'pass', 'pass', 'na'],
  [
    'H11',
    'unknown',
    { stateVersion: null },
    'STATE_VERSION_CHANGED_INPUT_MISSING (the version at commit)',
    'STATE_VERSION_CHANGED_INPUT_MISSING (the version at commit)',
    'na',
  ],
];
test.each(RUNTIME)('%s %s', (id, _, runtime, entry, reducing, cancelled) => {
  expect(outcomeOf(withRuntime(base, runtime), id)).toBe(entry);
  expect(outcomeOf(withRuntime(exit, runtime), id)).toBe(reducing);
  expect(outcomeOf(withRuntime(cancel, runtime), id)).toBe(cancelled);
});

test('H5, H7, H10 and H11 report their numbers', () => {
  expect(checkOf(withRuntime(base, { publicStreamAt: ago(9) }), 'H5')).toMatchObject({
    observed: 300,
    limit: 5_000,
  });
  expect(checkOf(withRuntime(base, { deadManArmed: false }), 'H5')).toMatchObject({
    observed: 300,
    limit: 5_000,
  });
  expect(checkOf(withRuntime(base, { policyApproved: digest('f') }), 'H7')).toMatchObject({
    observed: defaultPolicy().hash,
    limit: digest('f'),
  });
  const low = withRuntime(base, { host: { diskFreeMb: 1, memoryFreeMb: 2, loopLagMs: 3 } });
  expect(checkOf(low, 'H10')).toMatchObject({ observed: 1, limit: 500 });
  const little = withRuntime(base, { host: { diskFreeMb: 900, memoryFreeMb: 2, loopLagMs: 3 } });
  expect(checkOf(little, 'H10')).toMatchObject({ observed: 2, limit: 200 });
  const slow = withRuntime(base, {
    host: { diskFreeMb: 900, memoryFreeMb: 900, loopLagMs: 3_000 },
  });
  expect(checkOf(slow, 'H10')).toMatchObject({ observed: 3_000, limit: 2_000 });
  expect(checkOf(base, 'H10')).toMatchObject({ observed: 2, limit: 2_000 });
  expect(checkOf(withRuntime(base, { stateVersion: 43 }), 'H11')).toMatchObject({
    observed: 42,
    limit: 43,
  });
});

test('H10 latches the account reduce-only', () => {
  const low = withRuntime(base, { host: { diskFreeMb: 1, memoryFreeMb: 2, loopLagMs: 3 } });
  expect(effectsOf(low)).toEqual([
    { kind: 'latch', scope: 'account', key: 'main', state: 'REDUCE_ONLY', code: 'HOST_UNHEALTHY' },
  ]);
});

test('H11 refuses a basis that never was', () => {
  expect(outcomeOf(withOrder(base, { basisVersion: 42 }), 'H11')).toBe('pass');
  expect(outcomeOf(withOrder(base, { basisVersion: 3 }), 'H11')).toBe('pass');
  expect(outcomeOf(withOrder(base, { basisVersion: 43 }), 'H11')).toBe(
    'STATE_VERSION_CHANGED (a basis that never was)',
  );
  expect(checkOf(withOrder(base, { basisVersion: 43 }), 'H11')).toMatchObject({
    observed: 43,
    limit: 42,
  });
});
