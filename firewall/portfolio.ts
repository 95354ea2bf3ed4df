/** Everything the account may come to hold: positions with all working orders and reservations, at their worst. */
import type { AccountView, Position, WorkingOrder } from './account-view.ts';
import type { MarketView } from './market-view.ts';
import { qtyAt, rateOf, worthOf, type Pricing } from './pricing.ts';
import type { OrderProposal } from './proposal.ts';
import type { Money, Qty, TimeMs } from './units.ts';

/** What one symbol may come to be worth; both ways, since any subset of the working orders may fill. */
export type Line = Readonly<{
  symbol: string;
  base: string;
  settle: string;
  /** Value when every working buy fills; negative where that is still short. */
  up: Money;
  /** Value of the short when every working sell fills; negative where that is still long. */
  down: Money;
  gross: Money;
  /** The proposal's strategy has a share in it. */
  ownStrategy: boolean;
}>;

/** Quantities and values run along the order's side: for a sell, a short counts as positive. */
export type Portfolio = Readonly<{
  /** Every other symbol that is held or worked. */
  others: readonly Line[];
  /** This symbol with all working orders of the order's side filled, before this order. */
  before: Qty;
  /** Value of this symbol after this order as well; what the position rules bound. */
  after: Money;
  /** Value of this symbol the other way, should this order never fill. */
  against: Money;
  /** The larger of the two, and with it the value of all symbols. */
  either: Money;
  gross: Money;
  /** A quantity of this symbol is worth `qty × unit / scale`, at the higher of order price and middle. */
  unit: bigint;
  scale: bigint;
  /** Sums over the other symbols. */
  grossOthers: Money;
  netOthers: Money;
  netOthersOfBase: Money;
  /** Of the proposal's strategy alone: its other symbols, and its quantity in this one before the order. */
  strategyOthers: Money;
  strategyBefore: Qty;
  oldestMark: TimeMs;
  newestMark: TimeMs;
}>;

/** The portfolio, or the name of the input for want of which it is not known. */
export type PortfolioResult = Portfolio | string;

/** Rounded toward the larger exposure, whichever way it runs. */
const roundUp = (n: bigint, d: bigint): bigint => (n > 0n ? n + d - 1n : n) / d;

type Draft = {
  readonly from: Position | WorkingOrder;
  held: bigint;
  buys: bigint;
  sells: bigint;
  ownHeld: bigint;
  ownBuys: bigint;
  ownSells: bigint;
  ownStrategy: boolean;
};

function draftIn(drafts: Draft[], from: Position | WorkingOrder): Draft {
  for (const draft of drafts) if (draft.from.symbol === from.symbol) return draft;
  const draft = {
    from,
    held: 0n,
    buys: 0n,
    sells: 0n,
    ownHeld: 0n,
    ownBuys: 0n,
    ownSells: 0n,
    ownStrategy: false,
  };
  drafts.push(draft);
  return draft;
}

function draftsOf(
  positions: readonly Position[],
  working: readonly WorkingOrder[],
  strategy: string,
): readonly Draft[] {
  const drafts: Draft[] = [];
  for (const position of positions) {
    if (position.qty === 0n) continue;
    const draft = draftIn(drafts, position);
    draft.held += position.qty;
    if (position.strategy !== strategy) continue;
    draft.ownHeld += position.qty;
    draft.ownStrategy = true;
  }
  for (const order of working) {
    const draft = draftIn(drafts, order);
    const own = order.strategy === strategy;
    if (order.side === 'buy') {
      draft.buys += order.qty;
      if (own) draft.ownBuys += order.qty;
    } else {
      draft.sells += order.qty;
      if (own) draft.ownSells += order.qty;
    }
    if (own) draft.ownStrategy = true;
  }
  return drafts;
}

type Sums = {
  own: Draft | null;
  readonly others: Line[];
  grossOthers: bigint;
  netOthers: bigint;
  netOthersOfBase: bigint;
  strategyOthers: bigint;
  oldestMark: number;
  newestMark: number;
};

type Asked = Readonly<{
  order: OrderProposal;
  market: MarketView;
  account: AccountView;
  pricing: Pricing;
}>;

/** Computed once per case; every rule about exposure reads from it. */
export function portfolioOf(asked: Asked): PortfolioResult {
  const { order, market, account, pricing } = asked;
  const { positions, working } = account;
  const { mid, price } = pricing;
  if (positions === null) return 'the positions';
  if (working === null) return 'the working orders';
  const highest = mid === null || price === null ? null : price > mid ? price : mid;
  const { unit, scale } = worthOf(highest, market.instrument?.multiplier ?? null, pricing.rate);
  if (unit === null) return 'a price, the instrument or its rate';
  const sums = sumsOf(asked, draftsOf(positions, working, order.provenance.strategy));
  if (typeof sums === 'string') return sums;

  const { before, opposite, strategyBefore } = alongOf(sums.own, order.side === 'buy');
  const after = roundUp((before + order.qty) * unit, scale) as Money;
  const against = roundUp(opposite * unit, scale) as Money;
  const either = after > against ? after : against;
  return {
    others: sums.others,
    before,
    after,
    against,
    either,
    gross: (sums.grossOthers + either) as Money,
    unit,
    scale,
    grossOthers: sums.grossOthers as Money,
    netOthers: sums.netOthers as Money,
    netOthersOfBase: sums.netOthersOfBase as Money,
    strategyOthers: sums.strategyOthers as Money,
    oldestMark: sums.oldestMark as TimeMs,
    newestMark: sums.newestMark as TimeMs,
    strategyBefore,
  };
}

/** What the other symbols come to, or which of them cannot be valued. */
function sumsOf({ order, market, account }: Asked, drafts: readonly Draft[]): Sums | string {
  const buying = order.side === 'buy';
  const sums: Sums = {
    own: null,
    others: [],
    grossOthers: 0n,
    netOthers: 0n,
    netOthersOfBase: 0n,
    strategyOthers: 0n,
    oldestMark: Number.MAX_SAFE_INTEGER,
    newestMark: 0,
  };
  for (const draft of drafts) {
    const { symbol, base, settle, multiplier } = draft.from;
    if (symbol === order.symbol) {
      sums.own = draft;
      continue;
    }
    const mark = Object.hasOwn(market.marks, symbol) ? market.marks[symbol] : undefined;
    const worth = worthOf(mark?.price ?? null, multiplier, rateOf(market, account, settle));
    // A mark of nothing would make whatever is held worth nothing, and no sum would be too large.
    if (mark === undefined || worth.unit === null || worth.unit <= 0n)
      return `the mark or rate of ${symbol}`;
    const line = lineOf(draft, worth.unit, worth.scale);
    sums.others.push(line);
    // A mark without a time makes the whole sum one of nobody knows when.
    sums.oldestMark = Math.min(sums.oldestMark, mark.at);
    sums.newestMark = Math.max(sums.newestMark, mark.at);
    const along = buying ? line.up : line.down;
    sums.grossOthers += line.gross;
    sums.netOthers += along;
    if (base === market.instrument?.base) sums.netOthersOfBase += along;
    if (draft.ownStrategy) sums.strategyOthers += strategyGross(draft, worth.unit, worth.scale);
  }
  return sums;
}

function lineOf(draft: Draft, unit: bigint, scale: bigint): Line {
  const { symbol, base, settle } = draft.from;
  const up = roundUp((draft.held + draft.buys) * unit, scale) as Money;
  const down = roundUp((draft.sells - draft.held) * unit, scale) as Money;
  return {
    symbol,
    base,
    settle,
    up,
    down,
    gross: up > down ? up : down,
    ownStrategy: draft.ownStrategy,
  };
}

function strategyGross({ ownHeld, ownBuys, ownSells }: Draft, unit: bigint, scale: bigint): bigint {
  const up = ownHeld + ownBuys;
  const down = ownSells - ownHeld;
  return roundUp((up > down ? up : down) * unit, scale);
}

type Along = Pick<Portfolio, 'before' | 'strategyBefore'> & { opposite: Qty };
const FLAT: Along = {
  before: 0n as Qty,
  opposite: 0n as Qty,
  strategyBefore: 0n as Qty,
};

function alongOf(own: Draft | null, buying: boolean): Along {
  if (own === null) return FLAT;
  const up = own.held + own.buys;
  const down = own.sells - own.held;
  return {
    before: (buying ? up : down) as Qty,
    opposite: (buying ? down : up) as Qty,
    strategyBefore: (buying ? own.ownHeld + own.ownBuys : own.ownSells - own.ownHeld) as Qty,
  };
}

/** The largest quantity of this order after which the symbol is worth at most an amount along the order's side. */
export function roomFor(
  { before, unit, scale }: Pick<Portfolio, 'before' | 'unit' | 'scale'>,
  amount: bigint,
): Qty {
  if (unit <= 0n) return 0n as Qty;
  const room = qtyAt(unit, scale, amount) - before;
  return (room > 0n ? room : 0n) as Qty;
}

/** The same where either side counts: when the other side alone takes more, not even the smallest order fits. */
export const roomEitherWay = (portfolio: Portfolio, amount: bigint): Qty =>
  portfolio.against > amount ? (0n as Qty) : roomFor(portfolio, amount);
