/** Is this an approval by the pinned gate, of exactly this proposal, for exactly this vault? */
import * as f from '#firewall';
import type { SignerCode } from './contract.ts';
import type { Opens } from './seal.ts';
import type { VaultConfig } from './vault-config.ts';

export type Refusal = Readonly<{ code: SignerCode; detail: string }>;
export type Checked =
  | Readonly<{
      ok: true;
      approval: f.Approval;
      /** Of the exact text that the gate signed. */
      approvalHash: f.Hash;
      proposal: f.Proposal;
    }>
  | (Readonly<{ ok: false }> & Refusal);

const APPROVAL_TEXT_MAX = 4_096;

const no = (code: SignerCode, detail: string): Checked => ({ ok: false, code, detail });

type Letters = Readonly<{ approval: f.Envelope; proposal: f.Envelope }>;

/** Everything about the letters themselves: no clock, no state. */
export function checkLetters(letters: Letters, config: VaultConfig, opens: Opens): Checked {
  const { gate, desks } = config;
  if (letters.approval.from !== gate.keyId)
    return no('APPROVAL_FORGED', `sealed by ${letters.approval.from}, not by ${gate.keyId}`);
  if (!opens('approval', letters.approval, gate.publicKey))
    return no('APPROVAL_FORGED', "the gate's seal does not fit");
  const approval = exact(f.approvalCodec, letters.approval.body, APPROVAL_TEXT_MAX);
  if (approval === null) return no('APPROVAL_MALFORMED', 'not the canonical text of an approval');
  const { value } = approval;
  if (value.id !== f.approvalIdOf(value.proposalHash))
    return no('APPROVAL_MALFORMED', "the id does not follow from the proposal's hash");

  const proposal = exact(f.proposalCodec, letters.proposal.body, f.PROPOSAL_TEXT_MAX);
  if (proposal === null) return no('PROPOSAL_MISMATCH', 'not the canonical text of a proposal');
  if (proposal.hash !== value.proposalHash)
    return no('PROPOSAL_MISMATCH', 'the gate approved another text');
  const asked = proposal.value;
  if (asked.id !== value.proposalId || asked.symbol !== value.symbol)
    return no('PROPOSAL_MISMATCH', 'the approval names another proposal or symbol');
  const { desk } = asked.provenance;
  if (letters.proposal.from !== desk)
    return no('PROPOSAL_FORGED', `sealed by ${letters.proposal.from}, claims to be of ${desk}`);
  if (desks !== null) {
    const key = Object.hasOwn(desks, desk) ? desks[desk] : undefined;
    if (key === undefined || !opens('proposal', letters.proposal, key))
      return no('PROPOSAL_FORGED', `the seal of ${desk} does not fit`);
  }
  const foreign = foreignTo(value, config) ?? foreignTo(asked, config);
  if (foreign !== null) return no('APPROVAL_FOREIGN', `the ${foreign} is another`);
  if (value.policyHash !== config.policyHash)
    return no('POLICY_MISMATCH', `judged by ${value.policyHash}, pinned is ${config.policyHash}`);
  return { ok: true, approval: value, approvalHash: approval.hash, proposal: asked };
}

type Addressed = Readonly<{ account: string; venue: string; network: f.Network }>;

function foreignTo(letter: Addressed, config: Addressed): string | null {
  if (letter.network !== config.network) return 'network';
  if (letter.account !== config.account) return 'account';
  return letter.venue === config.venue ? null : 'venue';
}

/** A text and its meaning, when the text is the one canonical spelling of that meaning. */
function exact<T>(
  codec: f.Codec<T>,
  text: string,
  lengthMax: number,
): Readonly<{ value: T; hash: f.Hash }> | null {
  const decoded = f.decodeText(codec, text, lengthMax);
  if (!decoded.ok || f.textOf(codec, decoded.value) !== text) return null;
  return { value: decoded.value, hash: f.hashText(text) };
}
