/** A copy of the node binary that its own user may run but not read: the kernel then closes its memory to neighbours. */
import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export type NodeBinary = Readonly<{ path: string; nonDumpable: boolean }>;

/**
 * Node has no prctl, but Linux makes a process non-dumpable when its binary cannot be read by it.
 * Root reads everything, so for a vault that runs as root the copy would be of no use.
 */
export function unreadableNode(
  dir: string | null,
  own: number | null,
  runner: number | null,
): NodeBinary {
  const usual = { path: process.execPath, nonDumpable: false };
  if (dir === null || process.platform !== 'linux' || (runner ?? own) === 0) return usual;
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  if (runner !== null && !reachable(realpathSync(dir))) return usual;
  const path = join(dir, `node-${process.version}`);
  const size = lstatSync(process.execPath, { throwIfNoEntry: false })?.size;
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!(there?.isFile() === true && there.size === size)) {
    const fresh = `${path}.${process.pid}`;
    copyFileSync(process.execPath, fresh, constants.COPYFILE_FICLONE);
    renameSync(fresh, path);
  }
  // Not even readable by its owner, who is the vault itself where there is one uid for all.
  chmodSync(path, 0o111);
  return { path, nonDumpable: true };
}

/** Whether any uid may walk down to this folder. */
const reachable = (path: string): boolean =>
  (lstatSync(path).mode & 0o001) !== 0 && (dirname(path) === path || reachable(dirname(path)));
