/** What leading paper venues get wrong, by its number in the list of defects. */
import { SCALE, type Side } from '#firewall';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  at,
  book,
  BOOK,
  engine,
  expectBalanced,
  fillsOf,
  money,
  order,
  PERP,
  price,
  qty,
  SPOT,
} from './fixtures.ts';

const S = SPOT.symbol;
const P = PERP.symbol;

describe('defect 11: a thin book gives free quantity', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
  it('filled is never more than the depth, and the cost is the sum of the levels', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.constantFrom<Side>('buy', 'sell'), (depths, wants, side) => {
        const ex = engine();
        const pair = (index: number, depth: number) =>
          [side === 'buy' ? 101 + index : 99 - index, depth] as const;
        const thin = depths.map((depth, index) => pair(index, depth));
        const shown = side === 'buy' ? book([[50, 1]], thin) : book(thin, [[150, 1]]);
        ex.book(P, shown, at(1));
        const fills = wants.flatMap((want, index) => {
          ex.submit(order({ side, type: 'market', qty: qty(want) }), at(index + 1));
          return fillsOf(ex.book(P, shown, at(index + 2)));
        });
        const filled = fills.reduce((sum, fill) => sum + fill.qty, 0n);
        const depth = depths.reduce((sum, size) => sum + BigInt(size) * SCALE, 0n);
        const wanted = wants.reduce((sum, size) => sum + BigInt(size) * SCALE, 0n);
        expect(filled).toBe(wanted < depth ? wanted : depth);
        // Each level gives what it shows, the better ones first.
        let left = filled;
        let cost = 0n;
        for (const level of side === 'buy' ? shown.asks : shown.bids) {
          const here = left < level.qty ? left : level.qty;
          cost += here * level.price;
          left -= here;
        }
        expect(fills.reduce((sum, fill) => sum + fill.qty * fill.price, 0n)).toBe(cost);
      }),
      { numRuns: 60 },
    );
  });

  it('a spot buy receives exactly what it pays for', () => {
    const ex = engine();
    const thin = book(
      [[99, 1]],
      [
        [100, 1],
        [200, 1],
      ],
    );
    ex.book(S, thin, at(1));
    ex.submit(order({ symbol: S, clientId: 'a', type: 'market', qty: qty(10) }), at(1));
    ex.book(S, thin, at(2));
    expect(ex.order('main', 'a')).toMatchObject({ state: 'cancelled', filled: qty(2) });
    const account = ex.account('main');
    expect(account?.positions).toMatchObject([{ symbol: S, qty: qty(2), entryPrice: price(150) }]);
    // 300 and five basis points of fee.
    expect(account?.cash).toBe(money('99699.85'));
  });
});

describe('defect 13: a sell debits the wrong asset', () => {
  it('a sell takes the base and brings the quote, and the books sum to zero after each step', () => {
    const ex = engine();
    ex.book(S, BOOK, at(1));
    expectBalanced(ex);
    ex.submit(order({ symbol: S, type: 'market', qty: qty(2) }), at(1));
    ex.book(S, BOOK, at(2));
    expectBalanced(ex);
    const before = ex.account('main');
    ex.submit(order({ symbol: S, side: 'sell', type: 'market', qty: qty(2) }), at(2));
    ex.book(S, BOOK, at(3));
    expectBalanced(ex);
    const after = ex.account('main');
    expect(after?.positions).toEqual([]);
    // 2 × 99.9 less five basis points.
    expect((after?.cash ?? 0n) - (before?.cash ?? 0n)).toBe(money('199.7001'));
    expect(ex.house('fees')).toBe(money('0.2') / 2n + money('0.0001') + money('0.0999'));
  });

  it('what one side loses the others have', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ type: 'market', qty: qty(3) }), at(1));
    ex.book(P, BOOK, at(2));
    ex.funding(P, 100, price('100.3'), at(3));
    ex.submit(order({ side: 'sell', type: 'market', qty: qty(3) }), at(3));
    ex.book(P, book([['97.3', 9]], [['97.4', 9]]), at(4));
    const traders = (ex.account('main')?.cash ?? 0n) + (ex.account('other')?.cash ?? 0n);
    const house = (['venue', 'fees', 'funding', 'rounding'] as const).map((name) => ex.house(name));
    expect(traders + house.reduce((sum, cash) => sum + cash, 0n)).toBe(money(200_000));
    expect(ex.account('main')?.cash).toBeLessThan(money(100_000));
    expectBalanced(ex);
  });
});

describe('defect 18: filled on the event that the decision was made from', () => {
  it('nothing fills at submission, however willing the book', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    for (const tif of ['gtc', 'ioc', 'fok'] as const)
      expect(fillsOf(ex.submit(order({ tif, limitPrice: price('100.2') }), at(1)))).toEqual([]);
    expect(fillsOf(ex.submit(order({ type: 'market' }), at(1)))).toEqual([]);
  });
  it('time alone, or a print, does not fill it against the old book either', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ type: 'market' }), at(1));
    expect(ex.advance(at(1_000))).toEqual([]);
    expect(fillsOf(ex.print(P, price('100.1'), qty(50), 'sell', at(1_001)))).toEqual([]);
  });
  it('the next book fills it, at its own prices', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ type: 'market' }), at(1));
    const [fill] = fillsOf(ex.book(P, book([['104.9', 5]], [['105', 5]]), at(2)));
    expect(fill).toMatchObject({ price: price(105), at: 2 });
  });
  it('a book of another symbol is not the next one', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ type: 'market' }), at(1));
    expect(fillsOf(ex.book(S, BOOK, at(2)))).toEqual([]);
  });
});
