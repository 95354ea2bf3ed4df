/** Replays a recorded order book and its trades; files that continue each other are given together. */
import type { Instrument, Price, Qty, SpanMs, TimeMs } from '#firewall';
import { MarketDataError, type MarketEvent } from '../contract.ts';
import { EventReplay, type Replay } from './event-replay.ts';
import { linesOf, readText } from './files.ts';
import { L2Book } from './l2-book.ts';
import { readL2Line, type L2Line } from './l2-lines.ts';

export type L2Options = Readonly<{
  instrument: Instrument;
  /** Least time between two books that are given. */
  bookEveryMs?: SpanMs;
  /** Levels a side. */
  depth?: number;
  /**
   * Moves the recorder's times so that nothing was received before it happened. It looks at the whole
   * recording, which is right for a clock and would be wrong for anything else. Off: times as recorded.
   */
  correctClock?: boolean;
}>;

export const loadL2 = (paths: readonly string[], options: L2Options): Replay =>
  replayL2(
    paths.flatMap((path) => linesOf(readText(path))),
    options,
  );

export function replayL2(lines: readonly string[], options: L2Options): Replay {
  const read: L2Line[] = [];
  for (const [index, line] of lines.entries()) {
    const found = readL2Line(line, index + 1);
    if (found === null) continue;
    if (found.receivedAt < (read.at(-1)?.receivedAt ?? 0))
      throw new MarketDataError('TIME_UNSORTED', 'received before the line above', {
        row: found.row,
      });
    read.push(found);
  }
  return new EventReplay([options.instrument], eventsOf(read, options), 'book');
}

function eventsOf(lines: readonly L2Line[], options: L2Options): readonly MarketEvent[] {
  const { instrument, bookEveryMs = 100, depth = 20, correctClock = false } = options;
  const { symbol } = instrument;
  const shift = correctClock ? lag(lines) : 0;
  const book = new L2Book();
  const events: MarketEvent[] = [];
  let nextAt = -Infinity;
  for (const { row, receivedAt, message } of lines) {
    const at = (receivedAt + shift) as TimeMs;
    if (message.kind === 'trade') {
      const { taker } = message;
      const price = message.price as Price;
      const qty = message.qty as Qty;
      events.push({ kind: 'print', at, print: { symbol, at, price, qty, taker } });
      continue;
    }
    if (message.kind === 'snapshot') {
      book.snapshot(message, row);
      continue;
    }
    if (!book.diff(message, row) || at < nextAt) continue;
    if (nextAt === -Infinity) events.push({ kind: 'status', symbol, at, status: 'trading' });
    // On a grid of time: counted from the last book, a jitter of one millisecond would drop every other one.
    nextAt = (Math.floor(at / bookEveryMs) + 1) * bookEveryMs;
    const seen = book.view(depth, message.eventAt as TimeMs, at);
    events.push({ kind: 'book', symbol, at, book: seen });
  }
  if (nextAt === -Infinity)
    throw new MarketDataError('SNAPSHOT_MISSING', 'no snapshot, so no book can be rebuilt');
  return events;
}

/** How far the recorder's clock was behind the venue's. */
function lag(lines: readonly L2Line[]): number {
  let most = 0;
  for (const { receivedAt, message } of lines)
    if (message.kind !== 'snapshot') most = Math.max(most, message.eventAt - receivedAt);
  return most;
}
