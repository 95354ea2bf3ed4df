/** A proof that a rule bites: under the loaded policy, one case that it refuses and the case one step before, which it passes. */
import type { Policy } from './policy.ts';
import type { Case } from './verdict.ts';

export type Proof = Readonly<{
  /** What separates the two cases, such as `qty 0.5 → 0.50000001`. */
  step: string;
  passes: Case;
  refuses: Case;
}>;

/** Builds the two cases from the limits of the policy that is loaded, not from the shipped one. */
export type Prover = (policy: Policy) => Proof;

/** Provers by rule id. */
export type Provers = Readonly<Record<string, Prover>>;
