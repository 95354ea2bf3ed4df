/** Taking: the walk, what stays taken, time in force, funds, and the traders among themselves. */
import { describe, expect, it } from 'vitest';
import {
  at,
  BOOK,
  book,
  engine,
  expectBalanced,
  fillsOf,
  money,
  order,
  OPTIONS,
  PERP,
  price,
  qty,
  reportsOf,
  SPOT,
  traded,
} from './fixtures.ts';

const P = PERP.symbol;

describe('the walk', () => {
  it('takes level by level up to the limit and rests with what is left', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    expect(
      fillsOf(ex.submit(order({ clientId: 'a', qty: qty(20), limitPrice: price('100.2') }), at(1))),
    ).toEqual([]);
    expect(traded(ex.book(P, BOOK, at(2)))).toEqual([
      [price('100.1'), qty(5)],
      [price('100.2'), qty(10)],
    ]);
    expect(ex.order('main', 'a')).toMatchObject({ state: 'resting', filled: qty(15) });
    expectBalanced(ex);
  });

  it('leaves alone what lies beyond the limit', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ qty: qty(20), limitPrice: price('100.1') }), at(1));
    expect(traded(ex.book(P, BOOK, at(2)))).toEqual([[price('100.1'), qty(5)]]);
  });

  it('sells into the bids', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ side: 'sell', qty: qty(6), limitPrice: price('99.8') }), at(1));
    expect(traded(ex.book(P, BOOK, at(2)))).toEqual([
      [price('99.9'), qty(5)],
      [price('99.8'), qty(1)],
    ]);
  });
});

describe('the consumption ledger', () => {
  const take = (ex: ReturnType<typeof engine>, ms: number, next = BOOK) => {
    ex.submit(order({ tif: 'ioc', qty: qty(3), limitPrice: price('100.2') }), at(ms));
    return traded(ex.book(P, next, at(ms + 1)));
  };
  it('what we took stays taken while the level shows the same', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    expect(take(ex, 1)).toEqual([[price('100.1'), qty(3)]]);
    expect(take(ex, 2)).toEqual([
      [price('100.1'), qty(2)],
      [price('100.2'), qty(1)],
    ]);
    expect(take(ex, 3)).toEqual([[price('100.2'), qty(3)]]);
    expect(ex.visible(P)?.asks).toEqual([{ price: price('100.2'), qty: qty(6) }]);
  });
  it('what is new at a level can be taken', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    take(ex, 1);
    expect(take(ex, 2, book([['99.9', 5]], [['100.1', 6]]))).toEqual([[price('100.1'), qty(3)]]);
    expect(take(ex, 3, book([['99.9', 5]], [['100.1', 6]]))).toEqual([]);
  });
  it('a level that went away and came back is all new', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    take(ex, 1);
    ex.book(P, book([['99.9', 5]], [['100.3', 1]]), at(3));
    expect(take(ex, 4)).toEqual([[price('100.1'), qty(3)]]);
  });
  it('a level that shrank below what we took has nothing left, and what it then gains is new', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    take(ex, 1);
    const asks = (size: number) => book([['99.9', 5]], [['100.1', size]]);
    expect(take(ex, 2, asks(2))).toEqual([]);
    expect(take(ex, 3, asks(3))).toEqual([[price('100.1'), qty(1)]]);
  });
});

describe('time in force', () => {
  it.each([
    ['ioc', 'IOC_REMAINDER', 5],
    ['fok', 'FOK_NOT_FILLED', 0],
  ] as const)('%s gives back what it cannot take', (tif, reason, filled) => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ clientId: 'a', tif, qty: qty(6), limitPrice: price('100.1') }), at(1));
    ex.book(P, BOOK, at(2));
    expect(ex.order('main', 'a')).toMatchObject({
      state: 'cancelled',
      reason,
      filled: qty(filled),
    });
  });
  it('fok takes all when all is there', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(
      order({ clientId: 'a', tif: 'fok', qty: qty(15), limitPrice: price('100.2') }),
      at(1),
    );
    ex.book(P, BOOK, at(2));
    expect(ex.order('main', 'a')).toMatchObject({ state: 'filled', filled: qty(15) });
  });
  it('ioc that would have rested is given back whole', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ clientId: 'a', tif: 'ioc' }), at(1));
    ex.book(P, BOOK, at(2));
    expect(ex.order('main', 'a')).toMatchObject({ state: 'cancelled', reason: 'IOC_REMAINDER' });
  });
  it('gtd ends at its moment and not before', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ clientId: 'a', tif: 'gtd', expiresAt: at(50) }), at(1));
    expect(ex.advance(at(49))).toEqual([]);
    expect(ex.dueAt()).toBe(50);
    expect(reportsOf(ex.advance(at(50)))).toMatchObject([{ state: 'expired', reason: 'EXPIRED' }]);
  });
  it('a market order gives back what the book does not have', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ clientId: 'a', type: 'market', qty: qty(16), limitPrice: null }), at(1));
    ex.book(P, BOOK, at(2));
    expect(ex.order('main', 'a')).toMatchObject({
      state: 'cancelled',
      reason: 'BOOK_EXHAUSTED',
      filled: qty(15),
    });
  });
});

describe('post-only', () => {
  it('is refused where it would take', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    expect(
      reportsOf(ex.submit(order({ postOnly: true, limitPrice: price('100.1') }), at(1))).at(-1),
    ).toMatchObject({ state: 'rejected', reason: 'POST_ONLY_WOULD_CROSS' });
  });
  it('rests one tick before that, and is a maker when the market comes', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ clientId: 'a', postOnly: true, limitPrice: price(100) }), at(1));
    const [fill] = fillsOf(ex.book(P, book([['99.7', 1]], [['99.9', 9]]), at(2)));
    expect(fill).toMatchObject({ liquidity: 'maker', price: price(100), qty: qty(1) });
  });
});

describe('reduce-only', () => {
  const holding = () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ type: 'market', qty: qty(2), limitPrice: null }), at(1));
    ex.book(P, BOOK, at(2));
    return ex;
  };
  const exit = (size: number, side: 'buy' | 'sell' = 'sell') =>
    order({ clientId: 'x', side, qty: qty(size), limitPrice: price('99.9'), reduceOnly: true });
  it('is refused where it would enlarge or flip, or where nothing is held', () => {
    for (const bad of [exit(3), exit(1, 'buy')])
      expect(reportsOf(holding().submit(bad, at(3)))).toMatchObject([
        { reason: 'REDUCE_ONLY_WOULD_INCREASE' },
      ]);
    const flat = engine();
    flat.book(P, BOOK, at(1));
    expect(reportsOf(flat.submit(exit(1), at(3)))).toMatchObject([
      { reason: 'REDUCE_ONLY_WOULD_INCREASE' },
    ]);
  });
  it('closes the whole position', () => {
    const ex = holding();
    ex.submit(exit(2), at(3));
    ex.book(P, BOOK, at(4));
    expect(ex.account('main')?.positions).toEqual([]);
    expectBalanced(ex);
  });
  it('never goes past flat, even when two race', () => {
    const ex = holding();
    ex.submit(exit(2), at(3));
    ex.submit({ ...exit(2), clientId: 'y' }, at(3));
    ex.book(P, BOOK, at(4));
    expect(ex.account('main')?.positions).toEqual([]);
    expect(ex.order('main', 'y')).toMatchObject({
      state: 'cancelled',
      reason: 'REDUCE_ONLY_NOTHING_LEFT',
    });
  });
});

describe('traders among themselves', () => {
  const free = { ...PERP, tick: price('0.01') };
  it('meet by price, then by time, before the outside market', () => {
    const ex = engine({ instruments: [free, SPOT] });
    ex.book(P, BOOK, at(1));
    for (const [clientId, limit] of [
      ['first', '100'],
      ['second', '100'],
      ['best', '99.95'],
    ] as const)
      ex.submit(order({ clientId, side: 'sell', limitPrice: price(limit) }), at(1));
    ex.submit(order({ account: 'other', qty: qty(4), limitPrice: price('100.1') }), at(1));
    const fills = fillsOf(ex.book(P, BOOK, at(2)));
    expect(fills.filter((fill) => fill.account === 'main').map((fill) => fill.clientId)).toEqual([
      'best',
      'first',
      'second',
    ]);
    expect(fills.filter((fill) => fill.account === 'other').map((fill) => fill.price)).toEqual(
      ['99.95', '100', '100', '100.1'].map(price),
    );
    expect(fills.filter((fill) => fill.liquidity === 'maker')).toHaveLength(3);
    expectBalanced(ex);
  });
  it('wait behind the outside quantity that was there before them', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ clientId: 'm', side: 'sell', limitPrice: price('100.1') }), at(1));
    ex.submit(order({ account: 'other', qty: qty(5), limitPrice: price('100.1') }), at(1));
    expect(fillsOf(ex.book(P, BOOK, at(2))).every((fill) => fill.account === 'other')).toBe(true);
    ex.submit(order({ account: 'other', limitPrice: price('100.1') }), at(2));
    expect(fillsOf(ex.book(P, BOOK, at(3))).map((fill) => fill.clientId)).toContain('m');
  });
  it('are met in one walk between those before and those behind', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ clientId: 'm', side: 'sell', limitPrice: price('100.1') }), at(1));
    const more = book([['99.9', 5]], [['100.1', 9]]);
    ex.book(P, more, at(2));
    ex.submit(
      order({
        clientId: 't',
        account: 'other',
        qty: qty(8),
        tif: 'ioc',
        limitPrice: price('100.1'),
      }),
      at(2),
    );
    const fills = fillsOf(ex.book(P, more, at(3)));
    // Five stood there before it, one is its own, two came after it.
    expect(fills.map((fill) => [fill.clientId, fill.qty])).toEqual([
      ['t', qty(5)],
      ['m', qty(1)],
      ['t', qty(1)],
      ['t', qty(2)],
    ]);
  });
  it('never trade with themselves: the newcomer is given back', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ side: 'sell', limitPrice: price(100) }), at(1));
    ex.submit(order({ clientId: 'b', limitPrice: price('100.1') }), at(1));
    ex.book(P, BOOK, at(2));
    expect(ex.order('main', 'b')).toMatchObject({
      state: 'cancelled',
      reason: 'SELF_TRADE_PREVENTED',
    });
  });
});

describe('funds', () => {
  const S = SPOT.symbol;
  it('a spot buy that cash and fee do not cover is refused; one lot less is not', () => {
    const ex = engine();
    ex.book(S, BOOK, at(1));
    const buy = (size: string) =>
      reportsOf(ex.submit(order({ symbol: S, qty: qty(size), limitPrice: price(100) }), at(1)))[0];
    // 100,000 / (100 × 1.0005) = 999.50025
    expect(buy('999.501')).toMatchObject({ state: 'rejected', reason: 'INSUFFICIENT_FUNDS' });
    expect(buy('999.5')).toMatchObject({ state: 'resting' });
    expect(buy('0.06')).toMatchObject({ reason: 'INSUFFICIENT_FUNDS' });
  });
  it('a spot sell needs what it sells', () => {
    const ex = engine();
    ex.book(S, BOOK, at(1));
    const sell = order({ symbol: S, side: 'sell' });
    expect(reportsOf(ex.submit(sell, at(1)))).toMatchObject([{ reason: 'INSUFFICIENT_FUNDS' }]);
  });
  it('a market buy never spends more than there is, wherever the next book is', () => {
    const ex = engine();
    ex.book(S, book([['99.9', 500]], [['100', 500]]), at(1));
    ex.submit(
      order({ symbol: S, clientId: 'a', type: 'market', qty: qty(400), limitPrice: null }),
      at(1),
    );
    ex.book(S, book([['999', 500]], [['1000', 500]]), at(2));
    expect(ex.order('main', 'a')).toMatchObject({
      state: 'cancelled',
      reason: 'INSUFFICIENT_FUNDS',
      filled: qty('99.95'),
    });
    expect(ex.account('main')?.cash).toBeGreaterThanOrEqual(0n);
    expectBalanced(ex);
  });
  it('a walk through several levels spends one budget', () => {
    const ex = engine();
    ex.book(S, book([['99.9', 500]], [['100', 500]]), at(1));
    ex.submit(order({ symbol: S, clientId: 'a', type: 'market', qty: qty(400) }), at(1));
    // 50 at 1000 and their fee leave 49,975, which pay for 45.409 at 1100.55.
    const dear = book(
      [['999', 500]],
      [
        ['1000', 50],
        ['1100', 500],
      ],
    );
    expect(traded(ex.book(S, dear, at(2)))).toEqual([
      [price(1000), qty(50)],
      [price(1100), qty('45.409')],
    ]);
    expect(ex.account('main')?.cash).toBeGreaterThanOrEqual(0n);
  });
  it('a perp position needs its margin and its fee', () => {
    const ex = engine();
    ex.book(P, book([['99.9', 5]], [['100.1', 5]]), at(1));
    const open = (size: string) =>
      reportsOf(ex.submit(order({ qty: qty(size), limitPrice: price(100) }), at(1)))[0];
    const rich = { ...PERP, qtyMax: qty(1_000_000), positionMax: null };
    expect(open('1001')).toMatchObject({ reason: 'QTY_TOO_LARGE' });
    const big = engine({ instruments: [rich, SPOT] });
    big.book(P, book([['99.9', 5]], [['100.1', 5]]), at(1));
    const want = (size: string) =>
      reportsOf(big.submit(order({ qty: qty(size), limitPrice: price(100) }), at(1)))[0];
    // margin 10 and fee 0.05 a contract: 100,000 / 10.05 = 9,950.248
    expect(want('9950.249')).toMatchObject({ reason: 'INSUFFICIENT_FUNDS' });
    expect(want('9950.248')).toMatchObject({ state: 'resting' });
  });
  it('an open profit is not money yet, an open loss is money gone', () => {
    const margined = (mid: number) => {
      const ex = engine({
        instruments: [{ ...PERP, positionMax: null, qtyMax: qty(20_000) }, SPOT],
      });
      const wide = (middle: number) => book([[middle - 1, 500]], [[middle + 1, 500]]);
      ex.book(P, wide(99), at(1));
      ex.submit(order({ type: 'market', qty: qty(100) }), at(1));
      ex.book(P, wide(99), at(2));
      ex.book(P, wide(mid), at(3));
      // Spot needs its whole price in cash: what is free is what can be bought.
      ex.book(SPOT.symbol, book([['0.9', 1]], [['1.1', 1]]), at(3));
      const buy = (size: number) =>
        reportsOf(
          ex.submit(order({ symbol: SPOT.symbol, qty: qty(size), limitPrice: price(100) }), at(3)),
        )[0]?.state;
      return buy;
    };
    // 100,000 less 5 of fee, less 10 % of 100 × 200 = 97,995: 979.46 at 100.05.
    expect(margined(200)(979.5)).toBe('rejected');
    expect(margined(200)(979.4)).toBe('resting');
    // At 50, 5,000 are lost and 500 are margin: 94,495.
    expect(margined(50)(944.5)).toBe('rejected');
    expect(margined(50)(944.4)).toBe('resting');
  });
  it('what reduces is always affordable', () => {
    const poor = engine();
    poor.book(P, book([['99.9', 2000]], [['100.1', 2000]]), at(1));
    poor.submit(order({ type: 'market', qty: qty(500), limitPrice: null }), at(1));
    poor.book(P, book([['99.9', 2000]], [['100.1', 2000]]), at(2));
    poor.book(P, book([['1', 2000]], [['1.1', 2000]]), at(3));
    poor.deposit('main', money(-60_000), at(3));
    const exit = order({ side: 'sell', qty: qty(500), limitPrice: price(1), reduceOnly: true });
    expect(reportsOf(poor.submit(exit, at(3)))).toMatchObject([{ state: 'resting' }]);
    const enter = order({ side: 'buy', qty: qty(5), limitPrice: price(1) });
    expect(reportsOf(poor.submit(enter, at(3)))).toMatchObject([{ reason: 'INSUFFICIENT_FUNDS' }]);
  });
});

it('refuses instruments that it cannot settle', () => {
  const cases = [
    { instruments: [{ ...PERP, inverse: true }] },
    { instruments: [{ ...PERP, quanto: true }] },
    { instruments: [{ ...PERP, settle: 'BTC' }] },
    { dailyVolume: {} },
    { dailyVolume: { [PERP.symbol]: qty(0) } },
  ];
  for (const over of cases)
    expect(() => engine({ ...OPTIONS, ...over })).toThrow(
      expect.objectContaining({ code: 'INSTRUMENT_UNSUPPORTED' }),
    );
});
