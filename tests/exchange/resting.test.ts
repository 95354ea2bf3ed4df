/** Waiting: the place in the queue, what prints give, the market crossing, fees by liquidity, latency, cancels. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExchangeOptions } from '../../exchange/core.ts';
import {
  at,
  BOOK,
  book,
  engine,
  expectBalanced,
  fillsOf,
  money,
  order,
  PERP,
  price,
  qty,
  reportsOf,
  traded,
} from './fixtures.ts';

const P = PERP.symbol;
const latency = (entryMs: number, cancelMs: number, jitterMs = 0) =>
  ({ latency: { entryMs, cancelMs, jitterMs } }) as Pick<ExchangeOptions, 'latency'>;

/** A buy of 2 at the best bid, where 5 stand before it. */
function queued(over: Partial<ExchangeOptions> = {}) {
  const ex = engine(over);
  ex.book(P, BOOK, at(1));
  ex.submit(order({ clientId: 'a', qty: qty(2), limitPrice: price('99.9') }), at(1));
  return ex;
}
const sold = (ex: ReturnType<typeof engine>, size: number, ms: number, limit = '99.9') =>
  traded(ex.print(P, price(limit), qty(size), 'sell', at(ms))).map(([, got]) => got);
const bids = (size: number) =>
  book(
    [
      ['99.9', size],
      ['99.8', 9],
    ],
    [['100.1', 5]],
  );

describe('the queue', () => {
  it('prints at our price go to those before us first', () => {
    const ex = queued();
    expect(sold(ex, 3, 2)).toEqual([]);
    expect(sold(ex, 3, 3)).toEqual([qty(1)]);
    expect(sold(ex, 3, 4)).toEqual([qty(1)]);
    expect(sold(ex, 3, 5)).toEqual([]);
  });
  it('a print beyond our price has passed through us', () => {
    expect(sold(queued(), 3, 2, '99.8')).toEqual([qty(2)]);
    expect(sold(queued(), 1, 2, '99.8')).toEqual([qty(1)]);
  });
  it('prints of buyers, and prints above a bid, are not ours', () => {
    const ex = queued();
    expect(ex.print(P, price('99.9'), qty(100), 'buy', at(2))).toEqual([]);
    expect(sold(ex, 100, 3, '100')).toEqual([]);
  });
  it('risk-averse: who cancels stood behind us, until the level is smaller than our queue', () => {
    const ex = queued();
    ex.book(P, bids(9), at(2));
    ex.book(P, bids(5), at(3));
    expect(sold(ex, 5, 4)).toEqual([]);
    const other = queued();
    other.book(P, bids(2), at(2));
    expect(sold(other, 4, 3)).toEqual([qty(2)]);
  });
  it('power: who cancels is drawn by place, and front and back share by their powers', () => {
    const ex = queued({ queue: { kind: 'power', exponent: 2 } });
    ex.book(P, bids(10), at(2));
    // 5 before and 5 behind: of 4 cancelled, 2 stood before us.
    ex.book(P, bids(6), at(3));
    expect(sold(ex, 4, 4)).toEqual([qty(1)]);
  });
  it('power: what traded was not cancelled', () => {
    const ex = queued({ queue: { kind: 'power', exponent: 2 } });
    ex.book(P, bids(10), at(2));
    sold(ex, 4, 3);
    ex.book(P, bids(6), at(4));
    expect(sold(ex, 2, 5)).toEqual([qty(1)]);
  });
  it('inside the spread nobody is before us', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ qty: qty(2), limitPrice: price(100) }), at(1));
    expect(sold(ex, 1, 2, '100')).toEqual([qty(1)]);
  });
  it('beyond the visible book we know of no queue, and only a print through us fills', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ qty: qty(2), limitPrice: price('99.5') }), at(1));
    expect(sold(ex, 50, 2, '99.5')).toEqual([]);
    ex.book(
      P,
      book(
        [
          ['99.6', 1],
          ['99.5', 3],
        ],
        [['100.1', 5]],
      ),
      at(3),
    );
    expect(sold(ex, 4, 4, '99.5')).toEqual([qty(1)]);
    expect(sold(ex, 4, 5, '99.4')).toEqual([qty(1)]);
  });
  it('two of ours at one price: first come, first served', () => {
    const ex = queued();
    ex.submit(
      order({ clientId: 'b', account: 'other', qty: qty(2), limitPrice: price('99.9') }),
      at(2),
    );
    const fills = fillsOf(ex.print(P, price('99.9'), qty(8), 'sell', at(3)));
    expect(fills.map((fill) => [fill.clientId, fill.qty])).toEqual([
      ['a', qty(2)],
      ['b', qty(1)],
    ]);
  });
  it('a better price of ours eats a print before the level does', () => {
    const ex = queued();
    ex.submit(order({ clientId: 'b', qty: qty(2), limitPrice: price(100) }), at(2));
    const fills = fillsOf(ex.print(P, price('99.9'), qty(8), 'sell', at(3)));
    expect(fills.map((fill) => [fill.clientId, fill.qty])).toEqual([
      ['b', qty(2)],
      ['a', qty(1)],
    ]);
  });
  it('a print never gives more than it has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 95, max: 99 })), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 94, max: 100 })), {
          maxLength: 8,
        }),
        (orders, prints) => {
          const ex = engine();
          ex.book(P, BOOK, at(1));
          for (const [size, limit] of orders)
            ex.submit(order({ qty: qty(size), limitPrice: price(limit) }), at(1));
          prints.forEach(([size, limit], index) => {
            const fills = fillsOf(ex.print(P, price(limit), qty(size), 'sell', at(index + 2)));
            expect(fills.reduce((sum, fill) => sum + fill.qty, 0n)).toBeLessThanOrEqual(qty(size));
            for (const fill of fills) expect(fill.price).toBeGreaterThanOrEqual(price(limit));
          });
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('the market crosses us', () => {
  it('at our price: filled there, as far as it has quantity, once', () => {
    const ex = queued();
    const crossed = book([['99.7', 1]], [['99.9', 1]]);
    expect(traded(ex.book(P, crossed, at(2)))).toEqual([[price('99.9'), qty(1)]]);
    expect(traded(ex.book(P, crossed, at(3)))).toEqual([]);
    expect(ex.order('main', 'a')).toMatchObject({ state: 'resting', filled: qty(1) });
  });
  it('one tick above it: not', () => {
    expect(queued().book(P, book([['99.8', 1]], [['100', 9]]), at(2))).toEqual([]);
  });
  it('sells are crossed by bids', () => {
    const ex = engine();
    ex.book(P, BOOK, at(1));
    ex.submit(order({ side: 'sell', limitPrice: price('100.1') }), at(1));
    const [fill] = fillsOf(ex.book(P, book([['100.4', 3]], [['100.5', 1]]), at(2)));
    expect(fill).toMatchObject({ price: price('100.1'), liquidity: 'maker' });
  });
});

describe('fees', () => {
  it('makers and takers pay their own, rounded up', () => {
    const costs = { ...PERP.costs, taker: 333 as typeof PERP.costs.taker };
    const ex = queued({ instruments: [{ ...PERP, costs }] });
    const [maker] = fillsOf(ex.print(P, price('99.8'), qty(9), 'sell', at(2)));
    // 2 × 99.9 × 0.0002
    expect(maker).toMatchObject({ liquidity: 'maker', fee: money('0.03996') });
    ex.submit(order({ type: 'market', qty: qty('0.051') }), at(2));
    const [taker] = fillsOf(ex.book(P, BOOK, at(3)));
    // 0.051 × 100.1 × 0.000333 = 0.0016999983
    expect(taker).toMatchObject({ liquidity: 'taker', fee: money('0.0017') });
    expect(ex.house('fees')).toBe(money('0.04166'));
    expectBalanced(ex);
  });
  it('a rebate is paid, rounded down', () => {
    const costs = { ...PERP.costs, maker: -33 as typeof PERP.costs.maker };
    const ex = queued({ instruments: [{ ...PERP, costs }], dailyVolume: { [P]: qty(1) } });
    const [fill] = fillsOf(ex.print(P, price('99.8'), qty(9), 'sell', at(2)));
    expect(fill?.fee).toBe(money('-0.0065934'));
    expectBalanced(ex);
  });
});

describe('latency', () => {
  it('an order takes on the first book after it has arrived', () => {
    const ex = engine(latency(10, 5));
    ex.book(P, BOOK, at(0));
    ex.submit(order({ type: 'market' }), at(1));
    expect(fillsOf(ex.book(P, BOOK, at(10)))).toEqual([]);
    expect(ex.dueAt()).toBe(11);
    expect(fillsOf(ex.book(P, BOOK, at(11)))).toHaveLength(1);
  });
  it('it queues up behind what stood there when it arrived', () => {
    const ex = engine(latency(10, 5));
    ex.book(P, BOOK, at(0));
    ex.submit(order({ qty: qty(1), limitPrice: price('99.9') }), at(1));
    expect(sold(ex, 100, 5)).toEqual([]);
    expect(sold(ex, 5, 20)).toEqual([]);
    expect(sold(ex, 5, 21)).toEqual([qty(1)]);
  });
  it('post-only is decided on arrival, not when it was sent', () => {
    const ex = engine(latency(10, 5));
    ex.book(P, BOOK, at(0));
    ex.submit(order({ clientId: 'a', postOnly: true, limitPrice: price(100) }), at(1));
    ex.book(P, book([['99.5', 1]], [['100', 1]]), at(5));
    ex.advance(at(11));
    expect(ex.order('main', 'a')).toMatchObject({
      state: 'rejected',
      reason: 'POST_ONLY_WOULD_CROSS',
    });
  });
  it('a cancel travels too, can come too late, and never overtakes its order', () => {
    const ex = engine(latency(10, 5));
    ex.book(P, BOOK, at(0));
    ex.submit(order({ clientId: 'a', qty: qty(1), limitPrice: price('99.9') }), at(1));
    ex.cancel('main', 'a', at(2));
    expect(ex.advance(at(10))).toEqual([]);
    expect(reportsOf(ex.advance(at(11)))).toMatchObject([{ state: 'cancelled' }]);
    ex.submit(order({ clientId: 'b', qty: qty(1), limitPrice: price('99.9') }), at(20));
    ex.advance(at(30));
    ex.cancel('main', 'b', at(31));
    expect(fillsOf(ex.print(P, price('99.8'), qty(1), 'sell', at(35)))).toHaveLength(1);
    expect(ex.advance(at(36))).toEqual([]);
    expect(ex.order('main', 'b')).toMatchObject({ state: 'filled' });
  });
  it('jitter is seeded: the same seed, the same arrivals, within its bound', () => {
    const arrivals = (seed: number) => {
      const ex = engine({ ...latency(10, 0, 50), seed });
      return Array.from({ length: 30 }, (_, index) => {
        const fresh = engine({ ...latency(10, 0, 50), seed: seed + index });
        fresh.book(P, BOOK, at(100));
        fresh.submit(order(), at(100));
        expect(ex.dueAt()).toBeNull();
        return fresh.dueAt() ?? 0;
      });
    };
    expect(arrivals(3)).toEqual(arrivals(3));
    expect(new Set(arrivals(3)).size).toBeGreaterThan(5);
    for (const due of arrivals(3)) {
      expect(due).toBeGreaterThanOrEqual(110);
      expect(due).toBeLessThanOrEqual(160);
    }
  });
  it('time never runs back', () => {
    const ex = queued();
    ex.advance(at(100));
    ex.cancel('main', 'a', at(50));
    expect(ex.order('main', 'a')).toMatchObject({ updatedAt: 100 });
  });
});

describe('cancels', () => {
  it('of one, of all, and of nothing', () => {
    const ex = queued();
    ex.submit(order({ clientId: 'b' }), at(2));
    ex.submit(order({ clientId: 'c', account: 'other', limitPrice: price(99) }), at(2));
    expect(ex.cancel('main', 'zz', at(3))).toEqual([]);
    expect(ex.cancel('main', 'c', at(3))).toEqual([]);
    expect(reportsOf(ex.cancelAll('main', at(4)))).toMatchObject([
      { clientId: 'a', state: 'cancelled', reason: 'CANCELLED_BY_TRADER' },
      { clientId: 'b', state: 'cancelled' },
    ]);
    expect(ex.account('other')?.open).toHaveLength(1);
    expect(ex.cancelAll('nobody', at(5))).toEqual([]);
    expect(sold(ex, 100, 6)).toEqual([]);
  });
});

it('what is visible is the outside, less what was taken, with our own in it', () => {
  const ex = queued();
  ex.submit(order({ clientId: 'b', limitPrice: price(100) }), at(2));
  ex.submit(order({ type: 'market', qty: qty(6), account: 'other' }), at(2));
  ex.book(P, BOOK, at(3));
  expect(ex.visible(P)).toMatchObject({
    bids: [
      { price: price(100), qty: qty(1) },
      { price: price('99.9'), qty: qty(7) },
      { price: price('99.8'), qty: qty(10) },
    ],
    asks: [{ price: price('100.2'), qty: qty(9) }],
    sequence: BOOK.sequence,
  });
  expect(ex.visible('X/Y')).toBeNull();
  expect(engine().visible(P)).toBeNull();
});
