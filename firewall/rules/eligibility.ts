/** Family B: whether this instrument may be traded here, now, in this way. */
import type { Rule } from '../rule.ts';

export const eligibilityRules: readonly Rule[] = [];
