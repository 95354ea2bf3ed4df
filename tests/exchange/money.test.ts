/** Whose money it is: double entry, cost and profit of positions, funding at its stamps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DoubleEntry, HOUSE } from '../../exchange/double-entry.ts';
import {
  at,
  BOOK,
  book,
  engine,
  expectBalanced,
  money,
  order,
  PERP,
  price,
  qty,
  SPOT,
} from './fixtures.ts';

const P = PERP.symbol;
const WIDE = (mid: number) => book([[mid - 1, 100]], [[mid + 1, 100]]);

describe('double entry', () => {
  it('rounds against the trader and books what lies between', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 20n), 10n ** 20n),
        fc.bigInt(1n, 10n ** 12n),
        (numerator, denominator) => {
          const books = new DoubleEntry();
          const paid = books.settle('X', 'trader:a', HOUSE.venue, { numerator, denominator });
          expect(paid * denominator).toBeGreaterThanOrEqual(numerator);
          expect((paid - 1n) * denominator).toBeLessThan(numerator);
          expect(books.balance('X', 'trader:a')).toBe(-paid);
          expect(books.balance('X', HOUSE.venue) + books.balance('X', HOUSE.rounding)).toBe(paid);
          expect(books.totals()).toEqual([{ asset: 'X', total: 0n }]);
        },
      ),
    );
  });
  it('an account that nobody has moved is empty, and nobody pays himself', () => {
    const books = new DoubleEntry();
    expect(books.balance('X', 'trader:a')).toBe(0n);
    expect(() => books.transfer('X', 'a', 'a', 1n)).toThrow('between two accounts');
  });
});

describe('positions', () => {
  const trade = (
    ex: ReturnType<typeof engine>,
    side: 'buy' | 'sell',
    size: number,
    mid: number,
  ) => {
    ex.book(P, WIDE(mid), at(1));
    ex.submit(order({ side, type: 'market', qty: qty(size) }), at(1));
    ex.book(P, WIDE(mid), at(1));
    expectBalanced(ex);
    return ex.account('main');
  };
  const free = { ...PERP, costs: { ...PERP.costs, maker: 0, taker: 0 } } as typeof PERP;
  const feeless = () => engine({ instruments: [free, SPOT] });

  it('average their entry, realise by share, and flip through zero', () => {
    const ex = feeless();
    expect(trade(ex, 'buy', 2, 99)?.positions).toMatchObject([
      { qty: qty(2), entryPrice: price(100) },
    ]);
    expect(trade(ex, 'buy', 2, 103)?.positions).toMatchObject([
      { qty: qty(4), entryPrice: price(102) },
    ]);
    // One sold at 111 that cost 102.
    expect(trade(ex, 'sell', 1, 112)).toMatchObject({
      cash: money(100_009),
      positions: [{ qty: qty(3), entryPrice: price(102) }],
    });
    // Three at 101, and two more short there.
    expect(trade(ex, 'sell', 5, 102)).toMatchObject({
      cash: money(100_006),
      positions: [{ qty: qty(-2), entryPrice: price(101) }],
    });
    // Bought back at 91.
    expect(trade(ex, 'buy', 2, 90)).toMatchObject({ cash: money(100_026), positions: [] });
  });
  it('an entry price that does not come out even is shown against the holder', () => {
    const ex = feeless();
    trade(ex, 'buy', 1, 99);
    expect(trade(ex, 'buy', 2, 100)?.positions[0]?.entryPrice).toBe(price('100.66666667'));
    const short = feeless();
    trade(short, 'sell', 1, 101);
    expect(trade(short, 'sell', 2, 102)?.positions[0]?.entryPrice).toBe(price('100.66666666'));
  });
  it('come home with the sum of their trades, less what rounding took', () => {
    const trips = fc.array(
      fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 50, max: 150 })),
      { minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(trips, (steps) => {
        const ex = feeless();
        let worth = 0n;
        let held = 0;
        for (const [buys, size, mid] of steps) {
          trade(ex, buys ? 'buy' : 'sell', size, mid);
          worth -= (buys ? 1n : -1n) * money(size * (buys ? mid + 1 : mid - 1));
          held += buys ? size : -size;
        }
        if (held !== 0) {
          trade(ex, held > 0 ? 'sell' : 'buy', Math.abs(held), 100);
          worth += money(held > 0 ? held * 99 : held * 101);
        }
        const account = ex.account('main');
        expect(account?.positions).toEqual([]);
        const lost = money(100_000) + worth - (account?.cash ?? 0n);
        expect(lost).toBeGreaterThanOrEqual(0n);
        expect(lost).toBeLessThanOrEqual(BigInt(steps.length + 1));
        expect(ex.house('rounding')).toBeGreaterThanOrEqual(0n);
      }),
      { numRuns: 60 },
    );
  });
  it('an equity or a coin is owned, not margined: its profit is made when it is sold', () => {
    const ex = engine();
    ex.book(SPOT.symbol, BOOK, at(1));
    ex.submit(order({ symbol: SPOT.symbol, type: 'market', qty: qty(1) }), at(1));
    ex.book(SPOT.symbol, BOOK, at(2));
    expect(ex.account('main')?.cash).toBe(money(100_000) - money('100.1') - money('0.05005'));
  });
});

describe('funding', () => {
  const holding = (side: 'buy' | 'sell') => {
    const ex = engine();
    ex.book(P, WIDE(100), at(1));
    ex.submit(order({ side, type: 'market', qty: qty(2) }), at(1));
    ex.book(P, WIDE(100), at(2));
    return ex;
  };
  const amount = (side: 'buy' | 'sell', ppm: number, mark = '100') => {
    const [event] = holding(side).funding(P, ppm, price(mark), at(10));
    return event?.kind === 'cash' ? event.move : null;
  };
  it('longs pay a positive rate, shorts receive it, and a negative one goes the other way', () => {
    expect(amount('buy', 100)).toMatchObject({
      amount: money('-0.02'),
      kind: 'funding',
      symbol: P,
      account: 'main',
    });
    expect(amount('sell', 100)?.amount).toBe(money('0.02'));
    expect(amount('buy', -100)?.amount).toBe(money('0.02'));
    expect(amount('sell', -100)?.amount).toBe(money('-0.02'));
  });
  it('is rounded against the holder', () => {
    // 2 × 33.33333333 × 0.000001 = 0.0000666666666
    expect(amount('buy', 1, '33.33333333')?.amount).toBe(money('-0.00006667'));
    expect(amount('sell', 1, '33.33333333')?.amount).toBe(money('0.00006666'));
  });
  it('counts once a stamp, only for what pays it, and only for who holds it', () => {
    const ex = holding('buy');
    expect(ex.funding(P, 100, price(100), at(10))).toHaveLength(1);
    expect(ex.funding(P, 100, price(100), at(10))).toEqual([]);
    expect(ex.funding(P, 100, price(100), at(9))).toEqual([]);
    expect(ex.funding(P, 0, price(100), at(11))).toEqual([]);
    expect(ex.funding(SPOT.symbol, 100, price(100), at(12))).toEqual([]);
    expect(ex.funding('X/Y', 100, price(100), at(12))).toEqual([]);
    expect(ex.funding(P, 100, price(100), at(12))).toHaveLength(1);
    expect(ex.house('funding')).toBe(money('0.04'));
    expectBalanced(ex);
  });
});

it('withdrawals are cash that leaves', () => {
  const records: unknown[] = [];
  const ex = engine({ record: (record) => records.push(record) });
  ex.deposit('main', money(-1), at(7));
  expect(ex.account('main')?.cash).toBe(money(99_999));
  expect(records.at(-1)).toMatchObject({
    event: { move: { id: 'C-3', kind: 'withdrawal', amount: money(-1), at: 7 } },
  });
  expect(ex.house('outside')).toBe(money(-199_999));
  expect(() => ex.deposit('main', money(0), at(8))).toThrow('moves something');
});
