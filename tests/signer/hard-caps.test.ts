/** The operator's caps: each at its limit and one step past it, and no way around by what is missing. */
import { describe, expect, test } from 'vitest';
import * as f from '#firewall';
import { checkCaps } from '../../signer/hard-caps.ts';
import type { HardCaps } from '../../signer/contract.ts';
import type { Reserved } from '../../signer/vault-journal.ts';
import { blank, type VaultState } from '../../signer/vault-state.ts';
import { factor, money } from '../../firewall/proofs/amounts.ts';
import { cancelNumber, marketAt, NOW, orderNumber, price, qty, SYMBOL } from './letters.ts';

const caps: HardCaps = {
  symbols: [SYMBOL],
  notionalMax: money('1000'),
  notionalPerDayMax: money('3000'),
  ordersPerDayMax: 4,
  priceDeviationMax: 10_000 as f.Ppm,
  notAfter: null,
};

const fresh = marketAt(NOW);
const { instrument: shipped, book: shippedBook } = fresh;
if (shipped === null || shippedBook === null) throw new Error('the base market is whole');
const instrument = { ...shipped, quote: 'USDT', multiplier: factor('1') };
const level = (at: string) => ({ price: price(at), qty: qty('1') });
/** A middle of 60,000 exactly. */
const book = { ...shippedBook, bids: [level('59999')], asks: [level('60001')] };
const market: f.MarketView = { ...fresh, instrument, book, rates: {} };

type Change = Readonly<{
  order?: Partial<f.OrderProposal>;
  market?: Partial<f.MarketView>;
  caps?: Partial<HardCaps>;
  state?: VaultState;
  currency?: string;
}>;
const asked = (change: Change) =>
  checkCaps({
    proposal: orderNumber(1, NOW, {
      side: 'buy',
      limitPrice: price('60000'),
      qty: qty('0.01'),
      reduceOnly: false,
      ...change.order,
    }),
    market: { ...market, ...change.market },
    caps: { ...caps, ...change.caps },
    currency: change.currency ?? 'USDT',
    state: change.state ?? blank(),
    now: NOW,
  });
const cancel = (change: Partial<HardCaps> = {}) =>
  checkCaps({
    proposal: cancelNumber(2, '0'.repeat(32)),
    market,
    caps: { ...caps, ...change },
    currency: 'USDT',
    state: blank(),
    now: NOW,
  });

/** What was reserved at these moments, for these amounts. */
function having(...spent: readonly (readonly [number, f.Money | null])[]): VaultState {
  const signings = new Map(
    spent.map(([at, counted], index) => [
      `${index}`,
      { reserved: { at, counted } as Reserved, signature: null, outcome: null },
    ]),
  );
  return { ...blank(), signings };
}

const passes = (counted: string) => ({ ok: true, counted: money(counted) });
const no = (code: string, detail: string) => ({ ok: false, code, detail });
const TICK = '0.00000001';
const UNKNOWN = no('CAP_NOTIONAL', 'the value of the order is not known');
const NO_MARKET = no('CAP_PRICE', 'there is no market to compare with');
const rate = (text: string) => ({
  EUR: { ...Object.values(fresh.rates)[0], factor: factor(text) },
});
const inEuro = (text: string): Partial<f.MarketView> => ({
  instrument: { ...instrument, quote: 'EUR' },
  rates: rate(text) as unknown as f.MarketView['rates'],
});

test.each<[string, Change, unknown]>([
  ['a small order', {}, passes('600')],
  ['until the last moment', { caps: { notAfter: NOW } }, passes('600')],
  [
    'after it',
    { caps: { notAfter: (NOW - 1) as f.TimeMs } },
    no('CAP_ENDED', `nothing is signed after ${NOW - 1}`),
  ],
  [
    'another symbol',
    { caps: { symbols: ['ETH/USDT'] } },
    no('CAP_SYMBOL', `${SYMBOL} is not on the list`),
  ],
  ['at the notional', { caps: { notionalMax: money('600') } }, passes('600')],
  [
    'above the notional',
    { caps: { notionalMax: money('599.99999999') } },
    no('CAP_NOTIONAL', '600 is above 599.99999999'),
  ],
  [
    'a notional that is rounded up',
    { order: { limitPrice: price(`60000.00000001`) } },
    passes(`600.00000001`),
  ],
  ['far above, within the deviation', { order: { limitPrice: price('60600') } }, passes('606')],
  [
    'beyond the deviation',
    { order: { limitPrice: price('60600.00000001') } },
    no('CAP_PRICE', '10001 ppm from the middle, at most 10000'),
  ],
  ['far below, within the deviation', { order: { limitPrice: price('59400') } }, passes('594')],
  [
    'below the deviation',
    { order: { limitPrice: price('59399.99999999') } },
    no('CAP_PRICE', '10001 ppm from the middle, at most 10000'),
  ],
  ['a market order is valued at the edge', { order: { limitPrice: null } }, passes('606')],
  ['so is a market sale', { order: { limitPrice: null, side: 'sell' } }, passes('606')],
  [
    'a sale below the middle',
    { order: { limitPrice: price('59500'), side: 'sell' } },
    passes('600'),
  ],
  [
    'a sale above the middle',
    { order: { limitPrice: price('60500'), side: 'sell' } },
    passes('605'),
  ],
  ['no book', { market: { book: null } }, NO_MARKET],
  ['no bid', { market: { book: { ...book, bids: [] } } }, NO_MARKET],
  ['no ask', { market: { book: { ...book, asks: [] } } }, NO_MARKET],
  ['a bid of zero', { market: { book: { ...book, bids: [level('0')] } } }, NO_MARKET],
  ['a negative bid', { market: { book: { ...book, bids: [level('-1')] } } }, NO_MARKET],
  ['an ask of zero', { market: { book: { ...book, asks: [level('0')] } } }, NO_MARKET],
  [
    'a book of one tick',
    {
      market: { book: { ...book, bids: [level(TICK)], asks: [level(TICK)] } },
      order: { limitPrice: price(TICK) },
    },
    passes(TICK),
  ],
  ['no instrument', { market: { instrument: null } }, UNKNOWN],
  ['no quantity', { order: { qty: qty('0') } }, UNKNOWN],
  ['the least quantity', { order: { qty: qty(TICK) } }, passes('0.0006')],
  [
    'a price of zero',
    { order: { limitPrice: price('0') }, caps: { priceDeviationMax: 1_000_000 as f.Ppm } },
    UNKNOWN,
  ],
  [
    'a price of zero in a sale',
    {
      order: { limitPrice: price('0'), side: 'sell' },
      caps: { priceDeviationMax: 1_000_000 as f.Ppm },
    },
    passes('600'),
  ],
  [
    'no multiplier',
    { market: { instrument: { ...instrument, multiplier: factor('0') } } },
    UNKNOWN,
  ],
  [
    'a multiplier',
    { market: { instrument: { ...instrument, multiplier: factor('1.5') } } },
    passes('900'),
  ],
  ['another currency', { market: inEuro('1.25') }, passes('750')],
  ['no rate', { market: { ...inEuro('1'), rates: {} } }, UNKNOWN],
  ['a rate of zero', { market: inEuro('0') }, UNKNOWN],
  ['a negative rate', { market: inEuro('-1') }, UNKNOWN],
  ['an inherited rate', { market: { instrument: { ...instrument, quote: 'toString' } } }, UNKNOWN],
  [
    'the currency of the caps needs no rate',
    { currency: 'EUR', market: inEuro('0') },
    passes('600'),
  ],
  ['an order that only reduces', { order: { reduceOnly: true } }, { ok: true, counted: null }],
  [
    'a reducing one above the notional',
    { order: { reduceOnly: true }, caps: { notionalMax: money('1') } },
    no('CAP_NOTIONAL', '600 is above 1'),
  ],
  [
    'a reducing one after a spent day',
    {
      order: { reduceOnly: true },
      caps: { ordersPerDayMax: 0, notionalPerDayMax: money('0') },
    },
    { ok: true, counted: null },
  ],
])('%s', (_, change, result) => {
  expect(asked(change)).toEqual(result);
});

describe('a day', () => {
  const old = NOW - f.DAY_MS;

  test('is of so many orders', () => {
    const three = having([NOW, money('1')], [NOW, money('1')], [old + 1, money('1')]);
    expect(asked({ state: three })).toEqual(passes('600'));
    expect(asked({ state: three, caps: { ordersPerDayMax: 3 } })).toEqual(
      no('CAP_ORDERS', '3 orders within a day'),
    );
    const uncounted = having([NOW, null], [NOW, null], [old, money('1')]);
    expect(asked({ state: uncounted, caps: { ordersPerDayMax: 1 } })).toEqual(passes('600'));
  });

  test('is of so much', () => {
    expect(asked({ state: having([NOW, money('2400')]) })).toEqual(passes('600'));
    expect(asked({ state: having([NOW, money('2400.00000001')]) })).toEqual(
      no('CAP_WINDOW', '2400.00000001 within a day already'),
    );
    expect(asked({ state: having([old, money('2999')]) })).toEqual(passes('600'));
    expect(asked({ state: having([old + 1, money('2999')]) })).toMatchObject({ ok: false });
  });
});

test('a cancel is capped by the end of the term alone', () => {
  const nothing = { symbols: [], notionalMax: money('0'), ordersPerDayMax: 0 };
  expect(cancel({ ...nothing, notAfter: NOW })).toEqual({ ok: true, counted: null });
  expect(cancel({ notAfter: (NOW - 1) as f.TimeMs })).toMatchObject({ code: 'CAP_ENDED' });
});
