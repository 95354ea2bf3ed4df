/** `airlock signer pin`: makes the policy file, the gate's key and the desks' keys of today the ones that the vault trusts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TimeMs } from '#firewall';
import { dataDir, dataRoot, type DataDir } from '../../infra/data-dir.ts';
import { loadPolicy } from '../../infra/policy-file.ts';
import { configOf, repinVault } from '../../signer/init.ts';
import type { Command } from '../command.ts';
import { mustBeDown, namedBy } from '../vault-down.ts';

export const command: Command = {
  name: 'signer pin',
  summary: 'Make today’s policy, gate key and desk keys the ones that the vault trusts.',
  usage: '',
  options: { by: { type: 'string', value: 'NAME', help: 'who has looked at what changed' } },
  run(_positionals, options, io) {
    const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
    const by = namedBy(options, 'signer pin');
    mustBeDown(dir);
    const old = configOf(dir.vault);
    const { document } = loadPolicy(dir.policy);
    const gate = { keyId: 'gate', publicKey: publicKey(dir, 'gate') };
    const now = Date.now() as TimeMs;
    const next = repinVault(
      dir.vault,
      { policy: document, gate, desks: deskKeys(dir) },
      { by, now },
    );
    const say = (what: string, before: string, after: string): void =>
      io.out(before === after ? `${what}: unchanged` : `${what}: ${before} → ${after}`);
    say('policy', old.policyHash, next.policyHash);
    say('gate', old.gate.publicKey, next.gate.publicKey);
    say('desks', namesOf(old.desks), namesOf(next.desks));
    return Promise.resolve(0);
  },
};

const publicKey = (dir: DataDir, name: string): string =>
  readFileSync(join(dir.keys, `${name}.pub`), 'utf8').trim();

function deskKeys(dir: DataDir): Readonly<Record<string, string>> {
  const files = existsSync(dir.keys) ? readdirSync(dir.keys) : [];
  return Object.fromEntries(
    files
      .map((file) => /^desk-(.+)\.pub$/.exec(file)?.[1])
      .filter((desk) => desk !== undefined)
      .map((desk) => [desk, publicKey(dir, `desk-${desk}`)]),
  );
}

const namesOf = (desks: Readonly<Record<string, string>> | null): string =>
  Object.entries(desks ?? {})
    .map(([desk, key]) => `${desk} ${key.slice(0, 8)}…`)
    .toSorted()
    .join(', ');
