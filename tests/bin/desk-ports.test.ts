/** What the running house gives to a desk's tools: nothing from after the moment that is asked about. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Price, SpanMs, TimeMs } from '#firewall';
import { accountReader, midAt, settleOutcomes, standingsOf } from '../../bin/desk-ports.ts';
import { snapshotFiles, standingCodec, type Standing } from '../../bin/snapshots.ts';
import { dataDir } from '../../infra/data-dir.ts';
import { DeskDiary, moveFor } from '../../infra/desk-diary.ts';
import { writeSnapshot } from '../../infra/snapshot-file.ts';
import * as samples from '../market/samples.ts';
import { feedEvents, NOW, position, storeOf } from '../tools/world.ts';
import { standing } from './desk-kit.ts';

const root = mkdtempSync(join(tmpdir(), 'airlock-ports-'));
const dir = dataDir(root);
mkdirSync(dir.run, { recursive: true });
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
const later = (ms: number): TimeMs => (NOW + ms) as TimeMs;
const write = (changes: Partial<Standing>): void =>
  writeSnapshot(snapshotFiles(dir).standing, standingCodec.write(standing(changes)));

describe('the account as of a moment', () => {
  let at = NOW as number;
  const standings = standingsOf(dir, () => at as TimeMs);

  test('is the newest standing that was there then, and null when that is old', () => {
    expect(standings(NOW)).toBeNull();
    at += 200;
    write({ at: later(150), version: 4 });
    expect(standings(later(200))?.version).toBe(4);
    at += 200;
    write({ at: later(350), version: 5 });
    expect(standings(later(400))?.version).toBe(5);
    // A decision that began before goes by what was known when it began.
    expect(standings(later(300))?.version).toBe(4);
    expect(standings(later(149))).toBeNull();
    expect(standings(later(3_350))?.version).toBe(5);
    expect(standings(later(3_351))).toBeNull();
  });
  test('several looks at one moment read the file once', () => {
    at += 50;
    write({ at: later(450), version: 6 });
    expect(standings(later(500))?.version).toBe(5);
    at += 100;
    expect(standings(later(500))?.version).toBe(6);
  });
  test('a clock that was set back makes another past', () => {
    at = NOW + 100;
    write({ at: later(90), version: 1 });
    expect(standings(later(500))?.version).toBe(1);
  });
  test('a desk is told that a position should be left, and not why', () => {
    const held = standing({}, { positions: [position({ leave: true })] });
    const account = accountReader(() => held, diaryIn('leave.db'), storeOf([]));
    expect(account.account(NOW)?.positions).toMatchObject([{ leave: true }]);
    expect(accountReader(() => null, diaryIn('none.db'), storeOf([])).account(NOW)).toBeNull();
  });
});

describe('what became of a decision', () => {
  const HORIZON = 120_000;
  const events = feedEvents(7, later(600_000));
  const heardBy = (asOf: TimeMs) => storeOf(events.filter(({ at }) => at <= asOf));
  const entry = {
    id: 'a',
    desk: 'desk-a',
    at: NOW,
    symbol: samples.PERP,
    action: 'short',
    side: 'sell',
    mid: midAt(heardBy(NOW), samples.PERP, NOW),
    horizonMs: HORIZON as SpanMs,
    transcript: null,
    code: null,
  } as const;
  const moved = (to: Price | null) =>
    entry.mid === null || to === null ? null : moveFor('sell', entry.mid, to);

  test('is how far the market has moved so far, until the horizon is over', () => {
    const [diary, market] = [diaryIn('running.db'), heardBy(later(60_000))];
    diary.write(entry);
    const recent = (asOf: TimeMs) =>
      accountReader(() => null, diary, market).recent('desk-a', asOf, 1)[0]?.outcome;
    expect(recent(NOW)).toBe(0);
    expect(recent(later(60_000))).toBe(moved(midAt(market, samples.PERP, later(60_000))));
    expect(settleOutcomes({ market, diary, memory: null }, later(HORIZON - 1))).toBe(0);
  });
  test('is settled at the horizon by the middle price of then', () => {
    const [diary, market, due] = [diaryIn('prompt.db'), heardBy(later(HORIZON)), later(HORIZON)];
    diary.write(entry);
    expect(settleOutcomes({ market, diary, memory: null }, due)).toBe(1);
    expect(settleOutcomes({ market, diary, memory: null }, due)).toBe(0);
    const row = diary.recent('desk-a', due, 1)[0];
    expect(row?.outcome).toBe(moved(midAt(market, samples.PERP, due)));
  });
  test('is found in the bars by a desk that was away, and left open where there are none', () => {
    const [diary, market, now] = [diaryIn('late.db'), heardBy(later(600_000)), later(600_000)];
    diary.write(entry);
    const bars = market.candles(samples.PERP, 60_000 as SpanMs, now, 100);
    const bar = bars.findLast(({ closeAt }) => closeAt <= NOW + HORIZON);
    expect(settleOutcomes({ market: storeOf([]), diary, memory: null }, now)).toBe(0);
    expect(settleOutcomes({ market, diary, memory: null }, now)).toBe(1);
    expect(diary.recent('desk-a', now, 1)[0]?.outcome).toBe(moved(bar?.close ?? null));
  });
});
