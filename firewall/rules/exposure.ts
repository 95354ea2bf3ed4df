/** Family E, part two: how much of everything may be held. */
import type { Rule } from '../rule.ts';

export const exposureRules: readonly Rule[] = [];
