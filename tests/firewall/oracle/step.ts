/** How a change of a case is written, and the names that the changes share. */
import type { Case, OrderProposal } from '#firewall';
import type { Draw } from './draw.ts';
import type { Step } from './leaves.ts';

export type Maker = (draw: Draw, c: Case) => Step;
export const step = (name: string, apply: (c: Case) => Case): Step => ({ name, apply });
/** The hash is the caller's business: no rule reads it but the human's consent. */
export const order = (c: Case, change: Partial<OrderProposal>): Case =>
  c.proposal.kind === 'order' ? { ...c, proposal: { ...c.proposal, ...change } } : c;

export const HERE = 'BTC/USDT:USDT';
export const STRATEGIES = ['trend', 'trend', 'carry'] as const;
