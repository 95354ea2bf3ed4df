/** The key at rest: an Ethereum keystore v3, read strictly. What its MAC does not cover is pinned or bounded here. */
import {
  createCipheriv,
  createDecipheriv,
  pbkdf2Sync,
  randomBytes,
  randomUUID,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto';
import { scrypt } from '@noble/hashes/scrypt.js';
import * as f from '#firewall';
import { addressOf, keccak } from './secp.ts';

export const KEYSTORE_CODES = [
  'KEYSTORE_MALFORMED',
  'KEYSTORE_KDF_WEAK',
  'KEYSTORE_KDF_HUGE',
  'KEYSTORE_PASSPHRASE_WRONG',
  'KEYSTORE_KEY_LENGTH',
  'KEYSTORE_ADDRESS_MISMATCH',
] as const;

export class KeystoreError extends Error {
  readonly code: (typeof KEYSTORE_CODES)[number];
  readonly retryable = false;
  constructor(code: KeystoreError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    Object.defineProperty(this, 'name', { value: 'KeystoreError' });
    this.code = code;
  }
}

type Scrypt = Readonly<{ n: number; r: number; p: number; dklen: number; salt: string }>;
type Pbkdf2 = Readonly<{ c: number; prf: 'hmac-sha256'; dklen: number; salt: string }>;
type Sealed = Readonly<{
  cipher: 'aes-128-ctr';
  cipherparams: Readonly<{ iv: string }>;
  ciphertext: string;
  mac: string;
}>;
type Crypto = Sealed &
  (Readonly<{ kdf: 'scrypt'; kdfparams: Scrypt }> | Readonly<{ kdf: 'pbkdf2'; kdfparams: Pbkdf2 }>);

const hexText = f.pattern(/^(?:[0-9a-f]{2}){1,64}$/, 'lower-case hex');
const whole = f.integer(1);
const length32 = f.integer(32, 32);
const sealed = {
  cipher: f.oneOf(['aes-128-ctr'] as const),
  cipherparams: f.record({ iv: f.hex(32) }),
  ciphertext: hexText,
  mac: f.hex(64),
};
const scryptCrypto = f.record<Extract<Crypto, { kdf: 'scrypt' }>>({
  ...sealed,
  kdf: f.oneOf(['scrypt'] as const),
  kdfparams: f.record<Scrypt>({ n: whole, r: whole, p: whole, dklen: length32, salt: hexText }),
});
const pbkdf2Crypto = f.record<Extract<Crypto, { kdf: 'pbkdf2' }>>({
  ...sealed,
  kdf: f.oneOf(['pbkdf2'] as const),
  kdfparams: f.record<Pbkdf2>({
    c: whole,
    prf: f.oneOf(['hmac-sha256'] as const),
    dklen: length32,
    salt: hexText,
  }),
});
const crypto: f.Codec<Crypto> = {
  read: (value, at) => {
    const kdf = typeof value === 'object' && value !== null && 'kdf' in value ? value.kdf : null;
    return kdf === 'pbkdf2' ? pbkdf2Crypto.read(value, at) : scryptCrypto.read(value, at);
  },
  write: (value) =>
    value.kdf === 'scrypt' ? scryptCrypto.write(value) : pbkdf2Crypto.write(value),
};
const keystoreCodec = f.record({
  version: f.integer(3, 3),
  id: f.name,
  // Shown to humans only: the MAC does not cover it, so nothing is decided by it.
  address: f.hex(40),
  crypto,
});

/** Floors against a downgrade, ceilings against a file that eats the machine before it is refused. */
const SCRYPT_WORK_MIN = 2 ** 20;
const SCRYPT_WORK_MAX = 2 ** 25;
const SCRYPT_MEMORY_MIN = 32 * 2 ** 20;
const SCRYPT_MEMORY_MAX = 512 * 2 ** 20;
const PBKDF2_MIN = 262_144;
const PBKDF2_MAX = 10_000_000;

/** Decrypts the keystore and returns the 32-byte key only if it is the key of the pinned address. */
export function openKeystore(text: string, passphrase: Uint8Array, address: string): Uint8Array {
  const decoded = f.decodeText(keystoreCodec, text, 8_192);
  if (!decoded.ok)
    throw new KeystoreError('KEYSTORE_MALFORMED', `${decoded.at}: wanted ${decoded.want}`);
  const { crypto: box } = decoded.value;
  const derived = derive(box, passphrase);
  const ciphertext = Buffer.from(box.ciphertext, 'hex');
  const mac = keccak(Buffer.concat([derived.subarray(16, 32), ciphertext]));
  if (!timingSafeEqual(mac, Buffer.from(box.mac, 'hex')))
    throw new KeystoreError(
      'KEYSTORE_PASSPHRASE_WRONG',
      'the passphrase does not open the keystore',
    );
  const iv = Buffer.from(box.cipherparams.iv, 'hex');
  const cipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const key = new Uint8Array(Buffer.concat([cipher.update(ciphertext), cipher.final()]));
  derived.fill(0);
  if (key.length !== 32)
    throw new KeystoreError('KEYSTORE_KEY_LENGTH', `the key has ${key.length} bytes, not 32`);
  if (derivedAddress(key) !== address)
    throw new KeystoreError('KEYSTORE_ADDRESS_MISMATCH', `the keystore does not hold ${address}`);
  return key;
}

function derivedAddress(key: Uint8Array): string | null {
  try {
    return addressOf(key);
  } catch {
    // A key out of range has no address, so it is not the pinned one.
    return null;
  }
}

function derive(box: Crypto, passphrase: Uint8Array): Uint8Array {
  const salt = Buffer.from(box.kdfparams.salt, 'hex');
  if (box.kdf === 'pbkdf2') {
    const { c } = box.kdfparams;
    if (c < PBKDF2_MIN) throw new KeystoreError('KEYSTORE_KDF_WEAK', `pbkdf2 with c=${c}`);
    if (c > PBKDF2_MAX) throw new KeystoreError('KEYSTORE_KDF_HUGE', `pbkdf2 with c=${c}`);
    return pbkdf2Sync(passphrase, salt, c, 32, 'sha256');
  }
  const { n, r, p } = box.kdfparams;
  const memory = 128 * n * r;
  const told = `scrypt with n=${n} r=${r} p=${p}`;
  if ((n & (n - 1)) !== 0 || n > 2 ** 30)
    throw new KeystoreError('KEYSTORE_MALFORMED', `${told}: n is no power of two below 2^30`);
  if (n * r * p < SCRYPT_WORK_MIN || memory < SCRYPT_MEMORY_MIN)
    throw new KeystoreError('KEYSTORE_KDF_WEAK', told);
  if (n * r * p > SCRYPT_WORK_MAX || memory > SCRYPT_MEMORY_MAX)
    throw new KeystoreError('KEYSTORE_KDF_HUGE', told);
  return stretched(passphrase, salt, { n, r, p });
}

function stretched(
  passphrase: Uint8Array,
  salt: Uint8Array,
  { n, r, p }: Pick<Scrypt, 'n' | 'r' | 'p'>,
): Uint8Array {
  // OpenSSL refuses n >= 2^(16 r) with a misleading message; the canonical vector has r = 1.
  if (r === 1) return scrypt(passphrase, salt, { N: n, r, p, dkLen: 32 });
  const maxmem = 128 * r * (n + p + 2) + 2 ** 20;
  return scryptSync(passphrase, salt, 32, { N: n, r, p, maxmem });
}

/** A random key in a new keystore. `n` is the scrypt cost; the floor of reading is 2^17 with r = 8. */
export function makeKeystore(
  passphrase: Uint8Array,
  n: number,
): Readonly<{ text: string; address: string }> {
  let key: Uint8Array = randomBytes(32);
  while (derivedAddress(key) === null) key = randomBytes(32);
  const address = addressOf(key);
  const text = sealKey(key, passphrase, n);
  key.fill(0);
  return { text, address };
}

/** Encrypts a key that exists. `plain` is what is encrypted, for tests of keystores that lie. */
export function sealKey(
  key: Uint8Array,
  passphrase: Uint8Array,
  n: number,
  plain: Uint8Array = key,
): string {
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const derived = stretched(passphrase, salt, { n, r: 8, p: 1 });
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  const mac = keccak(Buffer.concat([derived.subarray(16, 32), ciphertext]));
  derived.fill(0);
  return f.textOf(keystoreCodec, {
    version: 3,
    id: randomUUID(),
    address: addressOf(key).slice(2),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: iv.toString('hex') },
      ciphertext: ciphertext.toString('hex'),
      kdf: 'scrypt',
      kdfparams: { n, r: 8, p: 1, dklen: 32, salt: salt.toString('hex') },
      mac: Buffer.from(mac).toString('hex'),
    },
  });
}
