/** From a plan to the numbers of an order. Pure; it rounds so that no order is larger or reaches further than was meant. */
import {
  abs,
  ceilDiv,
  parseFixed,
  SCALE,
  shareOf,
  type Instrument,
  type Money,
  type Ppm,
  type Price,
  type Qty,
  type Side,
  type SpanMs,
} from '#firewall';
import { TUNING, type Intent } from './algorithmic.ts';
import type { ACTIONS, HORIZONS, Level, Plan, SIZES } from './contract.ts';

/** What is looked at when the order is made. The touch may be newer than the one that the plan was made on. */
export type OrderSight = Readonly<{
  instrument: Instrument;
  bid: Price;
  ask: Price;
  /** Null while nobody knows it: then nothing is opened. */
  equity: Money | null;
  /** Signed position of this desk's own strategy. */
  position: Qty;
  /** Orders of this desk that are still on their way. */
  pending: boolean;
}>;

export type Sizing = Readonly<{
  /** Share of equity that a full entry is worth. */
  size: Ppm;
  /** How far past the touch a taking order may reach. */
  reach: Ppm;
}>;
/** The same as the algorithmic agent's, so that the two can be compared. */
export const SIZING: Sizing = { size: TUNING.size, reach: TUNING.reach };

export const ORDER_CODES = [
  'NOTHING_TO_DO',
  'ORDER_PENDING',
  'EQUITY_NOT_KNOWN',
  'POSITION_HELD',
  'POSITION_NOT_HELD',
  'SHORT_NOT_POSSIBLE',
  'CONTRACT_NOT_LINEAR',
  'LEVEL_NOT_KNOWN',
  'BRACKET_CROSSED',
  'QTY_TOO_SMALL',
] as const;
export type OrderCode = (typeof ORDER_CODES)[number];
export type OrderResult =
  | Readonly<{ ok: true; intent: Intent }>
  | Readonly<{ ok: false; code: OrderCode }>;

const SHARES: Readonly<Record<(typeof SIZES)[number], Ppm>> = {
  quarter: 250_000 as Ppm,
  half: 500_000 as Ppm,
  full: 1_000_000 as Ppm,
};
const SPANS: Readonly<Record<(typeof HORIZONS)[number], SpanMs>> = {
  '15m': 900_000 as SpanMs,
  '30m': 1_800_000 as SpanMs,
  '1h': 3_600_000 as SpanMs,
  '4h': 14_400_000 as SpanMs,
};

const MILLION = 1_000_000n;
const fail = (code: OrderCode): OrderResult => ({ ok: false, code });
const down = (value: bigint, step: bigint): bigint => (step <= 0n ? value : value - (value % step));
const up = (value: bigint, step: bigint): bigint =>
  step <= 0n ? value : ceilDiv(value, step) * step;

/** What a planner may choose from: it is not asked what cannot be done. */
export function actionsFor({
  position,
  instrument,
}: Pick<OrderSight, 'position' | 'instrument'>): readonly (typeof ACTIONS)[number][] {
  if (position !== 0n) return ['exit', 'none'];
  return instrument.shortable ? ['long', 'short', 'none'] : ['long', 'none'];
}

type Planned = Readonly<{
  plan: Plan;
  levels: readonly Level[];
  sight: OrderSight;
  sizing?: Sizing;
}>;

export function orderOf({ plan, levels, sight, sizing = SIZING }: Planned): OrderResult {
  if (plan.action === 'none') return fail('NOTHING_TO_DO');
  if (sight.pending) return fail('ORDER_PENDING');
  if (plan.action === 'exit') return exit(plan, sight, sizing);
  return open(plan, plan.action === 'long' ? 'buy' : 'sell', { levels, sight, sizing });
}

/** All of the position and nothing more; a size word has no say in how far one gets out. */
function exit(plan: Plan, sight: OrderSight, { reach }: Sizing): OrderResult {
  const { position } = sight;
  if (position === 0n) return fail('POSITION_NOT_HELD');
  const side = position > 0n ? 'sell' : 'buy';
  const intent: Intent = {
    why: 'PLAN_EXIT',
    side,
    qty: abs(position),
    limitPrice: reaching(side, sight, reach),
    stopPrice: null,
    targetPrice: null,
    expectedMove: 0 as Ppm,
    confidence: confidenceOf(plan),
    reduceOnly: true,
    horizonMs: SPANS[plan.horizon],
  };
  return { ok: true, intent };
}

type Opening = Readonly<{ levels: readonly Level[]; sight: OrderSight; sizing: Sizing }>;

function open(plan: Plan, side: Side, { levels, sight, sizing }: Opening): OrderResult {
  const { instrument, equity, position, bid, ask } = sight;
  const buy = side === 'buy';
  if (position !== 0n) return fail('POSITION_HELD');
  if (equity === null) return fail('EQUITY_NOT_KNOWN');
  if (!buy && !instrument.shortable) return fail('SHORT_NOT_POSSIBLE');
  if (instrument.inverse || instrument.quanto) return fail('CONTRACT_NOT_LINEAR');
  const [stop, target] = [priceOf(plan.stop, levels), priceOf(plan.target, levels)];
  if (stop === null || target === null) return fail('LEVEL_NOT_KNOWN');
  const limitPrice = reaching(side, sight, sizing.reach);
  // Towards the market, both of them: no more is risked and no more is hoped for than the level says.
  const { tick } = instrument;
  const stopPrice = buy ? up(stop, tick) : down(stop, tick);
  const targetPrice = buy ? down(target, tick) : up(target, tick);
  const bracketed = buy
    ? stopPrice < bid && targetPrice > limitPrice
    : stopPrice > ask && targetPrice < limitPrice;
  if (!bracketed || stopPrice <= 0n || targetPrice <= 0n) return fail('BRACKET_CROSSED');
  const qty = sizeOf(plan, { limitPrice, sight: { ...sight, equity }, size: sizing.size });
  if (qty === null) return fail('QTY_TOO_SMALL');
  const hoped = buy ? targetPrice - limitPrice : limitPrice - targetPrice;
  const intent: Intent = {
    why: buy ? 'PLAN_LONG' : 'PLAN_SHORT',
    side,
    qty,
    limitPrice,
    stopPrice: stopPrice as Price,
    targetPrice: targetPrice as Price,
    expectedMove: Number((hoped * MILLION) / limitPrice) as Ppm,
    confidence: confidenceOf(plan),
    reduceOnly: false,
    horizonMs: SPANS[plan.horizon],
  };
  return { ok: true, intent };
}

const confidenceOf = ({ confidence }: Plan): Ppm => (confidence * 10_000) as Ppm;

function priceOf(name: string, levels: readonly Level[]): bigint | null {
  const level = levels.find((known) => known.name === name);
  return level === undefined ? null : parseFixed(level.price);
}

/** A little past the touch and on the grid: it takes what is there, and rounds back towards the touch. */
function reaching(side: Side, { bid, ask, instrument: { tick } }: OrderSight, reach: Ppm): Price {
  return (
    side === 'buy' ? down(ask + shareOf(ask, reach), tick) : up(bid - shareOf(bid, reach), tick)
  ) as Price;
}

type Sized = Readonly<{
  limitPrice: Price;
  sight: OrderSight & Readonly<{ equity: Money }>;
  size: Ppm;
}>;

/** What the share of equity buys at the dearest price that the order can get, in whole lots; null where that is too little. */
function sizeOf(plan: Plan, { limitPrice, sight, size }: Sized): Qty | null {
  const { instrument, bid, equity } = sight;
  const { lot, multiplier, qtyMin, qtyMax, notionalMin } = instrument;
  const worth = shareOf(shareOf(equity, size), SHARES[plan.size]);
  const dearest = limitPrice > bid ? limitPrice : bid;
  if (worth <= 0n || dearest <= 0n || multiplier <= 0n) return null;
  const wanted = (worth * SCALE * SCALE) / (dearest * multiplier);
  const qty = down(wanted < qtyMax ? wanted : qtyMax, lot);
  const cheapest = limitPrice < bid ? limitPrice : bid;
  const notional = (qty * cheapest * multiplier) / (SCALE * SCALE);
  return qty <= 0n || qty < qtyMin || notional < notionalMin ? null : (qty as Qty);
}
