/** Family G: whether the agents and models behind a proposal can be trusted with it. */
import type { Rule } from '../rule.ts';

export const agentRules: readonly Rule[] = [];
