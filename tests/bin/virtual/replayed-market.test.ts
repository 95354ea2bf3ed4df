/** Recorded markets: where they begin, what is assumed, and what is refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { SpanMs, TimeMs } from '#firewall';
import { BARS_BEFORE, replayedMarket, spanOf } from '../../../bin/virtual/replayed-market.ts';

const MINUTE = 60_000 as SpanMs;
const START = Date.UTC(2026, 0, 5) as TimeMs;
const SYMBOL = 'BTC/USDT:USDT';
const dir = mkdtempSync(join(tmpdir(), 'airlock-replay-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function csv(bars: number): string {
  const file = join(dir, `bars-${bars}.csv`);
  const rows = Array.from({ length: bars }, (_, index) => {
    const price = 60_000 + (index % 17);
    return `${START + index * MINUTE},${price},${price + 5},${price - 5},${price + 1},12.5`;
  });
  writeFileSync(file, ['open_time_ms,open,high,low,close,volume', ...rows].join('\n'));
  return file;
}

const source = (bars: string) => ({
  symbol: SYMBOL,
  bars,
  timeframeMs: MINUTE,
  news: null,
  from: null,
});

describe('a replayed market', () => {
  test('begins at a close with enough bars behind it', async () => {
    const { feed, startAt, endsAt } = await replayedMarket(source(csv(200)));
    expect(startAt).toBe(START + BARS_BEFORE * MINUTE);
    expect(endsAt).toBe(START + 200 * MINUTE);
    const before = feed.advance(startAt);
    expect(before.filter(({ kind }) => kind === 'candle')).toHaveLength(BARS_BEFORE);
    expect(before.filter(({ kind }) => kind === 'funding').length).toBeGreaterThan(0);
    expect(before.every(({ at }) => at <= startAt)).toBe(true);
  });

  test('begins where it is asked to, and never in the middle of a bar', async () => {
    const from = (START + 150.5 * MINUTE) as TimeMs;
    const { startAt } = await replayedMarket({ ...source(csv(200)), from });
    expect(startAt).toBe(START + 151 * MINUTE);
  });

  test('gives news of its own coin and of the whole market, once it could have been read', async () => {
    const news = join(dir, 'news.jsonl');
    const item = (title: string, subject: string | null) =>
      JSON.stringify({ published_utc: '2026-01-05T02:10:00Z', title, source: 'wire', subject });
    writeFileSync(news, [item('coin up', 'bitcoin'), item('other up', 'altcoin')].join('\n'));
    const { feed } = await replayedMarket({ ...source(csv(200)), news });
    const items = feed
      .advance((START + 200 * MINUTE) as TimeMs)
      .flatMap((event) =>
        event.kind === 'news' ? [[event.item.headline, event.item.symbols, event.at]] : [],
      );
    const at = Date.UTC(2026, 0, 5, 2, 11);
    expect(items).toEqual([
      ['coin up', [SYMBOL], at],
      ['other up', [], at],
    ]);
  });

  test.each([
    ['too few bars', () => source(csv(BARS_BEFORE)), 'BARS_TOO_FEW'],
    ['no file', () => source(join(dir, 'none.csv')), 'FILE_UNREADABLE'],
    [
      'a time behind the end',
      () => ({ ...source(csv(200)), from: (START + 1e9) as TimeMs }),
      'TIME_BEYOND_DATA',
    ],
  ])('refuses %s', async (_what, from, code) => {
    await expect(replayedMarket(from())).rejects.toMatchObject({ code });
  });
});

test.each([
  ['1m', 60_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
  ['0m', null],
  ['1s', null],
  ['m', null],
  ['', null],
])('%j is a span of %s', (text, span) => {
  expect(spanOf(text)).toBe(span);
});
