/** Every proof, by rule. `airlock firewall prove` runs them against the policy that is loaded. */
import type { Provers } from './proof.ts';
import { agentProvers } from './proofs/agents.ts';
import { capitalProvers } from './proofs/capital.ts';
import { eligibilityProvers } from './proofs/eligibility.ts';
import { exposureProvers } from './proofs/exposure.ts';
import { integrityProvers } from './proofs/integrity.ts';
import { lossProvers } from './proofs/losses.ts';
import { marketDataProvers } from './proofs/market-data.ts';
import { priceProvers } from './proofs/prices.ts';
import { systemProvers } from './proofs/system.ts';
import { tempoProvers } from './proofs/tempo.ts';

export const PROVERS: Provers = {
  ...integrityProvers,
  ...eligibilityProvers,
  ...marketDataProvers,
  ...priceProvers,
  ...exposureProvers,
  ...capitalProvers,
  ...lossProvers,
  ...tempoProvers,
  ...agentProvers,
  ...systemProvers,
};

/** Rules whose passing case another rule refuses, whatever is tried, and why. */
export const NOT_ISOLATED: Readonly<Record<string, string>> = {
  A12: 'only a symbol quoted in another currency needs a rate, and B1 and B11 refuse it under this name',
  E14: 'E15 keeps a reserve of the same cash, and only a short sells more of an asset than is owned, which B9 refuses',
  H8: 'the shipped policy routes to paper only, so B12 refuses every other network',
};
