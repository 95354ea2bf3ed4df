/** The gateway: one row per refusal, at the bound and one step past it. */
import type { Instrument } from '#firewall';
import { expect, it } from 'vitest';
import { ENGINE_CODES, type EngineCode } from '../../exchange/codes.ts';
import type { VenueOrder } from '../../exchange/contract.ts';
import {
  at,
  BOOK,
  engine,
  money,
  order,
  OPTIONS,
  PERP,
  price,
  qty,
  reportsOf,
  SPOT,
} from './fixtures.ts';

type Row = Readonly<{
  code: EngineCode;
  name: string;
  bad: Partial<VenueOrder>;
  /** The nearest order that is taken; absent where there is none. */
  good?: Partial<VenueOrder>;
  instrument?: Partial<Instrument>;
  book?: boolean;
}>;

const ROWS: readonly Row[] = [
  {
    code: 'ACCOUNT_UNKNOWN',
    name: 'nobody',
    bad: { account: 'nobody' },
    good: { account: 'main' },
  },
  {
    code: 'SYMBOL_UNKNOWN',
    name: 'nothing',
    bad: { symbol: 'X/Y' },
    good: { symbol: PERP.symbol },
  },
  { code: 'CLIENT_ID_INVALID', name: 'empty', bad: { clientId: '' }, good: { clientId: 'x' } },
  {
    code: 'CLIENT_ID_INVALID',
    name: 'too long',
    bad: { clientId: 'x'.repeat(37) },
    good: { clientId: 'x'.repeat(36) },
  },
  { code: 'CLIENT_ID_DUPLICATE', name: 'open', bad: { clientId: 'open' }, good: { clientId: 'o' } },
  {
    code: 'ORDER_TYPE_UNSUPPORTED',
    name: 'market',
    bad: { type: 'market' },
    good: {},
    instrument: { orderTypes: ['limit'] },
  },
  {
    code: 'TIF_UNSUPPORTED',
    name: 'fok',
    bad: { tif: 'fok' },
    good: { tif: 'ioc' },
    instrument: { tifs: ['ioc', 'gtc'] },
  },
  {
    code: 'POST_ONLY_UNSUPPORTED',
    name: 'not here',
    bad: { postOnly: true },
    good: {},
    instrument: { postOnly: false },
  },
  { code: 'POST_ONLY_INVALID', name: 'market', bad: { postOnly: true, type: 'market' } },
  { code: 'POST_ONLY_INVALID', name: 'ioc', bad: { postOnly: true, tif: 'ioc' } },
  { code: 'POST_ONLY_INVALID', name: 'fok', bad: { postOnly: true, tif: 'fok' } },
  {
    code: 'REDUCE_ONLY_UNSUPPORTED',
    name: 'not here',
    bad: { reduceOnly: true },
    good: {},
    instrument: { reduceOnly: false },
  },
  { code: 'PRICE_MISSING', name: 'a limit order without one', bad: { limitPrice: null } },
  {
    code: 'PRICE_UNEXPECTED',
    name: 'a market order with one',
    bad: { type: 'market', limitPrice: price(100) },
    good: { type: 'market' },
  },
  {
    code: 'PRICE_OFF_TICK',
    name: 'between ticks',
    bad: { limitPrice: price('100.05') },
    good: { limitPrice: price('100.1') },
  },
  {
    code: 'PRICE_OUT_OF_RANGE',
    name: 'too low',
    bad: { limitPrice: price('89.9') },
    good: { limitPrice: price(90) },
    instrument: { priceMin: price(90) },
  },
  {
    code: 'PRICE_OUT_OF_RANGE',
    name: 'too high',
    bad: { limitPrice: price('110.1') },
    good: { limitPrice: price(110) },
    instrument: { priceMax: price(110) },
  },
  {
    code: 'PRICE_OUT_OF_RANGE',
    name: 'negative',
    bad: { limitPrice: price(-100) },
    instrument: { priceMin: price(-1000) },
  },
  {
    code: 'PRICE_OUT_OF_BAND',
    name: 'above',
    bad: { limitPrice: price('105.1') },
    good: { limitPrice: price(105) },
    instrument: { priceBandUp: 50_000 as Instrument['priceBandUp'] },
  },
  {
    code: 'PRICE_OUT_OF_BAND',
    name: 'below',
    bad: { limitPrice: price('94.9') },
    good: { limitPrice: price(95) },
    instrument: { priceBandDown: 50_000 as Instrument['priceBandDown'] },
  },
  {
    code: 'BOOK_MISSING',
    name: 'a band around nothing',
    bad: {},
    instrument: { priceBandDown: 50_000 as Instrument['priceBandDown'] },
    book: false,
  },
  { code: 'BOOK_MISSING', name: 'a market order', bad: { type: 'market' }, book: false },
  { code: 'QTY_INVALID', name: 'zero', bad: { qty: qty(0) }, instrument: { qtyMin: qty(0) } },
  { code: 'QTY_INVALID', name: 'negative', bad: { qty: qty(-1) } },
  {
    code: 'QTY_OFF_LOT',
    name: 'half a lot',
    bad: { qty: qty('1.0005') },
    good: { qty: qty('1.001') },
  },
  {
    code: 'QTY_TOO_SMALL',
    name: 'a lot below',
    bad: { qty: qty('0.999') },
    good: { qty: qty(1) },
    instrument: { qtyMin: qty(1) },
  },
  {
    code: 'QTY_TOO_LARGE',
    name: 'a lot above',
    bad: { qty: qty('1000.001') },
    good: { qty: qty(1000) },
  },
  {
    code: 'QTY_TOO_LARGE',
    name: 'at market',
    bad: { type: 'market', qty: qty('500.001') },
    good: { type: 'market', qty: qty(500) },
  },
  {
    code: 'NOTIONAL_TOO_SMALL',
    name: 'a lot below',
    bad: { qty: qty('0.049') },
    good: { qty: qty('0.05') },
  },
  {
    code: 'NOTIONAL_TOO_SMALL',
    name: 'at market, at the far touch',
    bad: { type: 'market', qty: qty('0.049') },
    good: { type: 'market', qty: qty('0.05') },
  },
  {
    code: 'NOTIONAL_TOO_LARGE',
    name: 'a lot above',
    bad: { qty: qty('5.001') },
    good: { qty: qty(5) },
    instrument: { notionalMax: money(500) },
  },
  { code: 'EXPIRY_INVALID', name: 'gtd without', bad: { tif: 'gtd' } },
  { code: 'EXPIRY_INVALID', name: 'gtc with', bad: { expiresAt: at(9) } },
  {
    code: 'EXPIRY_INVALID',
    name: 'already over',
    bad: { tif: 'gtd', expiresAt: at(5) },
    good: { tif: 'gtd', expiresAt: at(6) },
  },
  {
    code: 'OPEN_ORDERS_TOO_MANY',
    name: 'one more',
    bad: {},
    good: { symbol: SPOT.symbol },
    instrument: { openOrdersMax: 1 },
  },
  {
    code: 'POSITION_TOO_LARGE',
    name: 'with what already works',
    bad: { qty: qty('8.001') },
    good: { qty: qty(8) },
    instrument: { positionMax: qty(10) },
  },
  {
    code: 'POSITION_TOO_LARGE',
    name: 'short',
    bad: { side: 'sell', qty: qty('10.001') },
    good: { side: 'sell', qty: qty(10) },
    instrument: { positionMax: qty(10) },
  },
  { code: 'REDUCE_ONLY_WOULD_INCREASE', name: 'flat', bad: { reduceOnly: true } },
  {
    code: 'INSUFFICIENT_FUNDS',
    name: 'a lot more than cash pays for',
    // 2 × 99.5 × 10 % is set aside; a contract needs 10 and a fee of 0.05: 99,980 / 10.05 = 9,948.258.
    bad: { qty: qty('9948.259') },
    good: { qty: qty('9948.258') },
    instrument: { qtyMax: qty(20_000), positionMax: null },
  },
  {
    code: 'INSUFFICIENT_FUNDS',
    name: 'selling what one does not have',
    bad: { symbol: SPOT.symbol, side: 'sell' },
  },
  {
    code: 'POST_ONLY_WOULD_CROSS',
    name: 'at the far touch',
    bad: { postOnly: true, limitPrice: price('100.1') },
    good: { postOnly: true, limitPrice: price(100) },
  },
];

const last = ({ instrument, book }: Row, over: Partial<VenueOrder>) => {
  const ex = engine({ ...OPTIONS, instruments: [{ ...PERP, ...instrument }, SPOT] });
  // One order already works, so that what is open counts.
  if (book !== false) {
    ex.book(PERP.symbol, BOOK, at(5));
    ex.submit(order({ clientId: 'open', qty: qty(2), limitPrice: price('99.5') }), at(5));
  }
  const events = ex.submit(order(over), at(5));
  return reportsOf(events).at(-1);
};

it.each(ROWS)('$code: $name', (row) => {
  expect(last(row, row.bad)).toMatchObject({ state: 'rejected', reason: row.code });
  if (row.good !== undefined) expect(last(row, row.good)).toMatchObject({ state: 'resting' });
});

it('every code has a row', () => {
  expect(new Set(ROWS.map(({ code }) => code))).toEqual(new Set(ENGINE_CODES));
});

it('the whole of a small position can be closed below the smallest notional', () => {
  const ex = engine();
  ex.book(PERP.symbol, BOOK, at(1));
  ex.submit(order({ type: 'market', qty: qty('0.05') }), at(1));
  ex.book(PERP.symbol, BOOK, at(2));
  const small = { side: 'sell', qty: qty('0.01'), limitPrice: price('99.9') } as const;
  expect(reportsOf(ex.submit(order(small), at(2)))).toMatchObject([
    { reason: 'NOTIONAL_TOO_SMALL' },
  ]);
  expect(reportsOf(ex.submit(order({ ...small, reduceOnly: true }), at(2)))).toMatchObject([
    { state: 'resting' },
  ]);
});

it('an id is unique among open orders only: done, cancelled and refused ones free it', () => {
  const ex = engine();
  ex.book(PERP.symbol, BOOK, at(1));
  const again = (over: Partial<VenueOrder> = {}) =>
    reportsOf(ex.submit(order({ clientId: 'a', ...over }), at(1))).at(-1)?.state;
  expect(again({ qty: qty(0) })).toBe('rejected');
  expect(again()).toBe('resting');
  expect(again()).toBe('rejected');
  // The refused newcomer does not hide the order that is open under the id.
  expect(ex.order('main', 'a')?.state).toBe('resting');
  ex.cancel('main', 'a', at(2));
  expect(again({ type: 'market' })).toBe('resting');
  ex.book(PERP.symbol, BOOK, at(3));
  expect(ex.order('main', 'a')?.state).toBe('filled');
  expect(again()).toBe('resting');
  expect(ex.account('main')?.open).toHaveLength(1);
  // Another trader's ids are his own.
  expect(again({ account: 'other' })).toBe('resting');
});
