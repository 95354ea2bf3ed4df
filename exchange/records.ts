/** What the venue writes down so that it forgets nothing, and the words of its private stream. */
import {
  count,
  fixed,
  flag,
  list,
  name,
  nullable,
  oneOf,
  ORDER_TYPES,
  record,
  SIDES,
  symbolName,
  TIFS,
  time,
  variant,
  type Codec,
  type Money,
  type Price,
  type Qty,
  type TimeMs,
} from '#firewall';
import {
  ORDER_STATES,
  type CashMove,
  type Fill,
  type OrderReport,
  type VenueAccount,
  type VenueEvent,
  type VenueOrder,
  type VenuePosition,
} from './contract.ts';
import { addressCodec } from './wire.ts';

/** A change of the engine's state; folding them in order gives the state back. */
export type EngineRecord =
  | Readonly<{
      kind: 'order';
      number: number;
      order: VenueOrder;
      at: TimeMs;
      arriveAt: TimeMs;
      reservedAt: Price;
    }>
  | Readonly<{ kind: 'cancel'; number: number; at: TimeMs }>
  | Readonly<{ kind: 'event'; event: VenueEvent }>;

/** And what the door knows beside the engine. */
export type VenueRecord =
  | EngineRecord
  | Readonly<{ kind: 'trader'; account: string; address: string }>
  | Readonly<{ kind: 'nonce'; address: string; nonce: number }>;

export const venueOrderCodec: Codec<VenueOrder> = record<VenueOrder>({
  account: name,
  clientId: name,
  symbol: symbolName,
  side: oneOf(SIDES),
  type: oneOf(ORDER_TYPES),
  tif: oneOf(TIFS),
  qty: fixed<Qty>(),
  limitPrice: nullable(fixed<Price>()),
  expiresAt: nullable(time),
  postOnly: flag,
  reduceOnly: flag,
});

export const orderReportCodec: Codec<OrderReport> = record<OrderReport>({
  venueOrderId: name,
  clientId: name,
  account: name,
  symbol: symbolName,
  side: oneOf(SIDES),
  state: oneOf(ORDER_STATES),
  qty: fixed<Qty>(),
  filled: fixed<Qty>(),
  price: nullable(fixed<Price>()),
  reason: nullable(name),
  updatedAt: time,
});

export const fillCodec: Codec<Fill> = record<Fill>({
  tradeId: name,
  venueOrderId: name,
  clientId: name,
  account: name,
  symbol: symbolName,
  side: oneOf(SIDES),
  price: fixed<Price>(),
  qty: fixed<Qty>(),
  fee: fixed<Money>(),
  liquidity: oneOf(['maker', 'taker'] as const),
  at: time,
});

const cashMoveCodec: Codec<CashMove> = record<CashMove>({
  id: name,
  account: name,
  amount: fixed<Money>(),
  kind: oneOf(['deposit', 'withdrawal', 'funding'] as const),
  symbol: nullable(symbolName),
  at: time,
});

export const venueEventCodec: Codec<VenueEvent> = variant<VenueEvent>({
  report: record({ kind: oneOf(['report'] as const), report: orderReportCodec }),
  fill: record({ kind: oneOf(['fill'] as const), fill: fillCodec }),
  cash: record({ kind: oneOf(['cash'] as const), move: cashMoveCodec }),
});

export const venueAccountCodec: Codec<VenueAccount> = record<VenueAccount>({
  account: name,
  cash: fixed<Money>(),
  positions: list(
    record<VenuePosition>({ symbol: symbolName, qty: fixed<Qty>(), entryPrice: fixed<Price>() }),
    10_000,
  ),
  open: list(orderReportCodec, 100_000),
});

/** One line of the private stream. */
export type PrivateLine = Readonly<{ sequence: number; event: VenueEvent }>;
export const privateLineCodec: Codec<PrivateLine> = record<PrivateLine>({
  sequence: count,
  event: venueEventCodec,
});

export const venueRecordCodec: Codec<VenueRecord> = variant<VenueRecord>({
  order: record({
    kind: oneOf(['order'] as const),
    number: count,
    order: venueOrderCodec,
    at: time,
    arriveAt: time,
    reservedAt: fixed<Price>(),
  }),
  cancel: record({ kind: oneOf(['cancel'] as const), number: count, at: time }),
  event: record({ kind: oneOf(['event'] as const), event: venueEventCodec }),
  trader: record({ kind: oneOf(['trader'] as const), account: name, address: addressCodec }),
  nonce: record({ kind: oneOf(['nonce'] as const), address: addressCodec, nonce: count }),
});
