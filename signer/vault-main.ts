/** The vault's process: spawned with an empty environment and no network, it reads its files, gives up its rights, and serves. */
import { closeSync, readSync } from 'node:fs';
import * as f from '#firewall';
import type { VaultBoot } from './contract.ts';
import { openKeystore } from './keystore.ts';
import { openJournalFile } from './journal-file.ts';
import { opener } from './seal.ts';
import { selfTest } from './secp.ts';
import { readVaultConfig, readVaultPolicy } from './vault-config.ts';
import { readPrivate, vaultFiles } from './vault-files.ts';
import { handOf, startVault } from './vault-runtime.ts';

/** The passphrase comes through this descriptor, and from nowhere else. */
const PASSPHRASE_FD = 4;
const BOOT_FAILED = 78;

const now = (): f.TimeMs => Date.now() as f.TimeMs;

function readPassphrase(): Uint8Array {
  const buffer = Buffer.alloc(1_024);
  let length = 0;
  for (;;) {
    const read = readSync(PASSPHRASE_FD, buffer, length, buffer.length - length, null);
    if (read === 0) break;
    length += read;
  }
  closeSync(PASSPHRASE_FD);
  // A file's last line ends; the passphrase does not.
  if (length > 0 && buffer[length - 1] === 10) length -= 1;
  return buffer.subarray(0, length);
}

function serve(dir: string): void {
  selfTest();
  const files = vaultFiles(dir);
  const config = readVaultConfig(readPrivate(files.config));
  const policy = readVaultPolicy(readPrivate(files.policy), config.policyHash);
  const passphrase = readPassphrase();
  const key = openKeystore(readPrivate(files.keystore), passphrase, config.address);
  passphrase.fill(0);
  const vault = startVault(
    openJournalFile(files.journal),
    { config, policy, opens: opener(), recheck: f.recheck },
    handOf(key, config.address),
    {
      own: now,
      send: (answer) => void process.send?.(answer),
      // The answer that says so must still go out; then there is nothing left to do.
      die: () => setImmediate(() => process.disconnect?.()),
    },
  );
  // The descriptor of the journal stays; the right to open anything else goes.
  process.permission.drop('fs.read');
  process.permission.drop('fs.write');
  process.on('message', (message) => vault.receive(message));
  // Without its parent there is nobody to sign for.
  process.on('disconnect', () => process.exit(0));
  const boot: VaultBoot = { kind: 'ready', status: vault.status() };
  process.send?.(boot);
}

try {
  serve(process.argv[2] ?? '');
} catch (error) {
  const { code, message } = error as Error & { code?: unknown };
  const boot: VaultBoot = {
    kind: 'failed',
    code: typeof code === 'string' ? code : 'VAULT_FAILED',
    detail: message.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 1_000),
  };
  process.exitCode = BOOT_FAILED;
  process.send?.(boot, () => process.disconnect?.());
}
