/** A vault's files: plain, ours, and closed to others; and a granted folder without a link in it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  mustHoldNoLink,
  readPrivate,
  VaultFileError,
  vaultFiles,
} from '../../signer/vault-files.ts';

const root = mkdtempSync(join(tmpdir(), 'airlock-files-'));
afterAll(() => rmSync(root, { recursive: true }));
const file = join(root, 'file');
writeFileSync(file, 'words', { mode: 0o600 });
const folder = join(root, 'folder', 'below');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'one'), '1');
const told = (work: () => unknown): string => {
  try {
    work();
    return 'fine';
  } catch (error) {
    expect(error).toBeInstanceOf(VaultFileError);
    expect(error).toMatchObject({ name: 'VaultFileError', retryable: false });
    const { code, message } = error as VaultFileError;
    return `${code}: ${message.replaceAll(root, '')}`;
  }
};

test('each file has its name', () => {
  expect(vaultFiles('/v')).toEqual({
    config: '/v/vault.json',
    policy: '/v/policy.json',
    keystore: '/v/keystore.json',
    passphrase: '/v/passphrase',
    journal: '/v/vault.journal',
  });
});

describe('a private file', () => {
  test('is read', () => {
    expect(readPrivate(file)).toBe('words');
  });

  test('must be there, and be a plain file', () => {
    expect(told(() => readPrivate(join(root, 'absent')))).toBe(
      'VAULT_FILE_MISSING: /absent is not there; run airlock signer init',
    );
    const link = join(root, 'link');
    symlinkSync(file, link);
    expect(told(() => readPrivate(link))).toBe('VAULT_FILE_LINK: /link is not a plain file');
    expect(told(() => readPrivate(folder))).toBe(
      'VAULT_FILE_LINK: /folder/below is not a plain file',
    );
  });

  test.each([0o610, 0o601, 0o640, 0o604, 0o620, 0o602])('of mode %o is open to others', (mode) => {
    chmodSync(file, mode);
    expect(told(() => readPrivate(file))).toBe(
      'VAULT_FILE_MODE: /file is open to others; chmod 600 it',
    );
    chmodSync(file, 0o600);
  });

  test('belongs to us', () => {
    const { getuid } = process;
    if (getuid === undefined) return;
    const uid = getuid();
    try {
      process.getuid = () => uid + 1;
      expect(told(() => readPrivate(file))).toBe(
        `VAULT_FILE_OWNER: /file belongs to uid ${uid}, not ${uid + 1}`,
      );
      delete process.getuid;
      expect(told(() => readPrivate(file))).toBe('fine');
    } finally {
      process.getuid = getuid;
    }
  });
});

describe('a granted folder', () => {
  test('holds no link, however deep', () => {
    expect(told(() => mustHoldNoLink(join(root, 'folder')))).toBe('fine');
    expect(told(() => mustHoldNoLink(file))).toBe('fine');
    symlinkSync(file, join(folder, 'way-out'));
    expect(told(() => mustHoldNoLink(join(root, 'folder')))).toBe(
      'VAULT_FILE_LINK: /folder/below/way-out is a symbolic link',
    );
    expect(told(() => mustHoldNoLink(join(root, 'absent')))).toContain('VAULT_FILE_MISSING');
  });
});
