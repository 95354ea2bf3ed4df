/** Round numbers for the exchange's tests: two instruments, books from pairs of numbers, orders with defaults. */
import {
  parseFixed,
  type Book,
  type Factor,
  type Instrument,
  type Level,
  type Money,
  type Ppm,
  type Price,
  type Qty,
  type TimeMs,
} from '#firewall';
import { expect } from 'vitest';
import type { Fill, OrderReport, VenueEvent, VenueOrder } from '../../exchange/contract.ts';
import type { ExchangeOptions } from '../../exchange/core.ts';
import { MatchingEngine } from '../../exchange/engine.ts';

const scaled = (value: number | string): bigint => {
  const parsed = parseFixed(`${value}`);
  if (parsed === null) throw new Error(`not a decimal: ${value}`);
  return parsed;
};
export const price = (value: number | string): Price => scaled(value) as Price;
export const qty = (value: number | string): Qty => scaled(value) as Qty;
export const money = (value: number | string): Money => scaled(value) as Money;
export const at = (ms: number): TimeMs => ms as TimeMs;

/** Contracts on margin: maker 2 bps, taker 5 bps, no impact unless asked for. */
export const PERP: Instrument = {
  symbol: 'BTC/USDT:USDT',
  venue: 'paper',
  kind: 'perp',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  inverse: false,
  quanto: false,
  multiplier: scaled(1) as Factor,
  tick: price('0.1'),
  lot: qty('0.001'),
  qtyMin: qty('0.001'),
  qtyMax: qty(1000),
  marketQtyMax: qty(500),
  notionalMin: money(5),
  notionalMax: money(10_000_000),
  priceMin: price(1),
  priceMax: price(1_000_000),
  priceBandUp: null,
  priceBandDown: null,
  positionMax: qty(2000),
  openOrdersMax: 100,
  orderTypes: ['limit', 'market'],
  tifs: ['gtc', 'ioc', 'fok', 'gtd'],
  postOnly: true,
  reduceOnly: true,
  clientIdLengthMax: 36,
  shortable: true,
  marginMode: 'cross',
  brackets: [{ notionalMax: money(1_000_000_000), leverageMax: 10, maintenance: 5_000 as Ppm }],
  listedAt: at(0),
  expiresAt: null,
  costs: {
    maker: 200 as Ppm,
    taker: 500 as Ppm,
    impactTemporary: 0 as Ppm,
    impactPermanent: 0 as Ppm,
  },
};

export const SPOT: Instrument = {
  ...PERP,
  symbol: 'BTC/USDT',
  kind: 'spot',
  shortable: false,
  marginMode: 'none',
  brackets: [],
  positionMax: null,
};

type Pair = readonly [price: number | string, qty: number | string];
const level = ([at_, size]: Pair): Level => ({ price: price(at_), qty: qty(size) });
let sequence = 0;
export const book = (bids: readonly Pair[], asks: readonly Pair[]): Book => ({
  bids: bids.map(level),
  asks: asks.map(level),
  sequence: (sequence += 1),
  exchangeAt: at(0),
  receivedAt: at(0),
});

/** 99.9 × 5 and 99.8 × 10 against 100.1 × 5 and 100.2 × 10. */
export const BOOK = book(
  [
    ['99.9', 5],
    ['99.8', 10],
  ],
  [
    ['100.1', 5],
    ['100.2', 10],
  ],
);

let ids = 0;
export const order = (over: Partial<VenueOrder> = {}): VenueOrder => ({
  account: 'main',
  clientId: `c${(ids += 1)}`,
  symbol: PERP.symbol,
  side: 'buy',
  type: 'limit',
  tif: 'gtc',
  qty: qty(1),
  limitPrice: over.type === 'market' ? null : price(100),
  expiresAt: null,
  postOnly: false,
  reduceOnly: false,
  ...over,
});

export const OPTIONS: ExchangeOptions = {
  instruments: [PERP, SPOT],
  currency: 'USDT',
  latency: { entryMs: 0, cancelMs: 0, jitterMs: 0 } as ExchangeOptions['latency'],
  queue: { kind: 'risk-averse' },
  impactHalfLifeMs: 1000 as ExchangeOptions['impactHalfLifeMs'],
  dailyVolume: { [PERP.symbol]: qty(1000), [SPOT.symbol]: qty(1000) },
  seed: 1,
};

/** An engine with 100,000 in the account `main` and in `other`, at time zero. */
export function engine(over: Partial<ExchangeOptions> = {}): MatchingEngine {
  const made = new MatchingEngine({ ...OPTIONS, ...over });
  made.deposit('main', money(100_000), at(0));
  made.deposit('other', money(100_000), at(0));
  return made;
}

export const withImpact = (impactPermanent: number): Instrument => ({
  ...PERP,
  costs: { ...PERP.costs, impactPermanent: impactPermanent as Ppm },
});

export const fillsOf = (events: readonly VenueEvent[]): readonly Fill[] =>
  events.filter((event) => event.kind === 'fill').map(({ fill }) => fill);
export const reportsOf = (events: readonly VenueEvent[]): readonly OrderReport[] =>
  events.filter((event) => event.kind === 'report').map(({ report }) => report);
export const traded = (events: readonly VenueEvent[]): readonly (readonly [Price, Qty])[] =>
  fillsOf(events).map((fill) => [fill.price, fill.qty] as const);

/** Nothing was made and nothing was lost. */
export function expectBalanced(exchange: MatchingEngine): void {
  for (const { asset, total } of exchange.totals()) expect([asset, total]).toEqual([asset, 0n]);
}
