/** Lines of a recorded Binance websocket, `<receive time in ns> <json>`, decoded into the few messages that matter. */
import { MarketDataError } from '../contract.ts';
import { decimalOf } from './decimal.ts';

export type Change = Readonly<{ price: bigint; qty: bigint }>;

export type L2Message =
  | Readonly<{
      kind: 'diff';
      eventAt: number;
      first: number;
      last: number;
      /** The last id of the diff before; only futures say it. */
      previous: number | null;
      bids: readonly Change[];
      asks: readonly Change[];
    }>
  | Readonly<{
      kind: 'snapshot';
      last: number;
      bids: readonly Change[];
      asks: readonly Change[];
    }>
  | Readonly<{ kind: 'trade'; eventAt: number; price: bigint; qty: bigint; taker: 'buy' | 'sell' }>;

export type L2Line = Readonly<{ row: number; receivedAt: number; message: L2Message }>;

/** Null for a message that is of no use here (the best quote comes from the book itself). */
export function readL2Line(line: string, row: number): L2Line | null {
  const match = /^(\d{16,19}) (\{.*\})$/.exec(line);
  if (match === null) throw bad('LINE_INVALID', row, 'not a time and a JSON object');
  const receivedAt = Number((match[1] ?? '').slice(0, -6));
  let outer: Fields;
  try {
    outer = JSON.parse(match[2] ?? '') as Fields;
  } catch (cause) {
    throw new MarketDataError('LINE_INVALID', 'not JSON', { row, cause });
  }
  const message = messageOf(outer, row);
  return message === null ? null : { row, receivedAt, message };
}

type Fields = Readonly<Record<string, unknown>>;

function messageOf(outer: Fields, row: number): L2Message | null {
  if ('lastUpdateId' in outer)
    return {
      kind: 'snapshot',
      last: id(outer['lastUpdateId'], row),
      bids: changes(outer['bids'], row),
      asks: changes(outer['asks'], row),
    };
  const stream = outer['stream'];
  const data = outer['data'];
  if (typeof stream !== 'string' || typeof data !== 'object' || data === null)
    throw bad('LINE_INVALID', row, 'neither a snapshot nor a message of a stream');
  const fields = data as Fields;
  if (stream.includes('@depth'))
    return {
      kind: 'diff',
      eventAt: id(fields['E'], row),
      first: id(fields['U'], row),
      last: id(fields['u'], row),
      previous: fields['pu'] === undefined ? null : id(fields['pu'], row),
      bids: changes(fields['b'], row),
      asks: changes(fields['a'], row),
    };
  if (!stream.endsWith('@trade')) return null;
  const price = amount(fields['p'], row);
  const qty = amount(fields['q'], row);
  // Futures report settlements of the insurance fund as trades of nothing.
  if (price === 0n || qty === 0n) return null;
  return {
    kind: 'trade',
    eventAt: id(fields['E'], row),
    price,
    qty,
    taker: fields['m'] === true ? 'sell' : 'buy',
  };
}

function changes(value: unknown, row: number): readonly Change[] {
  if (!Array.isArray(value)) throw bad('LINE_INVALID', row, 'a side of the book is no list');
  return value.map((pair: unknown) => {
    if (!Array.isArray(pair)) throw bad('LINE_INVALID', row, 'a level is no pair');
    return { price: amount(pair[0], row), qty: amount(pair[1], row) };
  });
}

function amount(value: unknown, row: number): bigint {
  const found = typeof value === 'string' ? decimalOf(value) : null;
  if (found === null || found < 0n)
    throw bad('NUMBER_INVALID', row, 'a price or size is no decimal');
  return found;
}

function id(value: unknown, row: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw bad('NUMBER_INVALID', row, 'an id or a time is no whole number');
}

const bad = (code: string, row: number, message: string): MarketDataError =>
  new MarketDataError(code, message, { row });
