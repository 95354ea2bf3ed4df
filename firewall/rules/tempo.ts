/** Family F, part two: how often and how fast. */
import type { Rule } from '../rule.ts';

export const tempoRules: readonly Rule[] = [];
