/** The recorded book: buffered, dropped and followed by the venue's rule, and refused when a piece is missing. */
import { describe, expect, it } from 'vitest';
import type { TimeMs } from '#firewall';
import { MarketDataError, type MarketEvent } from '../../../market/contract.ts';
import { loadL2, replayL2 } from '../../../market/replay/l2-replay.ts';
import { dataSet } from '../data-sets.ts';
import * as s from '../samples.ts';

const NS = '000000';
const line = (ms: number, body: unknown): string =>
  `${1_700_000_000_000 + ms}${NS} ${JSON.stringify(body)}`;
type Sides = { b?: string[][]; a?: string[][] };
const diff = (
  ms: number,
  [U, u, pu]: readonly [number, number, number?],
  { b = [], a = [] }: Sides = {},
): string =>
  line(ms, {
    stream: 'x@depth',
    data: { E: 1_700_000_000_005 + ms, U, u, ...(pu === undefined ? {} : { pu }), b, a },
  });
const snapshot = (ms: number, lastUpdateId: number): string =>
  line(ms, {
    lastUpdateId,
    bids: [
      ['100', '1'],
      ['99', '2'],
    ],
    asks: [
      ['101', '1'],
      ['102', '2'],
    ],
  });
const trade = (ms: number, p: string, q: string, m: boolean): string =>
  line(ms, { stream: 'x@trade', data: { E: 1_700_000_000_000 + ms, p, q, m } });

const END = 4_000_000_000_000 as TimeMs;
const instrument = s.instrument(s.BTC);
const events = (lines: readonly string[], more = {}): readonly MarketEvent[] =>
  replayL2(lines, { instrument, ...more }).advance(END);
const tops = (lines: readonly string[]) =>
  events(lines).flatMap((event) =>
    event.kind === 'book'
      ? [[event.book.bids[0], event.book.asks[0]].map((level) => Number(level?.price) / 1e8)]
      : [],
  );
const refusal = (lines: readonly string[]): unknown => {
  try {
    events(lines);
  } catch (error) {
    if (error instanceof MarketDataError) return [error.code, error.row];
    throw error;
  }
  return null;
};

describe('spot', () => {
  const begin = [
    diff(0, [1, 5], { b: [['100.5', '9']] }),
    diff(10, [6, 12], { b: [['100.25', '1']] }),
    snapshot(20, 10),
  ];

  it('drops what the snapshot holds, takes the first that spans it, and follows', () => {
    const lines = [
      ...begin,
      diff(200, [13, 13], { b: [['100.25', '0']], a: [['100.75', '3']] }),
      diff(400, [14, 20], { b: [['100.5', '1']], a: [['101', '4']] }),
    ];
    expect(tops(lines)).toEqual([
      [100, 100.75],
      [100.5, 100.75],
    ]);
  });

  it.each([
    ['a hole', 'SEQUENCE_BROKEN', 4, [...begin, diff(200, [14, 15])]],
    ['a repeat', 'SEQUENCE_BROKEN', 4, [...begin, diff(200, [12, 12])]],
    [
      'a snapshot from before the recording',
      'SEQUENCE_BROKEN',
      2,
      [snapshot(0, 3), diff(1, [5, 6])],
    ],
    ['no snapshot', 'SNAPSHOT_MISSING', null, begin.slice(0, 2)],
    ['time that runs back', 'TIME_UNSORTED', 4, [...begin, diff(19, [13, 13])]],
    [
      'a size below zero',
      'NUMBER_INVALID',
      4,
      [...begin, diff(200, [13, 13], { b: [['100', '-1']] })],
    ],
    ['an id that is none', 'NUMBER_INVALID', 4, [...begin, diff(200, [13, 1.5])]],
    ['half a line', 'LINE_INVALID', 4, [...begin, '1700000000200000000 {"stream":']],
    ['half an object', 'LINE_INVALID', 4, [...begin, '1700000000200000000 {"stream":}']],
    ['an unknown message', 'LINE_INVALID', 4, [...begin, line(200, { note: 1 })]],
    [
      'levels that are no pairs',
      'LINE_INVALID',
      4,
      [...begin, line(200, { stream: 'x@depth', data: { E: 1, U: 13, u: 13, b: [7], a: [] } })],
    ],
    [
      'sides that are no lists',
      'LINE_INVALID',
      4,
      [...begin, line(200, { stream: 'x@depth', data: { E: 1, U: 13, u: 13, b: 7, a: [] } })],
    ],
    ['an empty snapshot', 'SNAPSHOT_EMPTY', 1, [line(0, { lastUpdateId: 1, bids: [], asks: [] })]],
  ])('refuses %s', (_, code, row, lines) => {
    expect(refusal(lines)).toEqual([code, row]);
  });

  it('gives trades with the side that took, and none of nothing', () => {
    const prints = events([
      ...begin,
      diff(200, [13, 13]),
      trade(201, '101', '0.5', false),
      trade(202, '100', '0.25', true),
      trade(203, '0', '0', true),
      line(204, { stream: 'x@bookTicker', data: {} }),
    ]).flatMap((event) => (event.kind === 'print' ? [event.print] : []));
    expect(prints).toMatchObject([
      { taker: 'buy', price: s.price(101), qty: 50_000_000n },
      { taker: 'sell', price: s.price(100) },
    ]);
  });

  it('gives books no more often than asked, numbered without a hole', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      diff(100 + index * 30, [13 + index, 13 + index]),
    );
    const books = events([...begin, ...many]).flatMap((event) =>
      event.kind === 'book' ? [event] : [],
    );
    expect(books.map((event) => event.book.sequence)).toEqual(books.map((_, index) => index + 1));
    expect(books.length).toBeLessThan(16);
  });

  it('corrects the clock of a recorder that was behind, when asked', () => {
    const books = (correctClock: boolean) =>
      events([...begin, diff(200, [13, 13])], { correctClock }).flatMap((event) =>
        event.kind === 'book' ? [event.book] : [],
      );
    expect(books(false)[0]).toMatchObject({
      exchangeAt: 1_700_000_000_205,
      receivedAt: 1_700_000_000_200,
    });
    expect(books(true)[0]).toMatchObject({
      exchangeAt: 1_700_000_000_205,
      receivedAt: 1_700_000_000_205,
    });
  });
});

describe('futures', () => {
  const begin = [snapshot(0, 10), diff(10, [8, 9, 7]), diff(200, [9, 12, 8])];

  it('follows the id of the diff before', () => {
    expect(tops([...begin, diff(400, [15, 20, 12], { a: [['100.5', '1']] })])).toEqual([
      [100, 101],
      [100, 101],
      [100, 100.5],
    ]);
    expect(refusal([...begin, diff(400, [13, 20, 11])])).toEqual(['SEQUENCE_BROKEN', 4]);
  });
});

const first = dataSet('l2-binance-2024-08/spot_btcusdt_20240808.gz');
const second = dataSet('l2-binance-2024-08/spot_btcusdt_20240809.gz');

describe('the data set', () => {
  it.skipIf(first === null || second === null)(
    'is rebuilt over midnight, never crossed, and trades happen at its touch',
    () => {
      const feed = loadL2([first ?? '', second ?? ''], { instrument, correctClock: true });
      let touch: readonly [bigint, bigint] | null = null;
      let trades = 0;
      let near = 0;
      for (const event of feed.advance(END)) {
        if (event.kind === 'book') {
          const bid = event.book.bids[0]?.price ?? 0n;
          const ask = event.book.asks[0]?.price ?? 0n;
          expect(bid < ask).toBe(true);
          expect(event.book.receivedAt).toBeGreaterThanOrEqual(event.book.exchangeAt);
          touch = [bid, ask];
        }
        if (event.kind !== 'print' || touch === null) continue;
        trades += 1;
        // Within ten basis points of the last book, which is up to a fifth of a second old.
        const slack = touch[0] / 1_000n;
        if (event.print.price >= touch[0] - slack && event.print.price <= touch[1] + slack)
          near += 1;
      }
      expect(trades).toBeGreaterThan(19_000);
      expect(near / trades).toBeGreaterThan(0.99);
      expect(feed.endsAt).toBeGreaterThan(Date.UTC(2024, 7, 9, 0, 5));
    },
  );

  it.skipIf(second === null)('is refused without its beginning', () => {
    expect(() => loadL2([second ?? ''], { instrument })).toThrow('no snapshot');
  });
});
