/** Where a vault's files lie, and the refusal to touch any that somebody else could have read or replaced. */
import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';

export class VaultFileError extends Error {
  readonly code: 'VAULT_FILE_MISSING' | 'VAULT_FILE_MODE' | 'VAULT_FILE_OWNER' | 'VAULT_FILE_LINK';
  readonly retryable = false;
  constructor(code: VaultFileError['code'], message: string) {
    super(message);
    Object.defineProperty(this, 'name', { value: 'VaultFileError' });
    this.code = code;
  }
}

export const vaultFiles = (dir: string) =>
  ({
    config: join(dir, 'vault.json'),
    policy: join(dir, 'policy.json'),
    keystore: join(dir, 'keystore.json'),
    /** Only where no human types it: read by the parent's descriptor, not by the vault's own rights. */
    passphrase: join(dir, 'passphrase'),
    journal: join(dir, 'vault.journal'),
  }) as const;

/** A file's text, when it is a plain file that belongs to us and that nobody else can read. */
export function readPrivate(path: string): string {
  mustBePrivate(path, statOf(path));
  return readFileSync(path, 'utf8');
}

function statOf(path: string): Stats {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat !== undefined) return stat;
  throw new VaultFileError('VAULT_FILE_MISSING', `${path} is not there; run airlock signer init`);
}

function mustBePrivate(path: string, stat: Stats): void {
  if (!stat.isFile()) throw new VaultFileError('VAULT_FILE_LINK', `${path} is not a plain file`);
  if (process.platform === 'win32') return;
  if ((stat.mode & 0o077) !== 0)
    throw new VaultFileError('VAULT_FILE_MODE', `${path} is open to others; chmod 600 it`);
  const uid = process.getuid?.();
  if (uid !== undefined && stat.uid !== uid)
    throw new VaultFileError('VAULT_FILE_OWNER', `${path} belongs to uid ${stat.uid}, not ${uid}`);
}

/** Permission grants follow symbolic links out of the granted folder, so a granted folder may hold none. */
export function mustHoldNoLink(path: string): void {
  const stat = statOf(path);
  if (stat.isSymbolicLink())
    throw new VaultFileError('VAULT_FILE_LINK', `${path} is a symbolic link`);
  if (stat.isDirectory()) for (const name of readdirSync(path)) mustHoldNoLink(join(path, name));
}
