/** How the vault is launched: no network, no environment, no children, only its own files, under its own uid where that is possible. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, lstatSync, openSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unreadableNode } from './node-copy.ts';
import { mustHoldNoLink, VaultFileError } from './vault-files.ts';

export type VaultLaunch = Readonly<{
  dir: string;
  /** A file whose descriptor is handed over, or a text that goes through a pipe; never argv, never the environment. */
  passphrase: Readonly<{ file: string }> | Readonly<{ text: string }>;
  /** Where an unreadable copy of the node binary may be kept; null to run the usual one. */
  runtimeDir: string | null;
  /** What the vault writes to its standard error. */
  log(line: string): void;
}>;

/** How far apart the vault really is on this machine; printed, never assumed. */
export type Confinement = Readonly<{
  uid: number | null;
  ownUid: boolean;
  /** Its memory and environment are closed to other processes of the same uid. */
  nonDumpable: boolean;
  flags: readonly string[];
}>;

const FLAGS = [
  '--permission',
  '--disable-sigusr1',
  '--disable-proto=delete',
  '--disallow-code-generation-from-strings',
  '--no-addons',
  '--frozen-intrinsics',
  '--no-global-search-paths',
  '--secure-heap=65536',
  '--report-exclude-env',
  '--max-old-space-size=256',
  '--disable-warning=ExperimentalWarning',
] as const;

const SIGNER = realpathSync(import.meta.dirname);
const HOUSE = dirname(SIGNER);

/** The folders and files that the vault's code lies in, and nothing else of the house. */
function codeGrants(): readonly string[] {
  const noble = realpathSync(
    join(dirname(fileURLToPath(import.meta.resolve('@noble/secp256k1'))), '..'),
  );
  return [`${SIGNER}/`, `${join(HOUSE, 'firewall')}/`, `${noble}/`, join(HOUSE, 'package.json')];
}

/** The command line for a vault directory. Throws when a grant would lead out of its folder. */
export function vaultArguments(dir: string): readonly string[] {
  const vault = `${realpathSync(dir)}/`;
  const grants = [...codeGrants(), vault];
  for (const grant of grants) mustHoldNoLink(grant.replace(/\/$/, ''));
  return [
    ...FLAGS,
    ...grants.map((grant) => `--allow-fs-read=${grant}`),
    `--allow-fs-write=${vault}`,
    join(SIGNER, 'vault-main.ts'),
    vault,
  ];
}

/** The descriptor goes to the vault; the words never pass through this process. */
function opened(file: string): number {
  if (existsSync(file)) return openSync(file, 'r');
  throw new VaultFileError('VAULT_FILE_MISSING', `${file}: the passphrase must lie there at start`);
}

export type LaunchedVault = Readonly<{ child: ChildProcess; confinement: Confinement }>;

export function launchVault(launch: VaultLaunch): LaunchedVault {
  const args = vaultArguments(launch.dir);
  const own = process.getuid?.() ?? null;
  const owner = lstatSync(launch.dir);
  // Only root can become another; a directory that belongs to another uid is that uid's vault.
  const ownUid = own === 0 && owner.uid !== 0;
  const runner = ownUid ? { uid: owner.uid, gid: owner.gid } : null;
  const node = unreadableNode(launch.runtimeDir, own, runner?.uid ?? null);
  const { passphrase } = launch;
  const source = 'file' in passphrase ? opened(passphrase.file) : 'pipe';
  const child = spawn(node.path, args, {
    env: {},
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', source],
    serialization: 'json',
    ...runner,
  });
  if (typeof source === 'number') closeSync(source);
  if ('text' in passphrase) {
    const pipe = child.stdio[4];
    if (pipe !== null && pipe !== undefined && 'end' in pipe) pipe.end(passphrase.text);
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n')) if (line !== '') launch.log(line);
  });
  return {
    child,
    confinement: {
      uid: runner?.uid ?? own,
      ownUid,
      nonDumpable: node.nonDumpable,
      flags: args.filter((arg) => arg.startsWith('--')),
    },
  };
}
