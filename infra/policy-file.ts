/** The policy file: YAML read into a document, the document decoded by the firewall, every problem listed at once. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { decodePolicy, RULES, type Policy, type PolicyProblem } from '#firewall';

export const SHIPPED_POLICY = join(import.meta.dirname, '..', 'firewall', 'default-policy.yaml');
const SIZE_MAX = 1_000_000;

export class PolicyFileError extends Error {
  readonly code: 'POLICY_MISSING' | 'POLICY_UNREADABLE' | 'POLICY_INVALID';
  readonly retryable = false;
  readonly problems: readonly PolicyProblem[];
  constructor(
    code: PolicyFileError['code'],
    message: string,
    problems: readonly PolicyProblem[] = [],
    cause?: unknown,
  ) {
    super([message, ...problems.map(({ at, want }) => `  ${at}: want ${want}`)].join('\n'), {
      cause,
    });
    this.name = 'PolicyFileError';
    this.code = code;
    this.problems = problems;
  }
}

/** Reads and decodes a policy; anything short of a whole and valid one is an error. */
export function loadPolicy(file: string): Readonly<{ policy: Policy; document: unknown }> {
  if (!existsSync(file)) throw new PolicyFileError('POLICY_MISSING', `${file} is not there`);
  const document = parsed(file, readFileSync(file, 'utf8'));
  const result = decodePolicy(document, RULES);
  if (result.ok) return { policy: result.policy, document };
  throw new PolicyFileError('POLICY_INVALID', `${file} is not a whole policy:`, result.problems);
}

function parsed(file: string, text: string): unknown {
  if (text.length > SIZE_MAX)
    throw new PolicyFileError('POLICY_UNREADABLE', `${file} is too large`);
  // A key written twice would let one limit hide another.
  const document = parseDocument(text, { uniqueKeys: true, strict: true });
  const [first] = [...document.errors, ...document.warnings];
  if (first !== undefined)
    throw new PolicyFileError('POLICY_UNREADABLE', `${file}: ${first.message}`, [], first);
  return document.toJS({ maxAliasCount: 0 }) as unknown;
}
