/** What a trader can still afford: cash and profit, less margin of the worst case and money set aside for buys. */
import { abs, ceilDiv, floorDiv, PPM, SCALE } from '#firewall';
import type { Instrument, Money, Price, Qty } from '#firewall';
import type { VenueOrder } from './contract.ts';
import { feeOf, valueUp, type Custody } from './custody.ts';
import { remainingOf, type OpenOrder } from './open-order.ts';

/** What the sums need to know of the venue. */
export type Estate = Readonly<{
  custody: Custody;
  instrument(symbol: string): Instrument;
  mark(symbol: string): Price;
  /** Open orders of one account. */
  open(account: string): Iterable<OpenOrder>;
}>;

type Sides = { buys: bigint; sells: bigint };

/** Initial margin of an exposure: its value by the leverage of its bracket, rounded up. */
export function marginOf(instrument: Instrument, exposure: bigint, mark: Price): Money {
  const value = valueUp(instrument, abs(exposure), mark);
  const { brackets } = instrument;
  const bracket = brackets.find(({ notionalMax }) => value <= notionalMax) ?? brackets.at(-1);
  return ceilDiv(value, BigInt(Math.max(1, Math.floor(bracket?.leverageMax ?? 1)))) as Money;
}

const worstOf = (held: bigint, { buys, sells }: Sides): bigint => {
  const up = abs(held + buys);
  const down = abs(held - sells);
  return up > down ? up : down;
};

/** Money set aside for what is left of a buy of something that is simply owned. */
export const reservation = (instrument: Instrument, qty: Qty, price: Price): Money =>
  (valueUp(instrument, qty, price) +
    feeOf(instrument, { qty, price, liquidity: 'taker' })) as Money;

export const reserves = (instrument: Instrument, order: VenueOrder): boolean =>
  instrument.kind !== 'perp' && order.side === 'buy';

export function exposureOf(estate: Estate, account: string, symbol: string) {
  let buys = 0n;
  let sells = 0n;
  let count = 0;
  for (const open of estate.open(account)) {
    if (open.order.symbol !== symbol) continue;
    count += 1;
    if (open.order.side === 'buy') buys += remainingOf(open);
    else sells += remainingOf(open);
  }
  return { held: estate.custody.held(account, symbol), buys, sells, count };
}

/** May be negative: then only what reduces risk can be afforded. */
export function freeFunds(estate: Estate, account: string): Money {
  const { custody } = estate;
  const working = new Map<string, Sides>();
  let aside = 0n;
  let profit = 0n;
  for (const symbol of custody.symbols(account))
    if (estate.instrument(symbol).kind === 'perp') working.set(symbol, { buys: 0n, sells: 0n });
  for (const open of estate.open(account)) {
    const instrument = estate.instrument(open.order.symbol);
    const left = remainingOf(open);
    if (reserves(instrument, open.order)) aside += reservation(instrument, left, open.reservedAt);
    if (instrument.kind !== 'perp') continue;
    const sides = working.get(open.order.symbol) ?? { buys: 0n, sells: 0n };
    if (open.order.side === 'buy') sides.buys += left;
    else sides.sells += left;
    working.set(open.order.symbol, sides);
  }
  for (const [symbol, sides] of working) {
    const instrument = estate.instrument(symbol);
    const mark = estate.mark(symbol);
    aside += marginOf(instrument, worstOf(custody.held(account, symbol), sides), mark);
    profit += custody.unrealised(account, instrument, mark);
  }
  // An open profit is not money yet; an open loss is money gone.
  return (custody.cash(account) + (profit < 0n ? profit : 0n) - aside) as Money;
}

/** What accepting the order would set aside; zero or less for what reduces the worst case. */
export function requirement(estate: Estate, order: VenueOrder, price: Price): Money {
  const instrument = estate.instrument(order.symbol);
  if (instrument.kind !== 'perp')
    return (order.side === 'buy' ? reservation(instrument, order.qty, price) : 0n) as Money;
  const { held, buys, sells } = exposureOf(estate, order.account, order.symbol);
  const mark = estate.mark(order.symbol);
  const before = marginOf(instrument, worstOf(held, { buys, sells }), mark);
  const more =
    order.side === 'buy' ? { buys: buys + order.qty, sells } : { buys, sells: sells + order.qty };
  const grown = marginOf(instrument, worstOf(held, more), mark) - before;
  if (grown <= 0n) return 0n as Money;
  return (grown + feeOf(instrument, { qty: order.qty, price, liquidity: 'taker' })) as Money;
}

/** The largest quantity in lots, at most `want`, that a budget pays for with its taker fee. */
export function affordable(
  instrument: Instrument,
  budget: Money,
  trade: Readonly<{ want: Qty; price: Price }>,
): Qty {
  const { want, price } = trade;
  if (reservation(instrument, want, price) <= budget) return want;
  // Two units less, for the value and its fee are each rounded up.
  if (budget <= 2n) return 0n as Qty;
  const unit = price * instrument.multiplier * BigInt(PPM + instrument.costs.taker);
  const rough = floorDiv((budget - 2n) * SCALE * SCALE * BigInt(PPM), unit);
  let qty = rough - (rough % instrument.lot);
  while (qty > 0n && reservation(instrument, qty as Qty, price) > budget) qty -= instrument.lot;
  return (qty < want ? qty : want) as Qty;
}
