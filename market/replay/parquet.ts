/** Candles in Parquet files: exact integers in hundred-millionths, with symbol and length in the file's own metadata. */
import { renameSync, writeFileSync } from 'node:fs';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { SpanMs } from '#firewall';
import { MarketDataError, type Candle } from '../contract.ts';
import { CandleImport, type ImportedCandles, type ImportOptions } from './candle-import.ts';
import { readBytes } from './files.ts';

const VALUES = ['open', 'high', 'low', 'close', 'volume'] as const;
type ValueName = (typeof VALUES)[number];
const TIME = 'open_time_ms';
/** Says the unit in the name, since a reader of the file does not see this comment. */
const column = (name: ValueName): string => `${name}_e8`;
const INT64_MAX = 2n ** 63n - 1n;

/** One symbol and one length of bar a file; written beside and moved into place, so that no half file is ever seen. */
export function writeCandlesParquet(path: string, candles: readonly Candle[]): void {
  const first = candles[0];
  if (first === undefined) throw new MarketDataError('BARS_NONE', 'there is nothing to write');
  for (const [index, candle] of candles.entries())
    if (candle.symbol !== first.symbol || candle.timeframeMs !== first.timeframeMs)
      throw new MarketDataError('SERIES_MIXED', 'two series in one file', { row: index + 1 });
    else if (VALUES.some((name) => candle[name] > INT64_MAX))
      throw new MarketDataError('NUMBER_TOO_LARGE', 'a value needs over 64 bits', {
        row: index + 1,
      });
  const buffer = parquetWriteBuffer({
    columnData: [
      {
        name: TIME,
        data: candles.map((candle) => BigInt(candle.openAt)),
        type: 'INT64',
        nullable: false,
      },
      ...VALUES.map((name) => ({
        name: column(name),
        data: candles.map((candle): bigint => candle[name]),
        type: 'INT64' as const,
        nullable: false,
      })),
    ],
    kvMetadata: [
      { key: 'symbol', value: first.symbol },
      { key: 'timeframe_ms', value: String(first.timeframeMs) },
    ],
  });
  const beside = `${path}.part`;
  writeFileSync(beside, new Uint8Array(buffer));
  renameSync(beside, path);
}

export async function readCandlesParquet(
  path: string,
  rules: Pick<ImportOptions, 'duplicates' | 'gaps'> = {},
): Promise<ImportedCandles> {
  const bytes = readBytes(path);
  const { rows, symbol, timeframeMs } = await parsed(bytes.buffer, path);
  const candles = new CandleImport({ ...rules, symbol, timeframeMs });
  for (const [index, row] of rows.entries()) {
    const time = row[TIME];
    candles.add({
      row: index + 1,
      openAt: typeof time === 'bigint' ? Number(time) : null,
      open: valueOf(row, 'open'),
      high: valueOf(row, 'high'),
      low: valueOf(row, 'low'),
      close: valueOf(row, 'close'),
      volume: valueOf(row, 'volume'),
    });
  }
  return candles.finish();
}

type Parsed = Readonly<{
  rows: readonly Readonly<Record<string, unknown>>[];
  symbol: string;
  timeframeMs: SpanMs;
}>;

async function parsed(file: ArrayBuffer, path: string): Promise<Parsed> {
  try {
    const metadata = parquetMetadata(file);
    const notes = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]));
    const names = new Set(metadata.schema.map((element) => element.name));
    const symbol = notes.get('symbol') ?? '';
    const timeframeMs = Number(notes.get('timeframe_ms'));
    const whole = [TIME, ...VALUES.map(column)].every((name) => names.has(name));
    if (!whole || symbol === '' || !Number.isSafeInteger(timeframeMs) || timeframeMs <= 0)
      throw new MarketDataError('COLUMNS_WRONG', `${path} is not a file of candles of this house`);
    const rows: readonly Readonly<Record<string, unknown>>[] = await parquetReadObjects({ file });
    return { rows, symbol, timeframeMs: timeframeMs as SpanMs };
  } catch (cause) {
    if (cause instanceof MarketDataError) throw cause;
    throw new MarketDataError('PARQUET_DAMAGED', `${path} is no whole Parquet file`, { cause });
  }
}

function valueOf(row: Readonly<Record<string, unknown>>, name: ValueName): bigint | null {
  const value = row[column(name)];
  return typeof value === 'bigint' ? value : null;
}
