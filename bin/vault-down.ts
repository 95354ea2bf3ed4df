/** Commands that change a vault do so only while it is not running. */
import type { DataDir } from '../infra/data-dir.ts';
import { readSnapshot } from '../infra/snapshot-file.ts';
import { UsageError, type Options } from './command.ts';
import { courierCodec, snapshotFiles } from './snapshots.ts';

export function mustBeDown(dir: DataDir): void {
  const standing = readSnapshot(snapshotFiles(dir).courier, courierCodec);
  if (standing === null || !isAlive(standing.vaultPid)) return;
  throw new UsageError(
    'VAULT_RUNNING',
    `the vault is running as process ${standing.vaultPid}`,
    'stop Airlock first',
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal is alive all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The named human behind an act; there is no default for a name. */
export function namedBy(options: Options, command: string): string {
  const by = options['by'];
  if (typeof by === 'string' && /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(by)) return by;
  throw new UsageError(
    'NAME_MISSING',
    'this is written down under a name',
    `airlock ${command} --by YOUR-NAME`,
  );
}
