/** Receipts in the gate's ledger: found in whole lines, once each, wherever the reading stopped. */
import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { outcomeCodec, type OutcomeEvent } from '../../signer/outcome.ts';
import { ledgerReceipts, receiptOf } from '../../signer/receipts.ts';
import { money, price, qty } from '../../firewall/proofs/amounts.ts';
import { NOW, SYMBOL } from './letters.ts';

const root = mkdtempSync(join(tmpdir(), 'airlock-receipts-'));
afterAll(() => rmSync(root, { recursive: true }));

const CLIENT = `0x${'12'.repeat(16)}`;
const outcome = (sequence: number): OutcomeEvent => ({
  kind: 'outcome',
  at: NOW,
  approvalId: 'ab'.repeat(16),
  clientId: CLIENT,
  outcome: 'acked',
  code: null,
  sequence,
});
const fill: OutcomeEvent = {
  kind: 'fill',
  at: NOW,
  tradeId: 'T7',
  clientId: CLIENT,
  symbol: SYMBOL,
  side: 'buy',
  price: price('1'),
  qty: qty('1'),
  fee: money('0'),
  liquidity: 'taker',
};
const cash: OutcomeEvent = {
  kind: 'cash',
  at: NOW,
  id: 'C9',
  amount: money('1'),
  reason: 'deposit',
  symbol: null,
};
const noted: OutcomeEvent = { kind: 'noted', at: NOW, code: 'ODD', detail: 'x', qty: null };
const lineOf = (event: OutcomeEvent): string =>
  `${JSON.stringify({ event: outcomeCodec.write(event), sequence: 1 })}\n`;

let made = 0;
function ledger(text: string): string {
  made += 1;
  const path = join(root, `ledger-${made}`);
  writeFileSync(path, text);
  return path;
}

test('a message is known by its own number; what is said again needs no receipt', () => {
  expect([outcome(3), fill, cash].map(receiptOf)).toEqual(['outcome 3', 'fill T7', 'cash C9']);
  expect(receiptOf(noted)).toBeNull();
  expect(receiptOf({ kind: 'reconciled', at: NOW, status: 'clean', detail: 'x' })).toBeNull();
});

describe('a ledger', () => {
  test('that is not there yet holds none', () => {
    expect(ledgerReceipts(join(root, 'absent')).read(5)).toEqual({ found: [], offset: 5 });
  });

  test('that cannot be read says so', () => {
    expect(() => ledgerReceipts(join(ledger(''), 'below')).read(0)).toThrow('ENOTDIR');
  });

  test('is read to the end of its last whole line, and on from there', () => {
    const text = [outcome(1), noted, fill].map(lineOf).join('');
    const half = lineOf(cash).slice(0, 20);
    const path = ledger(`${text}${half}`);
    const receipts = ledgerReceipts(path);
    const first = receipts.read(0);
    expect(first).toEqual({ found: ['outcome 1', 'fill T7'], offset: text.length });
    appendFileSync(path, `${lineOf(cash).slice(20)}${lineOf(outcome(2))}`);
    const next = receipts.read(first.offset);
    expect(next.found).toEqual(['cash C9', 'outcome 2']);
    expect(receipts.read(next.offset)).toEqual({ found: [], offset: next.offset });
  });

  test('that has become shorter is read from its beginning', () => {
    const text = lineOf(outcome(1));
    const receipts = ledgerReceipts(ledger(text));
    expect(receipts.read(text.length + 1)).toEqual({ found: ['outcome 1'], offset: text.length });
    expect(receipts.read(text.length)).toEqual({ found: [], offset: text.length });
  });

  test('of more than a megabyte is read in pieces, with a line across them', () => {
    const decision = `{"event":{"kind":"decision","text":"${'x'.repeat(700_000)}"}}\n`;
    const text = `${decision}${lineOf(outcome(1))}${decision}${lineOf(outcome(2))}`;
    const read = ledgerReceipts(ledger(text)).read(0);
    expect(read).toEqual({ found: ['outcome 1', 'outcome 2'], offset: text.length });
  });

  test.each([
    ['no JSON', '{"kind":"outcome"\n'],
    ['a list', '["x",{"kind":"outcome"}]\n'],
    ['a text', '"\\"kind\\":\\"outcome\\""\n'],
    ['nothing', 'null "kind":"fill"\n'],
    ['no event', '{"other":{"kind":"cash"}}\n'],
    ['an event of another shape', '{"event":{"kind":"outcome","sequence":1}}\n'],
    [
      'spelled in another way',
      `${JSON.stringify({ event: outcomeCodec.write(fill) }, null, 1).replaceAll('\n', '')}\n`,
    ],
    ['an outcome that is not the event', `{"event":{"text":${JSON.stringify(lineOf(fill))}}}\n`],
  ])('may hold a line that is %s: passed over', (_, line) => {
    const text = `${line}${lineOf(fill)}`;
    const bytes = Buffer.byteLength(text);
    expect(ledgerReceipts(ledger(text)).read(0)).toEqual({ found: ['fill T7'], offset: bytes });
  });

  test('is let go after each reading', () => {
    const path = ledger(lineOf(fill));
    const next = (): number => {
      const fd = openSync(path, 'r');
      closeSync(fd);
      return fd;
    };
    const before = next();
    for (let n = 0; n < 100; n += 1) expect(ledgerReceipts(path).read(0).found).toHaveLength(1);
    // Others in this process may open a file or two meanwhile.
    expect(next()).toBeLessThan(before + 50);
  });

  test('keeps its receipts among letters of two bytes', () => {
    const text = `{"event":{"kind":"noted","detail":"ü"}}\n${lineOf(cash)}`;
    const offset = Buffer.byteLength(text);
    expect(ledgerReceipts(ledger(text)).read(0)).toEqual({ found: ['cash C9'], offset });
  });
});
