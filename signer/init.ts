/** Makes a vault: its key, its journal, and what the operator pins. Nothing that exists is ever overwritten. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import * as f from '#firewall';
import type { HardCaps } from './contract.ts';
import { openJournalFile, readJournalFile } from './journal-file.ts';
import { startJournal } from './journal.ts';
import { makeKeystore } from './keystore.ts';
import { readVaultConfig, vaultConfigCodec, type VaultConfig } from './vault-config.ts';
import { vaultFiles } from './vault-files.ts';
import { vaultRecordCodec, type VaultRecord } from './vault-journal.ts';
import { openVaultJournal } from './vault-runtime.ts';
import type { VaultState } from './vault-state.ts';

export class VaultInitError extends Error {
  readonly code: 'VAULT_EXISTS' | 'VAULT_POLICY_INVALID' | 'VAULT_MISSING';
  readonly retryable = false;
  constructor(code: VaultInitError['code'], message: string) {
    super(message);
    this.name = 'VaultInitError';
    this.code = code;
  }
}

export type InitVault = Readonly<{
  dir: string;
  account: string;
  venue: string;
  network: f.Network;
  gate: VaultConfig['gate'];
  desks: VaultConfig['desks'];
  /** The policy as a parsed document. */
  policy: unknown;
  caps: HardCaps;
  /** Null: one is made at random and kept, 0400, beside the keystore. */
  passphrase: string | null;
  /** Whose the vault's files are to be; null for whoever makes them. */
  owner: Readonly<{ uid: number; gid: number }> | null;
  by: string;
  now: f.TimeMs;
}>;

/** A generated passphrase has 256 bits, so the slow hash need not make up for a weak one. */
const COST_GENERATED = 2 ** 17;
const COST_CHOSEN = 2 ** 18;

export function initVault(options: InitVault): VaultConfig {
  const { dir, passphrase, owner } = options;
  if (existsSync(dir)) throw new VaultInitError('VAULT_EXISTS', `${dir} is there already`);
  const policy = pinnedPolicy(options.policy);
  // Made beside its place and moved there whole: half a vault never lies where a vault is looked for.
  const fresh = `${dir}.new-${randomBytes(4).toString('hex')}`;
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  const files = vaultFiles(fresh);
  const words = passphrase ?? randomBytes(32).toString('base64url');
  const cost = passphrase === null ? COST_GENERATED : COST_CHOSEN;
  const { text, address } = makeKeystore(Buffer.from(words), cost);
  const { account, venue, network, gate, desks, caps } = options;
  const journalId = randomBytes(16).toString('hex');
  const config: VaultConfig = {
    version: 1,
    account,
    venue,
    network,
    address,
    journalId,
    gate,
    desks,
    policyHash: policy.hash,
    caps,
  };
  put(files.keystore, `${text}\n`, owner);
  put(files.config, `${f.textOf(vaultConfigCodec, config)}\n`, owner);
  put(files.policy, `${policy.text}\n`, owner);
  // The passphrase stays with whoever launches the vault: the vault itself is handed a descriptor.
  if (passphrase === null) put(files.passphrase, `${words}\n`, null, 0o400);
  begin(files.journal, config, { by: options.by, reason: 'made', at: options.now, floor: FIRST });
  if (owner !== null) for (const path of [fresh, files.journal]) own(path, owner);
  renameSync(fresh, dir);
  return config;
}

const FIRST = { sequence: 0, nonce: 0, notBefore: 0 as f.TimeMs };
type Opened = Extract<VaultRecord, { kind: 'opened' }>;

function begin(
  path: string,
  config: VaultConfig,
  why: Pick<Opened, 'by' | 'reason' | 'at' | 'floor'>,
): void {
  const { journalId, account, venue, network, address } = config;
  writeFileSync(path, '', { mode: 0o600, flag: 'wx' });
  const file = openJournalFile(path);
  startJournal<VaultRecord>(file, vaultRecordCodec, {
    kind: 'opened',
    journalId,
    account,
    venue,
    network,
    address,
    ...why,
  }).close();
}

type Owner = InitVault['owner'];
const own = (path: string, owner: NonNullable<Owner>): void =>
  chownSync(path, owner.uid, owner.gid);

function put(path: string, text: string, owner: Owner, mode = 0o600): void {
  writeFileSync(path, text, { mode, flag: 'wx' });
  if (owner !== null) own(path, owner);
}

function pinnedPolicy(document: unknown): Readonly<{ text: string; hash: f.Hash }> {
  const result = f.decodePolicy(document, f.RULES);
  if (result.ok)
    return {
      text: f.canonicalText(f.encodePolicy(result.policy, f.RULES)),
      hash: result.policy.hash,
    };
  const [first] = result.problems;
  throw new VaultInitError(
    'VAULT_POLICY_INVALID',
    `the policy cannot be pinned: ${first?.at ?? '$'}: wanted ${first?.want ?? 'a policy'}`,
  );
}

export type Pins = Readonly<{
  policy?: unknown;
  caps?: HardCaps;
  desks?: VaultConfig['desks'];
  gate?: VaultConfig['gate'];
}>;
type Why = Readonly<{ by: string; now: f.TimeMs }>;

/** Pins another policy, other keys or other caps in a vault that is not running; the operator's own act. */
export function repinVault(dir: string, pins: Pins, why: Why): VaultConfig {
  const files = vaultFiles(dir);
  const old = configOf(dir);
  const policy = pins.policy === undefined ? null : pinnedPolicy(pins.policy);
  const config: VaultConfig = {
    ...old,
    policyHash: policy?.hash ?? old.policyHash,
    caps: pins.caps ?? old.caps,
    gate: pins.gate ?? old.gate,
    desks: pins.desks === undefined ? old.desks : pins.desks,
  };
  const configHash = f.hashOf(vaultConfigCodec, config);
  if (configHash === f.hashOf(vaultConfigCodec, old)) return old;
  const { journal } = openVaultJournal(openJournalFile(files.journal), old);
  journal.append({ kind: 'pinned', at: why.now, by: why.by, configHash });
  journal.close();
  if (policy !== null) replace(files.policy, `${policy.text}\n`);
  replace(files.config, `${f.textOf(vaultConfigCodec, config)}\n`);
  return config;
}

function replace(path: string, text: string): void {
  const { uid, gid } = lstatSync(path);
  const fresh = `${path}.new`;
  put(fresh, text, process.getuid?.() === 0 ? { uid, gid } : null);
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
}

export function configOf(dir: string): VaultConfig {
  const { config } = vaultFiles(dir);
  if (!existsSync(config)) throw new VaultInitError('VAULT_MISSING', `there is no vault in ${dir}`);
  return readVaultConfig(readFileSync(config, 'utf8'));
}

/**
 * Begins a new journal for a vault whose own is lost or broken, by a named human and for a stated reason.
 * What the old one still tells is carried over, and nothing approved before this moment is ever signed.
 */
export function renewJournal(
  dir: string,
  why: Readonly<{ by: string; reason: string; now: f.TimeMs }>,
): VaultConfig {
  const files = vaultFiles(dir);
  const old = configOf(dir);
  const floor = { ...carriedOver(files.journal, old), notBefore: why.now };
  if (existsSync(files.journal)) renameSync(files.journal, `${files.journal}.${old.journalId}`);
  const config = { ...old, journalId: randomBytes(16).toString('hex') };
  begin(files.journal, config, { by: why.by, reason: why.reason, at: why.now, floor });
  const { uid, gid } = lstatSync(files.config);
  if (process.getuid?.() === 0) own(files.journal, { uid, gid });
  replace(files.config, `${f.textOf(vaultConfigCodec, config)}\n`);
  return config;
}

function carriedOver(
  path: string,
  config: VaultConfig,
): Readonly<{ sequence: number; nonce: number }> {
  try {
    const { journal, state } = openVaultJournal(openJournalFile(path), config);
    journal.close();
    return { sequence: state.highWater, nonce: state.requestNonce };
  } catch {
    // What cannot be read carries nothing over; the moment below which nothing is signed still holds.
    return { sequence: 0, nonce: 0 };
  }
}

/** The vault's memory as its journal has it now; nothing is changed, so the vault may be at work. */
export const readVault = (dir: string): VaultState =>
  openVaultJournal(readJournalFile(vaultFiles(dir).journal), configOf(dir)).state;

/** Loosens a halt, by a named human: written to the journal of a vault that is not running. */
export function resumeVault(
  dir: string,
  why: Readonly<{ by: string; reason: string; now: f.TimeMs }>,
): boolean {
  const file = openJournalFile(vaultFiles(dir).journal);
  const { journal, state } = openVaultJournal(file, configOf(dir));
  if (state.halted !== null)
    journal.append({ kind: 'resumed', at: why.now, by: why.by, reason: why.reason });
  journal.close();
  return state.halted !== null;
}
