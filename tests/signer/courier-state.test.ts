/** The courier's memory: what no courier can have written is refused, and what has ended is not kept for ever. */
import { describe, expect, test } from 'vitest';
import type { Side } from '#firewall';
import type { CourierRecord } from '../../signer/courier-journal.ts';
import {
  BAD_LETTERS_MAX,
  blankCourier,
  hasEnded,
  mayDoubt,
  recall,
  type CourierState,
} from '../../signer/courier-state.ts';
import { OUTCOME_KINDS, type OutcomeEvent, type OutcomeKind } from '../../signer/outcome.ts';
import { money, price, qty } from '../../firewall/proofs/amounts.ts';
import {
  acked,
  anchor,
  at,
  begun,
  bring,
  go,
  order,
  requestFor,
  received,
  sent,
  signed,
} from './courier-step-kit.ts';
import { NOW, SYMBOL } from './letters.ts';

const id = (n: number): string => n.toString(16).padStart(32, '0');
const client = (n: number): string => `0x${id(n)}`;
const adopted = (n: number): CourierRecord => ({
  kind: 'adopted',
  at: NOW,
  approvalId: id(n),
  clientId: client(n),
  symbol: SYMBOL,
  deadline: at(5),
});
const told = (event: OutcomeEvent, cursor: number | null = null): CourierRecord => ({
  kind: 'told',
  at: NOW,
  event,
  cursor,
});
const outcome = (n: number, sequence: number, word: OutcomeKind = 'done'): CourierRecord =>
  told({
    kind: 'outcome',
    at: NOW,
    approvalId: id(n),
    clientId: client(n),
    outcome: word,
    code: null,
    sequence,
  });
const fill = (side: Side, amount: string): CourierRecord =>
  told({
    kind: 'fill',
    at: NOW,
    tradeId: 'T',
    clientId: client(1),
    symbol: SYMBOL,
    side,
    price: price('1'),
    qty: qty(amount),
    fee: money('0'),
    liquidity: 'maker',
  });
const noted = (code: string, ms = 0): CourierRecord =>
  told({ kind: 'noted', at: at(ms), code, detail: 'x', qty: null });
const after = (records: Iterable<CourierRecord>, from = begun, own = false): CourierState => {
  let state = from;
  for (const record of records) state = recall(state, record, own);
  return state;
};

describe('no courier can have written', () => {
  const opened = begun.opened as CourierRecord;
  test.each<readonly [string, CourierState, CourierRecord]>([
    ['opened where a journal begins or goes on', begun, opened],
    [
      'heard where a journal begins or goes on',
      blankCourier(),
      { kind: 'heard', at: NOW, cursor: 1 },
    ],
    [
      'sent without being received',
      begun,
      { kind: 'sent', at: NOW, request: requestFor(order), vault: anchor },
    ],
    [
      'sent without being received',
      sent,
      { kind: 'sent', at: NOW, request: requestFor(order), vault: anchor },
    ],
    ['adopted what was there', after([adopted(1)]), adopted(1)],
    ['an outcome out of its order', after([adopted(1)]), outcome(1, 2)],
    ['an outcome out of its order', after([adopted(1)]), outcome(1, 0)],
    ['an outcome of what was never received', after([adopted(1)]), outcome(2, 1)],
  ])('%s', (message, state, record) => {
    expect(() => recall(state, record)).toThrow(
      expect.objectContaining({ code: 'JOURNAL_CORRUPT', message }),
    );
  });

  test('the same letter twice', () => {
    const { approval, proposal } = order;
    const again: CourierRecord = {
      kind: 'received',
      at: NOW,
      approvalId: order.id,
      clientId: client(1),
      symbol: SYMBOL,
      target: null,
      approval,
      proposal,
    };
    expect(() => recall(received, again)).toThrow('received twice');
  });
});

describe('an errand', () => {
  test('begins blank', () => {
    expect(blankCourier()).toEqual({
      opened: null,
      errands: new Map(),
      byClientId: new Map(),
      outcomes: 0,
      messages: 0,
      outbox: new Map(),
      cursor: 0,
      offset: 0,
      vault: null,
      positions: new Map(),
      badLetters: [],
    });
  });

  test('keeps its letters until they are sent, and the anchor of the vault that signed', () => {
    expect(received.errands.get(order.id)).toMatchObject({
      stage: 'RECEIVED',
      told: null,
      deadline: null,
      cancel: false,
      letters: { approval: order.approval, proposal: order.proposal },
    });
    expect(sent.errands.get(order.id)).toMatchObject({
      stage: 'SENT',
      deadline: at(3_000),
      letters: null,
    });
    expect(sent.vault).toEqual(anchor);
    expect([...sent.errands.values()].map(hasEnded)).toEqual([false]);
  });

  test('is received once and sent once', () => {
    const { state } = bring(begun, order);
    expect(state).toEqual(received);
    expect(signed(state, order).state).toEqual(sent);
  });

  test('that the vault refused for its letters has ended, and is no bad letter', () => {
    const refused = { kind: 'refused', id: 1, code: 'APPROVAL_FORGED', detail: 'x' } as const;
    const { state } = go(received, { kind: 'vault', approvalId: order.id, answer: refused });
    expect(state.errands.get(order.id)?.told).toBe('signer-refused');
    expect(state.badLetters).toEqual([]);
  });

  test('that was adopted has nothing but its name', () => {
    expect(after([adopted(1)]).errands.get(id(1))).toEqual({
      approvalId: id(1),
      clientId: client(1),
      symbol: SYMBOL,
      asked: client(1),
      cancel: false,
      deadline: at(5),
      approvalHash: null,
      told: null,
      letters: null,
      stage: 'SENT',
    });
  });

  test.each([
    ['signer-refused', 'REJECTED', true],
    ['expired', 'REJECTED', true],
    ['acked', 'ACKED', false],
    ['rejected', 'REJECTED', true],
    ['unknown', 'UNKNOWN', false],
    ['not-placed', 'RECONCILED', true],
    ['done', 'RECONCILED', true],
  ] as const)('told %s is %s', (word, stage, ended) => {
    const errand = after([adopted(1), outcome(1, 1, word)]).errands.get(id(1));
    expect(errand).toMatchObject({ stage, told: word, letters: null });
    expect(errand === undefined ? null : hasEnded(errand)).toBe(ended);
    expect(OUTCOME_KINDS).toHaveLength(7);
  });
});

describe('what is told', () => {
  test('counts, stays in the outbox until it is acknowledged, and moves the cursor where it has one', () => {
    const state = after([noted('A'), noted('B'), told({ ...event('C') }, 7), noted('D')]);
    expect(state).toMatchObject({ messages: 4, cursor: 7, outcomes: 0 });
    expect([...state.outbox.keys()]).toEqual([1, 2, 3, 4]);
    const acknowledged = recall(state, { kind: 'acknowledged', at: NOW, upTo: 2, offset: 90 });
    expect([...acknowledged.outbox.keys()]).toEqual([3, 4]);
    expect(acknowledged.offset).toBe(90);
    expect(state.outbox.size).toBe(4);
    expect(recall(state, { kind: 'heard', at: NOW, cursor: 12 }).cursor).toBe(12);
  });

  function event(code: string): OutcomeEvent {
    return { kind: 'noted', at: NOW, code, detail: 'x', qty: null };
  }

  test('of fills adds up to positions, and a flat one is none', () => {
    const state = after([fill('buy', '2'), fill('sell', '0.5')]);
    expect(state.positions).toEqual(new Map([[SYMBOL, qty('1.5')]]));
    expect(after([fill('sell', '1.5')], state).positions).toEqual(new Map());
    expect(after([fill('sell', '3')], state).positions).toEqual(new Map([[SYMBOL, qty('-1.5')]]));
    expect(state.positions.get(SYMBOL)).toBe(qty('1.5'));
  });
});

describe('bad letters', () => {
  const codes = [
    'APPROVAL_UNREADABLE',
    'APPROVAL_FORGED',
    'APPROVAL_FOREIGN',
    'APPROVAL_CONFLICT',
    'PROPOSAL_MISMATCH',
  ];
  test('are counted by their code, and nothing else is', () => {
    expect(after(codes.map((code) => noted(code))).badLetters).toHaveLength(codes.length);
    expect(after([noted('ORDER_ADOPTED'), fill('buy', '1')]).badLetters).toEqual([]);
  });

  test('may be noted a hundred times an hour', () => {
    const many = Array.from({ length: BAD_LETTERS_MAX }, (_, n) => noted('APPROVAL_FORGED', n));
    const almost = after(many.slice(1));
    expect(mayDoubt(almost, NOW)).toBe(true);
    const full = after(many);
    expect(mayDoubt(full, at(3_599_999))).toBe(false);
    expect(mayDoubt(full, at(3_600_000))).toBe(true);
    const next = after([noted('APPROVAL_FORGED', 3_600_000)], full);
    expect(next.badLetters).toHaveLength(BAD_LETTERS_MAX);
    expect(next.badLetters[0]).toBe(at(1));
    expect(mayDoubt(next, at(3_600_000))).toBe(false);
    expect(mayDoubt(next, at(3_600_001))).toBe(true);
  });
});

describe('memory', () => {
  const KEPT = 4_096;
  /** Adopts and ends so many, one after the other. */
  function* ended(count: number, from = 1): Iterable<CourierRecord> {
    for (let n = from; n < from + count; n += 1) {
      yield adopted(n);
      yield outcome(n, n - from + 1);
    }
  }

  test('keeps twice what it keeps at least, then forgets the oldest that have ended', () => {
    const begin = recall(blankCourier(), begun.opened as CourierRecord, true);
    const open = after([adopted(100_000)], begin, true);
    const full = after(ended(2 * KEPT - 1), open, true);
    expect(full.errands.size).toBe(2 * KEPT);
    const next = recall(full, adopted(200_000), true);
    expect(next.errands.size).toBe(KEPT);
    expect(next.byClientId.size).toBe(KEPT);
    // What is open stays, however old it is.
    expect(next.errands.has(id(100_000))).toBe(true);
    expect(next.errands.has(id(2 * KEPT - 1))).toBe(true);
    expect(next.errands.has(id(1))).toBe(false);
    expect(next.byClientId.has(client(1))).toBe(false);
    expect([...next.byClientId.values()].toSorted()).toEqual([...next.errands.keys()].toSorted());
  });

  test('is the same whether it is filled in place or not, and in place only when told so', () => {
    const records = [adopted(1), outcome(1, 1, 'acked'), fill('buy', '1'), noted('A')];
    const last: CourierRecord = { kind: 'acknowledged', at: NOW, upTo: 1, offset: 5 };
    const mine = after(
      [...records, last],
      recall(blankCourier(), begun.opened as CourierRecord),
      true,
    );
    const shared = after([...records, last]);
    expect(mine).toEqual(shared);
    const before = structuredClone(shared);
    after([adopted(2), outcome(2, 2), fill('buy', '1'), noted('B'), { ...last, upTo: 9 }], shared);
    expect(shared).toEqual(before);
    const { errands, byClientId, outbox, positions } = mine;
    const next = after([adopted(2), fill('sell', '3'), { ...last, upTo: 2 }], mine, true);
    expect(next.errands).toBe(errands);
    expect(next.byClientId).toBe(byClientId);
    expect(next.outbox).toBe(outbox);
    expect(next.positions).toBe(positions);
    expect(acked.errands).not.toBe(sent.errands);
  });
});
