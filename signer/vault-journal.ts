/** What the vault's journal says, line by line, before anything is done because of it. */
import * as f from '#firewall';
import type { Settlement } from './contract.ts';

/** A promise to sign exactly this digest, once; durable before the key is touched. */
export type Reserved = Readonly<{
  kind: 'reserved';
  at: f.TimeMs;
  approvalId: string;
  /** Of the exact text that the gate signed: another text under the same id is a conflict. */
  approvalHash: f.Hash;
  sequence: number;
  /** The approval's own single-use number. */
  nonce: string;
  expiresAt: f.TimeMs;
  symbol: string;
  clientId: string;
  /** What counts against the day's caps; zero for a cancel and for what the venue itself keeps reduce-only. */
  counted: f.Money | null;
  /** The venue's nonce, strictly increasing. */
  requestNonce: number;
  deadline: f.TimeMs;
  body: string;
  digest: f.Hash;
}>;

export type VaultRecord =
  | Readonly<{
      kind: 'opened';
      at: f.TimeMs;
      journalId: string;
      account: string;
      venue: string;
      network: f.Network;
      address: string;
      /** Where a journal that replaces a lost one begins: nothing at or below, or before, is signed. */
      floor: Readonly<{ sequence: number; nonce: number; notBefore: f.TimeMs }>;
      by: string;
      reason: string;
    }>
  | Reserved
  | Readonly<{ kind: 'signed'; at: f.TimeMs; approvalId: string; signature: string }>
  | Readonly<{ kind: 'settled'; at: f.TimeMs; approvalId: string; outcome: Settlement }>
  | Readonly<{ kind: 'halted'; at: f.TimeMs; reason: string }>
  /** Written by the operator's own command while no vault runs; nothing over IPC can. */
  | Readonly<{ kind: 'resumed'; at: f.TimeMs; by: string; reason: string }>
  /** Somebody pinned another policy, other keys or other caps; the configuration's hash from here on. */
  | Readonly<{ kind: 'pinned'; at: f.TimeMs; by: string; configHash: f.Hash }>;

export const SETTLEMENTS = ['acked', 'rejected', 'not-placed', 'done'] as const;
const approvalId = f.hex(32);
export const signatureCodec: f.Codec<string> = f.pattern(
  /^0x[0-9a-f]{128}(?:1b|1c)$/,
  '0x, r, s and a recovery byte',
);
export const clientIdCodec: f.Codec<string> = f.pattern(/^0x[0-9a-f]{32}$/, 'a client order id');
export const bodyCodec: f.Codec<string> = f.pattern(
  /^[\x20-\x7e]{2,4096}$/,
  'printable ASCII characters',
);

export const vaultRecordCodec: f.Codec<VaultRecord> = f.variant<VaultRecord>({
  opened: f.record({
    kind: f.oneOf(['opened'] as const),
    at: f.time,
    journalId: f.hex(32),
    account: f.name,
    venue: f.name,
    network: f.oneOf(f.NETWORKS),
    address: f.pattern(/^0x[0-9a-f]{40}$/, 'an address'),
    floor: f.record({ sequence: f.count, nonce: f.count, notBefore: f.time }),
    by: f.name,
    reason: f.words(400),
  }),
  reserved: f.record<Reserved>({
    kind: f.oneOf(['reserved'] as const),
    at: f.time,
    approvalId,
    approvalHash: f.hash,
    sequence: f.integer(1),
    nonce: f.hex(32),
    expiresAt: f.time,
    symbol: f.symbolName,
    clientId: clientIdCodec,
    counted: f.nullable(f.fixed<f.Money>(0n)),
    requestNonce: f.count,
    deadline: f.time,
    body: bodyCodec,
    digest: f.hash,
  }),
  signed: f.record({
    kind: f.oneOf(['signed'] as const),
    at: f.time,
    approvalId,
    signature: signatureCodec,
  }),
  settled: f.record({
    kind: f.oneOf(['settled'] as const),
    at: f.time,
    approvalId,
    outcome: f.oneOf(SETTLEMENTS),
  }),
  halted: f.record({ kind: f.oneOf(['halted'] as const), at: f.time, reason: f.words(400) }),
  resumed: f.record({
    kind: f.oneOf(['resumed'] as const),
    at: f.time,
    by: f.name,
    reason: f.words(400),
  }),
  pinned: f.record({
    kind: f.oneOf(['pinned'] as const),
    at: f.time,
    by: f.name,
    configHash: f.hash,
  }),
});
