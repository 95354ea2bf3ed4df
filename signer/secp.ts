/** secp256k1 behind one narrow door: 32-byte digests only, low s, every signature verified before it leaves. */
import * as secp from '@noble/secp256k1';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';

// An injected hash is handed the secret key, so nobody may put another one in its place later.
secp.hashes.sha256 = sha256;
secp.hashes.hmacSha256 = (key, message) => hmac(sha256, key, message);
Object.freeze(secp.hashes);

export class SecpError extends Error {
  readonly code: 'DIGEST_LENGTH' | 'KEY_INVALID' | 'SIGNATURE_UNVERIFIED' | 'SELF_TEST_FAILED';
  readonly retryable = false;
  constructor(code: SecpError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    // Defined, not assigned: under frozen intrinsics an inherited name cannot be assigned over.
    Object.defineProperty(this, 'name', { value: 'SecpError' });
    this.code = code;
  }
}

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const keccak = (bytes: Uint8Array): Uint8Array => keccak_256(bytes);

const addressOfPoint = (uncompressed: Uint8Array): string =>
  `0x${hexOf(keccak_256(uncompressed.subarray(1)).subarray(12))}`;

/** The lower-case address of a secret key. */
export function addressOf(secretKey: Uint8Array): string {
  if (secretKey.length !== 32)
    throw new SecpError('KEY_INVALID', `a secret key has 32 bytes, not ${secretKey.length}`);
  try {
    return addressOfPoint(secp.getPublicKey(secretKey, false));
  } catch (cause) {
    throw new SecpError('KEY_INVALID', 'the secret key is out of range', cause);
  }
}

/** `0x` + r + s + v with v 27 or 28, over exactly this digest; thrown away unless it recovers the pinned address. */
export function signDigest(digest: Uint8Array, secretKey: Uint8Array, address: string): string {
  if (digest.length !== 32)
    throw new SecpError('DIGEST_LENGTH', `a digest has 32 bytes, not ${digest.length}`);
  if (secretKey.length !== 32)
    throw new SecpError('KEY_INVALID', `a secret key has 32 bytes, not ${secretKey.length}`);
  // noble puts the recovery bit first, the venues want it last.
  const made = secp.sign(digest, secretKey, { prehash: false, lowS: true, format: 'recovered' });
  const signature = `0x${hexOf(made.subarray(1))}${(27 + (made[0] ?? 0xff)).toString(16)}`;
  if (recoverAddress(hexOf(digest), signature) !== address)
    throw new SecpError('SIGNATURE_UNVERIFIED', 'a fresh signature does not recover its address');
  return signature;
}

/** Who signed this digest; null for anything malformed, malleable (high s) or not recoverable. */
export function recoverAddress(digestHex: string, signature: string): string | null {
  if (!/^[0-9a-f]{64}$/.test(digestHex) || !/^0x[0-9a-f]{128}(?:1b|1c)$/.test(signature))
    return null;
  const raw = Buffer.from(signature.slice(2), 'hex');
  const digest = Buffer.from(digestHex, 'hex');
  if (BigInt(`0x${hexOf(raw.subarray(32, 64))}`) > HALF_ORDER) return null;
  const recovered = new Uint8Array(65);
  recovered[0] = (raw[64] ?? 0) - 27;
  recovered.set(raw.subarray(0, 64), 1);
  try {
    // The recovered key is the one key under which this signature verifies, so whoever compares its address has verified.
    return addressOfPoint(
      secp.recoverPublicKey(recovered, digest, { prehash: false, isCompressed: false }),
    );
  } catch {
    // Out of range, or no point of the curve: nobody signed this.
    return null;
  }
}

/** What is tested; another in its place for tests of the self-test alone. */
type Library = Readonly<{
  keccak(bytes: Uint8Array): Uint8Array;
  hashes: object;
  sign: typeof signDigest;
}>;
const OURS: Library = { keccak, hashes: secp.hashes, sign: signDigest };

/** Refuses to go on with a library that computes something else than it is known to. */
export function selfTest({ keccak: hash, hashes, sign }: Library = OURS): void {
  const empty = hexOf(hash(new Uint8Array()));
  if (empty !== 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
    throw new SecpError('SELF_TEST_FAILED', 'keccak-256 of nothing is wrong');
  if (!Object.isFrozen(hashes))
    throw new SecpError('SELF_TEST_FAILED', 'the injected hashes are not frozen');
  // The canonical EIP-712 mail: key keccak("cow").
  const key = keccak_256(Buffer.from('cow'));
  const digest = Buffer.from(
    'be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2',
    'hex',
  );
  const signature = sign(digest, key, '0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826');
  if (
    signature !==
    '0x4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b915621c'
  )
    throw new SecpError('SELF_TEST_FAILED', 'a known signature came out differently');
}
