/** Seals: made by one key, opened by its public half, for one kind and one text only. */
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureKey, sealerOf } from '../../infra/keys.ts';
import { opener } from '../../signer/seal.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-keys-'));
afterAll(() => rmSync(dir, { recursive: true }));
const publicKey = ensureKey(dir, 'gate');
const sealer = sealerOf(dir, 'gate');
const opens = opener();

describe('a seal', () => {
  const envelope = sealer.seal('approval', '{"a":1}');
  it('opens with its own key, kind and text', () => {
    expect(opens('approval', envelope, publicKey)).toBe(true);
  });
  it('does not open as another kind', () => {
    expect(opens('proposal', envelope, publicKey)).toBe(false);
  });
  it('does not open over another text', () => {
    expect(opens('approval', { ...envelope, body: '{"a":2}' }, publicKey)).toBe(false);
  });
  it('does not open with another key', () => {
    expect(opens('approval', envelope, ensureKey(dir, 'other'))).toBe(false);
  });
  it.each(['', 'AAAA', Buffer.alloc(64).toString('base64')])(
    'does not open with signature %j',
    (signature) => {
      expect(opens('approval', { ...envelope, signature }, publicKey)).toBe(false);
    },
  );
  it('does not open with what is no key', () => {
    expect(opens('approval', envelope, 'AAAA')).toBe(false);
  });
});

describe('key files', () => {
  it('are made once and closed to others', () => {
    expect(ensureKey(dir, 'gate')).toBe(publicKey);
    expect(statSync(join(dir, 'gate.key')).mode & 0o077).toBe(0);
  });
  it('that others can read are refused', () => {
    ensureKey(dir, 'loose');
    chmodSync(join(dir, 'loose.key'), 0o644);
    expect(() => sealerOf(dir, 'loose')).toThrowError(
      expect.objectContaining({ code: 'KEY_READABLE_BY_OTHERS' }),
    );
  });
  it('that are missing or hold something else are refused', () => {
    expect(() => sealerOf(dir, 'absent')).toThrowError(
      expect.objectContaining({ code: 'KEY_MISSING' }),
    );
    writeFileSync(join(dir, 'text.key'), 'no key', { mode: 0o600 });
    expect(() => sealerOf(dir, 'text')).toThrowError(
      expect.objectContaining({ code: 'KEY_MALFORMED' }),
    );
  });
});
