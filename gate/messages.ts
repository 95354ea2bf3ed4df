/** Opens what comes off the lanes: who sealed it, whether the seal holds, and what it says. */
import {
  canonicalText,
  decode,
  envelopeCodec,
  hashText,
  openProposal,
  type DeskRecord,
  type Envelope,
  type Hash,
  type Json,
  type Proposal,
} from '#firewall';
import type { Opener } from './contract.ts';

/** A desk's proposal whose seal holds and whose text is its own canonical text. */
export type SealedProposal = Readonly<{ proposal: Proposal; hash: Hash; signature: string }>;

export type BadMessage = Readonly<{
  kind: 'bad';
  payloadHash: Hash;
  code: string;
  detail: string;
}>;

export const badMessage = (payload: unknown, code: string, detail: string): BadMessage => ({
  kind: 'bad',
  payloadHash: hashOfPayload(payload),
  code,
  detail: plainWords(detail),
});

/** What others wrote goes into the record as harmless words of bounded length. */
export const plainWords = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200) || '?';

function hashOfPayload(payload: unknown): Hash {
  try {
    return hashText(canonicalText(payload as Json));
  } catch {
    return hashText(`unprintable ${typeof payload}`);
  }
}

/** Takes the envelope, or says what is wrong with the message. */
export function openEnvelope(payload: unknown): Envelope | BadMessage {
  const envelope = decode(envelopeCodec, payload);
  if (envelope.ok) return envelope.value;
  return badMessage(payload, 'ENVELOPE_MALFORMED', `${envelope.at}: want ${envelope.want}`);
}

export type ProposalSeals = Readonly<{
  opener: Opener;
  desks: readonly DeskRecord[] | null;
  account: string;
}>;

/** Opens a desk's proposal: the key comes from the registry, never from the message. */
export function openSealedProposal(
  payload: unknown,
  { opener, desks, account }: ProposalSeals,
): (SealedProposal & { kind: 'sealed' }) | BadMessage {
  const envelope = openEnvelope(payload);
  if ('kind' in envelope) return envelope;
  const desk = desks?.find((record) => record.desk === envelope.from);
  if (desk === undefined) return badMessage(payload, 'DESK_UNKNOWN', envelope.from);
  if (!opener.opens('proposal', envelope, desk.publicKey))
    return badMessage(payload, 'SEAL_INVALID', `not sealed by ${envelope.from}`);
  const opened = openProposal(envelope.body);
  if (!opened.ok)
    return badMessage(payload, 'PROPOSAL_MALFORMED', `${opened.at}: want ${opened.want}`);
  const { proposal, hash } = opened.value;
  if (proposal.provenance.desk !== envelope.from)
    return badMessage(
      payload,
      'DESK_MISMATCH',
      `${envelope.from} sealed for ${proposal.provenance.desk}`,
    );
  if (proposal.account !== account)
    return badMessage(payload, 'ACCOUNT_FOREIGN', `this is the lane of ${account}`);
  return { kind: 'sealed', proposal, hash, signature: envelope.signature };
}

export type OutcomeSeals = Readonly<{ opener: Opener; courierKey: string }>;

/** The text under the courier's seal. */
export function openOutcomeText(
  payload: unknown,
  { opener, courierKey }: OutcomeSeals,
): Readonly<{ kind: 'sealed'; body: string }> | BadMessage {
  const envelope = openEnvelope(payload);
  if ('kind' in envelope) return envelope;
  if (!opener.opens('outcome', envelope, courierKey))
    return badMessage(payload, 'SEAL_INVALID', 'not sealed by the courier');
  return { kind: 'sealed', body: envelope.body };
}
