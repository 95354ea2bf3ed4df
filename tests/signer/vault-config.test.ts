/** What is pinned for a vault, read strictly; and its policy, which must be the pinned one. */
import { describe, expect, test } from 'vitest';
import * as f from '#firewall';
import {
  readVaultConfig,
  readVaultPolicy,
  vaultConfigCodec,
  VaultConfigError,
} from '../../signer/vault-config.ts';
import { defaultPolicy } from '../firewall/policy-fixture.ts';
import { gate } from './letters.ts';
import { baseConfig } from './vault-kit.ts';

const text = f.textOf(vaultConfigCodec, baseConfig);
const document = JSON.parse(text) as Readonly<Record<string, unknown>>;
const told = (work: () => unknown): string => {
  try {
    work();
    return 'fine';
  } catch (error) {
    expect(error).toBeInstanceOf(VaultConfigError);
    expect(error).toMatchObject({ name: 'VaultConfigError', retryable: false });
    const { code, message } = error as VaultConfigError;
    return `${code}: ${message}`;
  }
};
const having = (change: object): string => JSON.stringify({ ...document, ...change });

describe('the configuration', () => {
  test('is what was written', () => {
    expect(readVaultConfig(text)).toEqual(baseConfig);
    expect(readVaultConfig(having({ desks: null })).desks).toBeNull();
  });

  const key = (at: string): string =>
    `VAULT_CONFIG_INVALID: vault.json: ${at}: wanted the base64 of an Ed25519 public key`;
  test.each([
    ['without anything', '{}', 'VAULT_CONFIG_INVALID: vault.json: $.version: wanted a value'],
    [
      'with a short key',
      having({ gate: { keyId: 'gate', publicKey: 'AAAA' } }),
      key('$.gate.publicKey'),
    ],
    [
      'with a key that is no text',
      having({ gate: { keyId: 'gate', publicKey: 5 } }),
      key('$.gate.publicKey'),
    ],
    [
      'with half a key of a desk',
      having({ desks: { 'desk-1': gate.publicKey.slice(0, -1) } }),
      key('$.desks.desk-1'),
    ],
  ])('%s is none', (_, given, words) => {
    expect(told(() => readVaultConfig(given))).toBe(words);
  });

  test('of more than two million letters is not read', () => {
    const long = `${text}${' '.repeat(2_000_000 - text.length)}`;
    expect(told(() => readVaultConfig(long))).toBe('fine');
    expect(told(() => readVaultConfig(`${long} `))).toContain('VAULT_CONFIG_INVALID');
  });
});

describe('the policy', () => {
  const { hash } = defaultPolicy();
  const words = f.canonicalText(f.encodePolicy(defaultPolicy(), f.RULES));

  test('is the pinned one', () => {
    expect(readVaultPolicy(words, hash)).toEqual(defaultPolicy());
    const other = f.hashText('another');
    expect(told(() => readVaultPolicy(words, other))).toBe(
      `VAULT_POLICY_MISMATCH: policy.json is ${hash}, pinned is ${other}`,
    );
  });

  test('is JSON, and whole', () => {
    expect(told(() => readVaultPolicy('policy', hash))).toBe(
      'VAULT_POLICY_INVALID: policy.json is not JSON',
    );
    const { currency: _, ...rest } = JSON.parse(words) as Record<string, unknown>;
    expect(told(() => readVaultPolicy(JSON.stringify(rest), hash))).toBe(
      'VAULT_POLICY_INVALID: policy.json: currency: wanted a value',
    );
  });
});
