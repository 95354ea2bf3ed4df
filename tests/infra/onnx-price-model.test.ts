/** The price model's port on the real ONNX Runtime: what it says, and everything that it refuses. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { SpanMs, TimeMs } from '#firewall';
import { openOnnxPriceModel, type LoadedPriceModel } from '../../infra/onnx-price-model.ts';
import type { PriceCard } from '../../infra/price-card.ts';
import type { Candle, PriceModel } from '../../tools/contract.ts';
import { FEATURES, featuresOf } from '../../tools/features.ts';
import { tinyOnnx, type TinyModel } from '../support/tiny-onnx.ts';
import { START } from '../market/samples.ts';
import { wavyCandles } from '../tools/wavy-candles.ts';

const folder = mkdtempSync(join(tmpdir(), 'price-model-'));
const open: PriceModel[] = [];
afterAll(async () => {
  for (const model of open) await model.close();
  rmSync(folder, { recursive: true });
});

const MINUTE = 60_000 as SpanMs;
const SYMBOL = 'BTC/USDT:USDT';
const TINY: TinyModel = { weights: FEATURES.map((_, index) => (index - 3) * 0.3), bias: 0.2 };
const features = { names: FEATURES, of: featuresOf };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const cardOf = (bytes: Uint8Array, changes: Partial<PriceCard> = {}): PriceCard => ({
  card: 1,
  id: 'tiny-up@1',
  sha256: sha256(bytes),
  symbols: [],
  timeframeMs: MINUTE,
  barsMin: 21,
  horizonMs: 3_600_000,
  trainedUntil: START,
  input: 'x',
  output: 'p',
  head: 'probability-up',
  features: FEATURES.map((name) => ({ name, mean: 0, sd: 1 })),
  deadband: 0,
  moveUp: 2_000,
  moveDown: 3_000,
  interval: 8_000,
  deviationsMax: 6,
  ...changes,
});

let files = 0;
/** Writes a model and its card, and opens them. */
async function opened(
  changes: Partial<PriceCard> = {},
  bytes: Uint8Array = tinyOnnx(TINY),
  card: unknown = cardOf(bytes, changes),
): Promise<LoadedPriceModel> {
  files += 1;
  const [modelFile, cardFile] = [join(folder, `${files}.onnx`), join(folder, `${files}.json`)];
  writeFileSync(modelFile, bytes);
  writeFileSync(cardFile, JSON.stringify(card));
  const model = await openOnnxPriceModel({ modelFile, cardFile, features });
  open.push(model);
  return model;
}

const bars = wavyCandles({ symbol: SYMBOL, count: 30, timeframeMs: MINUTE });
const closeAt = bars.at(-1)?.closeAt ?? (0 as TimeMs);
const after = (ms: number): TimeMs => (closeAt + ms) as TimeMs;
const still = new AbortController().signal;
const ask = (model: PriceModel, candles: readonly Candle[] = bars, now = after(1_000)) =>
  model.forecast(SYMBOL, candles, now, still);

test('a forecast is what the weights say of the features', async () => {
  const row = featuresOf(bars) ?? {};
  const sum = FEATURES.reduce(
    (total, name, index) => total + (row[name] ?? 0) * (TINY.weights[index] ?? 0),
    TINY.bias,
  );
  const up = 1 / (1 + Math.exp(-sum));
  const answer = await ask(await opened());
  if (!answer.ok) throw new Error(answer.hint);
  const { forecast } = answer;
  expect(forecast.probability / 1e6).toBeCloseTo(Math.max(up, 1 - up), 5);
  expect(forecast.direction).toBe(up > 0.5 ? 'up' : 'down');
  expect(forecast.expectedMove).toBeCloseTo(up * 2_000 - (1 - up) * 3_000, -1);
  expect(forecast).toMatchObject({
    modelId: 'tiny-up@1',
    artefact: sha256(tinyOnnx(TINY)),
    horizonMs: 3_600_000,
    intervalWidth: 8_000,
    expiresAt: closeAt + 3_600_000,
    outOfDistribution: false,
  });
});

test('the same bars give the same forecast, in this session and in the next', async () => {
  const model = await opened();
  const first = await ask(model);
  const others = await Promise.all([ask(model), ask(model), ask(await opened())]);
  for (const other of others) expect(other).toEqual(first);
});

test('the card is pinned beside the file: one other number in it is another card', async () => {
  const [one, same, other] = [await opened(), await opened(), await opened({ moveUp: 2_001 })];
  expect(same.cardHash).toBe(one.cardHash);
  expect(other.cardHash).not.toBe(one.cardHash);
  expect(other.artefact).toBe(one.artefact);
  expect(one.trainedUntil).toBe(START);
});

test('no opinion within the deadband, and none at exactly one half', async () => {
  const flat = tinyOnnx({ weights: FEATURES.map(() => 0), bias: 0 });
  const half = await ask(await opened({}, flat));
  expect(half).toMatchObject({ ok: true, forecast: { direction: 'none', probability: 500_000 } });
  // A logistic unit with this bias says 0.6, a tenth away from one half.
  const tenth = tinyOnnx({ weights: FEATURES.map(() => 0), bias: Math.log(1.5) });
  const at = await ask(await opened({ deadband: 100_000 }, tenth));
  expect(at).toMatchObject({ forecast: { direction: 'up' } });
  const past = await ask(await opened({ deadband: 100_001 }, tenth));
  expect(past).toMatchObject({ forecast: { direction: 'none' } });
});

test('inputs unlike those of the training are called so', async () => {
  const strange = { features: FEATURES.map((name) => ({ name, mean: 100, sd: 1 })) };
  const answer = await ask(await opened(strange));
  expect(answer).toMatchObject({
    ok: true,
    forecast: { outOfDistribution: true, dissimilarity: 1_000_000 },
  });
});

test.each([
  ['too few bars', bars.slice(-20), after(0)],
  ['a bar that is not closed yet', bars, after(-1)],
  ['the last bar is too old', bars, after(2 * MINUTE + 1)],
  ['missing', [...bars.slice(0, 20), ...bars.slice(21)], after(0)],
  ['another length', bars.map((bar) => ({ ...bar, timeframeMs: 300_000 as SpanMs })), after(0)],
  ['or symbol', bars.map((bar) => ({ ...bar, symbol: 'ETH/USDT' })), after(0)],
  [
    'cannot be computed',
    bars.map((bar) => ({ ...bar, close: bars[0]?.close ?? bar.close })),
    after(0),
  ],
])('refused: %s', async (hint, candles, now) => {
  const answer = await ask(await opened(), candles, now);
  expect(answer).toMatchObject({ ok: false, code: 'MODEL_REFUSED' });
  expect(!answer.ok && answer.hint).toContain(hint);
});

test('a bar of exactly two lengths of age is still good', async () => {
  expect((await ask(await opened(), bars, after(2 * MINUTE))).ok).toBe(true);
});

test('refused: a symbol that it was not trained for, a stopped question, a closed model', async () => {
  const model = await opened({ symbols: ['ETH/USDT'] });
  expect(await ask(model)).toMatchObject({ code: 'MODEL_REFUSED' });
  const other = await opened();
  expect(await other.forecast(SYMBOL, bars, after(0), AbortSignal.abort())).toMatchObject({
    code: 'MODEL_REFUSED',
  });
  await other.close();
  expect(await ask(other)).toMatchObject({ code: 'MODEL_REFUSED' });
});

test('a feature that is none is refused by the model itself', async () => {
  const bytes = tinyOnnx(TINY);
  const [modelFile, cardFile] = [join(folder, 'nan.onnx'), join(folder, 'nan.json')];
  writeFileSync(modelFile, bytes);
  writeFileSync(cardFile, JSON.stringify(cardOf(bytes)));
  for (const value of [Number.NaN, Infinity, 1e300]) {
    const of = () => ({ ...featuresOf(bars), ret_1: value });
    const model = await openOnnxPriceModel({
      modelFile,
      cardFile,
      features: { names: FEATURES, of },
    });
    open.push(model);
    expect(await ask(model)).toMatchObject({ ok: false, code: 'MODEL_REFUSED' });
  }
});

const codeOf = async (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => 'opened',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );

test('what cannot be trusted is not loaded', async () => {
  const bytes = tinyOnnx(TINY);
  const flipped = bytes.map((byte, index) => (index === bytes.length - 40 ? byte ^ 1 : byte));
  const missing = { modelFile: join(folder, 'no'), cardFile: join(folder, 'no'), features };
  const garbage = Uint8Array.from([1, 2, 3]);
  expect(await codeOf(openOnnxPriceModel(missing))).toBe('MODEL_UNREADABLE');
  expect(await codeOf(opened({}, flipped, cardOf(bytes)))).toBe('MODEL_TAMPERED');
  expect(await codeOf(opened({}, garbage))).toBe('MODEL_UNLOADABLE');
  expect(await codeOf(opened({ input: 'y' }))).toBe('MODEL_SHAPE_WRONG');
  expect(await codeOf(opened({ output: 'q' }))).toBe('MODEL_SHAPE_WRONG');
  expect(await codeOf(opened({ features: [{ name: 'ret_1', mean: 0, sd: 1 }] }))).toBe(
    'MODEL_SHAPE_WRONG',
  );
  const raw = tinyOnnx({ ...TINY, bias: 7, raw: true });
  expect(await codeOf(opened({}, raw))).toBe('MODEL_SHAPE_WRONG');
  expect(await codeOf(opened({ features: [{ name: 'tomorrow', mean: 0, sd: 1 }] }))).toBe(
    'FEATURE_UNKNOWN',
  );
});

test.each([
  ['another version', { card: 2 }],
  ['an unknown key', { extra: 1 }],
  ['a deviation of zero', { features: [{ name: 'ret_1', mean: 0, sd: 0 }] }],
  ['a hash that is none', { sha256: 'abc' }],
  ['a horizon of nothing', { horizonMs: 0 }],
])('a card with %s is none', async (_, changes) => {
  const bytes = tinyOnnx(TINY);
  expect(await codeOf(opened({}, bytes, { ...cardOf(bytes), ...changes }))).toBe('CARD_INVALID');
});
