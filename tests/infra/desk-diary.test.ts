/** The diary of the desks: what was known when, what is still to be looked up, and nothing for ever. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import type { Ppm, Price, SpanMs, TimeMs } from '#firewall';
import { DeskDiary, moveFor, type DiaryEntry } from '../../infra/desk-diary.ts';

const root = mkdtempSync(join(tmpdir(), 'airlock-diary-'));
const open: DeskDiary[] = [];
afterAll(() => {
  for (const diary of open) diary.close();
  rmSync(root, { recursive: true });
});
const diaryIn = (name: string): DeskDiary => {
  const diary = new DeskDiary(join(root, name));
  open.push(diary);
  return diary;
};
const entry = (id: string, at: number, more: Partial<DiaryEntry> = {}): DiaryEntry => ({
  id,
  desk: 'trend-btc',
  at: at as TimeMs,
  symbol: 'BTC/USDT:USDT',
  action: 'long',
  side: 'buy',
  mid: 100n as Price,
  horizonMs: 1_000 as SpanMs,
  transcript: null,
  code: null,
  ...more,
});

describe('what was known at a moment', () => {
  const diary = diaryIn('moments.db');
  diary.write(entry('a', 10));
  diary.write(entry('b', 20, { desk: 'other' }));
  diary.write(entry('c', 30, { action: 'none', side: null, mid: null, code: 'NO_TRADE' }));
  diary.judged('a', { verdict: 'refused', code: 'QUOTE_STALE', at: 15 as TimeMs });
  diary.settle('a', -300 as Ppm, 1_010 as TimeMs);
  const at = (asOf: number, count = 10) => diary.recent('trend-btc', asOf as TimeMs, count);

  test('nothing is there before it happened', () => {
    expect(at(9)).toEqual([]);
    expect(at(10)).toMatchObject([{ id: 'a', verdict: 'none', code: null, outcome: null }]);
    expect(at(14)).toMatchObject([{ verdict: 'none', code: null }]);
    expect(at(15)).toMatchObject([{ verdict: 'refused', code: 'QUOTE_STALE', outcome: null }]);
    expect(at(1_009)).toMatchObject([{ id: 'c' }, { outcome: null }]);
    expect(at(1_010)).toMatchObject([
      { id: 'c', code: 'NO_TRADE' },
      { id: 'a', outcome: -300 },
    ]);
  });
  test('the newest first, no more than asked for, and only its own', () => {
    expect(at(99, 1).map(({ id }) => id)).toEqual(['c']);
    expect(diary.recent('other', 99 as TimeMs, 9).map(({ id }) => id)).toEqual(['b']);
  });
  test('what is still to be looked up: acts alone, after their horizon, and not for ever', () => {
    const due = (asOf: number) =>
      diary.unsettled(asOf as TimeMs, 5 as SpanMs, 9).map(({ id }) => id);
    expect([1_019, 1_020, 1_025, 1_026].map(due)).toEqual([[], ['b'], ['b'], []]);
  });
});

test('an id is written once: a decision is not decided again', () => {
  const diary = diaryIn('once.db');
  diary.write(entry('a', 10));
  diary.write(entry('a', 20, { action: 'short' }));
  expect(diary.recent('trend-btc', 99 as TimeMs, 9)).toMatchObject([{ at: 10, action: 'long' }]);
});

test('it is still there after a restart', () => {
  diaryIn('again.db').write(entry('a', 10));
  expect(diaryIn('again.db').recent('trend-btc', 99 as TimeMs, 9)).toHaveLength(1);
});

test('another version, another file and a changed row are refused', () => {
  const file = join(root, 'future.db');
  const other = new DatabaseSync(file);
  other.exec('PRAGMA user_version = 9');
  other.close();
  expect(() => new DeskDiary(file)).toThrow(
    expect.objectContaining({ code: 'DIARY_VERSION_UNKNOWN' }),
  );
  writeFileSync(
    join(root, 'text.db'),
    'this is no database, but it is long enough to be read as one',
  );
  expect(() => new DeskDiary(join(root, 'text.db'))).toThrow(
    expect.objectContaining({ code: 'DIARY_UNREADABLE' }),
  );
  const diary = diaryIn('changed.db');
  diary.write(entry('a', 10));
  const hand = new DatabaseSync(join(root, 'changed.db'));
  hand.exec("UPDATE decisions SET mid = 'much'");
  hand.close();
  expect(() => diary.recent('trend-btc', 99 as TimeMs, 9)).toThrow(
    expect.objectContaining({ code: 'DIARY_UNREADABLE' }),
  );
});

test.each([
  ['buy', 100n, 101n, 10_000],
  ['sell', 100n, 101n, -10_000],
  ['sell', 100n, 99n, 10_000],
  ['sell', 100n, 100n, 0],
] as const)('%s from %s to %s is worth %i', (side, from, to, worth) => {
  expect(moveFor(side, from as Price, to as Price)).toBe(worth);
});
