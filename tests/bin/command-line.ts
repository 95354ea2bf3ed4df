/** The command line as a person runs it: a process of its own, in an empty directory, without our environment. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const ENTRY = join(import.meta.dirname, '..', '..', 'bin', 'airlock.ts');
const env = (cwd: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: cwd,
});

export function airlock(cwd: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, ...args], {
    cwd,
    env: env(cwd),
    encoding: 'utf8',
    timeout: 50_000,
  });
  return { status, out: stdout, err: stderr };
}

export const startAirlock = (cwd: string, ...args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [ENTRY, ...args], {
    cwd,
    env: env(cwd),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
