/** Candles from CSV files: times in milliseconds (UTC) or in New York wall time, told apart by the header. */
import { MarketDataError } from '../contract.ts';
import { CandleImport, type ImportedCandles, type ImportOptions } from './candle-import.ts';
import { decimalOf } from './decimal.ts';
import { linesOf, readText } from './files.ts';
import { newYorkTime } from './new-york.ts';

const VALUES = 'open,high,low,close,volume';
const WIDTH = 6;

/** How the first column is read, by its name. */
const TIMES: Readonly<Record<string, (text: string) => number | null>> = {
  open_time_ms: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : null),
  open_time_new_york: newYorkTime,
};

export const loadCandlesCsv = (path: string, options: ImportOptions): ImportedCandles =>
  readCandlesCsv(readText(path), options);

export function readCandlesCsv(text: string, options: ImportOptions): ImportedCandles {
  const [header = '', ...rows] = linesOf(text);
  const timeOf = timeReader(header);
  const candles = new CandleImport(options);
  for (const [index, line] of rows.entries()) {
    const row = index + 2;
    const cells = line.split(',');
    if (cells.length !== WIDTH)
      throw new MarketDataError('ROW_WIDTH_WRONG', `${cells.length} cells, not ${WIDTH}`, { row });
    const [time = '', open = '', high = '', low = '', close = '', volume = ''] = cells;
    candles.add({
      row,
      openAt: timeOf(time),
      open: decimalOf(open),
      high: decimalOf(high),
      low: decimalOf(low),
      close: decimalOf(close),
      volume: decimalOf(volume),
    });
  }
  return candles.finish();
}

function timeReader(header: string): (text: string) => number | null {
  const comma = header.indexOf(',');
  const name = header.slice(0, Math.max(0, comma));
  const reader = Object.hasOwn(TIMES, name) ? TIMES[name] : undefined;
  if (reader === undefined || header.slice(comma + 1) !== VALUES)
    throw new MarketDataError(
      'COLUMNS_WRONG',
      `the columns are neither open_time_ms nor open_time_new_york with ${VALUES}`,
      { row: 1 },
    );
  return reader;
}
