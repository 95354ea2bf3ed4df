/** The shipped policy, and changed copies of it, for tests. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { decodePolicy, RULES, type Policy } from '#firewall';

const FILE = new URL('../../firewall/default-policy.yaml', import.meta.url);

type Section = Record<string, unknown>;
export type PolicyDocument = Section & {
  rules: Record<string, Section>;
  temporary?: Record<string, Section[]>;
};

const SHIPPED = parse(readFileSync(FILE, 'utf8')) as PolicyDocument;
/** A fresh copy of the shipped document: change it freely. */
export const policyDocument = (): PolicyDocument => structuredClone(SHIPPED);

export function policyOf(document: unknown): Policy {
  const result = decodePolicy(document, RULES);
  if (result.ok) return result.policy;
  const problems = result.problems.map(({ at, want }) => `${at}: ${want}`);
  throw new Error(`the policy of the test is invalid:\n${problems.join('\n')}`);
}

let shipped: Policy | null = null;
export const defaultPolicy = (): Policy => (shipped ??= policyOf(policyDocument()));

/** The shipped policy with other limits for some rules, by section name such as `E2-order-notional`. */
export function policyWith(changes: Readonly<Record<string, Section>>): Policy {
  const document = policyDocument();
  for (const [section, change] of Object.entries(changes))
    document.rules[section] = { ...document.rules[section], ...change };
  return policyOf(document);
}
