/** A whole case as one document: enough to give its verdict again, on any machine, at any time. */
import { accountViewCodec } from './account-codec.ts';
import { hashOf } from './canonical.ts';
import * as c from './codec.ts';
import { controlsCodec } from './controls-codec.ts';
import { marketViewCodec } from './market-codec.ts';
import { decodePolicy, encodePolicy, type Policy } from './policy.ts';
import { proposalCodec } from './proposal-codec.ts';
import { RULES } from './rules.ts';
import type { Case } from './verdict.ts';

/** The policy inside a case is its document, decoded as strictly as the file. */
export const policyCodec: c.Codec<Policy> = {
  read: (value, at) => {
    const result = decodePolicy(value, RULES);
    if (result.ok) return result.policy;
    const [first] = result.problems;
    return c.refuseAt(`${at}.${first?.at ?? ''}`, first?.want ?? 'a policy');
  },
  write: (policy) => encodePolicy(policy, RULES),
};

const fields: c.Codec<Case> = c.record<Case>({
  proposal: proposalCodec,
  proposalHash: c.hash,
  market: marketViewCodec,
  account: accountViewCodec,
  controls: controlsCodec,
  policy: policyCodec,
  now: c.time,
});

export const caseCodec: c.Codec<Case> = {
  read: (value, at) => {
    const found = fields.read(value, at);
    return found.proposalHash === hashOf(proposalCodec, found.proposal)
      ? found
      : c.refuseAt(`${at}.proposalHash`, 'the hash of the proposal');
  },
  write: fields.write,
};
