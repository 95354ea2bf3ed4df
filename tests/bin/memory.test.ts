/** The desks' memory by who makes its vectors: code, the model, or code where the model makes none. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChatRuntime } from '../../agents/runtimes/chat-runtime.ts';
import { openLlamaCpp } from '../../agents/runtimes/llama-cpp.ts';
import { RuntimeError } from '../../agents/runtimes/contract.ts';
import { dimensionsOf, openDeskMemory } from '../../bin/memory.ts';
import type { Situation } from '../../tools/contract.ts';
import { vectorOf } from '../../tools/situation-vector.ts';
import { tinyGguf } from '../support/tiny-gguf.ts';

const root = mkdtempSync(join(tmpdir(), 'airlock-memory-'));
let runtime: ChatRuntime;

beforeAll(async () => {
  const options = { concurrency: 1, keepAliveMs: null };
  runtime = await openLlamaCpp({ file: await tinyGguf(), options });
});
afterAll(async () => {
  await runtime.close();
  rmSync(root, { recursive: true });
});

const dirFor = (name: string): Readonly<{ desks: string }> => {
  const desks = join(root, name);
  mkdirSync(desks);
  return { desks };
};
const SITUATION: Situation = {
  id: 'a'.repeat(32),
  desk: 'trend-btc',
  symbol: 'BTC/USDT:USDT',
  availableAt: 1_000 as Situation['availableAt'],
  facts: [{ name: 'indicators.rsi14', value: '61.2', unit: 'ratio' }],
  action: 'long',
  outcome: null,
  outcomeAt: null,
};

test('the code makes the vectors unless the model is asked to', () => {
  const dir = dirFor('code');
  const { memory, embed } = openDeskMemory({
    dir,
    config: { embeddings: 'code' },
    model: { id: 'm@1', dimensions: 64 },
    runtime,
    notice: () => undefined,
  });
  memory?.close();
  expect(embed).toBeNull();
  expect(readdirSync(dir.desks)).toContain('memory.db');
});

test('a situation is found again in the space of the model that placed it', async () => {
  const dir = dirFor('model');
  const dimensions = await dimensionsOf(runtime);
  const { memory, embed } = openDeskMemory({
    dir,
    config: { embeddings: 'model' },
    model: { id: 'm@1', dimensions },
    runtime,
    notice: () => undefined,
  });
  const signal = AbortSignal.timeout(30_000);
  const vector = await vectorOf(SITUATION.facts, embed, signal);
  expect(vector).toHaveLength(dimensions ?? -1);
  memory?.put(SITUATION, vector ?? new Float32Array());
  const again = await vectorOf(SITUATION.facts, embed, signal);
  const asOf = 1_000 as Situation['availableAt'];
  const found = memory?.nearest(again ?? new Float32Array(), { asOf, count: 1, symbol: null });
  memory?.close();
  expect(found).toMatchObject([{ situation: { id: SITUATION.id }, distance: 0 }]);
  // Another model's vectors lie in another file, and the code's in a third.
  expect(readdirSync(dir.desks)).not.toContain('memory.db');
});

test('a model without embeddings is said to be one, and the code makes them', async () => {
  const mute = {
    embed: () => Promise.reject(new RuntimeError('RUNTIME_REFUSED', 'no embeddings here')),
  };
  const notices: string[] = [];
  const { memory, embed } = openDeskMemory({
    dir: dirFor('mute'),
    config: { embeddings: 'model' },
    model: { id: 'm@1', dimensions: await dimensionsOf(mute) },
    runtime: mute,
    notice: (code) => notices.push(code),
  });
  memory?.close();
  expect(embed).toBeNull();
  expect(notices).toEqual(['EMBEDDINGS_AWAY']);
});

test('a memory that cannot be opened is no reason to stop', () => {
  const notices: string[] = [];
  const { memory } = openDeskMemory({
    dir: { desks: join(root, 'nowhere', 'at-all') },
    config: { embeddings: 'code' },
    model: null,
    runtime: null,
    notice: (code) => notices.push(code),
  });
  expect(memory).toBeNull();
  expect(notices).toEqual(['MEMORY_UNREADABLE']);
});
