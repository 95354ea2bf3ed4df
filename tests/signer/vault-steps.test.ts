/** The vault's reducer, one step at a time: what is written, in which order, and what is said about it. */
import { describe, expect, test } from 'vitest';
import * as f from '#firewall';
import type { VaultRequest } from '../../signer/contract.ts';
import type { VaultRecord } from '../../signer/vault-journal.ts';
import { blank, remember, type VaultState } from '../../signer/vault-state.ts';
import { statusOf, step, type VaultParts, type VaultStep } from '../../signer/vault.ts';
import { approve, cancelNumber, marketAt, NOW, orderNumber, type Letters } from './letters.ts';
import { baseConfig, partsOf } from './vault-kit.ts';

const { journalId, account, venue, network, address } = baseConfig;
const parts = partsOf();
const at = (ms: number): f.TimeMs => (NOW + ms) as f.TimeMs;
const opened: VaultRecord = {
  kind: 'opened',
  at: NOW,
  journalId,
  account,
  venue,
  network,
  address,
  floor: { sequence: 0, nonce: 0, notBefore: 0 as f.TimeMs },
  by: 'tester',
  reason: 'made',
};
const fresh = remember(blank(), opened);
const halted = remember(fresh, { kind: 'halted', at: NOW, reason: 'by hand' });
const rolledBack = { ...fresh, rolledBack: true };
const HASH = baseConfig.policyHash;
const first = approve(orderNumber(1), 1, HASH);
const cancel = approve(cancelNumber(5, `0x${'12'.repeat(16)}`), 1, HASH);

const ask = (
  state: VaultState,
  request: VaultRequest,
  change: Partial<VaultParts> = {},
  own = NOW,
): VaultStep => step(state, { kind: 'request', request, own }, { ...parts, ...change });
const sign = (
  state: VaultState,
  { approval, proposal }: Letters,
  change: Partial<VaultParts> = {},
  now = NOW,
): VaultStep =>
  ask(state, { kind: 'sign', id: 1, approval, proposal, market: marketAt(now), now }, change);

/** What a step refused, and why. */
function refusalOf({ effects }: VaultStep): string {
  const last = effects.at(-1);
  return last?.kind === 'answer' && last.answer.kind === 'refused'
    ? `${last.answer.code}: ${last.answer.detail}`
    : 'nothing';
}

/** The state in which the first order is promised, and its signature not there. */
const promised = sign(fresh, first).state;
const SIGNATURE = `0x${'0'.repeat(128)}1b`;
const released = (state: VaultState, signature: string | null, approvalId = first.id): VaultStep =>
  step(state, { kind: 'signature', id: 7, approvalId, signature, now: NOW }, parts);
const signed = released(promised, SIGNATURE).state;

describe('a refusal says why', () => {
  const real = { config: { ...baseConfig, network: 'test' as const } };
  const twin = approve(orderNumber(1), 2, HASH);
  const replayed = approve(orderNumber(2), 1, HASH, { nonce: 'cd'.repeat(16) });
  const floor = { ...opened.floor, notBefore: at(1) };
  const rows: readonly (readonly [string, () => VaultStep])[] = [
    ['SIGNER_NOT_READY: the journal has no beginning', () => sign(blank(), first)],
    ['JOURNAL_ROLLED_BACK: the journal is behind what was signed', () => sign(rolledBack, first)],
    ['CLOCK_DISAGREES: 2001 ms apart', () => sign(fresh, first, real, at(2_001))],
    ['CLOCK_DISAGREES: -2001 ms apart', () => sign(fresh, first, real, at(-2_001))],
    [`APPROVAL_NOT_YET_VALID: from ${NOW}`, () => sign(fresh, first, {}, at(-1))],
    [`APPROVAL_EXPIRED: until ${NOW + 3_000}`, () => sign(fresh, first, {}, at(3_001))],
    [
      'APPROVAL_EXPIRED: from before this journal was begun',
      () => sign(remember(blank(), { ...opened, floor }), first),
    ],
    ['APPROVAL_SEQUENCE_REPLAYED: 1, highest 1', () => sign(promised, replayed)],
    [
      `APPROVAL_CONFLICT: approval ${first.id} exists with another text`,
      () => sign(promised, twin),
    ],
    ['SIGNER_HALTED: by hand', () => sign(halted, first)],
    ['SIGNATURE_INVALID: a fresh signature did not hold', () => released(promised, null)],
    [
      'REQUEST_MALFORMED: a key too many',
      () => step(fresh, { kind: 'malformed', id: 3, detail: 'a key too many' }, parts),
    ],
  ];
  test.each(rows)('%s', (words, work) => {
    expect(refusalOf(work())).toBe(words);
  });

  test('a conflict halts with its reason, once', () => {
    const { state, effects } = sign(promised, twin);
    const reason = `APPROVAL_CONFLICT: approval ${first.id} exists with another text`;
    expect(effects[0]).toEqual({ kind: 'append', record: { kind: 'halted', at: NOW, reason } });
    expect(state.halted).toBe(reason);
    const again = sign(state, twin);
    expect(again.effects).toHaveLength(1);
    expect(again.state).toBe(state);
  });
});

describe('the rules are asked once more', () => {
  const asked = (state: VaultState, letters: Letters): f.RecheckInput => {
    const inputs: f.RecheckInput[] = [];
    sign(state, letters, { recheck: (input) => (inputs.push(input), []) });
    const [input, ...more] = inputs;
    expect(more).toEqual([]);
    if (input === undefined) throw new Error('the rules were not asked');
    return input;
  };
  const way = (reduceOnly: boolean): Letters =>
    approve(orderNumber(1, NOW, { reduceOnly }), 1, HASH);

  test('about what is asked for, in the state that the vault is in', () => {
    expect(asked(fresh, way(false))).toMatchObject({ state: 'ACTIVE', reducing: false, now: NOW });
    expect(asked(fresh, way(true))).toMatchObject({ state: 'ACTIVE', reducing: true });
    expect(asked(fresh, cancel)).toMatchObject({ state: 'ACTIVE', reducing: false });
    expect(asked(halted, cancel)).toMatchObject({ state: 'HALTED', reducing: false });
  });

  test('and refuse with the codes of those that fail, and no others', () => {
    const check = (status: f.Check['status'], code: string | null): f.Check => {
      const [any] = f.recheck({
        proposal: orderNumber(1),
        market: marketAt(NOW),
        now: NOW,
        policy: parts.policy,
        state: 'ACTIVE',
        reducing: false,
      });
      f.assert(any !== undefined, 'there are rules');
      return { ...any, status, code };
    };
    const checks = [check('fail', 'ONE_OUT'), check('pass', 'FINE'), check('fail', null)];
    const no = sign(fresh, first, { recheck: () => [...checks, check('fail', 'TWO_OUT')] });
    expect(refusalOf(no)).toBe('RECHECK_REFUSED: ONE_OUT ? TWO_OUT');
    expect(no.state).toBe(fresh);
  });
});

describe('a promise is kept', () => {
  test('after a crash before the signature: the same digest is signed, and nothing is promised anew', () => {
    const reserved = promised.signings.get(first.id)?.reserved;
    expect(sign(promised, first)).toEqual({
      state: promised,
      effects: [{ kind: 'sign', id: 1, approvalId: first.id, digest: reserved?.digest, now: NOW }],
    });
  });

  test('the signature is written, then released under the journal as it then stands', () => {
    const { state, effects } = released(promised, SIGNATURE);
    const record = { kind: 'signed', at: NOW, approvalId: first.id, signature: SIGNATURE };
    expect(effects[0]).toEqual({ kind: 'append', record });
    expect(effects[1]).toMatchObject({
      kind: 'answer',
      answer: { kind: 'signed', id: 7, journal: { ...state.anchor, journalId } },
    });
    expect(effects).toHaveLength(2);
  });

  test('a signature that does not hold halts', () => {
    const reason = `SIGNATURE_INVALID: ${first.id}`;
    const record = { kind: 'halted', at: NOW, reason };
    expect(released(promised, null).effects[0]).toEqual({ kind: 'append', record });
  });

  test('and no signature is taken that was not awaited', () => {
    const words = 'only what is reserved and not yet signed is signed';
    expect(() => released(promised, SIGNATURE, 'ab'.repeat(16))).toThrow(words);
    expect(() => released(signed, SIGNATURE)).toThrow(words);
  });
});

describe('an end is told', () => {
  const settle = (state: VaultState, outcome: 'acked' | 'done', approvalId = first.id) =>
    ask(state, { kind: 'settle', id: 9, approvalId, outcome }, {}, at(5));
  const answer = { kind: 'answer', answer: { kind: 'settled', id: 9 } };

  test('and written once', () => {
    const { state, effects } = settle(signed, 'acked');
    const record = { kind: 'settled', at: at(5), approvalId: first.id, outcome: 'acked' };
    expect(effects).toEqual([{ kind: 'append', record }, answer]);
    expect(state.signings.get(first.id)?.outcome).toBe('acked');
    expect(settle(state, 'acked')).toEqual({ state, effects: [answer] });
    expect(settle(state, 'done').effects).toHaveLength(2);
  });

  test('not after the last, and not of what was never signed', () => {
    const { state } = settle(signed, 'done');
    expect(settle(state, 'acked')).toEqual({ state, effects: [answer] });
    expect(settle(fresh, 'acked')).toEqual({ state: fresh, effects: [answer] });
  });
});

describe('the status', () => {
  test('is what the vault is and knows', () => {
    expect(statusOf(signed, baseConfig)).toEqual({
      ready: true,
      halted: null,
      address,
      network,
      account,
      journalId,
      journalEntries: 3,
      journalHead: signed.anchor.head,
      open: [expect.objectContaining({ approvalId: first.id })],
    });
  });

  test('is not ready without a beginning, nor behind what was signed', () => {
    expect(statusOf(blank(), baseConfig)).toMatchObject({ ready: false, halted: null });
    expect(statusOf(rolledBack, baseConfig)).toMatchObject({
      ready: false,
      halted: 'JOURNAL_ROLLED_BACK',
    });
    expect(statusOf(halted, baseConfig)).toMatchObject({ ready: true, halted: 'by hand' });
  });

  test('is given as it is after a halt, which is written first', () => {
    const { state, effects } = ask(fresh, { kind: 'halt', id: 2, reason: 'enough' }, {}, at(3));
    const record = { kind: 'halted', at: at(3), reason: 'enough' };
    const status = { kind: 'status', id: 2, status: statusOf(state, baseConfig) };
    expect(effects).toEqual([
      { kind: 'append', record },
      { kind: 'answer', answer: status },
    ]);
    expect(status.status).toMatchObject({ halted: 'enough', journalEntries: 2 });
  });
});
