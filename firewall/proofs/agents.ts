/** Proofs of family G: a model and an agent that may still speak, and the step after which they may not. */
import type { DeskRecord, ModelRecord } from '../controls.ts';
import type { Inference, OrderProposal } from '../proposal.ts';
import type { Prover, Provers } from '../proof.ts';
import { valueFor, type ByKey } from '../policy-values.ts';
import { assert } from '../assert.ts';
import type { Money, Ppm, Qty, SpanMs } from '../units.ts';
import type { Case } from '../verdict.ts';
import { ago, ppm } from './amounts.ts';
import { baseCase, limitOf } from './base.ts';
import { withControls, withMarket, withOrder } from './vary.ts';
import { baseInstrument, baseOrder } from './views.ts';

const models = (c: Case, change: Partial<ModelRecord>): Case =>
  withControls(c, {
    models: (c.controls.models ?? []).map((record) => ({ ...record, ...change })),
  });
const desks = (c: Case, change: Partial<DeskRecord>): Case =>
  withControls(c, { desks: (c.controls.desks ?? []).map((record) => ({ ...record, ...change })) });

const inferring = (c: Case, change: Partial<Inference>): Case => {
  const { inference } = baseOrder;
  assert(inference !== null, 'the base order has an inference');
  return withOrder(c, { inference: { ...inference, ...change } });
};

/** The largest whole number of lots whose value at the order's limit fits under an amount. */
const lotsWithin = (amount: Money): Qty => {
  const { limitPrice } = baseOrder;
  assert(limitPrice !== null, 'the base order has a limit');
  const { lot } = baseInstrument;
  return (((amount * 100_000_000n) / limitPrice / lot) * lot) as Qty;
};
/** The order at that size, or one lot larger. */
const sized = (c: Case, amount: Money, change: Partial<OrderProposal>, lots: bigint): Case =>
  withOrder(c, {
    claims: { notional: null, riskReward: null },
    ...change,
    qty: (lotsWithin(amount) + lots * baseInstrument.lot) as Qty,
  });

const drift: Prover = (policy) => {
  const c = models(baseCase(policy), { drift: 'reduce' });
  const most = limitOf(policy, 'G1', 'reducedNotionalMax') as Money;
  return { step: 'one lot more', passes: sized(c, most, {}, 0n), refuses: sized(c, most, {}, 1n) };
};

const expiry: Prover = (policy) => {
  const age = limitOf(policy, 'G2', 'ageMax') as SpanMs;
  return {
    step: 'trained one millisecond earlier',
    passes: models(baseCase(policy), { trainedUntil: ago(age) }),
    refuses: models(baseCase(policy), { trainedUntil: ago(age + 1) }),
  };
};

const modelInput: Prover = (policy) => {
  const most = limitOf(policy, 'G3', 'dissimilarityMax') as Ppm;
  return {
    step: 'dissimilarity one millionth larger',
    passes: inferring(baseCase(policy), { dissimilarity: most }),
    refuses: inferring(baseCase(policy), { dissimilarity: ppm(most + 1) }),
  };
};

const champion: Prover = (policy) => ({
  step: 'a challenger on paper → a retired model',
  passes: models(baseCase(policy), { role: 'challenger' }),
  refuses: models(baseCase(policy), { role: 'retired' }),
});

const confidence: Prover = (policy) => {
  const least = limitOf(policy, 'G5', 'probabilityMin') as Ppm;
  return {
    step: 'probability one millionth smaller',
    passes: inferring(baseCase(policy), { probability: least }),
    refuses: inferring(baseCase(policy), { probability: ppm(least - 1) }),
  };
};

const quorum: Prover = (policy) => {
  const needed = valueFor(
    limitOf(policy, 'G6', 'votesMin') as ByKey<number>,
    baseOrder.provenance.strategy,
  );
  const votes = (count: number): OrderProposal['votes'] =>
    Array.from({ length: count }, (_, index) => ({ agent: `agent-${index}`, side: 'buy' }));
  return {
    step: `votes ${needed} → ${needed - 1}`,
    passes: withOrder(baseCase(policy), { votes: votes(needed) }),
    refuses: withOrder(baseCase(policy), { votes: votes(needed - 1) }),
  };
};

const budget: Prover = (policy) => {
  const most = limitOf(policy, 'G7', 'stepsMax') as number;
  const { telemetry } = baseOrder;
  return {
    step: `steps ${most} → ${most + 1}`,
    passes: withOrder(baseCase(policy), { telemetry: { ...telemetry, steps: most } }),
    refuses: withOrder(baseCase(policy), { telemetry: { ...telemetry, steps: most + 1 } }),
  };
};

const evidence: Prover = (policy) => {
  const [id = ''] = baseOrder.evidence;
  const known = (later: number): Case =>
    withMarket(baseCase(policy), {
      evidence: [{ id, availableAt: ago(baseCase(policy).now - baseOrder.basisAt - later) }],
    });
  return {
    step: 'known one millisecond after the agent looked',
    passes: known(0),
    refuses: known(1),
  };
};

const taint: Prover = (policy) => {
  const most = valueFor(limitOf(policy, 'G9', 'notionalMax') as ByKey<Money>, 'news');
  const change = { taint: 'news', votes: baseOrder.votes.slice(0, 1) } as const;
  const c = baseCase(policy);
  return {
    step: 'one lot more',
    passes: sized(c, most, change, 0n),
    refuses: sized(c, most, change, 1n),
  };
};

const stage: Prover = (policy) => {
  const c = desks(baseCase(policy), { stage: 'canary' });
  const most = limitOf(policy, 'G10', 'canaryNotionalMax') as Money;
  return { step: 'one lot more', passes: sized(c, most, {}, 0n), refuses: sized(c, most, {}, 1n) };
};

export const agentProvers: Provers = {
  G1: drift,
  G2: expiry,
  G3: modelInput,
  G4: champion,
  G5: confidence,
  G6: quorum,
  G7: budget,
  G8: evidence,
  G9: taint,
  G10: stage,
};
