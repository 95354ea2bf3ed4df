/** A tiny price model and its card as files: real ONNX, trained until yesterday, for every symbol. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PriceCard } from '../../infra/price-card.ts';
import { FEATURES } from '../../tools/features.ts';
import { tinyOnnx } from './tiny-onnx.ts';

const DAY_MS = 86_400_000;

/** Writes NAME.onnx and NAME.json; another name is another model. */
export function priceModelFiles(dir: string, name: string): PriceCard {
  const weights = FEATURES.map((_, index) => (index - 3) * 0.3);
  const bytes = tinyOnnx({ weights, bias: name.length / 100 });
  const card: PriceCard = {
    card: 1,
    id: `${name}@1`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    symbols: [],
    timeframeMs: 60_000,
    barsMin: 21,
    horizonMs: 3_600_000,
    trainedUntil: Date.now() - DAY_MS,
    input: 'x',
    output: 'p',
    head: 'probability-up',
    features: FEATURES.map((feature) => ({ name: feature, mean: 0, sd: 1 })),
    deadband: 0,
    moveUp: 2_000,
    moveDown: 3_000,
    interval: 8_000,
    deviationsMax: 6,
  };
  writeFileSync(join(dir, `${name}.onnx`), bytes);
  writeFileSync(join(dir, `${name}.json`), JSON.stringify(card));
  return card;
}
