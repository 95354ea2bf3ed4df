/** A model's file and what is noted about it: hashed right, hashed again when it changed, and never the worse for a lost note. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { digestOf, stampOf } from '../../../agents/runtimes/model-file.ts';
import { note, noted, noteOf } from '../../../agents/runtimes/model-notes.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-notes-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const notes = (): string => join(folder, 'airlock', 'models.json');
const hashed = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

test('a small file is hashed each time, and leaves no note', async () => {
  const file = join(folder, 'a.gguf');
  writeFileSync(file, 'GGUF one');
  expect(await digestOf(file)).toBe(hashed('GGUF one'));
  writeFileSync(file, 'GGUF two');
  expect(await digestOf(file)).toBe(hashed('GGUF two'));
  expect(() => readFileSync(notes())).toThrow('ENOENT');
});

test('a large one is hashed once for as long as it stays the same', async () => {
  const file = join(folder, 'large.gguf');
  writeFileSync(file, '');
  truncateSync(file, 64 << 20);
  const digest = await digestOf(file);
  expect(digest).toBe(hashed(Buffer.alloc(64 << 20)));
  const { text } = await stampOf(file);
  expect(await noteOf(`sha256 ${text}`)).toBe(digest);
  truncateSync(file, (64 << 20) + 1);
  expect(await digestOf(file)).not.toBe(digest);
});

test('a note is made once, and kept with the others', async () => {
  await note('one', '1');
  expect(await noted('two', () => Promise.resolve('2'))).toBe('2');
  expect(await noted('two', () => Promise.reject(new Error('again')))).toBe('2');
  expect([await noteOf('one'), await noteOf('none')]).toEqual(['1', null]);
});

test.each(['not JSON', '[1]', '{"one":1}'])('notes that say %s are as none', async (text) => {
  mkdirSync(join(folder, 'airlock'));
  writeFileSync(notes(), text);
  expect(await noteOf('one')).toBeNull();
  expect(await noted('one', () => Promise.resolve('1'))).toBe('1');
  expect(await noteOf('one')).toBe('1');
});

test('a home that cannot be written is no reason to fail', async () => {
  writeFileSync(join(folder, 'airlock'), 'a file where the folder should be');
  expect(await noted('one', () => Promise.resolve('1'))).toBe('1');
  expect(await noteOf('one')).toBeNull();
});
