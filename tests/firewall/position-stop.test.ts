/** Four ways in which a position runs past its stop, long and short, at the limit and one step past it. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Factor, MarketView, Position, Price } from '#firewall';
import { stopOf, type StopLimits, type StopView } from '../../firewall/position-stop.ts';
import {
  NOW,
  SYMBOL,
  ago,
  money,
  ppm,
  price,
  qty,
  span,
  time,
} from '../../firewall/proofs/amounts.ts';
import { basePosition } from '../../firewall/proofs/vary.ts';
import { baseAccount } from '../../firewall/proofs/views.ts';

const HOUR = 3_600_000;
const limits: StopLimits = {
  lossMax: ppm(100_000),
  giveBackMax: ppm(500_000),
  giveBackFrom: money('100'),
  ageMax: span(24 * HOUR),
};
const position = (change: Partial<Position> = {}): Position => ({
  ...basePosition,
  qty: qty('2'),
  entryPrice: price('1000'),
  openedAt: ago(HOUR),
  profitPeak: money('0'),
  stopPrice: null,
  ...change,
});
const view = (mark: string | null, rates: MarketView['rates'] = {}): StopView => ({
  account: baseAccount,
  market: { marks: mark === null ? {} : { [SYMBOL]: { price: price(mark), at: NOW } }, rates },
  now: NOW,
});
const short = (change: Partial<Position> = {}): Position => position({ qty: qty('-2'), ...change });

describe('a position', () => {
  test.each<[string, Position, string | null, string | null]>([
    ['in order', position(), '1000', null],
    ['in profit', position(), '5000', null],
    ['of nothing', position({ qty: qty('0') }), null, null],
    ['without a mark', position(), null, 'unknown'],
    ['marked at nothing', short(), '0', 'unknown'],
    ['at the largest loss', position(), '900', null],
    ['past it', position(), '899.99999999', 'LOSS'],
    ['short at the largest loss', short(), '1100', null],
    ['short past it', short(), '1100.00000001', 'LOSS'],
    ['short in profit', short(), '900', null],
    ['above its stop', position({ stopPrice: price('950') }), '950.00000001', null],
    ['at its stop', position({ stopPrice: price('950') }), '950', 'STOP_REACHED'],
    ['short below its stop', short({ stopPrice: price('1050') }), '1049.99999999', null],
    ['short at its stop', short({ stopPrice: price('1050') }), '1050', 'STOP_REACHED'],
    // The best was 200; at 1,050 the profit is 100, half of it.
    ['half of the best given back', position({ profitPeak: money('200') }), '1050', null],
    ['more than half', position({ profitPeak: money('200') }), '1049.99999999', 'GIVE_BACK'],
    ['short, half given back', short({ profitPeak: money('200') }), '950', null],
    ['short, more than half', short({ profitPeak: money('200') }), '950.00000001', 'GIVE_BACK'],
    ['a small best', position({ profitPeak: money('99.99999999') }), '950', null],
    ['the smallest best that counts', position({ profitPeak: money('100') }), '950', 'GIVE_BACK'],
    ['as old as allowed', position({ openedAt: ago(24 * HOUR) }), '1000', null],
    ['older', position({ openedAt: ago(24 * HOUR + 1) }), '1000', 'AGE'],
    ['of no known age', position({ openedAt: time(Number.NaN) }), '1000', 'AGE'],
  ])('%s', (_, held, mark, want) => {
    expect(stopOf(held, limits, view(mark))).toBe(want);
  });

  test('a best of nothing is never given back', () => {
    const all = { ...limits, giveBackFrom: money('0'), giveBackMax: ppm(0) };
    expect(stopOf(position(), all, view('950'))).toBeNull();
    expect(stopOf(position({ profitPeak: money('0.00000001') }), all, view('950'))).toBe(
      'GIVE_BACK',
    );
  });

  test('needs the rate of its settlement currency, and its multiplier', () => {
    const held = position({
      settle: 'BTC',
      multiplier: 10_000_000n as Factor,
      profitPeak: money('1000'),
    });
    expect(stopOf(held, limits, view('1000'))).toBe('unknown');
    // 2 × 0.1 × 50 gained × a rate of 50 is 500: half of the best.
    const rates = { BTC: { factor: 5_000_000_000n as Factor, at: NOW } };
    expect(stopOf(held, limits, view('1050', rates))).toBeNull();
    expect(stopOf(held, limits, view('1049.99999999', rates))).toBe('GIVE_BACK');
  });

  test('a mark that is only inherited is none', () => {
    const marks = Object.create({ [SYMBOL]: { price: price('1000'), at: NOW } }) as object;
    const inherited = { ...view(null), market: { marks: marks as MarketView['marks'], rates: {} } };
    expect(stopOf(position(), limits, inherited)).toBe('unknown');
  });
});

test('a loss is one exactly when the share of the entry is passed (property)', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 13n }),
      fc.bigInt({ min: 1n, max: 10n ** 13n }),
      fc.boolean(),
      (entry, mark, long) => {
        const held = position({ entryPrice: entry as Price, qty: qty(long ? '2' : '-2') });
        const at = {
          ...view(null),
          market: { marks: { [SYMBOL]: { price: mark as Price, at: NOW } }, rates: {} },
        };
        const lost = long ? entry - mark : mark - entry;
        expect(stopOf(held, limits, at) === 'LOSS').toBe(lost * 10n > entry);
      },
    ),
  );
});
