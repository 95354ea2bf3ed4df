/** Family D: whether the price makes sense. */
import type { Rule } from '../rule.ts';

export const priceRules: readonly Rule[] = [];
