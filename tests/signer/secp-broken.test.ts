/** The self-test over a library that computes something else: the vault must not start with it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as Noble from '@noble/secp256k1';
// Gives the real library its hashes, which it asks for wherever it was loaded.
import { selfTest as first } from '../../signer/secp.ts';

/** The curve over a library of its own, since the real one is frozen by whoever loads it first. */
async function fresh(change: (library: typeof Noble) => Partial<typeof Noble> = () => ({})) {
  vi.resetModules();
  vi.doMock('@noble/secp256k1', async (original) => {
    const library = await original<typeof Noble>();
    return { ...library, hashes: { ...library.hashes }, ...change(library) };
  });
  return import('../../signer/secp.ts');
}
afterEach(() => {
  vi.doUnmock('@noble/hashes/sha3.js');
  vi.doUnmock('@noble/secp256k1');
  vi.restoreAllMocks();
});
const failed = (message: string): unknown =>
  expect.objectContaining({ name: 'SecpError', code: 'SELF_TEST_FAILED', message });

describe('the self-test', () => {
  it('passes with the library as it is', async () => {
    expect(first).not.toThrow();
    const { selfTest } = await fresh();
    expect(selfTest).not.toThrow();
  });

  it('notices another hash', async () => {
    vi.doMock('@noble/hashes/sha3.js', () => ({ keccak_256: () => new Uint8Array(32) }));
    const { selfTest } = await fresh();
    expect(selfTest).toThrow(failed('keccak-256 of nothing is wrong'));
  });

  it('notices hashes that could still be replaced', async () => {
    vi.spyOn(Object, 'freeze').mockImplementation((value) => value as object);
    const { selfTest } = await fresh();
    vi.restoreAllMocks();
    expect(selfTest).toThrow(failed('the injected hashes are not frozen'));
  });

  it('notices another signature, though it be a good one', async () => {
    const { selfTest } = await fresh((library) => ({
      sign: (message, key, options) =>
        library.sign(message, key, { ...options, extraEntropy: new Uint8Array(32).fill(1) }),
    }));
    expect(selfTest).toThrow(failed('a known signature came out differently'));
  });
});
