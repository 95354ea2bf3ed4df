/** The vault's IPC in words: strict codecs for what it is asked, and for what it answers. */
import * as f from '#firewall';
import * as s from './contract.ts';
import { addressCodec } from './vault-config.ts';
import { bodyCodec, clientIdCodec, SETTLEMENTS, signatureCodec } from './vault-journal.ts';

const id = f.count;
const approvalId = f.hex(32);

export const anchorCodec: f.Codec<s.VaultAnchor> = f.record<s.VaultAnchor>({
  journalId: f.hex(32),
  entries: f.count,
  head: f.hash,
});

export const vaultRequestCodec: f.Codec<s.VaultRequest> = f.variant<s.VaultRequest>({
  sign: f.record({
    kind: f.oneOf(['sign'] as const),
    id,
    approval: f.envelopeCodec,
    proposal: f.envelopeCodec,
    market: f.marketViewCodec,
    now: f.time,
  }),
  settle: f.record({
    kind: f.oneOf(['settle'] as const),
    id,
    approvalId,
    outcome: f.oneOf(SETTLEMENTS),
  }),
  status: f.record({
    kind: f.oneOf(['status'] as const),
    id,
    anchor: f.nullable(anchorCodec),
  }),
  halt: f.record({ kind: f.oneOf(['halt'] as const), id, reason: f.words(400) }),
});

export const signedRequestCodec: f.Codec<s.SignedRequest> = f.record<s.SignedRequest>({
  approvalId,
  clientId: clientIdCodec,
  symbol: f.symbolName,
  body: bodyCodec,
  signature: signatureCodec,
  digest: f.hash,
  deadline: f.time,
});

const statusCodec: f.Codec<s.VaultStatus> = f.record<s.VaultStatus>({
  ready: f.flag,
  halted: f.nullable(f.words(1_000)),
  address: addressCodec,
  network: f.oneOf(f.NETWORKS),
  account: f.name,
  journalId: f.hex(32),
  journalEntries: f.count,
  journalHead: f.hash,
  open: f.list(
    f.record<s.OpenOrder>({
      approvalId,
      clientId: clientIdCodec,
      symbol: f.symbolName,
      deadline: f.time,
      request: f.nullable(signedRequestCodec),
    }),
    100_000,
  ),
});

export const vaultAnswerCodec: f.Codec<s.VaultAnswer> = f.variant<s.VaultAnswer>({
  signed: f.record({
    kind: f.oneOf(['signed'] as const),
    id,
    request: signedRequestCodec,
    journal: anchorCodec,
  }),
  refused: f.record({
    kind: f.oneOf(['refused'] as const),
    id,
    code: f.oneOf(s.SIGNER_CODES),
    detail: f.words(2_000),
  }),
  settled: f.record({ kind: f.oneOf(['settled'] as const), id }),
  status: f.record({ kind: f.oneOf(['status'] as const), id, status: statusCodec }),
});

export const vaultBootCodec: f.Codec<s.VaultBoot> = f.variant<s.VaultBoot>({
  ready: f.record({ kind: f.oneOf(['ready'] as const), status: statusCodec }),
  failed: f.record({
    kind: f.oneOf(['failed'] as const),
    code: f.name,
    detail: f.words(2_000),
  }),
});

/** The id of a request that could not be read, so that even that is answered; 0 when it has none. */
export function idOf(message: unknown): number {
  if (typeof message !== 'object' || message === null || !('id' in message)) return 0;
  const given = f.decode(f.count, message.id);
  return given.ok ? given.value : 0;
}
