/** Opens the text under a desk's signature: what was signed must be exactly what is judged. */
import { textOf } from './canonical.ts';
import { decodeText, type Decoded, type Fault } from './codec.ts';
import { hashText } from './hash.ts';
import { PROPOSAL_TEXT_MAX, proposalCodec } from './proposal-codec.ts';
import type { Proposal } from './proposal.ts';
import type { Hash } from './units.ts';

export type OpenedProposal = Readonly<{ proposal: Proposal; hash: Hash }>;

/**
 * Decodes a proposal and refuses any text that is not its one canonical spelling: a duplicate key, an escape
 * or a space would let two texts with two hashes be one order.
 */
export function openProposal(text: unknown): Decoded<OpenedProposal> {
  const decoded = decodeText(proposalCodec, text, PROPOSAL_TEXT_MAX);
  if (!decoded.ok) return decoded;
  const canonical = textOf(proposalCodec, decoded.value);
  if (canonical !== text) return { ok: false, ...SPELLING };
  return { ok: true, value: { proposal: decoded.value, hash: hashText(canonical) } };
}

const SPELLING: Fault = { at: '$', want: 'the canonical text of the proposal' };
