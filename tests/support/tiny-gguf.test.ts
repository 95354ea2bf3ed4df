/** The tests' own model is the same file on every machine, so that what it says may be written down. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tinyAdapter, tinyGguf } from './tiny-gguf.ts';

const hashOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

test('a seed gives one file', async () => {
  expect(await tinyGguf()).toBe(await tinyGguf({ seed: 1, ends: 'sometimes' }));
  expect(hashOf(await tinyGguf())).toMatchInlineSnapshot(
    `"4d06fd2ff1929ffb360f2fc1c23052f9231e4a6d3cffe9a669efc6f4dba6b0c6"`,
  );
  expect(hashOf(await tinyAdapter())).toMatchInlineSnapshot(
    `"0c84a151b59342f6e1d6c85f139013fcfd205807b586e031cd0e63c499f06fe4"`,
  );
});

test('another seed, or another way to end, gives another', async () => {
  const files = [await tinyGguf(), await tinyGguf({ seed: 2 }), await tinyGguf({ ends: 'never' })];
  expect(new Set(files.map(hashOf)).size).toBe(3);
});
