/** Family H: whether the house itself is fit to trade. */
import type { Rule } from '../rule.ts';

export const systemRules: readonly Rule[] = [];
