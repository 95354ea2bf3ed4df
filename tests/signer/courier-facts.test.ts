/** The courier's reducer once bytes may have left: what the venue, its stream and a restart say, and what is done about it. */
import { describe, expect, test } from 'vitest';
import type { OpenOrder, VenueFact, VenueOrderState } from '../../signer/contract.ts';
import type { CourierState } from '../../signer/courier-state.ts';
import { money, price, qty } from '../../firewall/proofs/amounts.ts';
import {
  acked,
  at,
  begun,
  cancel,
  cancelUnknown,
  clientId,
  done,
  FENCE,
  go,
  order,
  received,
  requestFor,
  said,
  sent,
  there,
  unknown,
} from './courier-step-kit.ts';
import { NOW, SYMBOL } from './letters.ts';

describe('past the fence', () => {
  const fenced = (
    state: CourierState,
    found: VenueOrderState | null,
    letters: Readonly<{ id: string }> = order,
  ) => done(go(state, { kind: 'fenced', approvalId: letters.id, found }));

  test('what the venue does not know was not placed, and what it knows was', () => {
    expect(fenced(unknown, null)).toEqual(['not-placed - @-', 'publish 2', 'settle not-placed']);
    expect(fenced(unknown, there('rejected'))).toEqual([
      'rejected VENUE_REJECTED @-',
      'publish 2',
      'settle rejected',
    ]);
    for (const state of ['resting', 'filled', 'cancelled'] as const)
      expect(fenced(unknown, there(state))).toEqual(['acked - @-', 'publish 2', 'settle acked']);
  });

  test('a cancel is done unless its order still rests', () => {
    expect(fenced(cancelUnknown, there('resting'), cancel)[0]).toBe('not-placed - @-');
    expect(fenced(cancelUnknown, there('cancelled'), cancel)[0]).toBe('done - @-');
    expect(fenced(cancelUnknown, null, cancel)[0]).toBe('done - @-');
  });

  test('nothing is said of what is known by now', () => {
    expect(fenced(acked, null)).toEqual([]);
    expect(fenced(begun, null)).toEqual([]);
  });
});

describe('an acknowledged order that is asked about', () => {
  const checked = (state: CourierState, found: VenueOrderState | null) =>
    done(go(state, { kind: 'checked', approvalId: order.id, found }));

  test('ends by the own word of the venue only', () => {
    expect(checked(acked, null)).toEqual([]);
    expect(checked(acked, there('resting'))).toEqual([]);
    expect(checked(acked, there('rejected'))).toEqual([
      'rejected VENUE_REJECTED @-',
      'publish 2',
      'settle rejected',
    ]);
    expect(checked(acked, there('filled'))[0]).toBe('done FILLED @-');
    expect(checked(acked, there('expired'))).toEqual(['done - @-', 'publish 2', 'settle done']);
  });

  test('and only once it was acknowledged', () => {
    expect(checked(sent, there('filled'))).toEqual([]);
    expect(checked(begun, there('filled'))).toEqual([]);
  });
});

describe('the stream of the venue', () => {
  const heard = (state: CourierState, fact: VenueFact, sequence = 9) =>
    go(state, { kind: 'fact', sequence, fact });
  const report = (
    state: VenueOrderState['state'],
    reason: string | null = null,
    of = clientId,
  ): VenueFact => ({ kind: 'report', clientId: of, symbol: SYMBOL, state, reason });
  const fill: VenueFact = {
    kind: 'fill',
    fill: {
      kind: 'fill',
      at: NOW,
      tradeId: 'T1',
      clientId,
      symbol: SYMBOL,
      side: 'buy',
      price: price('60000'),
      qty: qty('0.01'),
      fee: money('0.1'),
      liquidity: 'taker',
    },
  };
  const cash: VenueFact = {
    kind: 'cash',
    move: { kind: 'cash', at: NOW, id: 'C1', amount: money('5'), reason: 'deposit', symbol: null },
  };

  test.each([
    ['resting', null, ['acked - @9', 'publish 1', 'settle acked']],
    ['rejected', 'TOO_SMALL', ['rejected TOO_SMALL @9', 'publish 1', 'settle rejected']],
    ['rejected', null, ['rejected VENUE_REJECTED @9', 'publish 1', 'settle rejected']],
    ['filled', null, ['done FILLED @9', 'publish 1', 'settle done']],
    ['cancelled', null, ['done - @9', 'publish 1', 'settle done']],
    ['expired', null, ['done - @9', 'publish 1', 'settle done']],
  ] as const)('says %s (%s) of a sent order', (state, reason, effects) => {
    expect(done(heard(sent, report(state, reason)))).toEqual(effects);
  });

  test('tells what was filled and moved', () => {
    expect(done(heard(sent, fill))).toEqual(['fill T1 @9', 'publish 1']);
    expect(done(heard(begun, cash))).toEqual(['cash C1 @9', 'publish 1']);
  });

  test('is followed from where it was left', () => {
    const { state } = heard(begun, cash, 9);
    expect(heard(state, cash, 9).effects).toEqual([]);
    expect(heard(state, cash, 10).effects).toHaveLength(2);
  });

  test('is only heard where it says nothing new', () => {
    expect(done(heard(acked, report('resting')))).toEqual(['heard @9']);
    expect(heard(acked, report('resting')).effects).toEqual([
      { kind: 'append', record: { kind: 'heard', at: NOW, cursor: 9 } },
    ]);
    expect(done(heard(sent, report('filled', null, '0xdead')))).toEqual(['heard @9']);
    const over = heard(sent, report('filled')).state;
    expect(done(heard(over, report('cancelled'), 10))).toEqual(['heard @10']);
    const refused = heard(sent, report('rejected')).state;
    expect(done(heard(refused, report('cancelled'), 10))).toEqual(['heard @10']);
  });

  test('warns of an order that was told not placed and is there after all', () => {
    const { state } = go(unknown, { kind: 'fenced', approvalId: order.id, found: null });
    const note = `ORDER_AFTER_ALL: ${clientId} was told not placed, and the venue has it @-`;
    expect(done(heard(state, fill))).toEqual([note, 'publish 3', 'fill T1 @9', 'publish 4']);
    expect(done(heard(state, report('resting'))).slice(0, 3)).toEqual([
      note,
      'publish 3',
      'acked - @9',
    ]);
    expect(done(heard(state, report('rejected')))[0]).toBe('rejected VENUE_REJECTED @9');
    expect(done(heard(begun, fill))).toEqual(['fill T1 @9', 'publish 1']);
  });
});

describe('at the start', () => {
  const open = (change: Partial<OpenOrder> = {}): OpenOrder => ({
    approvalId: order.id,
    clientId,
    symbol: SYMBOL,
    deadline: at(3_000),
    request: requestFor(order),
    ...change,
  });
  const resume = (state: CourierState, ...orders: readonly OpenOrder[]) =>
    go(state, { kind: 'resume', open: orders });

  test('what was only received is asked for again', () => {
    const { approval, proposal } = order;
    expect(resume(received).effects).toMatchObject([
      { kind: 'ask', approvalId: order.id, symbol: SYMBOL, letters: { approval, proposal } },
    ]);
    expect(resume(received).effects).toHaveLength(1);
  });

  test('what was under way is unknown and asked about, and nothing is sent', () => {
    expect(done(resume(sent))).toEqual(['unknown - @-', 'publish 1', FENCE]);
    expect(done(resume(unknown))).toEqual([FENCE]);
    expect(done(resume(acked))).toEqual([]);
    const [, , fence] = resume(sent).effects;
    const asked = { approvalId: order.id, asked: clientId, deadline: at(3_000) };
    expect(fence).toEqual({ kind: 'fence', ...asked });
  });

  test('what the vault signed and nobody wrote down is adopted, and asked about', () => {
    const { effects } = resume(begun, open());
    expect(effects.map(said)).toEqual([
      `ORDER_ADOPTED: ${clientId} was signed and is not in the courier's journal @-`,
      'publish 1',
      'adopted',
      'unknown - @-',
      'publish 2',
      FENCE,
    ]);
    const { request: _, ...adopted } = open();
    expect(effects[2]).toEqual({
      kind: 'append',
      record: { kind: 'adopted', at: NOW, ...adopted },
    });
  });

  test('what the vault promised and never signed cannot have left', () => {
    expect(resume(begun, open({ request: null })).effects).toEqual([
      { kind: 'settle', approvalId: order.id, outcome: 'not-placed' },
    ]);
  });

  test('the vault is told again how things ended, where they ended', () => {
    expect(resume(acked, open()).effects).toEqual([
      { kind: 'settle', approvalId: order.id, outcome: 'acked' },
    ]);
    expect(done(resume(unknown, open()))).toEqual([FENCE]);
    expect(done(resume(sent, open()))).toEqual(['unknown - @-', 'publish 1', FENCE]);
  });
});

describe('the books', () => {
  test('are told to agree or not, in harmless words', () => {
    const { effects } = go(begun, { kind: 'compared', status: 'mismatch', detail: 'one ü more' });
    const event = { kind: 'reconciled', at: NOW, status: 'mismatch', detail: 'one ? more' };
    expect(effects).toEqual([
      { kind: 'append', record: { kind: 'told', at: NOW, event, cursor: null } },
      { kind: 'publish', message: 1, event },
    ]);
  });

  test('are acknowledged by the gate up to a message', () => {
    const { state, effects } = go(acked, { kind: 'acknowledged', upTo: 1, offset: 50 });
    expect(effects).toEqual([
      { kind: 'append', record: { kind: 'acknowledged', at: NOW, upTo: 1, offset: 50 } },
    ]);
    expect(state.outbox.size).toBe(0);
  });
});
