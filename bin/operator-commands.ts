/** How a person's command reaches the gate: a file in the mailbox, and the answer read back from the ledger's side. */
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalText, decode, name, SCOPES, words, type Scope } from '#firewall';
import { commandCodec, type Command as GateCommand } from '../gate/commands.ts';
import { loadConfig, type Config } from '../infra/config.ts';
import type { DataDir } from '../infra/data-dir.ts';
import { UsageError, type Options } from './command.ts';

const TAKEN_MS = 5_000;

/** Puts the command where the gate looks; true once the gate has taken it, false while no gate is running. */
export async function deliver(dir: DataDir, command: GateCommand): Promise<boolean> {
  if (!existsSync(dir.commands))
    throw new UsageError(
      'HOUSE_MISSING',
      `there is no house in ${dir.root}`,
      'run airlock up once, or give --data DIR',
    );
  const file = join(dir.commands, `${command.at}-${randomBytes(4).toString('hex')}.json`);
  // Written aside and moved, so that the gate never reads half a command.
  writeFileSync(`${file}.new`, canonicalText(commandCodec.write(command)), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  const end = performance.now() + TAKEN_MS;
  while (performance.now() < end) {
    if (!existsSync(file)) return true;
    await sleep(50);
  }
  return false;
}

/** Who says so and why: asked of everybody who loosens anything. */
export function saidBy(options: Options): Readonly<{ by: string; reason: string }> {
  const by = decode(name, options['by']);
  const reason = decode(words(400), options['reason']);
  if (!by.ok)
    throw new UsageError('NAME_MISSING', 'a person must answer for this', 'add --by YOUR-NAME');
  if (!reason.ok)
    throw new UsageError('REASON_MISSING', 'the ledger wants to know why', 'add --reason "…"');
  return { by: by.value, reason: reason.value };
}

/** What an operator may name: a typo must not look like a halt. */
export function knownNames(config: Config): Readonly<Record<Scope, readonly string[]>> {
  const { desks } = config;
  return {
    global: ['*'],
    venue: ['paper'],
    account: [config.account],
    strategy: desks.map(({ strategy }) => strategy),
    symbol: config.symbols,
    agent: desks.map(({ desk }) => `algorithmic-${desk}`),
  };
}

/** `symbol BTC/USDT:USDT`, `strategy trend-btc`; without a word, everything. */
export function scopeOf(
  positionals: readonly string[],
  known: Readonly<Record<Scope, readonly string[]>>,
): Readonly<{ scope: Scope; key: string }> {
  const [word = 'global', key = '*', ...more] = positionals;
  const scope = SCOPES.find((each) => each === word);
  if (scope === undefined || more.length > 0)
    throw new UsageError(
      'SCOPE_INVALID',
      `"${positionals.join(' ')}" is no scope`,
      `one of ${SCOPES.join(', ')}, then its name`,
    );
  if (!known[scope].includes(key))
    throw new UsageError(
      'NAME_UNKNOWN',
      `there is no ${scope} "${key}" here`,
      `one of ${known[scope].join(', ')}`,
    );
  return { scope, key };
}

/** The names of this house, from its configuration; a configuration that cannot be read must not stop a halt of everything. */
export function scopeHere(
  positionals: readonly string[],
  dir: DataDir,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<{ scope: Scope; key: string }> {
  if (positionals.length === 0) return { scope: 'global', key: '*' };
  const loaded = loadConfig(dir.config, env, {});
  if (loaded.ok) return scopeOf(positionals, knownNames(loaded.config));
  throw new UsageError(
    'CONFIG_INVALID',
    `${dir.config} cannot be read`,
    'airlock halt, without a scope, halts everything',
  );
}
