/** Every row of the specification, in its order. What is not here does not judge. */
import type { Rule } from './rule.ts';
import { agentRules } from './rules/agents.ts';
import { capitalRules } from './rules/capital.ts';
import { conductRules } from './rules/conduct.ts';
import { eligibilityRules } from './rules/eligibility.ts';
import { exposureRules } from './rules/exposure.ts';
import { integrityRules } from './rules/integrity.ts';
import { lossRules } from './rules/losses.ts';
import { marketDataRules } from './rules/market-data.ts';
import { orderSizeRules } from './rules/order-size.ts';
import { priceRules } from './rules/prices.ts';
import { systemRules } from './rules/system.ts';
import { tempoRules } from './rules/tempo.ts';

export const RULES: readonly Rule[] = Object.freeze([
  ...integrityRules,
  ...eligibilityRules,
  ...marketDataRules,
  ...priceRules,
  ...orderSizeRules,
  ...exposureRules,
  ...capitalRules,
  ...lossRules,
  ...tempoRules,
  ...agentRules,
  ...systemRules,
  ...conductRules,
]);
