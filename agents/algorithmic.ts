/**
 * The agent without a language model: trend by two moving averages, stop and target by the average true range.
 * It claims no edge. It is the desk of the first minute, and what a desk falls back to when its model fails.
 */
import {
  abs,
  SCALE,
  type Instrument,
  type Money,
  type Ppm,
  type Price,
  type Qty,
  type Side,
  type SpanMs,
} from '#firewall';

export type Bar = Readonly<{ high: Price; low: Price; close: Price }>;

/** What the agent looks at. Only closed bars, oldest first. */
export type Sight = Readonly<{
  instrument: Instrument;
  bars: readonly Bar[];
  bid: Price;
  ask: Price;
  equity: Money;
  /** Signed position of this desk's own strategy. */
  position: Qty;
  stopPrice: Price | null;
  /** The firewall's own stop says that the position should be left. */
  leave: boolean;
  /** Orders of this desk that are still on their way. */
  pending: boolean;
}>;

export type Tuning = Readonly<{
  fast: number;
  slow: number;
  range: number;
  /** Share of equity that one entry is worth. */
  size: Ppm;
  /** Stop and target, in millionths of the average true range. */
  stopRange: Ppm;
  targetRange: Ppm;
  /** How far past the touch a taking order may reach. */
  reach: Ppm;
  horizonMs: SpanMs;
}>;

export const TUNING: Tuning = {
  fast: 8,
  slow: 21,
  range: 14,
  size: 30_000 as Ppm,
  stopRange: 4_000_000 as Ppm,
  targetRange: 8_000_000 as Ppm,
  reach: 300 as Ppm,
  horizonMs: 1_800_000 as SpanMs,
};

/** Why an order is asked for: by the rules of this agent, or by a plan. */
export const REASONS = [
  'ENTER_TREND',
  'EXIT_FLIP',
  'EXIT_STOP',
  'EXIT_PROTECTIVE',
  'PLAN_LONG',
  'PLAN_SHORT',
  'PLAN_EXIT',
] as const;

/** The numbers of an order before it has an address: both kinds of agent end in one. */
export type Intent = Readonly<{
  why: (typeof REASONS)[number];
  side: Side;
  qty: Qty;
  limitPrice: Price;
  stopPrice: Price | null;
  targetPrice: Price | null;
  expectedMove: Ppm;
  confidence: Ppm;
  reduceOnly: boolean;
  horizonMs: SpanMs;
}>;

/** One look at the market: an entry, an exit, or nothing. Pure: the same sight gives the same intent. */
export function look(sight: Sight, tuning: Tuning = TUNING): Intent | null {
  if (sight.pending) return null;
  const trend = sight.bars.length < tuning.slow + 1 ? null : trendOf(sight.bars, tuning);
  if (sight.position !== 0n) return leave(sight, trend, tuning);
  return trend === null ? null : enter(sight, trend, tuning);
}

type Trend = Readonly<{ side: Side; range: bigint; strength: Ppm }>;

function trendOf(bars: readonly Bar[], { fast, slow, range }: Tuning): Trend {
  const near = mean(bars.slice(-fast).map(({ close }) => close));
  const far = mean(bars.slice(-slow).map(({ close }) => close));
  const recent = bars.slice(-range - 1);
  const ranges = recent.slice(1).map((bar, index) => trueRange(bar, recent[index] ?? bar));
  const average = mean(ranges);
  const gap = near > far ? near - far : far - near;
  // Half sure when the averages touch, at most nine tenths when they are a full range apart.
  const strength = average === 0n ? 0n : min(400_000n, (gap * 400_000n) / average);
  return {
    side: near >= far ? 'buy' : 'sell',
    range: average,
    strength: Number(500_000n + strength) as Ppm,
  };
}

const mean = (values: readonly bigint[]): bigint =>
  values.length === 0 ? 0n : values.reduce((sum, value) => sum + value, 0n) / BigInt(values.length);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

function trueRange({ high, low }: Bar, { close }: Bar): bigint {
  const top = high > close ? high : close;
  const bottom = low < close ? low : close;
  return top - bottom;
}

function enter(sight: Sight, trend: Trend, tuning: Tuning): Intent | null {
  const { instrument, bid, ask, equity } = sight;
  if (trend.side === 'sell' && !instrument.shortable) return null;
  const buy = trend.side === 'buy';
  const touch = buy ? ask : bid;
  const worth = (equity * BigInt(tuning.size)) / 1_000_000n;
  const qty = down((worth * SCALE) / touch, instrument.lot);
  const stopGap = (trend.range * BigInt(tuning.stopRange)) / 1_000_000n;
  const targetGap = (trend.range * BigInt(tuning.targetRange)) / 1_000_000n;
  // A range as wide as the price itself leaves no room for a stop or a target.
  if (qty < instrument.qtyMin || stopGap === 0n || targetGap >= touch) return null;
  return {
    why: 'ENTER_TREND',
    side: trend.side,
    qty: qty as Qty,
    limitPrice: reaching(touch, trend.side, sight, tuning),
    stopPrice: down(buy ? touch - stopGap : touch + stopGap, instrument.tick) as Price,
    targetPrice: down(buy ? touch + targetGap : touch - targetGap, instrument.tick) as Price,
    expectedMove: Number((targetGap * 1_000_000n) / touch) as Ppm,
    confidence: trend.strength,
    reduceOnly: false,
    horizonMs: tuning.horizonMs,
  };
}

/** A stop needs no trend: a desk that has seen few bars yet leaves all the same. */
function leave(sight: Sight, trend: Trend | null, tuning: Tuning): Intent | null {
  const { position, stopPrice, bid, ask } = sight;
  const long = position > 0n;
  const side: Side = long ? 'sell' : 'buy';
  const touch = long ? bid : ask;
  const stopped = stopPrice !== null && (long ? touch <= stopPrice : touch >= stopPrice);
  // A trend that turned must be clear, or the desk would pay the spread for noise.
  const turned = trend?.side === side && trend.strength >= 600_000;
  if (!stopped && !turned && !sight.leave) return null;
  return {
    // The reason that binds goes before the one that is an opinion: only the first is carried out by any fallback.
    why: stopped ? 'EXIT_STOP' : sight.leave ? 'EXIT_PROTECTIVE' : 'EXIT_FLIP',
    side,
    qty: abs(position),
    limitPrice: reaching(touch, side, sight, tuning),
    stopPrice: null,
    targetPrice: null,
    expectedMove: 0 as Ppm,
    confidence: trend?.strength ?? (500_000 as Ppm),
    reduceOnly: true,
    horizonMs: tuning.horizonMs,
  };
}

const down = (value: bigint, step: bigint): bigint => (step <= 0n ? value : value - (value % step));

/** A limit a little past the touch, on the venue's own grid: it takes what is there and no worse. */
function reaching(touch: Price, side: Side, { instrument }: Sight, { reach }: Tuning): Price {
  const past = (touch * BigInt(reach)) / 1_000_000n;
  const price = side === 'buy' ? touch + past : touch - past;
  return down(price, instrument.tick) as Price;
}
