/** When a position has run past its stop: the stop price itself, too much lost, too much given back, or held too long. */
import type { AccountView, Position } from './account-view.ts';
import type { MarketView } from './market-view.ts';
import { rateOf } from './pricing.ts';
import { abs, floorDiv, SCALE, type Money, type Ppm, type SpanMs, type TimeMs } from './units.ts';

export type StopLimits = Readonly<{
  /** Of the entry price. */
  lossMax: Ppm;
  /** Of the best unrealised profit, once that was at least `giveBackFrom`. */
  giveBackMax: Ppm;
  giveBackFrom: Money;
  ageMax: SpanMs;
}>;

/** What the account and the market say of the positions' prices. */
export type StopView = Readonly<{
  account: AccountView;
  market: Pick<MarketView, 'marks' | 'rates'>;
  now: TimeMs;
}>;

export const STOP_REASONS = ['STOP_REACHED', 'LOSS', 'GIVE_BACK', 'AGE'] as const;
export type StopReason = (typeof STOP_REASONS)[number];

const MILLION = 1_000_000n;

/** Why the position must be closed; null when it need not be, `unknown` when its price or rate is. */
export function stopOf(
  position: Position,
  limits: StopLimits,
  { account, market, now }: StopView,
): StopReason | 'unknown' | null {
  const { symbol, qty, entryPrice, stopPrice } = position;
  if (qty === 0n) return null;
  const mark = Object.hasOwn(market.marks, symbol) ? market.marks[symbol]?.price : undefined;
  const rate = rateOf(market, account, position.settle);
  if (mark === undefined || mark <= 0n || rate === null) return 'unknown';
  const long = qty > 0n;
  if (stopPrice !== null && (long ? mark <= stopPrice : mark >= stopPrice)) return 'STOP_REACHED';
  const gained = long ? mark - entryPrice : entryPrice - mark;
  if (-gained * MILLION > BigInt(limits.lossMax) * entryPrice) return 'LOSS';
  if (position.profitPeak > 0n && position.profitPeak >= limits.giveBackFrom) {
    const profit = floorDiv(abs(qty) * gained * position.multiplier * rate, SCALE * SCALE * SCALE);
    const given = position.profitPeak - profit;
    if (given * MILLION > BigInt(limits.giveBackMax) * position.profitPeak) return 'GIVE_BACK';
  }
  // Written so that an age that is not a number is one that nobody knows.
  return now - position.openedAt <= limits.ageMax ? null : 'AGE';
}
