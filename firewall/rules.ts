/** Every row of the specification, in its order. What is not here does not judge. */
import type { Rule } from './rule.ts';
import { agentRules } from './rules/agents.ts';
import { authorityRules } from './rules/authority.ts';
import { behaviourRules } from './rules/behaviour.ts';
import { capitalRules } from './rules/capital.ts';
import { conductRules } from './rules/conduct.ts';
import { eligibilityRules } from './rules/eligibility.ts';
import { exposureRules } from './rules/exposure.ts';
import { integrityRules } from './rules/integrity.ts';
import { lossRules } from './rules/losses.ts';
import { liquidityRules } from './rules/liquidity.ts';
import { quoteRules, regimeRules } from './rules/market-data.ts';
import { modelRules } from './rules/models.ts';
import { orderSizeRules } from './rules/order-size.ts';
import { permissionRules } from './rules/permissions.ts';
import { portfolioRiskRules } from './rules/portfolio-risk.ts';
import { priceRules } from './rules/prices.ts';
import { setbackRules } from './rules/setbacks.ts';
import { systemRules } from './rules/system.ts';
import { tempoRules } from './rules/tempo.ts';

export const RULES: readonly Rule[] = Object.freeze([
  ...integrityRules,
  ...authorityRules,
  ...eligibilityRules,
  ...permissionRules,
  ...quoteRules,
  ...liquidityRules,
  ...regimeRules,
  ...priceRules,
  ...orderSizeRules,
  ...exposureRules,
  ...capitalRules,
  ...portfolioRiskRules,
  ...lossRules,
  ...setbackRules,
  ...tempoRules,
  ...behaviourRules,
  ...modelRules,
  ...agentRules,
  ...systemRules,
  ...conductRules,
]);
