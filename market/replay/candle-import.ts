/** Takes rows one by one and gives either a whole clean series with a report, or an error that names the first bad row. */
import type { Price, Qty, SpanMs, TimeMs } from '#firewall';
import { MarketDataError, type Candle } from '../contract.ts';

/** A row as it was read; null where there was no number. */
export type CandleRow = Readonly<{
  row: number;
  openAt: number | null;
  open: bigint | null;
  high: bigint | null;
  low: bigint | null;
  close: bigint | null;
  volume: bigint | null;
}>;

export type ImportOptions = Readonly<{
  symbol: string;
  timeframeMs: SpanMs;
  /** Twice the same bar: the second is the finished one and is kept, or the file is refused. */
  duplicates?: 'keep-second' | 'refuse';
  /** Missing bars: the file is refused, or they are reported (nights and weekends of an exchange). */
  gaps?: 'refuse' | 'report';
}>;

type ImportReport = Readonly<{
  rows: number;
  /** Rows whose bar had been given before, and took its place. */
  duplicates: readonly number[];
  /** The row after each gap, and how many bars are missing before it. */
  gaps: readonly Readonly<{ row: number; missing: number }>[];
}>;

export type ImportedCandles = Readonly<{ candles: readonly Candle[]; report: ImportReport }>;

export class CandleImport {
  readonly #options: ImportOptions;
  readonly #candles: Candle[] = [];
  readonly #duplicates: number[] = [];
  readonly #gaps: { row: number; missing: number }[] = [];
  #rows = 0;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  add(row: CandleRow): void {
    this.#rows += 1;
    const candle = this.#candle(row);
    const before = this.#candles.at(-1);
    if (before !== undefined) {
      if (candle.openAt < before.openAt)
        throw bad('TIME_UNSORTED', row, 'opens before the bar above it');
      if (candle.openAt === before.openAt) {
        this.#repeat(row);
        this.#candles.pop();
      } else this.#follow(row, candle.openAt - before.closeAt);
    }
    this.#candles.push(candle);
  }

  finish(): ImportedCandles {
    if (this.#candles.length === 0)
      throw new MarketDataError('BARS_NONE', 'there is not one bar in the file');
    return {
      candles: this.#candles,
      report: { rows: this.#rows, duplicates: this.#duplicates, gaps: this.#gaps },
    };
  }

  #repeat(row: CandleRow): void {
    if (this.#options.duplicates === 'refuse')
      throw bad('BAR_DUPLICATE', row, 'the same bar as above');
    this.#duplicates.push(row.row);
  }

  #follow(row: CandleRow, distance: number): void {
    if (distance === 0) return;
    const { timeframeMs, gaps } = this.#options;
    if (distance < 0) throw bad('TIME_OVERLAPPING', row, 'opens inside the bar above it');
    if (gaps !== 'report') throw bad('BARS_MISSING', row, `${distance} ms after the bar above it`);
    this.#gaps.push({ row: row.row, missing: Math.round(distance / timeframeMs) });
  }

  #candle(row: CandleRow): Candle {
    const { symbol, timeframeMs } = this.#options;
    const openAt = row.openAt;
    if (openAt === null || !Number.isSafeInteger(openAt) || openAt < 0)
      throw bad('TIME_INVALID', row, 'the opening is no time');
    const { open, high, low, close, volume } = row;
    if (open === null || high === null || low === null || close === null || volume === null)
      throw bad('NUMBER_INVALID', row, 'a price or the volume is no decimal number');
    if (open <= 0n || high <= 0n || low <= 0n || close <= 0n)
      throw bad('PRICE_NOT_POSITIVE', row, 'a price is zero or below');
    if (volume < 0n) throw bad('VOLUME_NEGATIVE', row, 'the volume is below zero');
    if (low > open || low > close || high < open || high < close)
      throw bad('BAR_CONTRADICTORY', row, 'a price lies outside of low and high');
    return {
      symbol,
      timeframeMs,
      openAt: openAt as TimeMs,
      closeAt: (openAt + timeframeMs) as TimeMs,
      open: open as Price,
      high: high as Price,
      low: low as Price,
      close: close as Price,
      volume: volume as Qty,
    };
  }
}

const bad = (code: string, { row }: CandleRow, message: string): MarketDataError =>
  new MarketDataError(code, message, { row });
