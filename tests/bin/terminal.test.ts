/** What reaches a terminal: nothing of it is an order to the terminal, and JSON stays what it is. */
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forTerminal } from '../../bin/terminal.ts';
import { airlock } from './command-line.ts';

test.each([
  ['a line\tof ours\n', 'a line\tof ours\n'],
  ['ümlaut · × … → 日本', 'ümlaut · × … → 日本'],
  ['\u001B[2J', String.raw`\u001b[2J`],
  ['\u009B31m', String.raw`\u009b31m`],
  ['\r', String.raw`\u000d`],
  ['\u202Eevil', String.raw`\u202eevil`],
  ['\u{E0041}', String.raw`\udb40\udc41`],
  ['\uD800', String.raw`\ud800`],
])('%j', (text, shown) => {
  expect(forTerminal(text)).toBe(shown);
});

test('a line of JSON stays the same JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = forTerminal(JSON.stringify({ text }));
      expect(JSON.parse(line)).toEqual({ text });
      // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
      expect(line).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
    }),
  );
});

test('not even a file name can steer it', () => {
  const dir = mkdtempSync(join(tmpdir(), 'airlock-terminal-'));
  const { status, err } = airlock(dir, 'capsule', 'replay', '\u001B]0;owned\u0007.json');
  rmSync(dir, { recursive: true });
  expect(status).toBe(2);
  expect(err).toContain(String.raw`\u001b]0;owned\u0007`);
  expect(err).not.toContain('\u001B');
});
