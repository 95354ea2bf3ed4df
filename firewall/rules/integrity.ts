/** Family A: what makes a proposal well formed and allowed to ask. */
import type { Rule } from '../rule.ts';

export const integrityRules: readonly Rule[] = [];
