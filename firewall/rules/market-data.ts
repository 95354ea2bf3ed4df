/** Family C: whether the data is good enough to trade on. */
import type { Rule } from '../rule.ts';

export const marketDataRules: readonly Rule[] = [];
