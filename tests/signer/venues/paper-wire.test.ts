/** The paper venue's words, one shape at a time: what is understood, and what is about another account. */
import { describe, expect, test } from 'vitest';
import * as f from '#firewall';
import {
  factOf,
  orderCodec,
  orderState,
  replyCodec,
  standingCodec,
} from '../../../signer/venues/paper-wire.ts';
import { money, price, qty } from '../../../firewall/proofs/amounts.ts';
import { NOW, SYMBOL } from '../letters.ts';

const report = {
  venueOrderId: 'V1',
  clientId: '0x12',
  account: 'main',
  symbol: SYMBOL,
  side: 'buy',
  state: 'resting',
  qty: '1',
  filled: '0',
  price: '60000',
  reason: null,
  updatedAt: NOW,
};

describe('a reply', () => {
  const acked = { kind: 'acked', venueOrderId: 'V1', clientId: '0x12', state: 'filled', at: NOW };
  const rejected = { kind: 'rejected', code: 'TOO_SMALL', detail: 'x', at: NOW };
  test.each([
    [acked, { kind: 'acked', venueOrderId: 'V1', state: 'filled' }],
    [rejected, { kind: 'rejected', code: 'TOO_SMALL' }],
  ])('%o', (value, reply) => {
    expect(f.decode(replyCodec, value)).toEqual({ ok: true, value: reply });
  });

  test('is nothing else', () => {
    const object = { ok: false, at: '$', want: 'an object' };
    for (const value of [null, 'rejected', 5, undefined])
      expect(f.decode(replyCodec, value)).toEqual(object);
    for (const value of [
      {},
      [],
      { ...acked, kind: 'perhaps' },
      { ...acked, kind: 'rejected' },
      { ...rejected, kind: 'acked' },
      { ...rejected, more: 1 },
    ])
      expect(f.decode(replyCodec, value).ok).toBe(false);
  });
});

test('an order is told by its state, and none is none', () => {
  const read = f.decode(orderCodec, { order: report });
  f.assert(read.ok, 'an order');
  expect(orderState(read.value)).toEqual({
    clientId: '0x12',
    venueOrderId: 'V1',
    state: 'resting',
    symbol: SYMBOL,
  });
  expect(orderState({ order: null })).toBeNull();
});

test('an account is what is open and what is held', () => {
  const positions = [{ symbol: SYMBOL, qty: '-2', entryPrice: '60000' }];
  const account = { account: 'main', cash: '5', positions, open: [report] };
  expect(f.decode(standingCodec, { account })).toEqual({
    ok: true,
    value: {
      open: [{ clientId: '0x12', symbol: SYMBOL }],
      positions: [{ symbol: SYMBOL, qty: qty('-2') }],
    },
  });
});

describe('a line of the private stream', () => {
  const fill = {
    tradeId: 'T1',
    venueOrderId: 'V1',
    clientId: '0x12',
    account: 'main',
    symbol: SYMBOL,
    side: 'sell',
    price: '60000',
    qty: '0.5',
    fee: '0.1',
    liquidity: 'maker',
    at: NOW,
  };
  const move = {
    id: 'C1',
    account: 'main',
    amount: '-3',
    kind: 'funding',
    symbol: SYMBOL,
    at: NOW,
  };
  const rows = [
    [
      { kind: 'report', report: { ...report, state: 'rejected', reason: 'TOO_SMALL' } },
      {
        kind: 'report',
        clientId: '0x12',
        symbol: SYMBOL,
        state: 'rejected',
        reason: 'TOO_SMALL',
      },
    ],
    [
      { kind: 'fill', fill },
      {
        kind: 'fill',
        fill: {
          kind: 'fill',
          tradeId: 'T1',
          clientId: '0x12',
          symbol: SYMBOL,
          side: 'sell',
          price: price('60000'),
          qty: qty('0.5'),
          fee: money('0.1'),
          liquidity: 'maker',
          at: NOW,
        },
      },
    ],
    [
      { kind: 'cash', move },
      {
        kind: 'cash',
        move: {
          kind: 'cash',
          reason: 'funding',
          id: 'C1',
          amount: money('-3'),
          symbol: SYMBOL,
          at: NOW,
        },
      },
    ],
  ] as const;
  test.each(rows)('$kind is a fact, and none of another account', (event, fact) => {
    const line = JSON.stringify({ sequence: 4, event });
    expect(factOf(line, 'main')).toEqual({ sequence: 4, fact });
    expect(factOf(line, 'other')).toBeNull();
    expect(factOf(line.replace('"sequence":4', '"sequence":0'), 'main')).toBeNull();
  });
});
