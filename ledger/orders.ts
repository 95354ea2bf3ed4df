/** Orders from approval to their end: what may still fill, what is reserved, what is not known. */
import type { Ppm, Price, Side, TimeMs, WorkingOrder } from '#firewall';
import type { OutcomeKind } from './contract.ts';
import type { Terms } from './worth.ts';

export type OrderState = {
  readonly approvalId: string;
  clientId: string;
  readonly symbol: string;
  readonly strategy: string;
  readonly side: Side;
  readonly qty: bigint;
  filled: bigint;
  readonly price: Price;
  readonly reduceOnly: boolean;
  readonly stopPrice: Price | null;
  readonly placedAt: TimeMs;
  /** End of the approval: later than this the signer refuses it. */
  readonly expiresAt: TimeMs;
  state: WorkingOrder['state'] | 'ended';
  /** How it ended. */
  end: OutcomeKind | 'filled' | null;
  endCode: string | null;
  endedAt: TimeMs | null;
  /** When the courier said that it had ended; a fill from before that may still be on its way. */
  endSaidAt: TimeMs | null;
  /** The courier's sequence last heard of it; what it said earlier says nothing any more. */
  heard: number;
  /** The market when it was judged, for what a fill should have cost. */
  readonly mid: Price | null;
  readonly modelled: Ppm | null;
};

/** After an approval's end, how long the courier may take to say what became of it before that is called unknown. */
export const FENCE_MS = 30_000;

const END: ReadonlySet<OutcomeKind> = new Set([
  'signer-refused',
  'expired',
  'rejected',
  'not-placed',
]);

/** What the courier says of an order. Only its word releases a reservation: silence never does. */
export function settle(
  order: OrderState,
  outcome: Readonly<{
    outcome: OutcomeKind;
    code: string | null;
    at: TimeMs;
    sequence: number;
    saidAt: TimeMs;
  }>,
): void {
  if (outcome.sequence < order.heard) return;
  if (order.state === 'ended' && !isBack(order, outcome.outcome)) return;
  order.heard = outcome.sequence;
  if (outcome.outcome === 'acked') {
    order.state = 'working';
    order.end = null;
    order.endCode = null;
    order.endedAt = null;
    order.endSaidAt = null;
  } else if (outcome.outcome === 'unknown') {
    order.state = 'unknown';
  } else if (END.has(outcome.outcome) || endsUnfilled(order, outcome.code)) {
    finish(order, outcome.outcome, outcome.code, outcome.at);
    order.endSaidAt = outcome.saidAt;
  } else {
    // The venue filled all of it, and the fills are still on their way: until they are here they may come.
    order.state = 'working';
  }
}

/** It was said never to have lived, and the venue has it after all: it can fill, so it counts again. */
const isBack = (order: OrderState, word: OutcomeKind): boolean =>
  word === 'acked' && order.end !== null && order.end !== 'filled' && END.has(order.end);

const endsUnfilled = (order: OrderState, code: string | null): boolean =>
  order.filled >= order.qty || !(code ?? '').toLowerCase().includes('fill');

export function finish(
  order: OrderState,
  end: NonNullable<OrderState['end']>,
  code: string | null,
  at: TimeMs,
): void {
  order.state = 'ended';
  order.end = end;
  order.endCode = code;
  order.endedAt = at;
}

/** Anything wrong with a fill of this order, by stable codes. Facts count all the same. */
export function faultsOf(
  order: OrderState | undefined,
  fill: Readonly<{ symbol: string; side: Side; qty: bigint; at: TimeMs }>,
): readonly string[] {
  if (order === undefined) return ['FILL_OF_UNKNOWN_ORDER'];
  const faults: string[] = [];
  if (fill.symbol !== order.symbol) faults.push('FILL_OF_WRONG_SYMBOL');
  if (fill.side !== order.side) faults.push('FILL_ON_WRONG_SIDE');
  if (order.filled + fill.qty > order.qty) faults.push('FILL_ABOVE_ORDER');
  else if (afterEnd(order, fill.at)) faults.push('FILL_AFTER_END');
  return faults;
}

/** An order that was cancelled after it had filled in part may be told before its fills; one that never lived may not. */
function afterEnd(order: OrderState, filledAt: TimeMs): boolean {
  if (order.state !== 'ended' || order.end === 'filled') return false;
  return order.end !== 'done' || order.endSaidAt === null || filledAt > order.endSaidAt;
}

/** Whether nothing was heard of it long after it should have been placed. */
export const overdue = (order: OrderState, now: TimeMs): boolean =>
  order.state === 'reserved' && now > order.expiresAt + FENCE_MS;

/** The order as the rules see it; null when nothing more can come of it. */
export function workingOf(
  order: OrderState,
  terms: Pick<Terms, 'base' | 'settle' | 'multiplier'>,
  now: TimeMs,
): WorkingOrder | null {
  if (order.state === 'ended' || order.filled >= order.qty) return null;
  return {
    clientId: order.clientId,
    symbol: order.symbol,
    strategy: order.strategy,
    base: terms.base,
    settle: terms.settle,
    multiplier: terms.multiplier,
    side: order.side,
    qty: (order.qty - order.filled) as WorkingOrder['qty'],
    price: order.price,
    reduceOnly: order.reduceOnly,
    placedAt: order.placedAt,
    state: overdue(order, now) ? 'unknown' : order.state,
  };
}
