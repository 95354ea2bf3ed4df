/** The simulated venue's words: orders in, acknowledgements and fills out, and a switch for bad behaviour. */
import type {
  Book,
  Instrument,
  Money,
  OrderType,
  Price,
  Qty,
  Side,
  SpanMs,
  Tif,
  TimeMs,
} from '#firewall';

/** An order as it reaches the matching engine, after the signature was checked. */
export type VenueOrder = Readonly<{
  account: string;
  clientId: string;
  symbol: string;
  side: Side;
  type: OrderType;
  tif: Tif;
  qty: Qty;
  limitPrice: Price | null;
  expiresAt: TimeMs | null;
  postOnly: boolean;
  reduceOnly: boolean;
}>;

export const ORDER_STATES = ['resting', 'filled', 'cancelled', 'expired', 'rejected'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** What the venue knows of one order. */
export type OrderReport = Readonly<{
  venueOrderId: string;
  clientId: string;
  account: string;
  symbol: string;
  side: Side;
  state: OrderState;
  qty: Qty;
  filled: Qty;
  price: Price | null;
  /** Stable code of a rejection. */
  reason: string | null;
  updatedAt: TimeMs;
}>;

export type Fill = Readonly<{
  /** Deterministic, unique at the venue. */
  tradeId: string;
  venueOrderId: string;
  clientId: string;
  account: string;
  symbol: string;
  side: Side;
  price: Price;
  qty: Qty;
  fee: Money;
  liquidity: 'maker' | 'taker';
  at: TimeMs;
}>;

/** Cash moved without a trade: deposits, withdrawals, funding. */
export type CashMove = Readonly<{
  id: string;
  account: string;
  amount: Money;
  kind: 'deposit' | 'withdrawal' | 'funding';
  symbol: string | null;
  at: TimeMs;
}>;

export type VenueEvent =
  | Readonly<{ kind: 'report'; report: OrderReport }>
  | Readonly<{ kind: 'fill'; fill: Fill }>
  | Readonly<{ kind: 'cash'; move: CashMove }>;

export type VenuePosition = Readonly<{ symbol: string; qty: Qty; entryPrice: Price }>;
export type VenueAccount = Readonly<{
  account: string;
  cash: Money;
  positions: readonly VenuePosition[];
  open: readonly OrderReport[];
}>;

/** The matching engine. Pure of clocks and randomness: time and seeds come in. */
export interface Exchange {
  readonly instruments: readonly Instrument[];
  deposit(account: string, amount: Money, now: TimeMs): void;
  /** The outside market as it is now; what we took from it stays taken until it is refreshed. */
  book(symbol: string, book: Book, now: TimeMs): readonly VenueEvent[];
  print(symbol: string, price: Price, qty: Qty, taker: Side, now: TimeMs): readonly VenueEvent[];
  funding(symbol: string, ratePpm: number, mark: Price, now: TimeMs): readonly VenueEvent[];
  submit(order: VenueOrder, now: TimeMs): readonly VenueEvent[];
  cancel(account: string, clientId: string, now: TimeMs): readonly VenueEvent[];
  cancelAll(account: string, now: TimeMs): readonly VenueEvent[];
  /** Latency and expiry: what falls due by `now`. */
  advance(now: TimeMs): readonly VenueEvent[];
  order(account: string, clientId: string): OrderReport | null;
  fills(account: string, since: TimeMs): readonly Fill[];
  account(account: string): VenueAccount | null;
  /** The book that others see: the outside market, less what was taken, plus our resting orders. */
  visible(symbol: string): Book | null;
}

export type Latency = Readonly<{ entryMs: SpanMs; cancelMs: SpanMs; jitterMs: SpanMs }>;

/** Bad behaviour on demand; each is the way some real venue fails. */
export const FAULTS = [
  'none',
  'timeout-before',
  'timeout-after',
  'duplicate',
  'late',
  'reject',
  'stale-read',
] as const;
export type Fault = (typeof FAULTS)[number];
