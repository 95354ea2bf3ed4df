/** What the courier tells the gate: each kind in its exact text, and the words of others made harmless. */
import { describe, expect, test } from 'vitest';
import * as f from '#firewall';
import {
  codeOf,
  outcomeBody,
  outcomeCodec,
  OUTCOME_KINDS,
  plain,
  type OutcomeEvent,
} from '../../signer/outcome.ts';
import { money, price, qty } from '../../firewall/proofs/amounts.ts';
import { NOW, SYMBOL } from './letters.ts';

const CLIENT = `0x${'12'.repeat(16)}`;
const events: readonly OutcomeEvent[] = [
  ...OUTCOME_KINDS.map((outcome, index) => ({
    kind: 'outcome' as const,
    at: NOW,
    approvalId: 'ab'.repeat(16),
    clientId: CLIENT,
    outcome,
    code: index === 0 ? 'CAP_ORDERS' : null,
    sequence: index + 1,
  })),
  ...(['maker', 'taker'] as const).map((liquidity) => ({
    kind: 'fill' as const,
    at: NOW,
    tradeId: 'T1',
    clientId: CLIENT,
    symbol: SYMBOL,
    side: 'sell' as const,
    price: price('60000.5'),
    qty: qty('0.01'),
    fee: money('-0.02'),
    liquidity,
  })),
  ...(['deposit', 'withdrawal', 'funding'] as const).map((reason) => ({
    kind: 'cash' as const,
    at: NOW,
    id: 'C1',
    amount: money('-5'),
    reason,
    symbol: reason === 'funding' ? SYMBOL : null,
  })),
  { kind: 'reconciled', at: NOW, status: 'clean', detail: 'x'.repeat(400) },
  { kind: 'reconciled', at: NOW, status: 'mismatch', detail: 'one order more' },
  { kind: 'noted', at: NOW, code: 'ODD', detail: 'a thing', qty: null },
  { kind: 'noted', at: NOW, code: 'ODD', detail: 'a thing', qty: qty('-1') },
];

test.each(events)('$kind survives its text', (event) => {
  expect(f.decodeText(outcomeCodec, outcomeBody(event), 10_000)).toEqual({
    ok: true,
    value: event,
  });
});

test('an outcome counts from one, and a fill is of something at a price', () => {
  const [outcome] = events;
  const fill = events.find((event) => event.kind === 'fill');
  const written = (event: OutcomeEvent | undefined, change: object): boolean => {
    f.assert(event !== undefined, 'there is one of each kind');
    const text = f.canonicalText(outcomeCodec.write(event));
    return f.decode(outcomeCodec, { ...(JSON.parse(text) as object), ...change }).ok;
  };
  expect(written(outcome, { sequence: 1 })).toBe(true);
  expect(written(outcome, { sequence: 0 })).toBe(false);
  expect(written(fill, { qty: '0.00000001', price: '0.00000001' })).toBe(true);
  expect(written(fill, { qty: '0' })).toBe(false);
  expect(written(fill, { price: '0' })).toBe(false);
});

describe('the words of others', () => {
  test('are cut at 380 letters, and never empty', () => {
    expect(plain('x'.repeat(380))).toHaveLength(380);
    expect(plain('x'.repeat(381))).toHaveLength(380);
    expect(plain('')).toBe('?');
  });

  test('are printable ASCII, a question mark for each other letter', () => {
    expect(plain('a\nü~ \u007f\u001f')).toBe('a??~ ??');
  });

  test('are a code of ours only where they are a name', () => {
    expect(codeOf('ORDER_TOO_SMALL')).toBe('ORDER_TOO_SMALL');
    for (const text of ['', 'two words', 'x'.repeat(500), 'ü'])
      expect(codeOf(text)).toBe('CODE_UNREADABLE');
  });
});
