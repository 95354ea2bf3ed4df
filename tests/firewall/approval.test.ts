/** The gate's word: names that follow from one proposal for life, and a shape nothing else fits. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  approvalCodec,
  approvalIdOf,
  CLIENT_ID_LENGTH,
  clientIdOf,
  decode,
  sealedText,
  textOf,
  type Approval,
} from '#firewall';
import { NOW, ahead, digest } from '../../firewall/proofs/amounts.ts';

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
const approval: Approval = {
  kind: 'approval',
  sequence: 1,
  id: 'a'.repeat(32),
  proposalId: 'b'.repeat(32),
  proposalHash: digest('c'),
  policyHash: digest('d'),
  marketHash: digest('e'),
  ledgerHead: digest('f'),
  stateVersion: 0,
  account: 'main',
  venue: 'paper',
  network: 'paper',
  symbol: 'BTC/USDT:USDT',
  nonce: '0'.repeat(32),
  notBefore: NOW,
  expiresAt: ahead(5_000),
};

describe('names for life', () => {
  test('an approval is named by its proposal', () => {
    const hash = digest('c');
    expect(approvalIdOf(hash)).toBe(sha256(`AIRLOCK-APPROVAL-ID\0${hash}`).slice(0, 32));
    expect(approvalIdOf(hash)).toMatch(/^[0-9a-f]{32}$/);
    expect(approvalIdOf(digest('d'))).not.toBe(approvalIdOf(hash));
  });

  test('an order is named by its approval', () => {
    expect(clientIdOf(approval.id)).toBe(
      `0x${sha256(`AIRLOCK-CLOID-v1${approval.id}`).slice(0, 32)}`,
    );
    expect(clientIdOf(approval.id)).toHaveLength(CLIENT_ID_LENGTH);
  });
});

test('a signature of one kind is over another text than that of any other', () => {
  expect(sealedText('proposal', '{}')).toBe('AIRLOCK-PROPOSAL-v1\0{}');
  expect(sealedText('approval', '{}')).toBe('AIRLOCK-APPROVAL-v1\0{}');
  expect(sealedText('outcome', '{}')).toBe('AIRLOCK-OUTCOME-v1\0{}');
});

describe('an approval on the wire', () => {
  const written = JSON.parse(textOf(approvalCodec, approval)) as Record<string, unknown>;

  test('survives', () => {
    expect(decode(approvalCodec, written)).toEqual({ ok: true, value: approval });
  });

  test.each<[keyof Approval, unknown]>([
    ['kind', 'proposal'],
    ['sequence', 0],
    ['id', 'a'.repeat(31)],
    ['id', 'A'.repeat(32)],
    ['proposalId', 'b'.repeat(33)],
    ['proposalHash', 'c'.repeat(32)],
    ['policyHash', null],
    ['marketHash', ''],
    ['ledgerHead', 'f'.repeat(65)],
    ['stateVersion', -1],
    ['account', ''],
    ['venue', 'pa per'],
    ['network', 'moon'],
    ['symbol', 'BTC'],
    ['nonce', '0'.repeat(64)],
    ['notBefore', -1],
    ['expiresAt', 1.5],
  ])('with a bad %s is refused', (key, bad) => {
    expect(decode(approvalCodec, { ...written, [key]: bad })).toMatchObject({
      ok: false,
      at: `$.${key}`,
    });
  });
});
