/** Ed25519 keys of the processes: made once, kept 0600, used to seal envelopes. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealedText, type Envelope, type Seal } from '#firewall';
import type { Sealer } from '../gate/contract.ts';

export class KeyError extends Error {
  readonly code: 'KEY_MISSING' | 'KEY_MALFORMED' | 'KEY_READABLE_BY_OTHERS';
  readonly retryable = false;
  constructor(code: KeyError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'KeyError';
    this.code = code;
  }
}

/** DER header of an Ed25519 public key; the 32 raw bytes follow. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

const publicBytes = (key: KeyObject): string =>
  key.export({ type: 'spki', format: 'der' }).subarray(SPKI.length).toString('base64');

/** Makes the key pair of a name if it is not there; returns the public key (base64 of 32 bytes). */
export function ensureKey(dir: string, name: string): string {
  const file = join(dir, `${name}.key`);
  if (!existsSync(file)) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
      flag: 'wx',
    });
    writeFileSync(join(dir, `${name}.pub`), `${publicBytes(publicKey)}\n`, { mode: 0o644 });
  }
  return publicBytes(createPublicKey(loadKey(file)));
}

function loadKey(file: string): KeyObject {
  if (!existsSync(file))
    throw new KeyError('KEY_MISSING', `${file} is not there; run airlock up once`);
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new KeyError('KEY_READABLE_BY_OTHERS', `${file} can be read by others; chmod 600 it`);
  try {
    return createPrivateKey(readFileSync(file));
  } catch (cause) {
    throw new KeyError('KEY_MALFORMED', `${file} holds no private key`, cause);
  }
}

/** A sealer with one process's own key. */
export function sealerOf(dir: string, name: string): Sealer {
  const key = loadKey(join(dir, `${name}.key`));
  return {
    keyId: name,
    seal: (kind: Seal, body: string): Envelope => ({
      from: name,
      body,
      signature: sign(null, Buffer.from(sealedText(kind, body)), key).toString('base64'),
    }),
  };
}
