/** The firewall's whole public surface. */
export * from './units.ts';
export * from './proposal.ts';
export * from './market-view.ts';
export * from './account-view.ts';
export * from './controls.ts';
export * from './policy.ts';
export * from './verdict.ts';
export * from './approval.ts';
export * from './costs.ts';
export * from './codec.ts';
export * from './canonical.ts';
export { hashText } from './hash.ts';
export { assert } from './assert.ts';
export * from './proposal-codec.ts';
export * from './sealed-proposal.ts';
export * from './market-codec.ts';
export * from './account-codec.ts';
export * from './controls-codec.ts';
export * from './verdict-codec.ts';
export * from './case-codec.ts';
export * from './rule.ts';
export { RULES } from './rules.ts';
export { factsOf, type Facts } from './facts.ts';
export * from './report.ts';
export { CASE_MALFORMED, judge } from './judge.ts';
export type { Proof, Prover, Provers } from './proof.ts';
export { recheck, recheckPasses, type RecheckInput } from './recheck.ts';
export { RECHECKED, SIGNER_ROWS, type SignerRow } from './signer-rows.ts';
export {
  breakers,
  unseen,
  longestWindow,
  lossWindow,
  protectiveExits,
  type ProtectiveExit,
} from './breakers.ts';
export { inForce } from './effects.ts';
export { STOP_REASONS, type StopReason } from './position-stop.ts';
