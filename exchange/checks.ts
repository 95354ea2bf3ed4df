/** What the venue's gateway asks of an order before it takes it: shape, filters, and the instrument's bounds. */
import { abs, PPM, type Instrument, type Price } from '#firewall';
import type { EngineCode } from './codes.ts';
import type { VenueOrder } from './contract.ts';
import { valueUp } from './custody.ts';

/** Where the market stands for one order: both null without a book. */
export type Touch = Readonly<{ mid: Price | null; far: Price | null }>;

export function checkShape(
  order: VenueOrder,
  instrument: Instrument,
  now: number,
): EngineCode | null {
  const { type, tif, limitPrice, expiresAt, postOnly, reduceOnly, clientId } = order;
  if (clientId.length === 0 || clientId.length > instrument.clientIdLengthMax)
    return 'CLIENT_ID_INVALID';
  if (!instrument.orderTypes.includes(type)) return 'ORDER_TYPE_UNSUPPORTED';
  if (!instrument.tifs.includes(tif)) return 'TIF_UNSUPPORTED';
  if (postOnly && !instrument.postOnly) return 'POST_ONLY_UNSUPPORTED';
  if (postOnly && (type === 'market' || tif === 'ioc' || tif === 'fok')) return 'POST_ONLY_INVALID';
  if (reduceOnly && !instrument.reduceOnly) return 'REDUCE_ONLY_UNSUPPORTED';
  if (type === 'limit' && limitPrice === null) return 'PRICE_MISSING';
  if (type === 'market' && limitPrice !== null) return 'PRICE_UNEXPECTED';
  if ((tif === 'gtd') !== (expiresAt !== null)) return 'EXPIRY_INVALID';
  return expiresAt !== null && expiresAt <= now ? 'EXPIRY_INVALID' : null;
}

export function checkFilters(
  order: VenueOrder,
  instrument: Instrument,
  touch: Touch,
): EngineCode | null {
  const { qty, type } = order;
  if (qty <= 0n) return 'QTY_INVALID';
  if (qty % instrument.lot !== 0n) return 'QTY_OFF_LOT';
  if (qty < instrument.qtyMin) return 'QTY_TOO_SMALL';
  if (qty > (type === 'market' ? instrument.marketQtyMax : instrument.qtyMax))
    return 'QTY_TOO_LARGE';
  return checkPrice(order, instrument, touch) ?? checkNotional(order, instrument, touch);
}

function checkPrice(order: VenueOrder, instrument: Instrument, touch: Touch): EngineCode | null {
  const price = order.limitPrice;
  if (price === null) return touch.far === null ? 'BOOK_MISSING' : null;
  if (price < instrument.priceMin || price > instrument.priceMax || price <= 0n)
    return 'PRICE_OUT_OF_RANGE';
  if (price % instrument.tick !== 0n) return 'PRICE_OFF_TICK';
  const { priceBandUp: up, priceBandDown: down } = instrument;
  if (up === null && down === null) return null;
  // A band around an unknown price admits nothing.
  if (touch.mid === null) return 'BOOK_MISSING';
  const scaled = price * BigInt(PPM);
  if (up !== null && scaled > touch.mid * BigInt(PPM + up)) return 'PRICE_OUT_OF_BAND';
  if (down !== null && scaled < touch.mid * BigInt(PPM - down)) return 'PRICE_OUT_OF_BAND';
  return null;
}

function checkNotional(order: VenueOrder, instrument: Instrument, touch: Touch): EngineCode | null {
  const price = order.limitPrice ?? touch.far;
  if (price === null) return 'BOOK_MISSING';
  const notional = valueUp(instrument, order.qty, price);
  // The whole of a small position can always be closed.
  if (notional < instrument.notionalMin && !order.reduceOnly) return 'NOTIONAL_TOO_SMALL';
  if (instrument.notionalMax !== null && notional > instrument.notionalMax)
    return 'NOTIONAL_TOO_LARGE';
  return null;
}

export type Exposure = Readonly<{ held: bigint; buys: bigint; sells: bigint; count: number }>;

export function checkExposure(
  order: VenueOrder,
  instrument: Instrument,
  { held, buys, sells, count }: Exposure,
): EngineCode | null {
  if (count >= instrument.openOrdersMax) return 'OPEN_ORDERS_TOO_MANY';
  const buying = order.side === 'buy';
  if (order.reduceOnly) {
    const against = buying ? held < 0n : held > 0n;
    if (!against || order.qty > abs(held)) return 'REDUCE_ONLY_WOULD_INCREASE';
  }
  const worst = buying ? held + buys + order.qty : held - sells - order.qty;
  const grows = abs(worst) > abs(held);
  if (instrument.positionMax !== null && grows && abs(worst) > instrument.positionMax)
    return 'POSITION_TOO_LARGE';
  // What is not a contract can be sold only by who has it.
  if (instrument.kind !== 'perp' && !buying && worst < 0n) return 'INSUFFICIENT_FUNDS';
  return null;
}
