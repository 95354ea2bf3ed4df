/** Family G, part two: who agreed, on what evidence, at what expense, and how far the desk is trusted. */
import { EXIT_OPEN, lock } from '../effects.ts';
import { modeOf } from '../modes.ts';
import { qtyWithin } from '../pricing.ts';
import type { OrderProposal } from '../proposal.ts';
import { atLeast, atMost, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import { counted, countedBy, money, moneyBy, span, toggle, valueFor } from '../policy-values.ts';
import type { TimeMs } from '../units.ts';
import { countOf, countsToday } from './tempo.ts';

/** Agents that voted for the order's side and for nothing else; an agent counts once. */
export function agreeing({ votes, side }: OrderProposal): number {
  let count = 0;
  for (let index = 0; index < votes.length; index += 1) {
    const vote = votes[index];
    if (vote === undefined || vote.side !== side) continue;
    const first = votes.findIndex((other) => other.agent === vote.agent);
    const wavered = votes.some((other) => other.agent === vote.agent && other.side !== side);
    if (first === index && !wavered) count += 1;
  }
  return count;
}

const quorum = rule({
  id: 'G6',
  name: 'quorum',
  code: 'QUORUM_NOT_MET',
  title:
    "Enough agents agree with the order's side, and where agreement is needed the transcript of their debate is named.",
  unit: 'count',
  bound: 'min',
  reducing: 'exempt',
  params: { votesMin: countedBy('down'), transcriptRequired: toggle('down') },
  evaluate({ order, proposal }, { votesMin, transcriptRequired }, self) {
    if (order === null) return missing(self, 'the order');
    const needed = valueFor(votesMin, proposal.provenance.strategy);
    if (needed === 0) return pass(self, 0, 0);
    if (transcriptRequired && order.transcript === null) return missing(self, 'the transcript');
    return atLeast(self, agreeing(order), needed);
  },
});

const budget = rule({
  id: 'G7',
  name: 'agent-budget',
  code: 'AGENT_BUDGET_EXCEEDED',
  title:
    "The decision's steps, tokens and tool errors, and the agent's proposals within the window, stay within their caps.",
  unit: 'count',
  bound: 'max',
  breach: 'lock',
  params: {
    stepsMax: counted('up'),
    tokensMax: counted('up'),
    toolErrorsMax: counted('up'),
    window: span('down'),
    proposalsMax: counted('up'),
    lockFor: span('down'),
  },
  evaluate(facts, { stepsMax, tokensMax, toolErrorsMax, window, proposalsMax }, self) {
    const { account, order, proposal, now, reducing } = facts;
    const { decisions } = account;
    if (reducing) return na(self, EXIT_OPEN);
    if (order === null || decisions === null) return missing(self, 'the recent decisions');
    const { steps, tokens, toolErrors } = order.telemetry;
    if (!(steps <= stepsMax)) return fail(self, steps, stepsMax, null, 'steps');
    if (!(tokens <= tokensMax)) return fail(self, tokens, tokensMax, null, 'tokens');
    if (!(toolErrors <= toolErrorsMax))
      return fail(self, toolErrors, toolErrorsMax, null, 'tool errors');
    const { agent } = proposal.provenance;
    let proposals = 1;
    for (let index = decisions.length - 1; index >= 0; index -= 1) {
      const past = decisions[index];
      if (past === undefined || now - past.at >= window) break;
      if (past.agent === agent && past.kind === 'order') proposals += 1;
    }
    return proposals <= proposalsMax
      ? pass(self, proposals, proposalsMax)
      : fail(self, proposals, proposalsMax, null, 'proposals');
  },
  effect: ({ proposal, now }, { lockFor }, self) =>
    lock(self, 'agent', proposal.provenance.agent, (now + lockFor) as TimeMs),
});

const evidence = rule({
  id: 'G8',
  name: 'evidence',
  code: 'EVIDENCE_UNRESOLVED',
  title:
    'Every datum that the proposal cites is in our own store and was available when the agent looked; an entry cites some.',
  unit: 'count',
  bound: 'min',
  params: { citedMin: counted('down') },
  evaluate({ order, market, reducing }, { citedMin }, self) {
    if (order === null) return missing(self, 'the order');
    let standing = 0;
    let again = 0;
    let first: string | null = null;
    for (let index = 0; index < order.evidence.length; index += 1) {
      const id = order.evidence[index] ?? '';
      // The same datum cited twice is one.
      if (order.evidence.indexOf(id) !== index) {
        again += 1;
        continue;
      }
      const known = market.evidence.find((datum) => datum.id === id)?.availableAt ?? null;
      if (known !== null && known <= order.basisAt) standing += 1;
      else first ??= known === null ? `${id} is not known` : `${id} came later than the basis`;
    }
    const needed = Math.max(order.evidence.length - again, reducing ? 0 : citedMin);
    return standing >= needed
      ? pass(self, standing, needed)
      : fail(self, standing, needed, null, first ?? 'too little is cited');
  },
});

const taint = rule({
  id: 'G9',
  name: 'taint',
  code: 'TAINTED_NOTIONAL_ABOVE_MAX',
  title: 'An order that untrusted text had a part in is small, or more agents agree with it.',
  unit: 'money',
  bound: 'max',
  params: { notionalMax: moneyBy('up'), votesMin: counted('down') },
  evaluate(facts, { notionalMax, votesMin }, self) {
    const { order, notional, reducing } = facts;
    if (reducing) return na(self, EXIT_OPEN);
    if (order === null || notional === null) return missing(self, 'the value of the order');
    if (order.taint === 'none') return na(self, 'no untrusted text had a part in it');
    const limit = valueFor(notionalMax, order.taint);
    if (agreeing(order) >= votesMin) return pass(self, notional, limit);
    return atMost(self, notional, limit, qtyWithin(facts, limit));
  },
});

const stage = rule({
  id: 'G10',
  name: 'deployment-stage',
  code: 'STAGE_EXCEEDED',
  title:
    'A desk in shadow sends nothing, a canary sends few and small orders, and only a full desk has the full limits.',
  unit: 'money',
  bound: 'max',
  params: { canaryNotionalMax: money('up'), canaryOrdersPerDayMax: counted('up') },
  evaluate(facts, { canaryNotionalMax, canaryOrdersPerDayMax }, self) {
    const { account, notional, now, proposal, reducing } = facts;
    const { desk, strategy } = proposal.provenance;
    const record = facts.case.controls.desks?.find((known) => known.desk === desk);
    if (record === undefined) return missing(self, 'the desk in the registry');
    // A desk in shadow has opened nothing, so it has nothing to close either.
    if (record.stage === 'shadow')
      return modeOf(facts.case) === 'shadow'
        ? pass(self, notional, null)
        : fail(self, notional, 0n, null, 'a desk in shadow');
    if (reducing) return na(self, EXIT_OPEN);
    if (notional === null) return missing(self, 'the value of the order');
    if (record.stage === 'full') return pass(self, notional, null);
    const { day } = account;
    const counts = countsToday(day, now);
    if (day === null || counts === null) return missing(self, 'the counters of the day');
    const sent = counts ? countOf(day.ordersByStrategy, strategy) : 0;
    if (!(sent < canaryOrdersPerDayMax))
      return fail(self, notional, 0n, null, `${sent} orders today`);
    return atMost(self, notional, canaryNotionalMax, qtyWithin(facts, canaryNotionalMax));
  },
});

export const agentRules: readonly Rule[] = [quorum, budget, evidence, taint, stage];
