/** The price that our taking leaves behind: carried into what comes after, fading, and never a way to make money. */
import { permanentImpact, type SpanMs } from '#firewall';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decayed } from '../../exchange/impact.ts';
import {
  at,
  book,
  engine,
  fillsOf,
  money,
  order,
  PERP,
  price,
  qty,
  SPOT,
  traded,
  withImpact,
} from './fixtures.ts';

const P = PERP.symbol;
const half = 1_000 as SpanMs;
const DEEP = book(
  [
    ['99.9', 400],
    ['99.8', 400],
  ],
  [
    ['100.1', 400],
    ['100.2', 400],
  ],
);
/** The whole daily volume would move the price by 10 %. */
const moved = () => engine({ instruments: [withImpact(100_000), SPOT] });

function after(side: 'buy' | 'sell', size: number) {
  const ex = moved();
  ex.book(P, DEEP, at(1));
  ex.submit(order({ side, type: 'market', qty: qty(size) }), at(1));
  ex.book(P, DEEP, at(2));
  return ex;
}

describe('carried impact', () => {
  it('moves both sides of later books, each rounded to the worse tick', () => {
    // 100.1 × 10 % × 100 / 1000 = 1.001 up.
    const ex = after('buy', 100);
    expect(ex.visible(P)).toMatchObject({
      bids: [{ price: price('100.9') }, { price: price('100.8') }],
      asks: [{ price: price('101.2'), qty: qty(300) }, { price: price('101.3') }],
    });
  });
  it('moves them down after a sell', () => {
    const ex = after('sell', 100);
    expect(ex.visible(P)?.bids[0]?.price).toBe(price('98.9'));
  });
  it('is what the one cost model says', () => {
    const instrument = withImpact(100_000);
    const by = permanentImpact(
      { price: price('100.1'), qty: qty(100), dayQty: qty(1_000) },
      instrument.costs,
    );
    expect(by).toBe(price('1.001'));
  });
  it('is paid by the next taker, and fades by half in each half-life', () => {
    const ex = after('buy', 100);
    const ask = (ms: number) => {
      ex.advance(at(ms));
      return ex.visible(P)?.asks[0]?.price;
    };
    expect(ask(2)).toBe(price('101.2'));
    expect(ask(1_002)).toBe(price('100.7'));
    expect(ask(2_002)).toBe(price('100.4'));
    expect(ask(200_002)).toBe(price('100.1'));
    const second = after('buy', 100);
    second.submit(order({ type: 'market', qty: qty(1) }), at(2));
    expect(traded(second.book(P, DEEP, at(3)))).toEqual([[price('101.2'), qty(1)]]);
  });
  it('counts inside one walk from level to level', () => {
    const ex = moved();
    ex.book(P, DEEP, at(1));
    ex.submit(order({ type: 'market', qty: qty(410) }), at(1));
    // 400 at the first level push by 4.004 and pay for half of it; the second is found at 104.3, not 100.2.
    expect(traded(ex.book(P, DEEP, at(2)))).toEqual([
      [price('102.1'), qty(400)],
      [price('104.4'), qty(10)],
    ]);
  });
  it('never carries an order beyond its own limit', () => {
    const limited = (limit: string) => {
      const ex = moved();
      ex.book(P, DEEP, at(1));
      ex.submit(order({ clientId: 'a', qty: qty(50), limitPrice: price(limit) }), at(1));
      const fills = traded(ex.book(P, DEEP, at(2)));
      expect(ex.order('main', 'a')?.state).toBe('resting');
      expect(ex.visible(P)?.bids[0]?.price).toBe(price(limit));
      return fills;
    };
    // A push of one tick is half a tick to pay, which is rounded up; so it must stay below that.
    expect(limited('100.1')).toEqual([[price('100.1'), qty('9.99')]]);
    expect(limited('100.2')).toEqual([[price('100.2'), qty('29.97')]]);
  });
  it('uses the daily volume that it was last told', () => {
    const ex = moved();
    ex.dailyVolume(P, qty(100_000));
    ex.book(P, DEEP, at(1));
    ex.submit(order({ type: 'market', qty: qty(100) }), at(1));
    ex.book(P, DEEP, at(2));
    expect(ex.visible(P)?.asks[0]?.price).toBe(price('100.2'));
  });
  it('stays with its own symbol, and resting orders leave none', () => {
    const ex = after('buy', 100);
    ex.book(SPOT.symbol, DEEP, at(3));
    expect(ex.visible(SPOT.symbol)?.asks).toEqual(DEEP.asks);
    const rests = moved();
    rests.book(P, DEEP, at(1));
    rests.submit(order({ limitPrice: price(100), qty: qty(100) }), at(1));
    rests.print(P, price('99.9'), qty(100), 'sell', at(2));
    expect(rests.visible(P)?.asks).toEqual(DEEP.asks);
  });
  it('a round trip through a market that stands still never pays', () => {
    const slices = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        slices,
        fc.boolean(),
        fc.integer({ min: 0, max: 400_000 }),
        (sizes, buys, ppm) => {
          const free = { ...withImpact(ppm), brackets: [] };
          const ex = engine({ instruments: [free, SPOT] });
          ex.deposit('main', money(100_000_000), at(0));
          const before = ex.account('main')?.cash ?? 0n;
          ex.book(P, DEEP, at(1));
          const [first, second] = buys ? (['buy', 'sell'] as const) : (['sell', 'buy'] as const);
          let filled = 0n;
          for (const size of sizes) {
            ex.submit(order({ side: first, type: 'market', qty: qty(size) }), at(1));
            for (const fill of fillsOf(ex.book(P, DEEP, at(1)))) filled += fill.qty;
          }
          ex.submit(
            order({
              side: second,
              tif: 'ioc',
              limitPrice: second === 'buy' ? price(1_000) : price(1),
              qty: filled as typeof free.lot,
            }),
            at(1),
          );
          ex.book(P, DEEP, at(1));
          // Only a trip that came home can be counted.
          if (ex.account('main')?.positions.length === 0)
            expect(ex.account('main')?.cash).toBeLessThan(before);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('decay', () => {
  it('halves at each half-life, is straight between, and ends at nothing', () => {
    expect(decayed(1_000n, 0, half)).toBe(1_000n);
    expect(decayed(1_000n, -5, half)).toBe(1_000n);
    expect(decayed(1_000n, 500, half)).toBe(750n);
    expect(decayed(1_000n, 1_000, half)).toBe(500n);
    expect(decayed(-1_000n, 1_000, half)).toBe(-500n);
    expect(decayed(1_000n, 11_000, half)).toBe(0n);
    expect(decayed(10n ** 40n, 200_000, half)).toBe(0n);
  });
  it('never grows with time and never changes sign', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 12n), 10n ** 12n),
        fc.nat(9_000),
        fc.nat(500),
        (o, t, more) => {
          const [early, late] = [decayed(o, t, half), decayed(o, t + more, half)];
          const size = (value: bigint) => (value < 0n ? -value : value);
          expect(size(late)).toBeLessThanOrEqual(size(early));
          expect(late * o >= 0n).toBe(true);
        },
      ),
    );
  });
});
