/** Transcripts under their hashes: found again word for word, and never in another's place. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import fc from 'fast-check';
import { canonicalText, hashText, type Hash, type Json } from '#firewall';
import { openTranscripts, TranscriptError } from '../../infra/transcripts.ts';

const root = mkdtempSync(join(tmpdir(), 'airlock-transcripts-'));
afterAll(() => rmSync(root, { recursive: true }));
const NOBODY = '0'.repeat(64) as Hash;

test('whatever is put in comes out under the hash of its canonical text', () => {
  const store = openTranscripts(join(root, 'any'));
  fc.assert(
    fc.property(fc.jsonValue(), fc.boolean(), (value, passing) => {
      const json = JSON.parse(JSON.stringify(value)) as Json;
      const hash = passing ? store.putPassing(json) : store.put(json);
      expect(hash).toBe(hashText(canonicalText(json)));
      expect(canonicalText(store.get(hash))).toBe(canonicalText(json));
    }),
    { numRuns: 30 },
  );
});

test('what is not there is null', () => {
  expect(openTranscripts(join(root, 'none')).get(NOBODY)).toBeNull();
});

test('one changed letter is an error, not an answer', () => {
  const dir = join(root, 'tampered');
  const store = openTranscripts(dir);
  const hash = store.put({ why: 'EXIT_STOP' });
  const file = join(dir, hash.slice(0, 2), `${hash}.json`);
  writeFileSync(file, readFileSync(file, 'utf8').replace('STOP', 'FLIP'));
  expect(() => store.get(hash)).toThrow(TranscriptError);
});

test('a second store finds what the first wrote; half a file from a crash is in nobody’s way', () => {
  const dir = join(root, 'again');
  const hash = openTranscripts(dir).put({ a: 1 });
  writeFileSync(join(dir, hash.slice(0, 2), `${hash}.json.next`), '{"a"');
  const later = openTranscripts(dir);
  expect(later.get(hash)).toEqual({ a: 1 });
  expect(later.put({ a: 1 })).toBe(hash);
});

test('of those that propose nothing only the latest stay, over restarts too', () => {
  const dir = join(root, 'passing');
  const first = openTranscripts(dir, 3);
  const hashes = [1, 2, 3, 4].map((each) => first.putPassing({ each }));
  expect(hashes.map((hash) => first.get(hash) !== null)).toEqual([false, true, true, true]);
  openTranscripts(dir, 3).putPassing({ each: 5 });
  expect(readdirSync(join(dir, 'passing'))).toHaveLength(3);
});
