/** News files: every item waits until a reader could have had it, and damage is refused by code and row. */
import { describe, expect, it } from 'vitest';
import { DAY_MS, type SpanMs, type TimeMs } from '#firewall';
import { MarketDataError } from '../../../market/contract.ts';
import { eventLine, readEventLine } from '../../../market/event-codec.ts';
import {
  loadNews,
  readNews,
  replayNews,
  type NewsFileOptions,
} from '../../../market/replay/news-files.ts';
import { dataSet } from '../data-sets.ts';
import * as s from '../samples.ts';

const options: NewsFileOptions = {
  source: 'file',
  delayMs: 5_000 as SpanMs,
  symbolsOf: (subject) => (subject === 'bitcoin' ? [s.BTC] : []),
};
const line = (published_utc: unknown, more: object = {}): string =>
  JSON.stringify({ published_utc, title: 'A title', ...more });
const NOON = '2022-05-09T12:00:00Z';
const noon = Date.UTC(2022, 4, 9, 12);

describe('news', () => {
  it('is available after its delay, and a date without a time only when the day is over', () => {
    const text = [
      line('2022-05-09T00:00:00Z'),
      line(NOON, { subject: 'bitcoin', source: 'S', text: 'Lead' }),
    ].join('\n');
    const { items } = readNews(text, options);
    expect(items).toMatchObject([
      {
        publishedAt: noon - DAY_MS / 2,
        availableAt: noon + DAY_MS / 2,
        source: 'file',
        body: '',
        symbols: [],
      },
      { publishedAt: noon, availableAt: noon + 5_000, source: 'S', body: 'Lead', symbols: [s.BTC] },
    ]);
    const given = replayNews(items).advance((noon + DAY_MS) as TimeMs);
    expect(given.map((event) => event.at)).toEqual([noon + 5_000, noon + DAY_MS / 2]);
  });

  it('leaves out what has no title or was there before, and says which rows', () => {
    const text = [
      line(NOON),
      line(NOON),
      line(NOON, { title: null }),
      line(NOON, { title: ' ' }),
    ].join('\n');
    expect(readNews(text, options)).toMatchObject({ items: [{}], untitled: [3, 4], repeated: [2] });
  });

  it('repairs text that could not be hashed or sent', () => {
    const { items } = readNews(
      line(NOON, { title: 'broken \ud800 pair', description: 'x'.repeat(30_000) }),
      options,
    );
    const [item] = items;
    if (item === undefined) throw new Error('one item');
    expect(item.headline).toBe('broken \ufffd pair');
    const event = { kind: 'news', at: item.availableAt, item } as const;
    expect(readEventLine(eventLine(event))).toEqual({ ok: true, value: event });
  });

  it.each([
    ['LINE_INVALID', 2, `${line(NOON)}\n{`],
    ['LINE_INVALID', 1, '[]'],
    ['LINE_INVALID', 1, 'null'],
    ['TIME_INVALID', 1, line('2022-05-09')],
    ['TIME_INVALID', 1, line('2022-13-09T12:00:00Z')],
    ['TIME_INVALID', 1, line(7)],
    ['TIME_UNSORTED', 2, `${line(NOON)}\n${line('2022-05-09T11:59:59Z')}`],
  ])('%s at row %s', (code, row, text) => {
    const read = (): unknown => readNews(text, options);
    expect(read).toThrow(MarketDataError);
    expect(read).toThrow(expect.objectContaining({ code, row }));
  });
});

const crypto = dataSet('news-crypto-2021-2022/cryptonews.jsonl.gz');
const cnbc = dataSet('news-cnbc-2020-covid/cnbc_headlines.jsonl.gz');

describe('the data sets', () => {
  it.skipIf(crypto === null)('crypto news: 7,524 rows, 28 without a title', () => {
    const { items, untitled, repeated } = loadNews(crypto ?? '', options);
    expect([items.length, untitled.length, repeated.length]).toEqual([7_494, 28, 2]);
    expect(items.some((item) => item.symbols.includes(s.BTC))).toBe(true);
  });

  it.skipIf(cnbc === null)('business news: 453 rows', () => {
    expect(loadNews(cnbc ?? '', options).items).toHaveLength(453);
  });
});
