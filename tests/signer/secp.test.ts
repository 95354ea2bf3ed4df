/** The curve behind its narrow door: published vectors, and every trap of the library. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as secp from '@noble/secp256k1';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  keccak,
  recoverAddress,
  SecpError,
  selfTest,
  signDigest,
} from '../../signer/secp.ts';
import { ADDRESS, KEY } from './vault-kit.ts';

type Vectors = Readonly<{
  sources: Readonly<Record<string, Readonly<{ privateKey: string; address: string }>>>;
  published: readonly Readonly<{
    name: string;
    digest: string;
    r: string;
    s: string;
    v: number;
    source: string;
  }>[];
}>;
const vectors = JSON.parse(
  readFileSync(new URL('../vectors/hyperliquid.json', import.meta.url), 'utf8'),
) as Vectors;
const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/^0x/, ''), 'hex');
const padded = (hex: string): string => hex.replace(/^0x/, '').padStart(64, '0');
const DIGEST = Buffer.alloc(32, 3);

describe('published signatures', () => {
  it.each(vectors.published.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    const source = vectors.sources[vector.source];
    if (source === undefined) throw new Error('a vector has a source');
    const address = source.address.toLowerCase();
    const key = bytes(source.privateKey);
    expect(addressOf(key)).toBe(address);
    const signature = signDigest(bytes(vector.digest), key, address);
    expect(signature).toBe(`0x${padded(vector.r)}${padded(vector.s)}${vector.v.toString(16)}`);
    expect(recoverAddress(padded(vector.digest), signature)).toBe(address);
  });
});

describe('the wrapper', () => {
  it('passes its own self-test, and its hashes cannot be replaced', () => {
    expect(selfTest).not.toThrow();
    expect(Object.isFrozen(secp.hashes)).toBe(true);
  });

  it.each([0, 31, 33, 64])('refuses a digest of %i bytes', (length) => {
    expect(() => signDigest(Buffer.alloc(length, 1), KEY, ADDRESS)).toThrow(SecpError);
  });

  it.each([0, 31, 33])('refuses a key of %i bytes', (length) => {
    expect(() => addressOf(Buffer.alloc(length, 1))).toThrow(/32 bytes/);
  });

  it('refuses a key of zero and one beyond the order', () => {
    for (const key of [Buffer.alloc(32), Buffer.alloc(32, 0xff)])
      expect(() => addressOf(key)).toThrow(/out of range/);
  });

  it('gives nothing out when the key is not of the pinned address', () => {
    expect(() => signDigest(DIGEST, KEY, `0x${'11'.repeat(20)}`)).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_UNVERIFIED' }),
    );
  });

  it('hashes with keccak, not with sha3', () => {
    expect(Buffer.from(keccak(Buffer.from('abc'))).toString('hex')).toBe(
      '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45',
    );
  });

  const good = signDigest(DIGEST, KEY, ADDRESS);
  const s = BigInt(`0x${good.slice(66, 130)}`);
  const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const highS = `${good.slice(0, 66)}${(ORDER - s).toString(16).padStart(64, '0')}${good.endsWith('1b') ? '1c' : '1b'}`;
  it.each([
    ['the other half of the curve', highS],
    ['upper case', good.toUpperCase().replace('0X', '0x')],
    ['no prefix', good.slice(2)],
    ['a recovery byte of 0', `${good.slice(0, -2)}00`],
    ['a recovery byte of 29', `${good.slice(0, -2)}1d`],
    ['a short one', good.slice(0, -2)],
    ['a long one', `${good}00`],
    ['r of zero', `0x${'0'.repeat(64)}${good.slice(66)}`],
    ['s of zero', `${good.slice(0, 66)}${'0'.repeat(64)}1b`],
    ['r beyond the field', `0x${'f'.repeat(64)}${good.slice(66)}`],
  ])('recovers nobody from a signature that is %s', (_, signature) => {
    expect(recoverAddress(DIGEST.toString('hex'), signature)).toBeNull();
  });

  it('recovers nobody from a digest that is none', () => {
    for (const digest of ['', '03'.repeat(31), '0x'.padEnd(66, '0'), 'zz'.repeat(32)])
      expect(recoverAddress(digest, good)).toBeNull();
  });

  it('never recovers the signer from a changed digest or signature', () => {
    fc.assert(
      fc.property(fc.nat(31), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, inR) => {
        const digest = Buffer.from(DIGEST);
        digest[at] = (digest[at] ?? 0) ^ flip;
        expect(recoverAddress(digest.toString('hex'), good)).not.toBe(ADDRESS);
        const changed = bytes(good);
        const place = inR ? at : 32 + at;
        changed[place] = (changed[place] ?? 0) ^ flip;
        const forged = `0x${changed.toString('hex')}`;
        expect(recoverAddress(DIGEST.toString('hex'), forged)).not.toBe(ADDRESS);
      }),
      { numRuns: 20 },
    );
  });

  it('recovers nobody from anything else, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (digest, signature) => {
        expect(recoverAddress(digest, signature)).toBeNull();
      }),
    );
  });
});

describe('the self-test over a library that computes something else', () => {
  const ours = { keccak, hashes: secp.hashes, sign: signDigest };
  const good = signDigest(DIGEST, KEY, ADDRESS);
  it.each([
    ['keccak-256 of nothing is wrong', { ...ours, keccak: () => new Uint8Array(32) }],
    ['the injected hashes are not frozen', { ...ours, hashes: { ...secp.hashes } }],
    ['a known signature came out differently', { ...ours, sign: () => good }],
  ])('says that %s', (message, library) => {
    expect(() => selfTest(library)).toThrow(
      expect.objectContaining({ name: 'SecpError', code: 'SELF_TEST_FAILED', message }),
    );
    expect(() => selfTest(ours)).not.toThrow();
  });
});

describe('an error of the curve', () => {
  const errorOf = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      return error;
    }
  };
  const rows: readonly (readonly [string, string, () => unknown])[] = [
    [
      'DIGEST_LENGTH',
      'a digest has 32 bytes, not 31',
      () => signDigest(KEY.subarray(1), KEY, ADDRESS),
    ],
    [
      'KEY_INVALID',
      'a secret key has 32 bytes, not 31',
      () => signDigest(DIGEST, KEY.subarray(1), ADDRESS),
    ],
    ['KEY_INVALID', 'a secret key has 32 bytes, not 33', () => addressOf(Buffer.alloc(33, 1))],
    ['KEY_INVALID', 'the secret key is out of range', () => addressOf(Buffer.alloc(32))],
    [
      'SIGNATURE_UNVERIFIED',
      'a fresh signature does not recover its address',
      () => signDigest(DIGEST, KEY, `0x${'11'.repeat(20)}`),
    ],
  ];
  it.each(rows)('%s: %s', (code, message, work) => {
    const error = errorOf(work);
    expect(error).toBeInstanceOf(SecpError);
    expect(error).toMatchObject({ name: 'SecpError', code, message, retryable: false });
  });

  it('keeps what the library said', () => {
    expect(errorOf(() => addressOf(Buffer.alloc(32)))).toHaveProperty('cause.message');
  });
});

describe('a text that only contains a signature', () => {
  const digest = DIGEST.toString('hex');
  const signature = signDigest(DIGEST, KEY, ADDRESS);
  it('recovers nobody', () => {
    expect(recoverAddress(digest, signature)).toBe(ADDRESS);
    expect(recoverAddress(`${digest}00`, signature)).toBeNull();
    expect(recoverAddress(`00${digest}`, signature)).toBeNull();
    expect(recoverAddress(digest, `zz${signature.slice(2)}${signature}`)).toBeNull();
    expect(recoverAddress(digest, `${signature}00`)).toBeNull();
  });

  it('recovers somebody where s is just half the order, and nobody one above', () => {
    const { x } = secp.Point.BASE.toAffine();
    const half = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
    const of = (s: bigint): string =>
      `0x${x.toString(16).padStart(64, '0')}${s.toString(16).padStart(64, '0')}1b`;
    expect(recoverAddress(digest, of(half))).toMatch(/^0x[0-9a-f]{40}$/);
    expect(recoverAddress(digest, of(half + 1n))).toBeNull();
  });
});
