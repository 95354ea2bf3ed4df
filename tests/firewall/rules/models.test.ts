/** G1 to G5: what the registry says of a model, and what the model says of itself. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Case, Inference, ModelRecord, Network, Qty } from '#firewall';
import { NOW, ago, ahead, digest, money, ppm, qty } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import { withCancel, withControls, withMarket, withOrder } from '../../../firewall/proofs/vary.ts';
import { baseOrder } from '../../../firewall/proofs/views.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const DAY = 86_400_000;

const models = (change: Partial<ModelRecord>, c: Case = base): Case =>
  withControls(c, {
    models: (c.controls.models ?? []).map((record) => ({ ...record, ...change })),
  });
const unlisted = withControls(base, { models: [] });
const unread = withControls(base, { models: null });
const inferring = (change: Partial<Inference>, c: Case = base): Case =>
  withOrder(c, {
    inference: baseOrder.inference === null ? null : { ...baseOrder.inference, ...change },
  });
const bare = withOrder(base, { inference: null });
const sized = (c: Case, amount: string): Case => withOrder(c, { qty: qty(amount) });

describe('G1 drift', () => {
  const CODE = 'MODEL_DRIFTED';
  const reduced = models({ drift: 'reduce' });
  const needed = baseCase(policyWith({ 'G1-model-drift': { inferenceRequiredFor: ['trend'] } }));

  test.each<[string, Case, string]>([
    ['no drift', models({ drift: 'ok' }), 'pass'],
    ['paused', models({ drift: 'pause' }), `${CODE} (the model is paused)`],
    // At 60,000 a coin, 500 buys 0.00833333.
    ['reduced and small enough', sized(reduced, '0.00833333'), 'pass'],
    ['reduced and one step too large', sized(reduced, '0.00833334'), CODE],
    ['not registered', unlisted, `${CODE}_INPUT_MISSING (the model in the registry)`],
    ['no registry', unread, `${CODE}_INPUT_MISSING (the model in the registry)`],
    [
      'no price',
      withMarket(withOrder(base, { limitPrice: null }), { book: null }),
      `${CODE}_INPUT_MISSING (the value of the order)`,
    ],
    ['no inference', bare, 'na'],
    [
      'no inference where one is needed',
      withOrder(needed, { inference: null }),
      `${CODE}_INPUT_MISSING (the inference that this strategy needs)`,
    ],
    ['an inference where one is needed', needed, 'pass'],
    [
      'no inference of another strategy',
      withOrder(needed, {
        inference: null,
        provenance: { ...baseOrder.provenance, strategy: 'carry' },
      }),
      'na',
    ],
    ['an exit', models({ drift: 'pause' }, exit), 'na'],
    ['a cancel', withCancel(models({ drift: 'pause' })), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'G1')).toBe(want);
  });

  test('bounds the size by state', () => {
    expect(checkOf(base, 'G1')).toMatchObject({ observed: money('600'), limit: null });
    expect(checkOf(reduced, 'G1')).toMatchObject({
      observed: money('600'),
      limit: money('500'),
      maxQty: qty('0.00833333'),
    });
    expect(checkOf(models({ drift: 'pause' }), 'G1')).toMatchObject({
      observed: money('600'),
      limit: 0n,
    });
  });
});

describe('G2 expiry', () => {
  const CODE = 'MODEL_EXPIRED';
  test.each<[string, Case, string]>([
    ['thirty days old', models({ trainedUntil: ago(30 * DAY) }), 'pass'],
    ['a moment older', models({ trainedUntil: ago(30 * DAY + 1) }), CODE],
    ['trained until now', models({ trainedUntil: NOW }), 'pass'],
    [
      'trained on the future',
      models({ trainedUntil: ahead(1) }),
      `${CODE} (trained on the future)`,
    ],
    [
      'another artefact',
      inferring({ artefact: digest('9') }),
      `${CODE} (another artefact than the registered one)`,
    ],
    ['not registered', unlisted, `${CODE}_INPUT_MISSING (the model in the registry)`],
    ['no registry', unread, `${CODE}_INPUT_MISSING (the model in the registry)`],
    ['no inference', bare, 'na'],
    ['an exit', models({ trainedUntil: ago(99 * DAY) }, exit), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'G2')).toBe(want);
  });
  test('reports the age', () => {
    expect(checkOf(base, 'G2')).toMatchObject({ observed: 10 * DAY, limit: 30 * DAY });
  });
});

describe('G3 unfamiliar input', () => {
  const CODE = 'MODEL_INPUT_UNFAMILIAR';
  test.each<[string, Case, string]>([
    ['at the limit', inferring({ dissimilarity: ppm(300_000) }), 'pass'],
    ['past it', inferring({ dissimilarity: ppm(300_001) }), CODE],
    [
      'flagged by the model',
      inferring({ outOfDistribution: true }),
      `${CODE} (out of distribution)`,
    ],
    ['no inference', bare, 'na'],
    ['an exit', inferring({ outOfDistribution: true }, exit), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'G3')).toBe(want);
  });
});

describe('G4 champion only', () => {
  const CODE = 'MODEL_NOT_CHAMPION';
  const only = (id: string, role: ModelRecord['role'], network: Network): Case => {
    const c = withOrder(base, { network });
    return withControls(c, {
      models: (c.controls.models ?? []).map((record) =>
        record.id === id ? { ...record, role } : record,
      ),
    });
  };
  const wordless = { ...baseOrder.provenance, modelId: null };
  const priceless = models({ role: 'challenger' }, withOrder(bare, { network: 'main' }));

  test.each<[string, Case, string]>([
    ['champions on paper', base, 'pass'],
    ['champions on a real network', withOrder(base, { network: 'main' }), 'pass'],
    ['a challenger on paper', only('price-1', 'challenger', 'paper'), 'pass'],
    ['a challenger of words on paper', only('words-1', 'challenger', 'paper'), 'pass'],
    ['a challenger on main', only('price-1', 'challenger', 'main'), CODE],
    ['a challenger of words on test', only('words-1', 'challenger', 'test'), CODE],
    ['a retired one on paper', only('price-1', 'retired', 'paper'), CODE],
    ['a retired one of words', only('words-1', 'retired', 'paper'), CODE],
    ['not registered', unlisted, `${CODE}_INPUT_MISSING (the model in the registry)`],
    ['no registry', unread, `${CODE}_INPUT_MISSING (the model in the registry)`],
    ['no price model, but one of words', bare, 'pass'],
    ['a challenger of words alone', priceless, CODE],
    ['no model at all', withOrder(bare, { provenance: wordless }), 'na'],
    ['a price model alone', withOrder(base, { provenance: wordless }), 'pass'],
    [
      'an unknown price model alone',
      withOrder(inferring({ modelId: 'price-9' }), { provenance: wordless }),
      `${CODE}_INPUT_MISSING (the model in the registry)`,
    ],
    ['one model for both', inferring({ modelId: 'words-1' }, models({ role: 'retired' })), CODE],
    ['an exit', models({ role: 'retired' }, exit), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'G4')).toBe(want);
  });
  test('names the role', () => {
    expect(checkOf(only('price-1', 'retired', 'paper'), 'G4')).toMatchObject({
      observed: 'retired',
      limit: 'champion',
    });
    expect(checkOf(withOrder(base, { network: 'main' }), 'G4').observed).toBe('champion');
    expect(checkOf(base, 'G4').observed).toBe('paper');
  });
});

describe('G5 confidence', () => {
  const CODE = 'CONFIDENCE_BELOW_MIN';
  test.each<[string, Case, string]>([
    ['confident enough', withOrder(base, { confidence: ppm(200_000) }), 'pass'],
    ['not quite', withOrder(base, { confidence: ppm(199_999) }), `${CODE} (confidence)`],
    ['no number', withOrder(base, { confidence: ppm(Number.NaN) }), 'na'],
    ['a narrow interval', inferring({ intervalWidth: ppm(100_000) }), 'pass'],
    ['a wider one', inferring({ intervalWidth: ppm(100_001) }), `${CODE} (interval width)`],
    ['probable enough', inferring({ probability: ppm(520_000) }), 'pass'],
    ['not quite', inferring({ probability: ppm(519_999) }), CODE],
    ['without a model', bare, 'pass'],
    ['an exit', withOrder(exit, { confidence: ppm(0) }), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'G5')).toBe(want);
  });
  test('reports what binds', () => {
    expect(checkOf(base, 'G5')).toMatchObject({ observed: 640_000, limit: 520_000 });
    expect(checkOf(bare, 'G5')).toMatchObject({ observed: 700_000, limit: 200_000 });
    expect(checkOf(inferring({ intervalWidth: ppm(100_001) }), 'G5')).toMatchObject({
      observed: 100_001,
      limit: 100_000,
    });
  });
});

test('the largest quantity of a drifted model is the largest that passes (property)', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 8n }), (size) => {
      const c = withOrder(models({ drift: 'reduce' }), { qty: size as Qty });
      const { maxQty, status } = checkOf(c, 'G1');
      expect(status === 'pass').toBe(maxQty !== null && size <= maxQty);
    }),
  );
});
