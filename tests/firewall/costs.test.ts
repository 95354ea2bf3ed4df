/** The cost model against its own formula in plain integers: exact, rounded against the trader, and invertible. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costShareOf, impactsFor } from '../../firewall/costs.ts';
import {
  costOf,
  fee,
  feeRate,
  impactPpm,
  permanentImpact,
  qtyForImpact,
  sqrtUp,
  temporaryImpact,
  SCALE,
  type CostParameters,
  type Factor,
  type Money,
  type Ppm,
  type Price,
  type Qty,
} from '#firewall';

const costs: CostParameters = {
  maker: -100 as Ppm,
  taker: 450 as Ppm,
  impactTemporary: 30_000 as Ppm,
  impactPermanent: 10_000 as Ppm,
};
const one = SCALE as Factor;
const at = (price: bigint, qty: bigint, dayQty: bigint) => ({
  price: price as Price,
  qty: qty as Qty,
  dayQty: dayQty as Qty,
});
const trade = (over: Partial<Parameters<typeof costOf>[0]> = {}): Parameters<typeof costOf>[0] => ({
  ...at(60_000n * SCALE, SCALE, 10_000n * SCALE),
  spread: (10n * SCALE) as Price,
  liquidity: 'taker',
  multiplier: one,
  rate: one,
  ...over,
});

const wide = fc.bigInt({ min: 0n, max: 10n ** 40n });
const qtys = fc.bigInt({ min: 1n, max: 10n ** 14n });
const ppms = fc.integer({ min: 0, max: 200_000 });
const parameters = fc
  .record({ impactTemporary: ppms, impactPermanent: ppms })
  .map((p) => ({ ...costs, ...p }) as CostParameters);

describe('the root', () => {
  it.each([
    [-5n, 0n],
    [0n, 0n],
    [1n, 1n],
    [2n, 2n],
    [3n, 2n],
    [4n, 2n],
    [5n, 3n],
    [10n ** 32n, 10n ** 16n],
    [10n ** 32n + 1n, 10n ** 16n + 1n],
    [10n ** 32n - 1n, 10n ** 16n],
    [2n ** 106n - 1n, 2n ** 53n],
    [10n ** 400n, 10n ** 200n],
    [10n ** 400n + 1n, 10n ** 200n + 1n],
    [10n ** 401n, null],
  ])('of %s is %s', (n, root) => {
    const found = sqrtUp(n);
    if (root !== null) expect(found).toBe(root);
    if (n > 0n) {
      expect(found * found).toBeGreaterThanOrEqual(n);
      expect((found - 1n) * (found - 1n)).toBeLessThan(n);
    }
  });

  it('is the smallest whole number whose square is at least n', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          wide,
          wide.map((n) => n * n),
          wide.map((n) => n * n + 1n),
        ),
        (n) => {
          const root = sqrtUp(n);
          expect(root * root >= n).toBe(true);
          expect(root === 0n || (root - 1n) * (root - 1n) < n).toBe(true);
        },
      ),
    );
  });
});

describe('impact', () => {
  it('is the parameter at a quantity of the daily volume', () => {
    const whole = at(100n * SCALE, 7n * SCALE, 7n * SCALE);
    expect(temporaryImpact(whole, costs)).toBe(3n * SCALE);
    expect(permanentImpact(whole, costs)).toBe(SCALE);
  });

  it('grows with the root of the quantity while trading, and with the quantity for good', () => {
    const quarter = at(100n * SCALE, SCALE, 4n * SCALE);
    expect(temporaryImpact(quarter, costs)).toBe((3n * SCALE) / 2n);
    expect(permanentImpact(quarter, costs)).toBe(SCALE / 4n);
  });

  it('is rounded up', () => {
    const tiny = at(1n, 1n, 10n ** 12n);
    expect(temporaryImpact(tiny, costs)).toBe(1n);
    expect(permanentImpact(tiny, costs)).toBe(1n);
    const odd = at(10n ** 12n, 3n, 10n ** 12n);
    const shift = temporaryImpact(odd, costs) ?? 0n;
    const square = 10n ** 24n * 900_000_000n * 3n;
    const unit = 10n ** 12n * 10n ** 12n;
    expect(shift * shift * unit).toBeGreaterThanOrEqual(square);
    expect((shift - 1n) * (shift - 1n) * unit).toBeLessThan(square);
  });

  it('is unknown without a daily volume', () => {
    for (const dayQty of [0n, -1n]) {
      const unknown = at(SCALE, SCALE, dayQty);
      expect(temporaryImpact(unknown, costs)).toBeNull();
      expect(permanentImpact(unknown, costs)).toBeNull();
      expect(impactPpm(SCALE as Qty, dayQty as Qty, costs)).toBeNull();
      expect(qtyForImpact(100 as Ppm, dayQty as Qty, costs)).toBe(0n);
    }
  });
});

describe('a fee', () => {
  it.each([
    [1_000_000n, 450, 450n],
    [1_000_001n, 450, 451n],
    [1_000_000n, -100, -100n],
    [1_009_999n, -100, -100n],
    [1_010_000n, -100, -101n],
    [0n, 450, 0n],
  ])('on %s at %s ppm is %s', (notional, rate, due) => {
    expect(fee(notional as Money, rate as Ppm)).toBe(due);
  });

  it('depends on the liquidity', () => {
    expect(feeRate(costs, 'taker')).toBe(450);
    expect(feeRate(costs, 'maker')).toBe(-100);
  });
});

describe('the cost of a trade', () => {
  it('is the sum of its parts for a taker', () => {
    // 1 of 10,000 a day: √ is 1 %, so 300 ppm while trading and 1 ppm for good.
    expect(costOf(trade(), costs)).toEqual({
      spread: 5n * SCALE,
      temporary: 18n * SCALE,
      permanent: (6n * SCALE) / 100n,
      fee: 27n * SCALE,
      total: 50n * SCALE + (6n * SCALE) / 100n,
    });
  });

  it('is rebate and permanent impact for a maker', () => {
    expect(costOf(trade({ liquidity: 'maker' }), costs)).toEqual({
      spread: 0n,
      temporary: 0n,
      permanent: (6n * SCALE) / 100n,
      fee: -6n * SCALE,
      total: (6n * SCALE) / 100n - 6n * SCALE,
    });
  });

  it('scales with multiplier and rate', () => {
    const plain = costOf(trade(), costs);
    const scaled = costOf(
      trade({ multiplier: (10n * SCALE) as Factor, rate: (2n * SCALE) as Factor }),
      costs,
    );
    expect(scaled?.total).toBe((plain?.total ?? 0n) * 20n);
  });

  it('rounds every part up', () => {
    const dust = trade({ ...at(SCALE, 1n, 10n ** 20n), spread: 1n as Price });
    expect(costOf(dust, costs)).toEqual({
      spread: 1n,
      temporary: 1n,
      permanent: 1n,
      fee: 1n,
      total: 4n,
    });
  });

  it('is unknown without a daily volume, for a maker as well', () => {
    expect(costOf(trade({ dayQty: 0n as Qty }), costs)).toBeNull();
    expect(costOf(trade({ dayQty: 0n as Qty, liquidity: 'maker' }), costs)).toBeNull();
  });

  it('grows faster than the quantity', () => {
    fc.assert(
      fc.property(qtys, fc.integer({ min: 2, max: 9 }), (qty, times) => {
        const small = costOf(trade({ qty: qty as Qty }), costs)?.temporary ?? 0n;
        const large = costOf(trade({ qty: (qty * BigInt(times)) as Qty }), costs)?.temporary ?? 0n;
        expect(large >= (small - 1n) * BigInt(times)).toBe(true);
        // With qty^1.5 the cost of four times as much is eight times as much, to the rounding of a shift.
        expect(times !== 4 || large >= small * 8n - (qty / SCALE) * 8n - 16n).toBe(true);
      }),
    );
  });
});

describe('the share of the price', () => {
  it('is both impacts, rounded up once', () => {
    expect(impactPpm(SCALE as Qty, (10_000n * SCALE) as Qty, costs)).toBe(301);
    expect(impactPpm((SCALE + 1n) as Qty, (10_000n * SCALE) as Qty, costs)).toBe(302);
  });

  it('is exactly what whole numbers make of it', () => {
    fc.assert(
      fc.property(parameters, qtys, qtys, (given, qty, dayQty) => {
        const [t, p] = [BigInt(given.impactTemporary), BigInt(given.impactPermanent)];
        const exact = (p * qty + sqrtUp(t * t * qty * dayQty) + dayQty - 1n) / dayQty;
        expect(impactPpm(qty as Qty, dayQty as Qty, given)).toBe(Number(exact));
      }),
      { numRuns: 1_000 },
    );
  });

  it('of what is no count is our bug, not an estimate', () => {
    const half = { ...costs, impactPermanent: 0.5 as Ppm };
    expect(() => impactPpm(SCALE as Qty, SCALE as Qty, half)).toThrow(RangeError);
    expect(() => qtyForImpact(100 as Ppm, SCALE as Qty, half)).toThrow(RangeError);
    expect(() => qtyForImpact(0.5 as Ppm, SCALE as Qty, costs)).toThrow(RangeError);
    const other = { ...costs, impactTemporary: 0.5 as Ppm };
    expect(() => impactPpm(SCALE as Qty, SCALE as Qty, other)).toThrow(RangeError);
    expect(() => qtyForImpact(100 as Ppm, SCALE as Qty, other)).toThrow(RangeError);
    expect(() => impactPpm(1 as never, SCALE as Qty, costs)).toThrow(TypeError);
    expect(() => qtyForImpact(100 as Ppm, 1 as never, costs)).toThrow(TypeError);
  });

  it.each([
    [301, 30_000, 10_000, SCALE],
    [300, 30_000, 0, SCALE],
    [1, 0, 10_000, SCALE],
    [0, 30_000, 10_000, 0n],
    [-1, 30_000, 10_000, 0n],
    [100, 0, 0, null],
  ])('within %s ppm at %s and %s allows %s', (cap, impactTemporary, impactPermanent, qty) => {
    const given = { ...costs, impactTemporary, impactPermanent } as CostParameters;
    expect(qtyForImpact(cap as Ppm, (10_000n * SCALE) as Qty, given)).toBe(qty);
  });

  it('of a price that nothing moves is bound by nothing but the volume', () => {
    const still = { ...costs, impactTemporary: 0 as Ppm, impactPermanent: 0 as Ppm };
    expect(qtyForImpact(0 as Ppm, SCALE as Qty, still)).toBeNull();
    expect(qtyForImpact(100 as Ppm, 0n as Qty, still)).toBe(0n);
    expect(qtyForImpact(-1 as Ppm, SCALE as Qty, still)).toBe(0n);
  });

  it('has the largest quantity as its exact inverse', () => {
    fc.assert(
      fc.property(parameters, qtys, fc.integer({ min: 0, max: 100_000 }), (given, dayQty, cap) => {
        const largest = qtyForImpact(cap as Ppm, dayQty as Qty, given);
        if (largest === null) {
          expect(impactPpm(dayQty as Qty, dayQty as Qty, given)).toBe(0);
          return;
        }
        expect(impactPpm(largest, dayQty as Qty, given) ?? Infinity).toBeLessThanOrEqual(cap);
        expect(impactPpm((largest + 1n) as Qty, dayQty as Qty, given) ?? 0).toBeGreaterThan(cap);
      }),
      { numRuns: 300 },
    );
  });

  it('agrees with the cost in money', () => {
    fc.assert(
      fc.property(parameters, qtys, qtys, (given, qty, more) => {
        const dayQty = qty + more;
        const price = (60_000n * SCALE) as Price;
        const moved =
          (temporaryImpact({ price, qty: qty as Qty, dayQty: dayQty as Qty }, given) ?? 0n) +
          (permanentImpact({ price, qty: qty as Qty, dayQty: dayQty as Qty }, given) ?? 0n);
        const share = BigInt(impactPpm(qty as Qty, dayQty as Qty, given) ?? -1);
        expect(moved <= (price * share) / 1_000_000n + 2n).toBe(true);
        expect(moved > (price * (share - 1n)) / 1_000_000n - 2n).toBe(true);
      }),
    );
  });
});

describe('the cost as a share', () => {
  const dayQty = (10_000n * SCALE) as Qty;
  const share = (change: object = {}) =>
    costShareOf(
      { qty: SCALE as Qty, dayQty, spread: 7 as Ppm, liquidity: 'taker', ...change },
      costs,
    );
  it('is the fee, half the spread rounded up, and both impacts', () => {
    expect(share()).toEqual({ fixed: 454, total: 454 + 301 });
  });

  it('is only the fee and the permanent impact where nothing is taken', () => {
    expect(share({ liquidity: 'maker' })).toEqual({ fixed: -100, total: -99 });
    expect(impactsFor(costs, 'maker')).toEqual({ impactTemporary: 0, impactPermanent: 10_000 });
    expect(impactsFor(costs, 'taker')).toBe(costs);
  });

  it('is not known without a daily volume', () => {
    expect(share({ dayQty: 0n })).toBeNull();
    expect(share({ dayQty: -1n })).toBeNull();
  });
});
