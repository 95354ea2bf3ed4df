/** Every way the venue says no, by stable code, and the one error of this folder. */

/** Refusals by the matching engine. */
export const ENGINE_CODES = [
  'ACCOUNT_UNKNOWN',
  'SYMBOL_UNKNOWN',
  'CLIENT_ID_INVALID',
  'CLIENT_ID_DUPLICATE',
  'ORDER_TYPE_UNSUPPORTED',
  'TIF_UNSUPPORTED',
  'POST_ONLY_UNSUPPORTED',
  'POST_ONLY_INVALID',
  'REDUCE_ONLY_UNSUPPORTED',
  'PRICE_MISSING',
  'PRICE_UNEXPECTED',
  'PRICE_OFF_TICK',
  'PRICE_OUT_OF_RANGE',
  'PRICE_OUT_OF_BAND',
  'QTY_INVALID',
  'QTY_OFF_LOT',
  'QTY_TOO_SMALL',
  'QTY_TOO_LARGE',
  'NOTIONAL_TOO_SMALL',
  'NOTIONAL_TOO_LARGE',
  'EXPIRY_INVALID',
  'OPEN_ORDERS_TOO_MANY',
  'POSITION_TOO_LARGE',
  'REDUCE_ONLY_WOULD_INCREASE',
  'BOOK_MISSING',
  'INSUFFICIENT_FUNDS',
  'POST_ONLY_WOULD_CROSS',
] as const;
export type EngineCode = (typeof ENGINE_CODES)[number];

/** Why the rest of an accepted order was taken back. */
export const CLOSE_CODES = [
  'CANCELLED_BY_TRADER',
  'EXPIRED',
  'IOC_REMAINDER',
  'FOK_NOT_FILLED',
  'BOOK_EXHAUSTED',
  'SELF_TRADE_PREVENTED',
  'REDUCE_ONLY_NOTHING_LEFT',
  'INSUFFICIENT_FUNDS',
] as const;
export type CloseCode = (typeof CLOSE_CODES)[number];

/** Refusals at the door, before the engine sees anything. */
export const DOOR_CODES = [
  'BODY_MALFORMED',
  'BODY_TOO_LARGE',
  'BODY_NOT_CANONICAL',
  'ENDPOINT_MISMATCH',
  'SIGNATURE_INVALID',
  'ACCOUNT_UNKNOWN',
  'ADDRESS_NOT_REGISTERED',
  'DEADLINE_PASSED',
  'NONCE_REPLAYED',
  'NONCE_TOO_OLD',
  'ORDER_UNKNOWN',
  'VENUE_REJECTED',
] as const;
export type DoorCode = (typeof DOOR_CODES)[number];

export const EXCHANGE_ERROR_CODES = [
  'PORT_IN_USE',
  'LISTEN_FAILED',
  'INSTRUMENT_UNSUPPORTED',
  'JOURNAL_CORRUPT',
  'JOURNAL_FAILED',
] as const;

/** The venue process cannot start, or cannot go on. */
export class ExchangeError extends Error {
  readonly code: (typeof EXCHANGE_ERROR_CODES)[number];
  readonly retryable: boolean;
  constructor(
    code: (typeof EXCHANGE_ERROR_CODES)[number],
    message: string,
    retryable = false,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'ExchangeError';
    this.code = code;
    this.retryable = retryable;
  }
}
