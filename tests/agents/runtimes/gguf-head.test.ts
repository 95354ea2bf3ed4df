/** The head of a model's file: whole ones pass, cut and garbled ones are refused at once, whatever lengths they claim. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RuntimeError } from '../../../agents/runtimes/contract.ts';
import { checkHead } from '../../../agents/runtimes/gguf-head.ts';
import { ggufFile, type Meta } from '../../support/gguf-file.ts';
import { tinyAdapter, tinyGguf } from '../../support/tiny-gguf.ts';

const folder = mkdtempSync(join(tmpdir(), 'airlock-head-'));
afterAll(() => rmSync(folder, { recursive: true }));
let tiny = Buffer.alloc(0);
beforeAll(async () => {
  tiny = readFileSync(await tinyGguf());
});

async function said(bytes: Buffer): Promise<string> {
  const file = join(folder, 'a.gguf');
  writeFileSync(file, bytes);
  const handle = await open(file);
  try {
    await checkHead(handle, 'a.gguf');
    return 'whole';
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'MODEL_NOT_FIT') throw error;
    return error.message.replace('a.gguf is not a whole GGUF file: ', '');
  } finally {
    await handle.close();
  }
}

const tensor = { name: 'w', sizes: [2, 2], values: Float32Array.of(1, 2, 3, 4) };
/** Puts a number of eight bytes over what is there. */
function lied(bytes: Buffer, at: number, length: bigint): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeBigUInt64LE(length, at);
  return changed;
}

describe('whole', () => {
  test('are the tiny model, its adapter, and one without anything', async () => {
    expect(await said(tiny)).toBe('whole');
    expect(await said(readFileSync(await tinyAdapter()))).toBe('whole');
    expect(await said(ggufFile({}, []))).toBe('whole');
  });

  test('is a head that is longer than the first look', async () => {
    const words = Array.from({ length: 300_000 }, (_, at) => `word-${at}`);
    const metadata: Record<string, Meta> = {
      words: { type: 'strings', value: words },
      numbers: { type: 'i32s', value: words.map((_, at) => at) },
      flag: { type: 'bool', value: true },
    };
    const bytes = ggufFile(metadata, [tensor]);
    expect(await said(bytes)).toBe('whole');
    expect(await said(bytes.subarray(0, 3_000_000))).toBe('it ends too soon');
  });
});

describe('damaged', () => {
  const text: Record<string, Meta> = { key: { type: 'string', value: 'abc' } };
  const bytes = ggufFile(text, [tensor]);

  test.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'it ends too soon'],
    ['another format', Buffer.from('PK\x03\x04 something else'), 'it does not begin as one'],
    ['a version to come', Buffer.from('GGUF\x04\0\0\0', 'latin1'), 'version 4'],
    ['more tensors than bytes', lied(bytes, 8, 1n << 40n), 'a length of 1099511627776'],
    ['more entries than bytes', lied(bytes, 16, 1n << 60n), `a length of ${1n << 60n}`],
    ['a key longer than the file', lied(bytes, 24, 999_999n), 'a length of 999999'],
    ['a key as long as the file', lied(bytes, 24, BigInt(bytes.length)), 'it ends too soon'],
    ['no weights', bytes.subarray(0, 90), 'it ends too soon'],
  ])('is %s', async (_, damaged, why) => {
    expect(await said(damaged)).toBe(why);
  });

  test('is a type that nobody knows', async () => {
    const changed = Buffer.from(bytes);
    changed.writeUInt32LE(13, 24 + 8 + 3);
    expect(await said(changed)).toBe('type 13');
  });

  test('are weights beyond the end', async () => {
    const two = ggufFile(text, [tensor, { ...tensor, name: 'v' }]);
    expect(await said(two.subarray(0, two.length - 40))).toBe('some of its weights are missing');
  });

  test('is never worse than a refusal, wherever bytes are wrong', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 26_000 }),
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        async (at, wrong) => {
          const changed = Buffer.from(tiny.subarray(0, 40_000));
          changed.set(wrong, at);
          expect(await said(changed)).toMatch(/./);
        },
      ),
      { numRuns: 150 },
    );
  });
});
