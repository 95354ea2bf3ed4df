/** Family G, part one: the price model behind a proposal, as the registry knows it and as it speaks of itself. */
import type { ModelRecord } from '../controls.ts';
import type { Facts } from '../facts.ts';
import { qtyWithin } from '../pricing.ts';
import { atLeast, atMost, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import { money, names, ratio, span } from '../policy-values.ts';

const NO_MODEL = 'no price model stands behind the order';

const recordOf = (models: readonly ModelRecord[] | null, id: string): ModelRecord | undefined =>
  models?.find((record) => record.id === id);

const drift = rule({
  id: 'G1',
  name: 'model-drift',
  code: 'MODEL_DRIFTED',
  title:
    'A model whose inputs or residuals have drifted speaks only for small orders, or for none; a strategy that needs a model has one.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { reducedNotionalMax: money('up'), inferenceRequiredFor: names() },
  evaluate(facts, { reducedNotionalMax, inferenceRequiredFor }, self) {
    const { order, notional, proposal } = facts;
    if (order === null || notional === null) return missing(self, 'the value of the order');
    if (order.inference === null)
      return inferenceRequiredFor.includes(proposal.provenance.strategy)
        ? missing(self, 'the inference that this strategy needs')
        : na(self, NO_MODEL);
    const record = recordOf(facts.case.controls.models, order.inference.modelId);
    if (record === undefined) return missing(self, 'the model in the registry');
    if (record.drift === 'ok') return pass(self, notional, null);
    if (record.drift === 'reduce')
      return atMost(self, notional, reducedNotionalMax, qtyWithin(facts, reducedNotionalMax));
    return fail(self, notional, 0n, null, 'the model is paused');
  },
});

const expiry = rule({
  id: 'G2',
  name: 'model-expiry',
  code: 'MODEL_EXPIRED',
  title: 'The model was trained recently enough, and is the very artefact that the registry holds.',
  unit: 'ms',
  bound: 'max',
  reducing: 'exempt',
  params: { ageMax: span('up') },
  evaluate({ order, now, case: { controls } }, { ageMax }, self) {
    if (order === null) return missing(self, 'the order');
    if (order.inference === null) return na(self, NO_MODEL);
    const record = recordOf(controls.models, order.inference.modelId);
    if (record === undefined) return missing(self, 'the model in the registry');
    const age = now - record.trainedUntil;
    if (order.inference.artefact !== record.artefact)
      return fail(self, age, ageMax, null, 'another artefact than the registered one');
    if (!(age >= 0)) return fail(self, age, ageMax, null, 'trained on the future');
    return atMost(self, age, ageMax);
  },
});

const outOfDistribution = rule({
  id: 'G3',
  name: 'model-input',
  code: 'MODEL_INPUT_UNFAMILIAR',
  title: 'What the model saw resembles what it was trained on.',
  unit: 'ppm',
  bound: 'max',
  reducing: 'exempt',
  params: { dissimilarityMax: ratio('up') },
  evaluate({ order }, { dissimilarityMax }, self) {
    if (order === null) return missing(self, 'the order');
    const { inference } = order;
    if (inference === null) return na(self, NO_MODEL);
    if (inference.outOfDistribution)
      return fail(self, inference.dissimilarity, dissimilarityMax, null, 'out of distribution');
    return atMost(self, inference.dissimilarity, dissimilarityMax);
  },
});

/** Which model of the proposal may not stand behind it; null when all may. */
function unfit({ proposal, order, case: { controls } }: Facts): string | null {
  const { modelId } = proposal.provenance;
  const priced = order?.inference?.modelId ?? null;
  for (const id of priced === modelId ? [modelId] : [modelId, priced]) {
    if (id === null) continue;
    const record = recordOf(controls.models, id);
    if (record === undefined) return 'unknown';
    if (record.role === 'champion') continue;
    if (record.role === 'challenger' && proposal.network === 'paper') continue;
    return record.role;
  }
  return null;
}

const championOnly = rule({
  id: 'G4',
  name: 'champion-only',
  code: 'MODEL_NOT_CHAMPION',
  title:
    'Only champions stand behind orders on a real network; a challenger trades on paper, and a retired model nowhere.',
  unit: 'code',
  bound: 'none',
  reducing: 'exempt',
  params: {},
  evaluate(facts, _limits, self) {
    const { proposal, order } = facts;
    if (proposal.provenance.modelId === null && (order?.inference ?? null) === null)
      return na(self, 'no model stands behind the order');
    const role = unfit(facts);
    if (role === 'unknown') return missing(self, 'the model in the registry');
    if (role !== null) return fail(self, role, 'champion');
    return pass(self, proposal.network === 'paper' ? 'paper' : 'champion', 'champion');
  },
});

const confidence = rule({
  id: 'G5',
  name: 'confidence',
  code: 'CONFIDENCE_BELOW_MIN',
  title:
    "The desk's confidence and the model's probability are high enough, and the model's interval is narrow enough.",
  unit: 'ppm',
  bound: 'none',
  reducing: 'exempt',
  params: {
    confidenceMin: ratio('down'),
    probabilityMin: ratio('down'),
    intervalWidthMax: ratio('up'),
  },
  evaluate({ order }, { confidenceMin, probabilityMin, intervalWidthMax }, self) {
    if (order === null) return missing(self, 'the order');
    const { inference } = order;
    if (!(order.confidence >= confidenceMin))
      return fail(self, order.confidence, confidenceMin, null, 'confidence');
    if (inference === null) return pass(self, order.confidence, confidenceMin);
    if (!(inference.intervalWidth <= intervalWidthMax))
      return fail(self, inference.intervalWidth, intervalWidthMax, null, 'interval width');
    return atLeast(self, inference.probability, probabilityMin);
  },
});

export const modelRules: readonly Rule[] = [
  drift,
  expiry,
  outOfDistribution,
  championOnly,
  confidence,
];
