/** Letters of a gate and a desk with keys of their own, for tests: approvals and proposals as they come off the queue. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import * as f from '#firewall';
import { NOW, SYMBOL, price, qty } from '../../firewall/proofs/amounts.ts';
import { baseMarket, baseOrder } from '../../firewall/proofs/views.ts';

export type Keys = Readonly<{ name: string; publicKey: string; privateKey: KeyObject }>;

export function keysOf(name: string): Keys {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(12);
  return { name, publicKey: raw.toString('base64'), privateKey };
}

export const gate = keysOf('gate');
export const desk = keysOf('desk-1');

export function seal(kind: f.Seal, body: string, keys: Keys): f.Envelope {
  const signature = sign(null, Buffer.from(f.sealedText(kind, body)), keys.privateKey);
  return { from: keys.name, body, signature: signature.toString('base64') };
}

const hex32 = (value: number): string => value.toString(16).padStart(32, '0');

/** The n-th order of a test: small, marketable, made at `now`. */
export function orderNumber(n: number, now: f.TimeMs = NOW, change: Partial<f.OrderProposal> = {}) {
  const order: f.OrderProposal = {
    ...baseOrder,
    id: hex32(n),
    createdAt: (now - 500) as f.TimeMs,
    basisAt: (now - 500) as f.TimeMs,
    ...change,
  };
  return order;
}

export function cancelNumber(n: number, target: string, now: f.TimeMs = NOW): f.CancelProposal {
  const { provenance, account, venue, network, symbol } = baseOrder;
  const createdAt = (now - 500) as f.TimeMs;
  return {
    kind: 'cancel',
    id: hex32(n),
    createdAt,
    provenance,
    account,
    venue,
    network,
    symbol,
    target,
  };
}

export type Letters = Readonly<{ approval: f.Envelope; proposal: f.Envelope }>;

/** What the gate would send for a proposal. */
export function approve(
  proposal: f.Proposal,
  sequence: number,
  policyHash: f.Hash,
  change: Partial<f.Approval> = {},
): Letters & Readonly<{ id: string; value: f.Approval }> {
  const body = f.textOf(f.proposalCodec, proposal);
  const proposalHash = f.hashText(body);
  const notBefore = (proposal.createdAt + 500) as f.TimeMs;
  const value: f.Approval = {
    kind: 'approval',
    sequence,
    id: f.approvalIdOf(proposalHash),
    proposalId: proposal.id,
    proposalHash,
    policyHash,
    marketHash: f.hashText('market'),
    ledgerHead: f.hashText('ledger'),
    stateVersion: sequence,
    account: proposal.account,
    venue: proposal.venue,
    network: proposal.network,
    symbol: proposal.symbol,
    nonce: f.hashText(`nonce ${sequence}`).slice(0, 32),
    notBefore,
    expiresAt: (notBefore + 3_000) as f.TimeMs,
    ...change,
  };
  return {
    id: value.id,
    value,
    approval: seal('approval', f.textOf(f.approvalCodec, value), gate),
    proposal: seal('proposal', body, { ...desk, name: proposal.provenance.desk }),
  };
}

/** The base market as it is at `now`. */
export function marketAt(now: f.TimeMs, change: Partial<f.MarketView> = {}): f.MarketView {
  const { book } = baseMarket;
  const at = (now - 100) as f.TimeMs;
  return {
    ...baseMarket,
    asOf: now,
    book: book === null ? null : { ...book, exchangeAt: at, receivedAt: at },
    ...change,
  };
}

export const { account: ACCOUNT, venue: VENUE } = baseOrder;
export { NOW, price, qty, SYMBOL };
