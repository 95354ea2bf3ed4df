/** Family E, part three: margin, cash, carry, risk and edge. */
import type { Rule } from '../rule.ts';

export const capitalRules: readonly Rule[] = [];
