/** Puts the own process, and all that it starts later, behind the doors: a desk may be late, a door may not. */
import { spawnSync } from 'node:child_process';
import { constants, cpus, getPriority, setPriority } from 'node:os';

/** What was done, in words for the log. */
export function lowerPriority(): string {
  const did = [niceness(), affinity()].filter((part) => part !== null);
  return did.length === 0 ? 'nothing: this system does not let us' : did.join('; ');
}

function niceness(): string | null {
  const wanted = constants.priority.PRIORITY_LOW;
  if (getPriority() >= wanted) return `niceness is ${getPriority()} already`;
  try {
    setPriority(wanted);
    return `niceness ${getPriority()}`;
  } catch (error) {
    return `niceness unchanged (${error instanceof Error ? error.message : 'refused'})`;
  }
}

/** The first core is left to the doors where there are enough of them, and where the system has the tool for it. */
function affinity(): string | null {
  const cores = cpus().length;
  if (process.platform !== 'linux' || cores <= 2) return null;
  const { status } = spawnSync('taskset', ['-a', '-c', '-p', `1-${cores - 1}`, `${process.pid}`]);
  return status === 0 ? `cores 1 to ${cores - 1}` : null;
}
