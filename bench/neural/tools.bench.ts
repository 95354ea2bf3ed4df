/** What evidence costs: the whole plan, a look into the memory, and a forecast, beside the libraries alone. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { getLoadablePath } from 'sqlite-vec';
import type { Ppm, SpanMs, TimeMs } from '#firewall';
import { openOnnxPriceModel } from '../../infra/onnx-price-model.ts';
import { openVectorMemory } from '../../infra/vector-memory.ts';
import { FEATURES, featuresOf } from '../../tools/features.ts';
import { gatherEvidence } from '../../tools/plan.ts';
import { situationCodec } from '../../tools/situation-codec.ts';
import { CODE_VECTORS } from '../../tools/situation-vector.ts';
import { tinyOnnx } from '../../tests/support/tiny-onnx.ts';
import { trendModel } from '../../tests/support/trend-model.ts';
import { NOW, scopeOf } from '../../tests/tools/world.ts';
import { wavyCandles } from '../../tests/tools/wavy-candles.ts';
import type { Bench, Figure } from '../contract.ts';
import { atMost, median, percentile, sideBySide, timeEach } from '../measure.ts';

const NS_PER_MS = 1e6;
const SITUATIONS = 10_000;
const NEAREST = 20;
const SYMBOL = 'BTC/USDT:USDT';
const { dimensions } = CODE_VECTORS;

/** Numbers that only look random, so that every run asks the same. */
const vectorOf = (seed: number): Float32Array =>
  Float32Array.from({ length: dimensions }, (_, index) => Math.sin(seed * 7.3 + index * 1.9));
const bytesOf = (vector: Float32Array): Uint8Array => new Uint8Array(vector.buffer);

async function plan(): Promise<readonly Figure[]> {
  const memory = openVectorMemory({ file: ':memory:', maker: CODE_VECTORS, codec: situationCodec });
  const scope = scopeOf({ memory, forecast: trendModel(300_000 as SpanMs) });
  const times = await timeEach({ rounds: 200 }, () => gatherEvidence(scope, { timeoutMs: 10_000 }));
  memory.close();
  return [
    atMost({ name: 'whole plan, p50', value: median(times) / NS_PER_MS, unit: 'ms' }),
    atMost({ name: 'whole plan, p95', value: percentile(times, 0.95) / NS_PER_MS, unit: 'ms' }),
  ];
}

async function recall(): Promise<readonly Figure[]> {
  const own = openVectorMemory({ file: ':memory:', maker: CODE_VECTORS, codec: situationCodec });
  const bare = new DatabaseSync(':memory:', { allowExtension: true });
  bare.loadExtension(getLoadablePath());
  bare.exec(`create virtual table vectors using vec0(embedding float[${dimensions}])`);
  const insert = bare.prepare('insert into vectors (rowid, embedding) values (?, ?)');
  for (let index = 1; index <= SITUATIONS; index += 1) {
    const vector = vectorOf(index);
    insert.run(BigInt(index), bytesOf(vector));
    own.put(
      {
        id: `s${index}`,
        desk: 'one',
        symbol: SYMBOL,
        availableAt: 0 as TimeMs,
        facts: [],
        action: 'long',
        outcome: 100 as Ppm,
        outcomeAt: 0 as TimeMs,
      },
      vector,
    );
  }
  const near = bare.prepare(
    'select rowid, distance from vectors where embedding match ? and k = ? order by distance',
  );
  const times = await sideBySide(
    { rounds: 100 },
    (round) => own.nearest(vectorOf(round + 0.5), { asOf: NOW, count: NEAREST, symbol: SYMBOL }),
    (round) => near.all(bytesOf(vectorOf(round + 0.5)), BigInt(NEAREST)),
  );
  own.close();
  bare.close();
  return [
    atMost({
      name: `nearest ${NEAREST} of ${SITUATIONS.toLocaleString('en')}, p50`,
      value: times.subject / NS_PER_MS,
      unit: 'ms',
      floor: times.floor / NS_PER_MS,
    }),
  ];
}

async function forecast(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-model-'));
  const bytes = tinyOnnx({ weights: FEATURES.map(() => 0.1), bias: 0 });
  const card = {
    card: 1,
    id: 'tiny@1',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    symbols: [],
    timeframeMs: 60_000,
    barsMin: 21,
    horizonMs: 3_600_000,
    trainedUntil: 0,
    input: 'x',
    output: 'p',
    head: 'probability-up',
    features: FEATURES.map((name) => ({ name, mean: 0, sd: 1 })),
    deadband: 0,
    moveUp: 1_000,
    moveDown: 1_000,
    interval: 5_000,
    deviationsMax: 6,
  };
  const [modelFile, cardFile] = [join(folder, 'a.onnx'), join(folder, 'a.json')];
  writeFileSync(modelFile, bytes);
  writeFileSync(cardFile, JSON.stringify(card));
  const features = { names: FEATURES, of: featuresOf };
  const model = await openOnnxPriceModel({ modelFile, cardFile, features });
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const bars = wavyCandles({ symbol: SYMBOL, count: 30, timeframeMs: 60_000 as SpanMs });
  const now = bars.at(-1)?.closeAt ?? NOW;
  const { signal } = new AbortController();
  const inputs = Float32Array.from(FEATURES, (_, index) => index / 10);
  const times = await sideBySide(
    { rounds: 300 },
    () => model.forecast(SYMBOL, bars, now, signal),
    () => session.run({ x: new Tensor('float32', inputs, [1, inputs.length]) }),
  );
  await model.close();
  await session.release();
  rmSync(folder, { recursive: true });
  return [
    atMost({
      name: 'forecast with features, p50',
      value: times.subject / NS_PER_MS,
      unit: 'ms',
      floor: times.floor / NS_PER_MS,
    }),
  ];
}

export const benchmarks: readonly Bench[] = [
  { name: 'evidence', unit: 'ms', run: plan },
  { name: 'memory', unit: 'ms', run: recall },
  { name: 'price model', unit: 'ms', run: forecast },
];
