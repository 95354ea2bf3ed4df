/** The units of money: one spelling per amount, and roundings that never favour the order. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  abs,
  ceilDiv,
  ceilDivWide,
  floorDiv,
  formatFixed,
  parseFixed,
  ratioPpm,
  SCALE,
  shareOf,
  type Money,
  type Ppm,
} from '#firewall';

describe('a decimal', () => {
  test.each<[string, bigint]>([
    ['0', 0n],
    ['1', SCALE],
    ['-1', -SCALE],
    ['10', 10n * SCALE],
    ['0.1', 10_000_000n],
    ['-0.5', -50_000_000n],
    ['0.00000001', 1n],
    ['-0.00000001', -1n],
    ['1.00000001', 100_000_001n],
    ['12.34', 1_234_000_000n],
    ['99999999999999999999.99999999', 9_999_999_999_999_999_999_999_999_999n],
    ['-99999999999999999999.99999999', -9_999_999_999_999_999_999_999_999_999n],
  ])('%s is read and written in one way', (text, value) => {
    expect(parseFixed(text)).toBe(value);
    expect(formatFixed(value)).toBe(text);
  });

  const TEXTS =
    ' |-|.|-0|-0.0|00|01|-01|0.|.5|1.0|0.10|0.00000000|+1|1e3|1E3|0x1|1_0|1,5| 1|1 |x1|1x';
  const LONG = '0.123456789|100000000000000000000|Infinity|NaN|１|--1|1.2.3|1\n|1.5\n|\n1';
  const OTHERS = ['', 1, 0, 1n, null, undefined, true, ['1'], { toString: () => '1' }];
  test.each<unknown>([...TEXTS.split('|'), ...LONG.split('|'), ...OTHERS])('%o is none', (text) => {
    expect(parseFixed(text)).toBeNull();
  });

  test('property: every amount survives being written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 28n) + 1n, max: 10n ** 28n - 1n }), (value) => {
        expect(parseFixed(formatFixed(value))).toBe(value);
      }),
    );
  });
});

describe('a quotient', () => {
  test.each<[bigint, bigint, bigint, bigint]>([
    // numerator, denominator, rounded up, rounded down
    [0n, 3n, 0n, 0n],
    [0n, -3n, 0n, 0n],
    [6n, 3n, 2n, 2n],
    [7n, 3n, 3n, 2n],
    [8n, 3n, 3n, 2n],
    [1n, 3n, 1n, 0n],
    [-6n, 3n, -2n, -2n],
    [-7n, 3n, -2n, -3n],
    [-1n, 3n, 0n, -1n],
    [6n, -3n, -2n, -2n],
    [7n, -3n, -2n, -3n],
    [1n, -3n, 0n, -1n],
    [-6n, -3n, 2n, 2n],
    [-7n, -3n, 3n, 2n],
    [-1n, -3n, 1n, 0n],
  ])('%d / %d', (n, d, up, down) => {
    expect(ceilDiv(n, d)).toBe(up);
    expect(floorDiv(n, d)).toBe(down);
    expect(ceilDivWide(n, d)).toBe(up);
  });

  test('by zero is our bug', () => {
    expect(() => ceilDiv(1n, 0n)).toThrow(RangeError);
    expect(() => ceilDiv(-1n, 0n)).toThrow(RangeError);
    expect(() => floorDiv(1n, 0n)).toThrow(RangeError);
  });

  test('property: up and down stand less than one apart, around the exact quotient', () => {
    const some = fc.bigInt({ min: -1_000n, max: 1_000n });
    fc.assert(
      fc.property(some, some, (n, d) => {
        fc.pre(d !== 0n);
        const [up, down] = [ceilDiv(n, d), floorDiv(n, d)];
        expect(up - down).toBe(n % d === 0n ? 0n : 1n);
        const [over, under] = d > 0n ? [up * d, down * d] : [down * d, up * d];
        expect(under <= n && n <= over).toBe(true);
      }),
    );
  });
});

test('a size has no sign', () => {
  expect([abs(-1n), abs(0n), abs(1n)]).toEqual([1n, 0n, 1n]);
});

test('a ratio is rounded up, and needs a whole above zero', () => {
  expect(ratioPpm(1n, 2n)).toBe(500_000);
  expect(ratioPpm(1n, 3n)).toBe(333_334);
  expect(ratioPpm(1n, 1_000_000n)).toBe(1);
  expect(ratioPpm(1n, 1_000_001n)).toBe(1);
  expect(ratioPpm(0n, 1n)).toBe(0);
  expect(ratioPpm(3n, 2n)).toBe(1_500_000);
  expect(ratioPpm(-1n, 3n)).toBe(-333_333);
  expect(ratioPpm(1n, 0n)).toBeNull();
  expect(ratioPpm(1n, -1n)).toBeNull();
});

test('a share of an amount is rounded down', () => {
  const share = (amount: bigint, ppm: number): bigint => shareOf(amount as Money, ppm as Ppm);
  expect(share(1_000_000n, 1)).toBe(1n);
  expect(share(999_999n, 1)).toBe(0n);
  expect(share(200n, 10_000)).toBe(2n);
  expect(share(199n, 10_000)).toBe(1n);
  expect(share(-1n, 10_000)).toBe(-1n);
  expect(share(0n, 10_000)).toBe(0n);
  expect(share(5_000_000n, -1)).toBe(-5n);
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer(), (amount, ppm) => {
      expect(share(amount, ppm)).toBe(floorDiv(amount * BigInt(ppm), 1_000_000n));
    }),
  );
});
