/** The operator's own caps: a second, smaller policy that no approval can raise. */
import * as f from '#firewall';
import type { Refusal } from './approval-check.ts';
import type { HardCaps } from './contract.ts';
import { countedSince, type VaultState } from './vault-state.ts';

export type Capped =
  | Readonly<{ ok: true; /** Null when it does not count. */ counted: f.Money | null }>
  | (Readonly<{ ok: false }> & Refusal);

type Asked = Readonly<{
  proposal: f.Proposal;
  market: f.MarketView;
  caps: HardCaps;
  /** What the caps are in. */
  currency: string;
  state: VaultState;
  now: f.TimeMs;
}>;

const no = (code: Refusal['code'], detail: string): Capped => ({ ok: false, code, detail });

/** A cancel adds no risk and is never capped, but for the end of the vault's term. */
export function checkCaps(asked: Asked): Capped {
  const { proposal, caps, state, now } = asked;
  if (caps.notAfter !== null && now > caps.notAfter)
    return no('CAP_ENDED', `nothing is signed after ${caps.notAfter}`);
  if (proposal.kind === 'cancel') return { ok: true, counted: null };
  if (!caps.symbols.includes(proposal.symbol))
    return no('CAP_SYMBOL', `${proposal.symbol} is not on the list`);
  const worst = worstPrice(proposal, asked.market, caps.priceDeviationMax);
  if (!worst.ok) return no('CAP_PRICE', worst.detail);
  const notional = notionalOf(proposal, worst.price, asked);
  if (notional === null) return no('CAP_NOTIONAL', 'the value of the order is not known');
  if (notional > caps.notionalMax)
    return no(
      'CAP_NOTIONAL',
      `${f.formatFixed(notional)} is above ${f.formatFixed(caps.notionalMax)}`,
    );
  // The venue keeps a reduce-only order from adding risk, so a spent day never bars the way out.
  if (proposal.reduceOnly) return { ok: true, counted: null };
  const day = countedSince(state, (now - f.DAY_MS) as f.TimeMs);
  if (day.orders + 1 > caps.ordersPerDayMax)
    return no('CAP_ORDERS', `${day.orders} orders within a day`);
  if (day.notional + notional > caps.notionalPerDayMax)
    return no('CAP_WINDOW', `${f.formatFixed(day.notional)} within a day already`);
  return { ok: true, counted: notional };
}

type Worst = Readonly<{ ok: true; price: f.Price }> | Readonly<{ ok: false; detail: string }>;

/** The worst price that the signed order can trade at, when it is near enough to the middle of the book. */
function worstPrice(order: f.OrderProposal, market: f.MarketView, deviationMax: f.Ppm): Worst {
  const bid = market.book?.bids[0]?.price;
  const ask = market.book?.asks[0]?.price;
  if (bid === undefined || ask === undefined || bid <= 0n || ask <= 0n)
    return { ok: false, detail: 'there is no market to compare with' };
  const mid = (bid + ask) / 2n;
  // A market order may walk the book; it is valued as if it walked to the edge of what is allowed.
  const edge = f.ceilDiv(mid * BigInt(f.PPM + deviationMax), BigInt(f.PPM));
  if (order.limitPrice === null) return { ok: true, price: edge as f.Price };
  const away = f.ratioPpm(f.abs(order.limitPrice - mid), mid);
  if (away === null || away > deviationMax)
    return { ok: false, detail: `${away ?? '?'} ppm from the middle, at most ${deviationMax}` };
  // A sell trades at its limit or better, so the middle counts when it is higher.
  const better = order.side === 'sell' && mid > order.limitPrice;
  return { ok: true, price: better ? (mid as f.Price) : order.limitPrice };
}

function notionalOf(
  order: f.OrderProposal,
  price: f.Price,
  { market, currency }: Asked,
): f.Money | null {
  const { instrument } = market;
  if (instrument === null || order.qty <= 0n || price <= 0n) return null;
  const rate =
    instrument.quote === currency
      ? (f.SCALE as f.Factor)
      : Object.hasOwn(market.rates, instrument.quote)
        ? (market.rates[instrument.quote]?.factor ?? null)
        : null;
  if (rate === null || rate <= 0n || instrument.multiplier <= 0n) return null;
  const raw = order.qty * price * instrument.multiplier * rate;
  return f.ceilDiv(raw, f.SCALE * f.SCALE * f.SCALE) as f.Money;
}
