/** Files that a desk only remembers by: damaged ones are set aside with a word, and nothing else is. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openOrSetAside } from '../../bin/set-aside.ts';
import { SqliteSaver } from '../../graphs/sqlite-saver.ts';
import { DeskDiary } from '../../infra/desk-diary.ts';

let dir = '';
let file = '';
let notices: string[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'airlock-aside-'));
  file = join(dir, 'kept.db');
  notices = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

const OPENERS: readonly (readonly [string, (file: string) => { close(): void }])[] = [
  ['the diary', (path) => new DeskDiary(path)],
  ['the checkpoints', (path) => new SqliteSaver(path)],
];

describe.each(OPENERS)('%s', (_, open) => {
  const opened = (): void =>
    openOrSetAside(file, open, (code, message) => notices.push(`${code} ${message}`)).close();

  test('that is whole, or not there yet, is opened as it is', () => {
    opened();
    opened();
    expect(notices).toEqual([]);
    expect(existsSync(`${file}.aside`)).toBe(false);
  });

  test('that is no database is set aside as it was', () => {
    writeFileSync(file, 'a torn page, and no database at all '.repeat(40));
    opened();
    expect(notices).toEqual([expect.stringMatching(/_UNREADABLE .* beside a new one/)]);
    expect(readFileSync(`${file}.aside`, 'utf8')).toMatch(/^a torn page/);
    opened();
    expect(notices).toHaveLength(1);
  });

  test('of another version is set aside', () => {
    opened();
    const other = new DatabaseSync(file);
    other.exec('PRAGMA user_version = 99');
    other.close();
    opened();
    expect(notices).toEqual([expect.stringMatching(/VERSION/)]);
  });

  test('that cannot be made is a failure, and moves nothing', () => {
    file = join(dir, 'no-such-folder', 'kept.db');
    expect(opened).toThrow();
    expect(notices).toEqual([]);
  });
});
