/** Makes a data directory whole on the first start: directories, keys, policy, vault. Nothing that exists is replaced. */
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shareOf, type Money, type Policy, type Ppm, type TimeMs } from '#firewall';
import { makeDataDir, type DataDir } from '../infra/data-dir.ts';
import { ensureKey } from '../infra/keys.ts';
import { loadPolicy, SHIPPED_POLICY } from '../infra/policy-file.ts';
import type { Config } from '../infra/config.ts';
import type { HardCaps } from '../signer/contract.ts';
import { configOf, initVault } from '../signer/init.ts';
import type { VaultConfig } from '../signer/vault-config.ts';
import { UsageError } from './command.ts';

export type House = Readonly<{
  policy: Policy;
  vault: VaultConfig;
  /** Public keys by desk. */
  deskKeys: Readonly<Record<string, string>>;
  courierKey: string;
  gateKey: string;
}>;

/** A uid that no system account uses: the vault's own, where the house is started by root. */
const VAULT_UID = 61_184;
const REPOSITORY = dirname(dirname(fileURLToPath(import.meta.url)));

export function openHouse(
  dir: DataDir,
  config: Config,
  by: string,
  now: TimeMs,
  /** Null: one is made at random and kept beside the keystore. */
  passphrase: string | null = null,
): House {
  makeDataDir(dir);
  if (!existsSync(dir.policy))
    writeFileSync(dir.policy, readFileSync(SHIPPED_POLICY), { mode: 0o644 });
  const { policy, document } = loadPolicy(dir.policy);
  const gateKey = ensureKey(dir.keys, 'gate');
  const courierKey = ensureKey(dir.keys, 'courier');
  const deskKeys = Object.fromEntries(
    config.desks.map(({ desk }) => [desk, ensureKey(dir.keys, `desk-${desk}`)]),
  );
  if (!existsSync(dir.vault))
    initVault({
      dir: dir.vault,
      account: config.account,
      venue: 'paper',
      network: 'paper',
      gate: { keyId: 'gate', publicKey: gateKey },
      desks: deskKeys,
      policy: document,
      caps: paperCaps(config),
      passphrase,
      owner: ownUid(dir.root),
      by,
      now,
    });
  const vault = configOf(dir.vault);
  mustAgree(vault, { config, policy, gateKey, deskKeys });
  return { policy, vault, deskKeys, courierKey, gateKey };
}

/** Wide enough for a busy paper account, and still caps: the gate cannot raise them. */
const paperCaps = ({ cash, symbols }: Config): HardCaps => ({
  symbols,
  notionalMax: shareOf(cash, 250_000 as Ppm),
  notionalPerDayMax: (cash * 50n) as Money,
  ordersPerDayMax: 20_000,
  priceDeviationMax: 50_000 as Ppm,
  notAfter: null,
});

/** Only root can give the vault a uid of its own, and only where that uid can reach its files and its code. */
function ownUid(root: string): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  return [root, REPOSITORY].every(reachable) ? { uid: VAULT_UID, gid: VAULT_UID } : null;
}

const reachable = (path: string): boolean =>
  (lstatSync(path).mode & 0o001) !== 0 && (dirname(path) === path || reachable(dirname(path)));

type Found = Readonly<{
  config: Config;
  policy: Policy;
  gateKey: string;
  deskKeys: Readonly<Record<string, string>>;
}>;

/** What the operator pinned in the vault is the measure; the rest must agree with it before anything starts. */
function mustAgree(vault: VaultConfig, { config, policy, gateKey, deskKeys }: Found): void {
  const pin = 'stop Airlock, look at what changed, and pin it: airlock signer pin --by YOUR-NAME';
  if (vault.account !== config.account)
    throw new UsageError(
      'ACCOUNT_NOT_PINNED',
      `the vault signs for account ${vault.account}, the configuration says ${config.account}`,
      'use another data directory for another account',
    );
  if (vault.gate.publicKey !== gateKey)
    throw new UsageError(
      'GATE_KEY_NOT_PINNED',
      "the gate's key is not the one that the vault trusts",
      pin,
    );
  if (vault.policyHash !== policy.hash)
    throw new UsageError(
      'POLICY_NOT_PINNED',
      `policy.yaml is ${policy.hash.slice(0, 16)}…, the vault trusts ${vault.policyHash.slice(0, 16)}…`,
      pin,
    );
  const unknown = Object.entries(deskKeys).find(
    ([desk, key]) => vault.desks !== null && vault.desks[desk] !== key,
  );
  if (unknown !== undefined)
    throw new UsageError(
      'DESK_NOT_PINNED',
      `the vault does not know the key of desk ${unknown[0]}`,
      pin,
    );
}

export const roleFile = (name: string): string => join(REPOSITORY, 'bin', 'roles', `${name}.ts`);
