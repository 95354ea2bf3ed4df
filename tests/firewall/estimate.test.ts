/** Estimates against exact integers: what is told is true, and what is too near to tell is not told. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roughly, surelyDown, surelyUp } from '../../firewall/estimate.ts';
import { ceilDiv, sqrtUp } from '#firewall';

const positive = fc.bigInt({ min: 1n, max: 10n ** 20n });
const small = fc.bigInt({ min: 1n, max: 10n ** 6n });

describe('a rounded estimate', () => {
  it.each([
    [0, 0, 0],
    [0.25, 0, 1],
    [2.5, 2, 3],
    [2 ** 40 + 0.5, 2 ** 40, 2 ** 40 + 1],
  ])('%d lies between %d and %d', (estimate, down, up) => {
    expect([surelyDown(estimate), surelyUp(estimate)]).toEqual([down, up]);
  });

  it.each([1, 3, 1e6, 3 + 2 ** -48, 3 - 2 ** -48, 2 ** 48 + 0.5, 1e300, Infinity, Number.NaN])(
    '%d is too near to tell',
    (estimate) => {
      expect([surelyDown(estimate), surelyUp(estimate)]).toEqual([null, null]);
    },
  );

  it('tells as soon as the error is smaller than what is missing', () => {
    expect([surelyDown(3 + 2 ** -45), surelyUp(3 + 2 ** -45)]).toEqual([3, 4]);
    expect([surelyDown(3 - 2 ** -45), surelyUp(3 - 2 ** -45)]).toEqual([2, 3]);
  });

  it('of a product over a quotient is exact or silent', () => {
    fc.assert(
      fc.property(positive, small, positive, (a, b, c) => {
        const estimate = (roughly(a) * roughly(b)) / roughly(c);
        const [down, up] = [surelyDown(estimate), surelyUp(estimate)];
        if (down !== null) expect(BigInt(down)).toBe((a * b) / c);
        if (up !== null) expect(BigInt(up)).toBe(ceilDiv(a * b, c));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of a root is exact or silent', () => {
    fc.assert(
      fc.property(positive, (n) => {
        const up = surelyUp(Math.sqrt(roughly(n)));
        if (up !== null) expect(BigInt(up)).toBe(sqrtUp(n));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('roughly', () => {
  it('is the nearest number, and none for what is no bigint', () => {
    expect(roughly(2n ** 60n + 1n)).toBe(2 ** 60);
    expect(roughly(5 as never)).toBeNaN();
    expect(roughly('5' as never)).toBeNaN();
  });
});
