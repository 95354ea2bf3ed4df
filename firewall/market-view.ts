/** What the firewall's own feed knew of one symbol at one moment. Null means unknown, and unknown is refused. */
import type { OrderType, Tif } from './proposal.ts';
import type { Factor, Money, Ppm, Price, Qty, SpanMs, TimeMs } from './units.ts';

export const INSTRUMENT_KINDS = ['spot', 'perp', 'equity'] as const;
export type InstrumentKind = (typeof INSTRUMENT_KINDS)[number];
export const VENUE_STATUSES = [
  'trading',
  'halted',
  'auction',
  'maintenance',
  'delisting',
  'closed',
] as const;
export type VenueStatus = (typeof VENUE_STATUSES)[number];

/** Leverage and maintenance margin up to a position value. */
export type Bracket = Readonly<{ notionalMax: Money; leverageMax: number; maintenance: Ppm }>;

/** The one cost model's parameters for one instrument; see `costs.ts`. */
export type CostParameters = Readonly<{
  maker: Ppm;
  taker: Ppm;
  /** Price impact per unit while trading, at a quantity equal to the daily volume. */
  impactTemporary: Ppm;
  /** Price move that stays, at a quantity equal to the daily volume. */
  impactPermanent: Ppm;
}>;

export type Instrument = Readonly<{
  symbol: string;
  venue: string;
  kind: InstrumentKind;
  base: string;
  quote: string;
  settle: string;
  inverse: boolean;
  quanto: boolean;
  multiplier: Factor;
  tick: Price;
  lot: Qty;
  qtyMin: Qty;
  qtyMax: Qty;
  marketQtyMax: Qty;
  notionalMin: Money;
  notionalMax: Money | null;
  priceMin: Price;
  priceMax: Price;
  /** How far a limit price may lie from the reference, by the venue's own filter. */
  priceBandUp: Ppm | null;
  priceBandDown: Ppm | null;
  positionMax: Qty | null;
  openOrdersMax: number;
  orderTypes: readonly OrderType[];
  tifs: readonly Tif[];
  postOnly: boolean;
  reduceOnly: boolean;
  clientIdLengthMax: number;
  shortable: boolean;
  marginMode: 'none' | 'cross' | 'isolated';
  brackets: readonly Bracket[];
  listedAt: TimeMs;
  /** Delivery or settlement; null for what never expires. */
  expiresAt: TimeMs | null;
  costs: CostParameters;
}>;

export type Level = Readonly<{ price: Price; qty: Qty }>;

export type Book = Readonly<{
  /** Best first. */
  bids: readonly Level[];
  asks: readonly Level[];
  sequence: number;
  exchangeAt: TimeMs;
  receivedAt: TimeMs;
}>;

export type FeedState = Readonly<{
  gap: boolean;
  resyncing: boolean;
  heartbeatAt: TimeMs;
  warm: boolean;
}>;

/** The middle price's recent path, as counted by the feed. */
export type Motion = Readonly<{
  midPrevious: Price;
  /** Largest recent one-step move in standard deviations, in millionths. */
  zScore: Ppm;
  ticksSinceJump: number;
  spreadMedian: Ppm;
}>;

export type BarState = Readonly<{
  timeframeMs: SpanMs;
  closedAt: TimeMs;
  closed: boolean;
  gapsInLookback: number;
}>;

export type VolumeStats = Readonly<{
  dayQty: Qty;
  /** Over the last ten minutes. */
  recentQty: Qty;
  dayNotional: Money;
}>;

export type Volatility = Readonly<{
  /** One-day standard deviation of returns. */
  realised: Ppm;
  /** The venue interrupts trading for volatility. */
  interruption: boolean;
}>;

/** A second source of the price: mark, index, or another feed. */
export type Reference = Readonly<{ price: Price; at: TimeMs }>;

export type Funding = Readonly<{
  /** Paid by longs to shorts at the next stamp; negative the other way. */
  rate: Ppm;
  nextAt: TimeMs;
  everyMs: SpanMs;
}>;

export type ClockState = Readonly<{ skewMs: number; monotonic: boolean; persistent: boolean }>;
export type Rate = Readonly<{ factor: Factor; at: TimeMs }>;
/** A cited datum as the firewall's own store knows it; null when it is not there. */
export type Evidence = Readonly<{ id: string; availableAt: TimeMs | null }>;

export type MarketView = Readonly<{
  symbol: string;
  asOf: TimeMs;
  instrument: Instrument | null;
  status: VenueStatus | null;
  book: Book | null;
  motion: Motion | null;
  bar: BarState | null;
  volume: VolumeStats | null;
  volatility: Volatility | null;
  reference: Reference | null;
  /** Null where the instrument has none (spot); a perpetual without it is refused. */
  funding: Funding | null;
  feed: FeedState | null;
  clock: ClockState | null;
  /** Currency → account currency. The account currency itself need not be listed. */
  rates: Readonly<Record<string, Rate>>;
  /** Middle or mark price of every symbol held or worked, this one included. */
  marks: Readonly<Record<string, Reference>>;
  evidence: readonly Evidence[];
}>;
