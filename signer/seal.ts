/** Opens the seals of others: Ed25519 over the kind and the exact body, by a key that was pinned beforehand. */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { sealedText, type Envelope, type Seal } from '#firewall';

/** DER header of an Ed25519 public key; the 32 raw bytes follow. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

export type Opens = (kind: Seal, envelope: Envelope, publicKey: string) => boolean;

/** Whether the text is the base64 of an Ed25519 public key in its one canonical spelling. */
export function isPublicKey(text: string): boolean {
  const raw = Buffer.from(text, 'base64');
  return raw.length === 32 && raw.toString('base64') === text;
}

/** A verifier that parses each pinned key once. A signature has exactly one accepted spelling. */
export function opener(): Opens {
  const parsed = new Map<string, KeyObject | null>();
  return (kind, envelope, publicKey) => {
    let key = parsed.get(publicKey);
    if (key === undefined) {
      key = keyOf(publicKey);
      parsed.set(publicKey, key);
    }
    const signature = Buffer.from(envelope.signature, 'base64');
    if (key === null || signature.length !== 64) return false;
    if (signature.toString('base64') !== envelope.signature) return false;
    return verify(null, Buffer.from(sealedText(kind, envelope.body)), key, signature);
  };
}

function keyOf(publicKey: string): KeyObject | null {
  if (!isPublicKey(publicKey)) return null;
  const key = Buffer.concat([SPKI, Buffer.from(publicKey, 'base64')]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}
