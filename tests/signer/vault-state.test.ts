/** The vault's memory: what no vault can have written is refused, and what counts is neither forgotten nor kept for ever. */
import { describe, expect, test } from 'vitest';
import * as f from '#firewall';
import type { Settlement } from '../../signer/contract.ts';
import type { Reserved, VaultRecord } from '../../signer/vault-journal.ts';
import {
  blank,
  countedSince,
  isOpen,
  knows,
  nonceUsed,
  openOrders,
  remember,
  requestOf,
  type VaultState,
} from '../../signer/vault-state.ts';
import { money } from '../../firewall/proofs/amounts.ts';
import { baseConfig } from './vault-kit.ts';
import { NOW, SYMBOL } from './letters.ts';

const id = (n: number): string => n.toString(16).padStart(32, '0');
const at = (ms: number): f.TimeMs => (NOW + ms) as f.TimeMs;
const { journalId, account, venue, network, address } = baseConfig;
const opened: VaultRecord = {
  kind: 'opened',
  at: NOW,
  journalId,
  account,
  venue,
  network,
  address,
  floor: { sequence: 5, nonce: 7, notBefore: NOW },
  by: 'tester',
  reason: 'made',
};
const reserved = (n: number, change: Partial<Reserved> = {}): Reserved => ({
  kind: 'reserved',
  at: NOW,
  approvalId: id(n),
  approvalHash: f.hashText(`approval ${n}`),
  sequence: 5 + n,
  nonce: id(1_000 + n),
  expiresAt: at(3_000),
  symbol: SYMBOL,
  clientId: `0x${id(n)}`,
  counted: money('10'),
  requestNonce: 7 + n,
  deadline: at(9_000),
  body: '{}',
  digest: f.hashText(`digest ${n}`),
  ...change,
});
const SIGNATURE = `0x${'0'.repeat(128)}1b`;
const signed = (n: number): VaultRecord => ({
  kind: 'signed',
  at: NOW,
  approvalId: id(n),
  signature: SIGNATURE,
});
const settled = (n: number, outcome: Settlement): VaultRecord => ({
  kind: 'settled',
  at: NOW,
  approvalId: id(n),
  outcome,
});
const after = (...records: readonly VaultRecord[]): VaultState =>
  [opened, ...records].reduce((state, record) => remember(state, record), blank());
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'fine';
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    return `${code}: ${message}`;
  }
};

test('a journal begins once, at its floor', () => {
  const state = after();
  expect(state).toMatchObject({ opened, highWater: 5, requestNonce: 7, halted: null });
  expect(state).toMatchObject({ rolledBack: false, anchor: { entries: 1 } });
  expect(state.trail).toEqual([state.anchor.head]);
  const END = 'where a journal begins or goes on';
  expect(codeOf(() => after(opened))).toBe(`JOURNAL_CORRUPT: opened ${END}`);
  expect(codeOf(() => remember(blank(), reserved(1)))).toBe(`JOURNAL_CORRUPT: reserved ${END}`);
});

describe('a reservation', () => {
  test('moves both counters', () => {
    expect(after(reserved(3))).toMatchObject({ highWater: 8, requestNonce: 10 });
  });

  test.each<[string, Partial<Reserved>, string]>([
    ['one above both', {}, 'fine'],
    ['a sequence again', { sequence: 6 }, 'JOURNAL_CORRUPT: a sequence or nonce that runs back'],
    ['a nonce again', { requestNonce: 8 }, 'JOURNAL_CORRUPT: a sequence or nonce that runs back'],
    [
      'an approval again',
      { approvalId: id(1) },
      'JOURNAL_CORRUPT: an approval that was reserved before',
    ],
  ])('with %s', (_, change, code) => {
    expect(codeOf(() => after(reserved(1), reserved(2, change)))).toBe(code);
  });

  test('leaves the state before it as it was, unless it is being built', () => {
    const before = after(reserved(1));
    remember(before, reserved(2));
    expect(before.signings.size).toBe(1);
    remember(before, reserved(2), { own: true });
    expect(before.signings.size).toBe(2);
  });
});

describe('a signing', () => {
  test('is signed once, and only when it was reserved', () => {
    const state = after(reserved(1), signed(1));
    expect(state.signings.get(id(1))).toMatchObject({ signature: SIGNATURE, outcome: null });
    const WHY = 'JOURNAL_CORRUPT: a signature that was not reserved, or was there already';
    expect(codeOf(() => after(signed(1)))).toBe(WHY);
    expect(codeOf(() => after(reserved(1), signed(1), signed(1)))).toBe(WHY);
  });

  test('ends only when it was reserved', () => {
    const WHY = 'JOURNAL_CORRUPT: an end of what was never reserved';
    expect(codeOf(() => after(settled(1, 'done')))).toBe(WHY);
    const state = after(reserved(1), signed(1), settled(1, 'done'));
    expect(state.signings.get(id(1))).toMatchObject({ signature: SIGNATURE, outcome: 'done' });
  });

  test.each<[Settlement, boolean]>([
    ['acked', true],
    ['rejected', false],
    ['not-placed', false],
    ['done', false],
  ])('that is %s is open: %s', (outcome, open) => {
    const state = after(reserved(1), signed(1), settled(1, outcome));
    const [signing] = state.signings.values();
    expect(signing && isOpen(signing)).toBe(open);
    expect(openOrders(state)).toHaveLength(open ? 1 : 0);
  });

  test('is told to the courier with its request once it is signed', () => {
    const { approvalId, clientId, symbol, deadline, body, digest } = reserved(1);
    const order = { approvalId, clientId, symbol, deadline };
    expect(openOrders(after(reserved(1)))).toEqual([{ ...order, request: null }]);
    const request = { ...order, body, digest, signature: SIGNATURE };
    expect(openOrders(after(reserved(1), signed(1)))).toEqual([{ ...order, request }]);
    expect(requestOf({ reserved: reserved(1), signature: null, outcome: null })).toBeNull();
  });
});

test('a halt stands until it is resumed, and a pin changes nothing', () => {
  const halted: VaultRecord = { kind: 'halted', at: NOW, reason: 'a test' };
  const resumed: VaultRecord = { kind: 'resumed', at: NOW, by: 'ana', reason: 'over' };
  const pinned: VaultRecord = { kind: 'pinned', at: NOW, by: 'ana', configHash: f.hashText('x') };
  expect(after(halted).halted).toBe('a test');
  expect(after(halted, pinned).halted).toBe('a test');
  expect(after(halted, resumed).halted).toBeNull();
  const { anchor, trail, ...rest } = after(pinned);
  const { anchor: _anchor, trail: _trail, ...bare } = after();
  expect(rest).toEqual(bare);
  expect([anchor.entries, trail.length]).toEqual([2, 2]);
});

test('a single-use number is used once it is reserved', () => {
  const state = after(reserved(1), reserved(2));
  expect(nonceUsed(state, id(1_002))).toBe(true);
  expect(nonceUsed(state, id(1_003))).toBe(false);
});

test('what counts is what was reserved after a moment and is counted', () => {
  const state = after(
    reserved(1, { at: at(0), counted: money('1') }),
    reserved(2, { at: at(1), counted: money('2') }),
    reserved(3, { at: at(2), counted: null }),
    reserved(4, { at: at(3), counted: money('4') }),
  );
  expect(countedSince(state, at(-1))).toEqual({ notional: money('7'), orders: 3 });
  expect(countedSince(state, at(0))).toEqual({ notional: money('6'), orders: 2 });
  expect(countedSince(state, at(3))).toEqual({ notional: 0n, orders: 0 });
});

describe('forgetting', () => {
  /** 254 reservations in all before the two that matter, which are the 255th and 256th. */
  const building = (first: Partial<Reserved>, end: Settlement | null): VaultState => {
    let state = remember(blank(), opened, { own: true });
    const add = (record: VaultRecord): void => {
      state = remember(state, record, { own: true });
    };
    add(reserved(1, first));
    if (end !== null) add(settled(1, end));
    for (let n = 2; n <= 255; n += 1) add(reserved(n, { at: at(f.DAY_MS) }));
    expect(state.signings.has(id(1))).toBe(true);
    add(reserved(256, { at: at(f.DAY_MS) }));
    return state;
  };

  test.each<[string, Partial<Reserved>, Settlement | null, boolean]>([
    ['ended a day ago', { at: NOW }, 'done', false],
    ['ended less than a day ago', { at: at(1) }, 'done', true],
    ['is open since a day', { at: NOW }, null, true],
    ['is acknowledged since a day', { at: NOW }, 'acked', true],
  ])('what %s', (_, first, end, kept) => {
    const { signings } = building(first, end);
    expect(signings.has(id(1))).toBe(kept);
    expect(signings.size).toBe(kept ? 256 : 255);
  });
});

describe('an anchor', () => {
  const records = [reserved(1), signed(1), settled(1, 'done')];
  const states = [0, 1, 2, 3].map((n) => after(...records.slice(0, n)));
  const last = states.at(-1) ?? blank();
  const of = (state: VaultState) => ({ journalId, ...state.anchor });

  test('of this journal is known, as long as it is no further', () => {
    for (const state of states) expect(knows(last, of(state))).toBe(true);
    expect(knows(states[2] ?? last, of(last))).toBe(false);
  });

  test('with another head is not', () => {
    expect(knows(last, { ...of(last), head: f.hashText('x') })).toBe(false);
    expect(knows(last, { ...of(states[1] ?? last), head: f.hashText('x') })).toBe(false);
  });

  test('of a journal that was replaced is not asked', () => {
    expect(knows(last, { ...of(last), entries: 99, journalId: 'b2'.repeat(16) })).toBe(true);
  });

  test('before the first entry nothing is asked either', () => {
    expect(knows(blank(), of(last))).toBe(true);
  });

  test('from before the trail is not asked, and the trail is of 512', () => {
    let state = last;
    for (let n = 2; n <= 700; n += 1) state = remember(state, reserved(n), { own: true });
    expect(state.trail).toHaveLength(512);
    const head = f.hashText('x');
    const back = (n: number) => ({ journalId, entries: state.anchor.entries - n, head });
    expect(knows(state, back(511))).toBe(false);
    expect(knows(state, back(512))).toBe(true);
  });
});
