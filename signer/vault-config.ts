/** What the operator pinned for one vault: whose orders it signs, with which key, under which policy and caps. */
import * as f from '#firewall';
import type { HardCaps } from './contract.ts';
import { isPublicKey } from './seal.ts';

export type VaultConfig = Readonly<{
  version: 1;
  account: string;
  venue: string;
  network: f.Network;
  /** The key in the keystore must be the key of this address. */
  address: string;
  /** The journal in the directory must be this one. */
  journalId: string;
  /** The gate's Ed25519 key, and the name it signs under. */
  gate: Readonly<{ keyId: string; publicKey: string }>;
  /** The desks' keys; null when only the gate knows them. */
  desks: Readonly<Record<string, string>> | null;
  /** The policy that approvals must have been judged by, and that the vault judges again by. */
  policyHash: f.Hash;
  caps: HardCaps;
}>;

const publicKey: f.Codec<string> = {
  read: (value, at) =>
    typeof value === 'string' && isPublicKey(value)
      ? value
      : f.refuseAt(at, 'the base64 of an Ed25519 public key'),
  write: (value) => value,
};

export const capsCodec: f.Codec<HardCaps> = f.record<HardCaps>({
  symbols: f.list(f.symbolName, 1_000),
  notionalMax: f.fixed<f.Money>(0n),
  notionalPerDayMax: f.fixed<f.Money>(0n),
  ordersPerDayMax: f.count,
  priceDeviationMax: f.integer<f.Ppm>(0, 1_000_000),
  notAfter: f.nullable(f.time),
});

export const addressCodec: f.Codec<string> = f.pattern(
  /^0x[0-9a-f]{40}$/,
  'an address in lower case',
);

export const vaultConfigCodec: f.Codec<VaultConfig> = f.record<VaultConfig>({
  version: f.integer<1>(1, 1),
  account: f.name,
  venue: f.name,
  network: f.oneOf(f.NETWORKS),
  address: addressCodec,
  journalId: f.hex(32),
  gate: f.record({ keyId: f.name, publicKey }),
  desks: f.nullable(f.dictionary(publicKey, 10_000)),
  policyHash: f.hash,
  caps: capsCodec,
});

export class VaultConfigError extends Error {
  readonly code: 'VAULT_CONFIG_INVALID' | 'VAULT_POLICY_INVALID' | 'VAULT_POLICY_MISMATCH';
  readonly retryable = false;
  constructor(code: VaultConfigError['code'], message: string) {
    super(message);
    Object.defineProperty(this, 'name', { value: 'VaultConfigError' });
    this.code = code;
  }
}

export function readVaultConfig(text: string): VaultConfig {
  const decoded = f.decodeText(vaultConfigCodec, text, 2_000_000);
  if (decoded.ok) return decoded.value;
  throw new VaultConfigError(
    'VAULT_CONFIG_INVALID',
    `vault.json: ${decoded.at}: wanted ${decoded.want}`,
  );
}

/** The policy beside the configuration; it must be the pinned one. */
export function readVaultPolicy(text: string, pinned: f.Hash): f.Policy {
  const policy = decodedPolicy(text);
  if (policy.hash !== pinned)
    throw new VaultConfigError(
      'VAULT_POLICY_MISMATCH',
      `policy.json is ${policy.hash}, pinned is ${pinned}`,
    );
  return policy;
}

function decodedPolicy(text: string): f.Policy {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new VaultConfigError('VAULT_POLICY_INVALID', 'policy.json is not JSON');
  }
  const result = f.decodePolicy(document, f.RULES);
  if (result.ok) return result.policy;
  const [first] = result.problems;
  throw new VaultConfigError(
    'VAULT_POLICY_INVALID',
    `policy.json: ${first?.at ?? '$'}: wanted ${first?.want ?? 'a policy'}`,
  );
}
