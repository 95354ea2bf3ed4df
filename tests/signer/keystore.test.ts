/** Keystores of others and of our own; the published ones are from go-ethereum's test data (accounts/keystore/testdata). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEYSTORE_CODES, makeKeystore, openKeystore, sealKey } from '../../signer/keystore.ts';
import { ADDRESS, KEY } from './vault-kit.ts';

type Changes = Readonly<{
  crypto?: object;
  kdfparams?: object;
  top?: object;
}>;
const scrypt = (changes: Changes = {}): string =>
  JSON.stringify({
    version: 3,
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    address: ADDRESS.slice(2),
    ...changes.top,
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
      ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
      kdf: 'scrypt',
      kdfparams: {
        dklen: 32,
        n: 262144,
        r: 1,
        p: 8,
        salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
        ...changes.kdfparams,
      },
      mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
      ...changes.crypto,
    },
  });
const pbkdf2 = (kdfparams: object = {}): string =>
  scrypt({
    crypto: {
      cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
      ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
      kdf: 'pbkdf2',
      kdfparams: {
        c: 262144,
        dklen: 32,
        prf: 'hmac-sha256',
        salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
        ...kdfparams,
      },
      mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
    },
  });
const words = (text: string): Uint8Array => Buffer.from(text);
const open = (text: string, passphrase = 'testpassword', address = ADDRESS): Uint8Array =>
  openKeystore(text, words(passphrase), address);
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'opened';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the canonical keystores', () => {
  it('opens the scrypt one, whose r of 1 OpenSSL refuses', () => {
    expect(Buffer.from(open(scrypt())).equals(KEY)).toBe(true);
    expect(ADDRESS).toBe('0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b');
  });
  it('opens the pbkdf2 one', () => {
    expect(Buffer.from(open(pbkdf2())).equals(KEY)).toBe(true);
  });
});

const short = (ciphertext: string, mac: string, salt: string, iv: string): string =>
  scrypt({
    crypto: { ciphertext, mac, cipherparams: { iv } },
    kdfparams: { n: 2, r: 8, p: 1, salt },
  });

const refused: readonly (readonly [string, string, () => unknown])[] = [
  ['a wrong passphrase', 'KEYSTORE_PASSPHRASE_WRONG', () => open(pbkdf2(), 'testpassworD')],
  ['no passphrase', 'KEYSTORE_PASSPHRASE_WRONG', () => open(pbkdf2(), '')],
  [
    'the keystore of another address',
    'KEYSTORE_ADDRESS_MISMATCH',
    () => open(pbkdf2(), 'testpassword', `0x${'22'.repeat(20)}`),
  ],
  [
    'a changed iv, which the MAC does not cover',
    'KEYSTORE_ADDRESS_MISMATCH',
    () => open(pbkdf2().replace('6087dab2', '7087dab2')),
  ],
  [
    'a changed ciphertext',
    'KEYSTORE_PASSPHRASE_WRONG',
    () => open(pbkdf2().replace('5318b4d5', '5318b4d6')),
  ],
  ['pbkdf2 one round below the floor', 'KEYSTORE_KDF_WEAK', () => open(pbkdf2({ c: 262_143 }))],
  ['pbkdf2 beyond the ceiling', 'KEYSTORE_KDF_HUGE', () => open(pbkdf2({ c: 10_000_001 }))],
  [
    'scrypt below the floor of work',
    'KEYSTORE_KDF_WEAK',
    () => open(scrypt({ kdfparams: { p: 3 } })),
  ],
  [
    'scrypt below the floor of memory',
    'KEYSTORE_KDF_WEAK',
    () => open(scrypt({ kdfparams: { n: 131_072, p: 16 } })),
  ],
  [
    'scrypt beyond the ceiling of memory',
    'KEYSTORE_KDF_HUGE',
    () => open(scrypt({ kdfparams: { n: 2 ** 20, r: 8, p: 1 } })),
  ],
  [
    'scrypt beyond the ceiling of work',
    'KEYSTORE_KDF_HUGE',
    () => open(scrypt({ kdfparams: { n: 2 ** 18, r: 8, p: 17 } })),
  ],
  [
    'an n that is no power of two',
    'KEYSTORE_MALFORMED',
    () => open(scrypt({ kdfparams: { n: 262_143 } })),
  ],
  ['an n beyond 32 bits', 'KEYSTORE_MALFORMED', () => open(scrypt({ kdfparams: { n: 2 ** 40 } }))],
  ['another version', 'KEYSTORE_MALFORMED', () => open(scrypt({ top: { version: 4 } }))],
  [
    'another cipher',
    'KEYSTORE_MALFORMED',
    () => open(scrypt({ crypto: { cipher: 'aes-128-cbc' } })),
  ],
  ['another kdf', 'KEYSTORE_MALFORMED', () => open(scrypt({ crypto: { kdf: 'argon2' } }))],
  ['another prf', 'KEYSTORE_MALFORMED', () => open(pbkdf2({ prf: 'hmac-sha1' }))],
  [
    'another derived length',
    'KEYSTORE_MALFORMED',
    () => open(scrypt({ kdfparams: { dklen: 64 } })),
  ],
  ['an unknown key', 'KEYSTORE_MALFORMED', () => open(scrypt({ top: { comment: 'hi' } }))],
  ['no JSON', 'KEYSTORE_MALFORMED', () => open('{')],
  ['a huge text', 'KEYSTORE_MALFORMED', () => open(' '.repeat(9_000))],
  [
    'the published 31-byte key, whose hash is weak besides',
    'KEYSTORE_KDF_WEAK',
    () =>
      open(
        short(
          '9517cd5bdbe69076f9bf5057248c6c050141e970efa36ce53692d5d59a3984',
          'd5e116151c6aa71470e67a7d42c9620c75c4d23229847dcc127794f0732b0db5',
          '711f816911c92d649fb4c84b047915679933555030b3552c1212609b38208c63',
          'e0c41130a323adc1446fc82f724bca2f',
        ),
        'foo',
      ),
  ],
  [
    'the published 30-byte key, whose hash is weak besides',
    'KEYSTORE_KDF_WEAK',
    () =>
      open(
        short(
          '108b7d34f3442fc26ab1ab90ca91476ba6bfa8c00975a49ef9051dc675aa',
          '75d0e6759f7b3cefa319c3be41680ab6beea7d8328653474bd06706d4cc67420',
          'd0769e608fb86cda848065642a9c6fa046845c928175662b8e356c77f914cd3b',
          '3ca92af36ad7c2cd92454c59cea5ef00',
        ),
        'foo',
      ),
  ],
];

describe('what is refused', () => {
  it.each(refused)('%s: %s', (_, code, work) => {
    expect(codeOf(work)).toBe(code);
  });

  it('a key that is short, with a hash that is strong', () => {
    const text = sealKey(KEY, words('correct horse'), 2 ** 17, KEY.subarray(0, 31));
    expect(codeOf(() => open(text, 'correct horse'))).toBe('KEYSTORE_KEY_LENGTH');
  });

  it('covers every code', () => {
    const covered = new Set([...refused.map(([, code]) => code), 'KEYSTORE_KEY_LENGTH']);
    expect([...covered].toSorted()).toEqual([...KEYSTORE_CODES].toSorted());
  });
});

describe('our own keystore', () => {
  it('opens with its passphrase, whatever characters it has, and holds the key of its address', () => {
    const made = makeKeystore(words('pässphrase ☂'), 2 ** 17);
    expect(open(made.text, 'pässphrase ☂', made.address)).toHaveLength(32);
    expect(made.text).not.toContain('ä');
  });

  it('never opens, and never fails otherwise than by a code, when its text is changed', () => {
    const text = scrypt();
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (at, piece) => {
        const changed = text.slice(0, at) + piece + text.slice(at + 1);
        const heavy = /"(?:n|r|p)":/.test(changed) && parsed(changed) !== null;
        // Running the slow hash on each change would take minutes; what does not parse is the point here.
        if (!heavy) expect(KEYSTORE_CODES).toContain(codeOf(() => open(changed)));
      }),
      { numRuns: 200 },
    );
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
