/** The market view on the wire: what was known of one symbol, closed and canonical. */
import * as c from './codec.ts';
import * as m from './market-view.ts';
import { ORDER_TYPES, TIFS } from './proposal.ts';
import type { Factor, Money, Ppm, Price, Qty, SpanMs } from './units.ts';

const ppm = c.integer<Ppm>();
const span = c.integer<SpanMs>(0);
const amount = c.fixed<Qty>(0n);
const worth = c.fixed<Money>(0n);
/** Prices may be negative where an instrument allows it; the rules say where. */
const price = c.fixed<Price>();
const currency = c.pattern(/^[A-Z0-9]{1,16}$/, 'a currency such as USDT');

const bracket: c.Codec<m.Bracket> = c.record({
  notionalMax: worth,
  leverageMax: c.integer(1, 1_000),
  maintenance: ppm,
});
export const costsCodec: c.Codec<m.CostParameters> = c.record({
  maker: ppm,
  taker: ppm,
  impactTemporary: ppm,
  impactPermanent: ppm,
});

export const instrumentCodec: c.Codec<m.Instrument> = c.record<m.Instrument>({
  symbol: c.symbolName,
  venue: c.name,
  kind: c.oneOf(m.INSTRUMENT_KINDS),
  base: currency,
  quote: currency,
  settle: currency,
  inverse: c.flag,
  quanto: c.flag,
  multiplier: c.fixed<Factor>(1n),
  tick: c.fixed<Price>(1n),
  lot: c.fixed<Qty>(1n),
  qtyMin: amount,
  qtyMax: amount,
  marketQtyMax: amount,
  notionalMin: worth,
  notionalMax: c.nullable(worth),
  priceMin: price,
  priceMax: price,
  priceBandUp: c.nullable(ppm),
  priceBandDown: c.nullable(ppm),
  positionMax: c.nullable(amount),
  openOrdersMax: c.count,
  orderTypes: c.list(c.oneOf(ORDER_TYPES), 10),
  tifs: c.list(c.oneOf(TIFS), 10),
  postOnly: c.flag,
  reduceOnly: c.flag,
  clientIdLengthMax: c.count,
  shortable: c.flag,
  marginMode: c.oneOf(['none', 'cross', 'isolated'] as const),
  brackets: c.list(bracket, 64),
  listedAt: c.time,
  expiresAt: c.nullable(c.time),
  costs: costsCodec,
});

/** As many levels a side as any feed here keeps. */
const LEVELS_MAX = 1_000;
const levels = c.list(c.record<m.Level>({ price, qty: amount }), LEVELS_MAX);
export const bookCodec: c.Codec<m.Book> = c.record<m.Book>({
  bids: levels,
  asks: levels,
  sequence: c.count,
  exchangeAt: c.time,
  receivedAt: c.time,
});

const reference: c.Codec<m.Reference> = c.record({ price, at: c.time });

export const marketViewCodec: c.Codec<m.MarketView> = c.record<m.MarketView>({
  symbol: c.symbolName,
  asOf: c.time,
  instrument: c.nullable(instrumentCodec),
  status: c.nullable(c.oneOf(m.VENUE_STATUSES)),
  book: c.nullable(bookCodec),
  motion: c.nullable(
    c.record<m.Motion>({
      midPrevious: price,
      zScore: ppm,
      ticksSinceJump: c.count,
      spreadMedian: ppm,
    }),
  ),
  bar: c.nullable(
    c.record<m.BarState>({
      timeframeMs: span,
      closedAt: c.time,
      closed: c.flag,
      gapsInLookback: c.count,
    }),
  ),
  volume: c.nullable(
    c.record<m.VolumeStats>({ dayQty: amount, recentQty: amount, dayNotional: worth }),
  ),
  volatility: c.nullable(c.record<m.Volatility>({ realised: ppm, interruption: c.flag })),
  reference: c.nullable(reference),
  funding: c.nullable(c.record<m.Funding>({ rate: ppm, nextAt: c.time, everyMs: span })),
  feed: c.nullable(
    c.record<m.FeedState>({ gap: c.flag, resyncing: c.flag, heartbeatAt: c.time, warm: c.flag }),
  ),
  clock: c.nullable(
    c.record<m.ClockState>({ skewMs: c.integer(), monotonic: c.flag, persistent: c.flag }),
  ),
  rates: c.dictionary(c.record<m.Rate>({ factor: c.fixed<Factor>(), at: c.time }), 1_000),
  marks: c.dictionary(reference, 10_000, c.symbolName),
  evidence: c.list(c.record<m.Evidence>({ id: c.name, availableAt: c.nullable(c.time) }), 64),
});
