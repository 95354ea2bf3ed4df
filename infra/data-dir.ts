/** Where everything lives under the one data directory. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export type DataDir = Readonly<{
  root: string;
  config: string;
  policy: string;
  halt: string;
  /** Operator commands wait here until the gate has taken them. */
  commands: string;
  keys: string;
  vault: string;
  ledger(account: string): string;
  courier: string;
  venue: string;
  logs: string;
  /** Snapshots that running processes keep for `airlock status` and the desks. */
  run: string;
  capsules: string;
  /** Why each proposal was made, by the hash that the proposal names. */
  transcripts: string;
  /** What the desks keep for themselves: diary, memory, decisions under way. */
  desks: string;
}>;

export function dataDir(root: string): DataDir {
  const at = (...parts: string[]): string => join(resolve(root), ...parts);
  return {
    root: at(),
    config: at('config.yaml'),
    policy: at('policy.yaml'),
    halt: at('HALT'),
    commands: at('commands'),
    keys: at('keys'),
    vault: at('vault'),
    ledger: (account) => at('ledger', `${account}.ledger`),
    courier: at('courier'),
    venue: at('venue'),
    logs: at('logs'),
    run: at('run'),
    capsules: at('capsules'),
    transcripts: at('transcripts'),
    desks: at('desks'),
  };
}

/** Makes the directories; what others must not read is closed to them. */
export function makeDataDir(dir: DataDir): void {
  mkdirSync(dir.root, { recursive: true, mode: 0o755 });
  for (const part of [
    dir.commands,
    dir.keys,
    dir.courier,
    dir.venue,
    dir.logs,
    dir.run,
    dir.capsules,
    dir.transcripts,
    dir.desks,
  ])
    mkdirSync(part, { recursive: true, mode: 0o700 });
  // Passable but not listable: the vault's own uid starts its copy of the runtime from here.
  mkdirSync(dir.run, { recursive: true, mode: 0o711 });
  mkdirSync(join(dir.root, 'ledger'), { recursive: true, mode: 0o700 });
}

/** The data directory that a command means: its flag, the environment, or `.airlock` here. */
export const dataRoot = (
  flag: unknown,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string => resolve(cwd, typeof flag === 'string' ? flag : (env['AIRLOCK_HOME'] ?? '.airlock'));
