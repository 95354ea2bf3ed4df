/** Family F, part one: loss breakers. */
import type { Rule } from '../rule.ts';

export const lossRules: readonly Rule[] = [];
