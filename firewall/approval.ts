/** The gate's word to the signer: bound to one proposal, one policy, one state of the world, and a few seconds. */
import * as c from './codec.ts';
import { hashText } from './hash.ts';
import { NETWORKS, type Network } from './proposal.ts';
import type { Hash, TimeMs } from './units.ts';

export type Approval = Readonly<{
  kind: 'approval';
  /** Strictly increasing per gate key. */
  sequence: number;
  /** 32 hex digits, derived from the proposal hash: one approval per proposal, ever. */
  id: string;
  proposalId: string;
  proposalHash: Hash;
  policyHash: Hash;
  /** Hash of the market view that was judged. */
  marketHash: Hash;
  /** Head of the ledger that the account view was folded from. */
  ledgerHead: Hash;
  stateVersion: number;
  account: string;
  venue: string;
  network: Network;
  symbol: string;
  /** Random, single use. */
  nonce: string;
  notBefore: TimeMs;
  expiresAt: TimeMs;
}>;

export const approvalCodec: c.Codec<Approval> = c.record<Approval>({
  kind: c.oneOf(['approval'] as const),
  sequence: c.integer(1),
  id: c.hex(32),
  proposalId: c.hex(32),
  proposalHash: c.hash,
  policyHash: c.hash,
  marketHash: c.hash,
  ledgerHead: c.hash,
  stateVersion: c.count,
  account: c.name,
  venue: c.name,
  network: c.oneOf(NETWORKS),
  symbol: c.symbolName,
  nonce: c.hex(32),
  notBefore: c.time,
  expiresAt: c.time,
});

/** One approval per proposal, ever: its id follows from the proposal's hash. */
export const approvalIdOf = (proposalHash: Hash): string =>
  hashText(`AIRLOCK-APPROVAL-ID\0${proposalHash}`).slice(0, 32);

/** As many characters as every client order id has; a venue that takes fewer cannot be used. */
export const CLIENT_ID_LENGTH = 34;

/** One client order id per approval, for life: gate, signer and venue know the order by the same name. */
export const clientIdOf = (approvalId: string): string =>
  `0x${hashText(`AIRLOCK-CLOID-v1${approvalId}`).slice(0, 32)}`;

/** What is signed over an envelope's body, so that a signature of one kind never passes as another. */
export const SEALS = {
  proposal: 'AIRLOCK-PROPOSAL-v1',
  approval: 'AIRLOCK-APPROVAL-v1',
  outcome: 'AIRLOCK-OUTCOME-v1',
} as const;
export type Seal = keyof typeof SEALS;
/** The exact text under an Ed25519 signature. */
export const sealedText = (seal: Seal, body: string): string => `${SEALS[seal]}\0${body}`;
