/** The arithmetic of models and machines, against sizes that are published, and at the edges of what fits. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  fitIn,
  MODEL_CLASSES,
  MODEL_SHAPES,
  modelNeed,
  QUANTISATIONS,
  sizingTable,
  type ModelShape,
} from '../../agents/sizing.ts';

const GIB = 2 ** 30;
const shapeOf = (name: string): ModelShape => {
  const found = MODEL_SHAPES.find((shape) => shape.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const llama8 = shapeOf('Llama 3.1 8B');

/** Files of Llama 3.1 8B as llama.cpp publishes them. */
test.each([
  ['Q4_K_M', 4.58],
  ['Q5_K_M', 5.33],
  ['Q8_0', 7.95],
  ['F16', 14.96],
] as const)('%s of an 8B model is a file of %f GiB', (quantisation, gib) => {
  expect(modelNeed(llama8, quantisation, 0).weightsBytes / GIB).toBeCloseTo(gib, 1);
});

test('the cache of an 8B model is 128 KiB a token', () => {
  expect(modelNeed(llama8, 'Q8_0', 1).cacheBytes).toBe(131_072);
  expect(modelNeed(llama8, 'Q8_0', 8_192).cacheBytes).toBe(GIB);
});

test('the sum is the sum', () => {
  const need = modelNeed(llama8, 'Q4_K_M', 4_096);
  expect(need.totalBytes).toBe(need.weightsBytes + need.cacheBytes + need.buffersBytes);
});

test('fits to the byte, and not with one less', () => {
  const need = modelNeed(llama8, 'Q4_K_M', 4_096);
  const memoryBytes = need.totalBytes + 2 * GIB;
  expect(fitIn(need, { memoryBytes, gpuBytes: null })?.place).toBe('memory');
  expect(fitIn(need, { memoryBytes: memoryBytes - 1, gpuBytes: null })).toBeNull();
  const gpuBytes = need.totalBytes + GIB / 2;
  expect(fitIn(need, { memoryBytes: 0, gpuBytes })?.place).toBe('gpu');
  expect(fitIn(need, { memoryBytes, gpuBytes: gpuBytes - 1 })?.place).toBe('memory');
});

test.each([
  ['Llama 3.2 1B', 'Q4_K_M', null, 'fast'],
  ['Llama 3.2 3B', 'Q4_K_M', null, 'usable'],
  ['Llama 3.1 8B', 'Q4_K_M', null, 'slow'],
  ['Qwen 2.5 32B', 'Q4_K_M', null, 'too slow'],
  ['Llama 3.1 8B', 'Q4_K_M', 12 * GIB, 'fast'],
  ['Qwen 2.5 32B', 'Q4_K_M', 24 * GIB, 'usable'],
] as const)('%s in %s with a GPU of %s bytes is %s', (name, quantisation, gpuBytes, speed) => {
  const need = modelNeed(shapeOf(name), quantisation, 4_096);
  expect(fitIn(need, { memoryBytes: 64 * GIB, gpuBytes })?.speed).toBe(speed);
});

test('the table has every class in every quantisation', () => {
  const rows = sizingTable({ memoryBytes: 16 * GIB, gpuBytes: null }, 4_096);
  expect(rows).toHaveLength(MODEL_SHAPES.length * QUANTISATIONS.length);
  expect(new Set(rows.map(({ shape }) => shape.class))).toEqual(new Set(MODEL_CLASSES));
  expect(
    rows
      .filter(({ fit }) => fit !== null)
      .map(({ shape, quantisation }) => `${shape.name} ${quantisation}`),
  ).toMatchInlineSnapshot(`
    [
      "Llama 3.2 1B Q4_K_M",
      "Llama 3.2 1B Q5_K_M",
      "Llama 3.2 1B Q8_0",
      "Llama 3.2 1B F16",
      "Llama 3.2 3B Q4_K_M",
      "Llama 3.2 3B Q5_K_M",
      "Llama 3.2 3B Q8_0",
      "Llama 3.2 3B F16",
      "Llama 3.1 8B Q4_K_M",
      "Llama 3.1 8B Q5_K_M",
      "Llama 3.1 8B Q8_0",
      "Qwen 2.5 14B Q4_K_M",
      "Qwen 2.5 14B Q5_K_M",
    ]
  `);
});

test('more window or more bits never need less, and more room never fits less', () => {
  const shapes = fc.constantFrom(...MODEL_SHAPES);
  const bytes = fc.integer({ min: 0, max: 128 * GIB });
  fc.assert(
    fc.property(shapes, fc.nat(200_000), fc.nat(200_000), (shape, window, more) => {
      const sizes = QUANTISATIONS.map((kind) => modelNeed(shape, kind, window).totalBytes);
      expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
      expect(modelNeed(shape, 'Q8_0', window + more).totalBytes).toBeGreaterThanOrEqual(
        sizes[2] ?? 0,
      );
    }),
  );
  fc.assert(
    fc.property(shapes, bytes, bytes, (shape, memoryBytes, more) => {
      const need = modelNeed(shape, 'Q4_K_M', 4_096);
      if (fitIn(need, { memoryBytes, gpuBytes: null }) !== null)
        expect(fitIn(need, { memoryBytes: memoryBytes + more, gpuBytes: null })).not.toBeNull();
    }),
  );
});
