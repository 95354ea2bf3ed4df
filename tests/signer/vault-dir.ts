/** A vault directory of a test's own, on a real disk, and the process over it. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initVault, type InitVault } from '../../signer/init.ts';
import type { VaultConfig } from '../../signer/vault-config.ts';
import { policyDocument } from '../firewall/policy-fixture.ts';
import { ACCOUNT, desk, gate, NOW, VENUE } from './letters.ts';
import { baseConfig } from './vault-kit.ts';

export type VaultDir = Readonly<{
  root: string;
  dir: string;
  config: VaultConfig;
  remove(): void;
}>;

export function vaultDir(change: Partial<InitVault> = {}): VaultDir {
  const root = mkdtempSync(join(tmpdir(), 'airlock-vault-'));
  // A vault with a uid of its own must be able to walk here.
  chmodSync(root, 0o755);
  const dir = join(root, 'vault');
  const config = initVault({
    dir,
    account: ACCOUNT,
    venue: VENUE,
    network: 'paper',
    gate: { keyId: 'gate', publicKey: gate.publicKey },
    desks: { 'desk-1': desk.publicKey },
    policy: policyDocument(),
    caps: baseConfig.caps,
    passphrase: null,
    owner: null,
    by: 'tester',
    now: NOW,
    ...change,
  });
  return { root, dir, config, remove: () => rmSync(root, { recursive: true, force: true }) };
}
