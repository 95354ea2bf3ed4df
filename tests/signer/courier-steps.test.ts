/** The courier's reducer before the venue has spoken: what gate, vault and reply say, and what is done about it. */
import { describe, expect, test } from 'vitest';
import * as f from '#firewall';
import type { CourierEvent } from '../../signer/courier.ts';
import type { CourierState } from '../../signer/courier-state.ts';
import {
  anchor,
  acked,
  at,
  begun,
  bring,
  cancel,
  cancelSent,
  clientId,
  done,
  FENCE,
  go,
  HASH,
  order,
  received,
  replied,
  requestFor,
  sent,
  signed,
  unknown,
} from './courier-step-kit.ts';
import { approve, gate, NOW, orderNumber, seal, SYMBOL, type Letters } from './letters.ts';

describe('an approval', () => {
  test('is written down and asked for, once', () => {
    const { effects, state } = bring(begun, order);
    const { approval, proposal } = order;
    const common = { approvalId: order.id, symbol: SYMBOL };
    expect(effects).toEqual([
      {
        kind: 'append',
        record: {
          kind: 'received',
          at: NOW,
          ...common,
          clientId,
          target: null,
          approval,
          proposal,
        },
      },
      { kind: 'ask', ...common, letters: { approval, proposal } },
    ]);
    expect(bring(state, order).effects).toEqual([]);
    expect(bring(begun, cancel).effects[0]).toMatchObject({
      record: { target: `0x${'12'.repeat(16)}` },
    });
  });

  test('of which the proposal cannot be read is asked for: the vault says no', () => {
    const body = '{"kind":"cancel"}';
    const proposalHash = f.hashText(body);
    const value = { ...order.value, proposalHash, id: f.approvalIdOf(proposalHash) };
    const letters = {
      approval: seal('approval', f.textOf(f.approvalCodec, value), gate),
      proposal: { ...order.proposal, body },
    };
    expect(bring(begun, letters).effects[0]).toMatchObject({ record: { target: null } });
  });

  test('ten minutes past its end is a ghost, and nothing is said of it', () => {
    const end = order.value.expiresAt - NOW;
    expect(done(bring(begun, order, at(end + 600_000)))).toEqual(['received', `ask ${SYMBOL}`]);
    expect(done(bring(begun, order, at(end + 600_001)))).toEqual([]);
  });

  const unread = seal('approval', '{"kind":"approval"}', gate);
  test.each<readonly [string, Letters]>([
    ['APPROVAL_FORGED: from gate-2', { ...order, approval: { ...order.approval, from: 'gate-2' } }],
    [
      'APPROVAL_FORGED: from gate',
      { ...order, approval: { ...order.approval, body: `${order.approval.body} ` } },
    ],
    ['APPROVAL_UNREADABLE: $.sequence: wanted a value', { ...order, approval: unread }],
    ['APPROVAL_FOREIGN: for other', approve(orderNumber(1, NOW, { account: 'other' }), 1, HASH)],
    [`PROPOSAL_MISMATCH: beside approval ${order.id}`, { ...order, proposal: cancel.proposal }],
  ])('that is not in order is noted: %s', (note, letters) => {
    expect(done(bring(begun, letters))).toEqual([`${note} @-`, 'publish 1']);
  });

  test('with another text under a known id accuses the gate, and is not asked for', () => {
    const twin = approve(orderNumber(1), 2, HASH);
    const conflict = `APPROVAL_CONFLICT: approval ${order.id} came with another text @-`;
    expect(done(bring(received, twin))).toEqual([conflict, 'publish 1', `accuse ${SYMBOL}`]);
    const { approval, proposal } = twin;
    expect(bring(received, twin).effects.at(-1)).toEqual({
      kind: 'accuse',
      symbol: SYMBOL,
      letters: { approval, proposal },
    });
  });

  test('that came as no letters at all is noted', () => {
    const { effects } = go(begun, { kind: 'unreadable', detail: 'no ü letters' });
    expect(effects[0]).toEqual({
      kind: 'append',
      record: {
        kind: 'told',
        at: NOW,
        cursor: null,
        event: {
          kind: 'noted',
          at: NOW,
          code: 'APPROVAL_UNREADABLE',
          detail: 'no ? letters',
          qty: null,
        },
      },
    });
  });
});

test('of bad letters only a hundred are noted within an hour', () => {
  let state = begun;
  for (let n = 0; n < 100; n += 1)
    ({ state } = go(state, { kind: 'unreadable', detail: 'x' }, at(n)));
  expect(go(state, { kind: 'unreadable', detail: 'x' }, at(3_599_999)).effects).toEqual([]);
  expect(go(state, { kind: 'unreadable', detail: 'x' }, at(3_600_000)).effects).toHaveLength(2);
});

describe('the vault', () => {
  const says = (state: CourierState, answer: Extract<CourierEvent, { kind: 'vault' }>['answer']) =>
    go(state, { kind: 'vault', approvalId: order.id, answer });

  test('signs: the bytes are written down and sent', () => {
    const request = requestFor(order);
    expect(signed(received, order).effects).toEqual([
      { kind: 'append', record: { kind: 'sent', at: NOW, request, vault: anchor } },
      { kind: 'send', request },
    ]);
  });

  test('refuses: the gate is told, and told apart what came too late', () => {
    const refused = (code: 'CAP_ORDERS' | 'APPROVAL_EXPIRED') =>
      done(says(received, { kind: 'refused', id: 1, code, detail: 'x' }));
    expect(refused('CAP_ORDERS')).toEqual([
      'signer-refused CAP_ORDERS @-',
      'publish 1',
      'settle not-placed',
    ]);
    expect(refused('APPROVAL_EXPIRED')).toEqual([
      'expired APPROVAL_EXPIRED @-',
      'publish 1',
      'settle not-placed',
    ]);
    expect(done(says(received, { kind: 'unasked', code: 'MARKET_UNKNOWN' }))[0]).toBe(
      'signer-refused MARKET_UNKNOWN @-',
    );
  });

  test('is not heard twice, nor about what nobody asked', () => {
    expect(signed(sent, order).effects).toEqual([]);
    expect(signed(begun, order).effects).toEqual([]);
    expect(says(acked, { kind: 'unasked', code: 'SIGNER_HALTED' }).effects).toEqual([]);
  });

  test('answers what it was asked, and nothing else', () => {
    const request = requestFor(cancel);
    expect(() => says(received, { kind: 'signed', id: 1, request, journal: anchor })).toThrow(
      'the vault answers what it was asked',
    );
    expect(() => says(received, { kind: 'settled', id: 1 })).toThrow('a signature or a refusal');
  });
});

describe('the reply of the venue', () => {
  test.each([
    [
      'acked',
      { kind: 'acked', venueOrderId: 'V', state: 'resting' },
      ['acked - @-', 'settle acked'],
    ],
    ['no', { kind: 'rejected', code: 'TOO_SMALL' }, ['rejected TOO_SMALL @-', 'settle rejected']],
    [
      'words',
      { kind: 'rejected', code: 'a b' },
      ['rejected CODE_UNREADABLE @-', 'settle rejected'],
    ],
    ['silence', { kind: 'timeout' }, ['unknown TIMEOUT @-', FENCE]],
    [
      'an echo of the nonce',
      { kind: 'rejected', code: 'NONCE_REPLAYED' },
      ['unknown NONCE_REPLAYED @-', FENCE],
    ],
    [
      'an echo of the order',
      { kind: 'rejected', code: 'CLIENT_ID_DUPLICATE' },
      ['unknown CLIENT_ID_DUPLICATE @-', FENCE],
    ],
  ] as const)('%s', (_, reply, [first, second]) => {
    expect(done(replied(sent, order, reply))).toEqual([first, 'publish 1', second]);
  });

  test('an acknowledged cancel is done', () => {
    const reply = { kind: 'acked', venueOrderId: 'V', state: 'cancelled' } as const;
    expect(done(replied(cancelSent, cancel, reply))).toEqual([
      'done - @-',
      'publish 1',
      'settle done',
    ]);
  });

  test('is nothing new when the stream was faster, or nothing was sent', () => {
    expect(replied(acked, order, { kind: 'timeout' }).effects).toEqual([]);
    expect(replied(begun, order, { kind: 'timeout' }).effects).toEqual([]);
  });
});

test('an outcome says which approval, which order, and its own number', () => {
  const { effects } = replied(sent, order, { kind: 'timeout' });
  expect(effects[0]).toEqual({
    kind: 'append',
    record: {
      kind: 'told',
      at: NOW,
      cursor: null,
      event: {
        kind: 'outcome',
        at: NOW,
        approvalId: order.id,
        clientId,
        outcome: 'unknown',
        code: 'TIMEOUT',
        sequence: 1,
      },
    },
  });
  const { effects: next } = go(unknown, { kind: 'fenced', approvalId: order.id, found: null });
  expect(next[0]).toMatchObject({ record: { event: { sequence: 2 } } });
  expect(next[2]).toEqual({ kind: 'settle', approvalId: order.id, outcome: 'not-placed' });
});
