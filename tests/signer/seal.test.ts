/** Seals of others: by the pinned key, over the kind and the very text, in one spelling. */
import { describe, expect, test } from 'vitest';
import { isPublicKey, opener } from '../../signer/seal.ts';
import { gate, keysOf, seal } from './letters.ts';

const opens = opener();
const letter = seal('approval', '{"a":1}', gate);
const raw = (length: number): string => Buffer.alloc(length, 7).toString('base64');

test('the pinned key opens what it sealed, again and again', () => {
  expect(opens('approval', letter, gate.publicKey)).toBe(true);
  expect(opens('approval', letter, gate.publicKey)).toBe(true);
});

describe('a seal is not opened', () => {
  test('as another kind, over another text, or by another key', () => {
    expect(opens('outcome', letter, gate.publicKey)).toBe(false);
    expect(opens('approval', { ...letter, body: '{"a":2}' }, gate.publicKey)).toBe(false);
    expect(opens('approval', letter, keysOf('gate').publicKey)).toBe(false);
  });

  test('by what is no key, the first time and the next', () => {
    for (const key of ['', raw(31), raw(33), `${gate.publicKey} `, gate.publicKey.slice(0, -1)]) {
      expect(opens('approval', letter, key)).toBe(false);
      expect(opens('approval', letter, key)).toBe(false);
    }
  });

  test('when its signature has another length or another spelling', () => {
    const { signature } = letter;
    const bytes = Buffer.from(signature, 'base64');
    const others = [
      '',
      bytes.subarray(0, 63).toString('base64'),
      Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64'),
      `${signature} `,
      signature.replace(/=+$/, ''),
      signature.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
    ];
    for (const other of others)
      expect(opens('approval', { ...letter, signature: other }, gate.publicKey)).toBe(false);
  });
});

test('a public key is the one spelling of 32 bytes', () => {
  expect(isPublicKey(gate.publicKey)).toBe(true);
  expect(isPublicKey(raw(32))).toBe(true);
  for (const text of [raw(31), raw(33), '', ` ${raw(32)}`, raw(32).replace('=', '')])
    expect(isPublicKey(text)).toBe(false);
});
