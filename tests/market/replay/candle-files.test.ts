/** Candle files: a clean series comes in whole, and each kind of damage is refused by its code and row. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SpanMs } from '#firewall';
import { MarketDataError, type Candle } from '../../../market/contract.ts';
import type { ImportOptions } from '../../../market/replay/candle-import.ts';
import { loadCandlesCsv, readCandlesCsv } from '../../../market/replay/csv.ts';
import { readCandlesParquet, writeCandlesParquet } from '../../../market/replay/parquet.ts';
import * as s from '../samples.ts';
import { dataSet } from '../data-sets.ts';

const HEADER = 'open_time_ms,open,high,low,close,volume';
const GOOD = ['0,10,12,9,11,5', '60000,11,11.5,10.5,11,0', '120000,11,13,11,12,7'];
const options: ImportOptions = { symbol: s.BTC, timeframeMs: s.MINUTE };
const csv = (rows: readonly string[], header = HEADER): string => [header, ...rows, ''].join('\n');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-candles-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const refusal = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    if (error instanceof MarketDataError) return [error.code, error.row];
    throw error;
  }
  return null;
};

describe('CSV', () => {
  it('reads a clean file', () => {
    const { candles, report } = readCandlesCsv(csv(GOOD), options);
    expect(candles).toHaveLength(3);
    expect(candles[1]).toEqual({
      symbol: s.BTC,
      timeframeMs: 60_000,
      openAt: 60_000,
      closeAt: 120_000,
      open: s.price(11),
      high: 1_150_000_000n,
      low: 1_050_000_000n,
      close: s.price(11),
      volume: 0n,
    });
    expect(report).toEqual({ rows: 3, duplicates: [], gaps: [] });
    expect(readCandlesCsv(csv(GOOD).replaceAll('\n', '\r\n'), options).candles).toEqual(candles);
  });

  it.each([
    ['COLUMNS_WRONG', 1, csv(GOOD, 'time,open,high,low,close,volume')],
    ['COLUMNS_WRONG', 1, csv(GOOD, 'open_time_ms,open,low,high,close,volume')],
    ['COLUMNS_WRONG', 1, ''],
    ['COLUMNS_WRONG', 1, csv(GOOD, 'constructor,open,high,low,close,volume')],
    ['BARS_NONE', null, csv([])],
    ['ROW_WIDTH_WRONG', 3, csv([GOOD[0] ?? '', '60000,11,12'])],
    ['ROW_WIDTH_WRONG', 3, csv([GOOD[0] ?? '', '', GOOD[1] ?? ''])],
    ['TIME_INVALID', 2, csv(['yesterday,10,12,9,11,5'])],
    ['TIME_INVALID', 2, csv(['-1,10,12,9,11,5'])],
    ['NUMBER_INVALID', 3, csv([GOOD[0] ?? '', '60000,NaN,12,9,11,5'])],
    ['NUMBER_INVALID', 2, csv(['0,10,12,9,,5'])],
    ['PRICE_NOT_POSITIVE', 2, csv(['0,10,12,-9,11,5'])],
    ['PRICE_NOT_POSITIVE', 2, csv(['0,10,12,0,11,5'])],
    ['VOLUME_NEGATIVE', 2, csv(['0,10,12,9,11,-5'])],
    ['BAR_CONTRADICTORY', 2, csv(['0,10,10.5,9,11,5'])],
    ['BAR_CONTRADICTORY', 2, csv(['0,10,12,10.5,11,5'])],
    ['TIME_UNSORTED', 4, csv([GOOD[0] ?? '', GOOD[1] ?? '', '0,10,12,9,11,5'])],
    ['TIME_OVERLAPPING', 3, csv([GOOD[0] ?? '', '30000,10,12,9,11,5'])],
    ['BARS_MISSING', 3, csv([GOOD[0] ?? '', GOOD[2] ?? ''])],
  ])('%s at row %s', (code, row, text) => {
    expect(refusal(() => readCandlesCsv(text, options))).toEqual([code, row]);
  });

  it('keeps the second of two equal bars and says so, or refuses both', () => {
    const text = csv([GOOD[0] ?? '', '0,10,12,9,11.5,6', GOOD[1] ?? '']);
    const { candles, report } = readCandlesCsv(text, options);
    expect(candles[0]).toMatchObject({ close: 1_150_000_000n, volume: s.qty(6) });
    expect(candles).toHaveLength(2);
    expect(report).toEqual({ rows: 3, duplicates: [3], gaps: [] });
    expect(refusal(() => readCandlesCsv(text, { ...options, duplicates: 'refuse' }))).toEqual([
      'BAR_DUPLICATE',
      3,
    ]);
  });

  it('reports gaps where they belong to the market', () => {
    const text = csv([GOOD[0] ?? '', '240000,10,12,9,11,5']);
    expect(readCandlesCsv(text, { ...options, gaps: 'report' }).report.gaps).toEqual([
      { row: 3, missing: 3 },
    ]);
  });

  it('reads New York wall time', () => {
    const text = csv(
      ['2015-07-02T09:00,10,12,9,11,5'],
      'open_time_new_york,open,high,low,close,volume',
    );
    const { candles } = readCandlesCsv(text, { ...options, timeframeMs: 3_600_000 as SpanMs });
    expect(candles[0]?.openAt).toBe(Date.UTC(2015, 6, 2, 13));
  });

  it('reads compressed files and refuses cut, missing and foreign ones', () => {
    const path = (name: string) => join(folder, name);
    const packed = gzipSync(csv(GOOD));
    writeFileSync(path('good.csv.gz'), packed);
    writeFileSync(path('cut.csv.gz'), packed.subarray(0, packed.length - 12));
    writeFileSync(path('latin.csv'), Buffer.from([0x6f, 0xff, 0xfe]));
    expect(loadCandlesCsv(path('good.csv.gz'), options).candles).toHaveLength(3);
    expect(refusal(() => loadCandlesCsv(path('cut.csv.gz'), options))).toEqual([
      'GZIP_DAMAGED',
      null,
    ]);
    expect(refusal(() => loadCandlesCsv(path('none.csv'), options))).toEqual([
      'FILE_UNREADABLE',
      null,
    ]);
    expect(refusal(() => loadCandlesCsv(path('latin.csv'), options))).toEqual([
      'TEXT_INVALID',
      null,
    ]);
  });
});

describe('Parquet', () => {
  const candles = readCandlesCsv(csv(GOOD), options).candles;
  const codeOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error: unknown) => (error instanceof MarketDataError ? error.code : 'other'),
    );

  it('gives back exactly what was written, and leaves no part behind', async () => {
    const path = join(folder, 'round.parquet');
    writeCandlesParquet(path, candles);
    expect((await readCandlesParquet(path)).candles).toEqual(candles);
    expect(readdirSync(folder)).not.toContain('round.parquet.part');
  });

  it('refuses to write what it could not read again', () => {
    const path = join(folder, 'never.parquet');
    const other: Candle = { ...s.candle(s.at(0), 1), symbol: 'ETH/USDT' };
    const huge: Candle = { ...s.candle(s.at(0), 1), volume: (2n ** 63n) as Candle['volume'] };
    expect(refusal(() => writeCandlesParquet(path, []))).toEqual(['BARS_NONE', null]);
    expect(refusal(() => writeCandlesParquet(path, [s.candle(s.at(0), 1), other]))).toEqual([
      'SERIES_MIXED',
      2,
    ]);
    expect(refusal(() => writeCandlesParquet(path, [huge]))).toEqual(['NUMBER_TOO_LARGE', 1]);
    expect(readdirSync(folder)).not.toContain('never.parquet');
  });

  it('refuses damage, foreign files and bars with a hole', async () => {
    const path = join(folder, 'bad.parquet');
    writeFileSync(path, 'PAR1 nothing PAR1');
    expect(await codeOf(readCandlesParquet(path))).toBe('PARQUET_DAMAGED');
    writeCandlesParquet(
      path,
      candles.filter((_, index) => index !== 1),
    );
    expect(await codeOf(readCandlesParquet(path))).toBe('BARS_MISSING');
    expect((await readCandlesParquet(path, { gaps: 'report' })).candles).toHaveLength(2);
    expect(await codeOf(readCandlesParquet(join(folder, 'none.parquet')))).toBe('FILE_UNREADABLE');
  });
});

const HOUR = 3_600_000 as SpanMs;
const ada = dataSet('ohlcv-binance-perp-1h-2020-2024/ADAUSDT_1h.csv.gz');
const btc = dataSet('ohlcv-btcusdt-1m-2021-02-week/BTCUSDT_1m_2021-02-19_1week.csv.gz');
const apple = dataSet('ohlcv-us-equities-1998-2021/AAPL_hour.csv.gz');
const spy = dataSet('ohlcv-us-equities-1998-2021/SPY_daily.csv.gz');

describe('the data sets', () => {
  it.skipIf(ada === null)('hourly perpetuals: 169 half-finished bars are replaced', () => {
    const symbol = 'ADA/USDT:USDT';
    const { candles, report } = loadCandlesCsv(ada ?? '', { symbol, timeframeMs: HOUR });
    expect([candles.length, report.rows, report.duplicates.length]).toEqual([35_197, 35_366, 169]);
  });

  it.skipIf(btc === null)('a week of minutes', () => {
    const { candles } = loadCandlesCsv(btc ?? '', options);
    expect([candles.length, candles[0]?.openAt]).toEqual([10_080, Date.UTC(2021, 1, 19)]);
  });

  it.skipIf(apple === null || spy === null)(
    'equities in New York time open at the right hour all year',
    () => {
      const rules = { symbol: 'AAPL/USD', timeframeMs: HOUR, gaps: 'report' } as const;
      const { candles } = loadCandlesCsv(apple ?? '', rules);
      const hours = new Set(candles.map((candle) => new Date(candle.openAt).getUTCHours()));
      expect([...hours].toSorted((one, other) => one - other)).toEqual([
        13, 14, 15, 16, 17, 18, 19, 20,
      ]);
      const days = loadCandlesCsv(spy ?? '', { ...rules, timeframeMs: (24 * HOUR) as SpanMs });
      expect(days.candles.length).toBe(5_849);
    },
  );
});
