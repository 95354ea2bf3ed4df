/** What an order would trade at and is worth: the touch, the rate, and the one exact fraction behind both. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCALE, type Factor, type MarketView, type OrderProposal } from '#firewall';
import { pricingOf, qtyAt, qtyWithin, rateOf, worthOf } from '../../firewall/pricing.ts';
import { factor, money, NOW, ppm, price, qty } from '../../firewall/proofs/amounts.ts';
import {
  baseAccount,
  baseBook,
  baseInstrument,
  baseMarket,
  baseOrder,
} from '../../firewall/proofs/views.ts';

const priced = (
  order: Partial<OrderProposal> | null = {},
  market: Partial<MarketView> = {},
): ReturnType<typeof pricingOf> =>
  pricingOf(
    order === null ? null : { ...baseOrder, ...order },
    { ...baseMarket, ...market },
    baseAccount,
  );
const CUBE = SCALE * SCALE * SCALE;
const euro = (rate: bigint): Pick<MarketView, 'rates'> => ({
  rates: { EUR: { factor: rate as Factor, at: NOW } },
});
const inEuro = { instrument: { ...baseInstrument, quote: 'EUR' } };

describe('the touch', () => {
  test('is the best of both sides, and the middle is rounded down', () => {
    expect(priced()).toMatchObject({
      bid: price('59999.5'),
      ask: price('60000'),
      mid: price('59999.75'),
      spread: price('0.5'),
      spreadPpm: ppm(9),
    });
    const level = (value: bigint) => [{ price: value as never, qty: qty('1') }];
    const narrow = { ...baseBook, bids: level(3n), asks: level(4n) };
    expect(priced({}, { book: narrow })).toMatchObject({ mid: 3n, spread: 1n });
  });

  test.each<readonly [string, Partial<MarketView>, object]>([
    ['no book', { book: null }, { bid: null, ask: null }],
    ['no bids', { book: { ...baseBook, bids: [] } }, { bid: null, ask: price('60000') }],
    ['no asks', { book: { ...baseBook, asks: [] } }, { bid: price('59999.5'), ask: null }],
  ])('has no middle with %s', (_, market, touch) => {
    const unknown = { mid: null, spread: null, spreadPpm: null };
    expect(priced({}, market)).toMatchObject({ ...touch, ...unknown });
  });
});

describe('the price of an order', () => {
  test('is its limit, or the far touch', () => {
    expect(priced({ limitPrice: price('7') }).price).toBe(price('7'));
    expect(priced({ limitPrice: null }).price).toBe(price('60000'));
    expect(priced({ limitPrice: null, side: 'sell' }).price).toBe(price('59999.5'));
    expect(priced({ limitPrice: null, side: 'sell' }, { book: null }).price).toBeNull();
    expect(priced(null)).toMatchObject({ price: null, unit: null, notional: null });
  });

  test('makes its value, rounded up', () => {
    expect(priced().notional).toBe(money('600'));
    expect(priced({ qty: 1n as never, limitPrice: price('0.3') }).notional).toBe(1n);
    expect(priced({ qty: 1n as never, limitPrice: price('1.5') }).notional).toBe(2n);
    expect(priced({ qty: qty('2'), limitPrice: price('1.5') }).notional).toBe(money('3'));
  });

  test('is worth nothing that is known without instrument, rate or price', () => {
    const unknown = { unit: null, scale: CUBE, factor: 0n, factorScale: CUBE, notional: null };
    expect(priced({}, { instrument: null })).toMatchObject({ ...unknown, rate: null });
    expect(priced({}, inEuro)).toMatchObject({ ...unknown, rate: null });
    expect(priced({ limitPrice: null }, { book: null })).toMatchObject({
      ...unknown,
      rate: SCALE,
    });
  });

  test('is turned into the account currency', () => {
    const worth = priced({}, { ...inEuro, ...euro(factor('1.1')) });
    expect(worth).toMatchObject({ rate: factor('1.1'), notional: money('660') });
  });
});

describe('a rate', () => {
  const rate = (currency: string | null, rates: Pick<MarketView, 'rates'> = { rates: {} }) =>
    rateOf(rates, baseAccount, currency);
  test('is one for the own currency, whatever is listed', () => {
    expect(rate('USDT')).toBe(SCALE);
    expect(rate('USDT', { rates: { USDT: { factor: factor('3'), at: NOW } } })).toBe(SCALE);
  });

  test('is listed and above zero, or not known', () => {
    expect(rate('EUR', euro(1n))).toBe(1n);
    expect(rate('EUR', euro(0n))).toBeNull();
    expect(rate('EUR', euro(-1n))).toBeNull();
    expect(rate('EUR')).toBeNull();
    expect(rate(null)).toBeNull();
    expect(rate(null, { rates: { null: { factor: SCALE as Factor, at: NOW } } })).toBeNull();
    expect(rate('toString')).toBeNull();
    expect(rateOf({ rates: { EUR: undefined as never } }, baseAccount, 'EUR')).toBeNull();
  });
});

describe('the worth of a unit', () => {
  test('is written small where both factors are one', () => {
    const mills = { unit: 60_000_000n, scale: 1_000n, factor: 1n, factorScale: SCALE };
    expect(worthOf(price('60000'), SCALE, SCALE)).toEqual(mills);
    const fine = { unit: price('0.0015'), scale: SCALE, factor: 1n, factorScale: SCALE };
    expect(worthOf(price('0.0015'), SCALE, SCALE)).toEqual(fine);
  });

  test('is written in full otherwise', () => {
    for (const [multiplier, rate] of [
      [SCALE, 2n],
      [2n, SCALE],
      [3n, 5n],
    ] as const) {
      const product = multiplier * rate;
      expect(worthOf(7n, multiplier, rate)).toEqual({
        unit: 7n * product,
        scale: CUBE,
        factor: product,
        factorScale: CUBE,
      });
    }
  });

  test('is not known where anything is not', () => {
    const unknown = { unit: null, scale: CUBE, factor: 0n, factorScale: CUBE };
    expect(worthOf(null, SCALE, SCALE)).toEqual(unknown);
    expect(worthOf(SCALE, null, SCALE)).toEqual(unknown);
    expect(worthOf(SCALE, SCALE, null)).toEqual(unknown);
  });

  const above = fc.bigInt({ min: 1n, max: 10n ** 16n });
  test('is the same fraction however it is written', () => {
    fc.assert(
      fc.property(above, fc.constantFrom(SCALE, 3n), fc.constantFrom(SCALE, 7n), (p, m, r) => {
        const { unit, scale, factor: by, factorScale } = worthOf(p, m, r);
        expect((unit ?? 0n) * CUBE).toBe(p * m * r * scale);
        expect(p * by * CUBE).toBe(p * m * r * factorScale);
      }),
    );
  });
});

describe('the largest quantity within an amount', () => {
  const whole = { unit: 3n, scale: 10n };
  test('is rounded down, and one more is worth more', () => {
    expect(qtyWithin(whole, 1n)).toBe(3n);
    expect(qtyWithin({ unit: 10n, scale: 10n }, 7n)).toBe(7n);
  });

  test('is none of what is worth nothing, or with nothing', () => {
    expect(qtyWithin(whole, 0n)).toBe(0n);
    expect(qtyWithin(whole, -1n)).toBe(0n);
    expect(qtyWithin({ unit: 0n, scale: 10n }, 5n)).toBe(0n);
    expect(qtyWithin({ unit: -1n, scale: 10n }, 5n)).toBe(0n);
    expect(qtyWithin({ unit: null, scale: 10n }, 5n)).toBeNull();
  });
});

describe('the quantity at an amount', () => {
  test('is rounded down on either side of nothing, in whatever numbers it is written', () => {
    for (const scale of [worthOf(SCALE, SCALE, SCALE).scale, 7n, CUBE]) {
      expect(qtyAt(3n, scale, 5n)).toBe((5n * scale) / 3n);
      expect(qtyAt(3n * scale, scale, 4n)).toBe(1n);
      expect(qtyAt(3n * scale, scale, 3n)).toBe(1n);
      expect(qtyAt(3n * scale, scale, 0n)).toBe(0n);
      expect(qtyAt(3n * scale, scale, -3n)).toBe(-1n);
      expect(qtyAt(3n * scale, scale, -4n)).toBe(-2n);
    }
  });
});
