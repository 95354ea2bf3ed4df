/** The firewall's whole public surface. */
export * from './units.ts';
export * from './proposal.ts';
export * from './market-view.ts';
export * from './account-view.ts';
export * from './controls.ts';
export * from './policy.ts';
export * from './verdict.ts';
export * from './approval.ts';
export * from './codec.ts';
export * from './canonical.ts';
export { hashText } from './hash.ts';
export { assert } from './assert.ts';
export * from './proposal-codec.ts';
export * from './rule.ts';
export { RULES } from './rules.ts';
export { factsOf, type Facts } from './facts.ts';
export { judge } from './judge.ts';
export type { Proof, Prover, Provers } from './proof.ts';
