/** What the oracle knows of one case, by filters and sums over the plain views; nothing is shared with the rules. */
import {
  RULES,
  type Case,
  type Instrument,
  type OrderProposal,
  type Position,
  type Side,
  type WorkingOrder,
} from '#firewall';
import { by, dec, greatest, minus, plus, times, up, whole, type Q } from './rational.ts';

export type Answer = 'pass' | 'fail' | 'missing' | 'na';
export const passIf = (holds: boolean): Answer => (holds ? 'pass' : 'fail');

const INDEX_OF = new Map(RULES.map((rule, index) => [rule.id, index]));

/** The limits in force for one rule, each read as what it is. */
export class Limits {
  readonly #values: Readonly<Record<string, unknown>>;
  constructor(c: Case, id: string) {
    const index = INDEX_OF.get(id) ?? -1;
    const changes = c.policy.temporary.filter((t) => t.index === index && c.now < t.until);
    this.#values = changes.at(-1)?.limits ?? c.policy.limits[index] ?? {};
  }
  get(name: string): unknown {
    if (!Object.hasOwn(this.#values, name)) throw new Error(`no limit ${name}`);
    return this.#values[name];
  }
  number(name: string): number {
    return this.get(name) as number;
  }
  flag(name: string): boolean {
    return this.get(name) as boolean;
  }
  names(name: string): readonly string[] {
    return this.get(name) as readonly string[];
  }
  share(name: string): Q {
    return by(whole(this.number(name)), whole(1_000_000));
  }
  money(name: string): Q {
    return dec(this.get(name) as bigint);
  }
  /** The value for a key, or the one for all others. */
  of(name: string, key: string): unknown {
    const map = this.get(name) as { default: unknown; by: Record<string, unknown> };
    return Object.entries(map.by).find(([other]) => other === key)?.[1] ?? map.default;
  }
  numberOf(name: string, key: string): number {
    return this.of(name, key) as number;
  }
  shareOf(name: string, key: string): Q {
    return by(whole(this.numberOf(name, key)), whole(1_000_000));
  }
  moneyOf(name: string, key: string): Q {
    return dec(this.of(name, key) as bigint);
  }
}

export type World = Readonly<{
  c: Case;
  order: OrderProposal | null;
  instrument: Instrument | null;
  symbol: string;
  strategy: string;
  now: number;
  bid: Q | null;
  ask: Q | null;
  mid: Q | null;
  /** The worst price at which the order may trade. */
  price: Q | null;
  rate: Q | null;
  /** Worth of one unit at that price in account currency. */
  each: Q | null;
  notional: Q | null;
  equity: Q | null;
  reducing: boolean;
}>;

/** A limit takes another quantity of the same case; whether it reduces stays what it was, where that is asked for. */
export function worldOf(c: Case, frozen?: Readonly<{ reducing: boolean }>): World {
  const order = c.proposal.kind === 'order' ? c.proposal : null;
  const { book, instrument } = c.market;
  const touch = (side: 'bids' | 'asks'): Q | null => {
    const best = book?.[side].at(0);
    return best === undefined ? null : dec(best.price);
  };
  const [bid, ask] = [touch('bids'), touch('asks')];
  const limited = order?.limitPrice ?? null;
  const far = order?.side === 'buy' ? ask : bid;
  const price = order === null ? null : limited === null ? far : dec(limited);
  const rate = instrument === null ? null : rateTo(c, instrument.quote);
  const each =
    price === null || rate === null || instrument === null
      ? null
      : times(price, dec(instrument.multiplier), rate);
  return {
    c,
    order,
    instrument,
    symbol: c.proposal.symbol,
    strategy: c.proposal.provenance.strategy,
    now: c.now,
    bid,
    ask,
    // The middle is a price, and a price has eight decimals.
    mid: bid === null || ask === null ? null : dec((bid.n + ask.n - ((bid.n + ask.n) & 1n)) / 2n),
    price,
    rate,
    each,
    notional: order === null || each === null ? null : up(times(dec(order.qty), each)),
    equity: c.account.equityFault || c.account.equity === null ? null : dec(c.account.equity),
    reducing: frozen?.reducing ?? reducesWhateverFills(c),
  };
}

/** What is not above zero is no rate. */
export function rateTo(c: Case, currency: string): Q | null {
  if (currency === c.account.currency) return whole(1);
  const found = Object.entries(c.market.rates).find(([name]) => name === currency)?.[1];
  return found === undefined || found.factor <= 0n ? null : dec(found.factor);
}
/** What is not above zero is no mark. */
export function markOf(c: Case, symbol: string): Readonly<{ price: Q; at: number }> | null {
  const found = Object.entries(c.market.marks).find(([name]) => name === symbol)?.[1];
  return found === undefined || found.price <= 0n
    ? null
    : { price: dec(found.price), at: found.at };
}

const signed = (side: Side, qty: bigint): bigint => (side === 'buy' ? qty : -qty);
const magnitude = (n: bigint): bigint => (n < 0n ? -n : n);

/** Every sum that a subset of the working orders can add to a position. */
function subsetSums(working: readonly WorkingOrder[]): readonly bigint[] {
  return working.reduce<readonly bigint[]>(
    (sums, { side, qty }) => [...new Set([...sums, ...sums.map((sum) => sum + signed(side, qty))])],
    [0n],
  );
}

/** The specification's words: for every subset of fills the exposure strictly falls and the sign never flips. */
export function reducesWhateverFills(c: Case, strategy?: string): boolean {
  const { proposal } = c;
  const { positions, working } = c.account;
  if (proposal.kind !== 'order' || positions === null || working === null) return false;
  if (proposal.qty <= 0n) return false;
  const mine = (of: { symbol: string; strategy: string }): boolean =>
    of.symbol === proposal.symbol && (strategy === undefined || of.strategy === strategy);
  const held = positions.filter(mine).reduce((sum, { qty }) => sum + qty, 0n);
  return subsetSums(working.filter(mine)).every((filled) => {
    const before = held + filled;
    const after = before + signed(proposal.side, proposal.qty);
    return magnitude(after) < magnitude(before) && !(before > 0n ? after < 0n : after > 0n);
  });
}

/** One symbol at its worst, both ways, in quantities. */
export type Reach = Readonly<{ long: bigint; short: bigint }>;
function reachOf(positions: readonly Position[], working: readonly WorkingOrder[]): Reach {
  const held = positions.reduce((sum, { qty }) => sum + qty, 0n);
  const filling = (side: Side): bigint =>
    working.filter((w) => w.side === side).reduce((sum, { qty }) => sum + qty, 0n);
  return { long: held + filling('buy'), short: filling('sell') - held };
}

export type Line = Readonly<{
  symbol: string;
  base: string;
  settle: string;
  /** Worth when all buys fill, and worth of the short when all sells do; each rounded up. */
  long: Q;
  short: Q;
  gross: Q;
  mine: boolean;
  /** What the proposal's strategy may come to hold in it. */
  own: Q;
  markedAt: number;
}>;

export type Holdings = Readonly<{
  others: readonly Line[];
  /** Worth of a unit of this symbol, at the higher of order price and middle. */
  each: Q;
  /** Quantities along the order's side, before it. */
  before: bigint;
  ownBefore: bigint;
  /** Same-side working orders of this symbol. */
  working: bigint;
  after: Q;
  against: Q;
  larger: Q;
}>;

/** Everything that may come to be held; null where any part of it cannot be told. */
export function holdingsOf({
  c,
  order,
  mid,
  price,
  instrument,
  rate,
  strategy,
}: World): Holdings | null {
  const { positions, working } = c.account;
  if (order === null || positions === null || working === null) return null;
  if (mid === null || price === null || instrument === null || rate === null) return null;

  const open = positions.filter(({ qty }) => qty !== 0n);
  const symbols = [...new Set([...open, ...working].map(({ symbol }) => symbol))];
  const others: Line[] = [];
  for (const symbol of symbols.filter((name) => name !== order.symbol)) {
    const line = lineOf(c, symbol, strategy);
    if (line === null) return null;
    others.push(line);
  }
  const here = <T extends { symbol: string }>(list: readonly T[]): readonly T[] =>
    list.filter(({ symbol }) => symbol === order.symbol);
  const ours = <T extends { strategy: string }>(list: readonly T[]): readonly T[] =>
    list.filter((of) => of.strategy === strategy);
  const all = reachOf(here(open), here(working));
  const own = reachOf(ours(here(open)), ours(here(working)));
  const buys = order.side === 'buy';
  const each = times(greatest(price, mid), dec(instrument.multiplier), rate);
  const before = buys ? all.long : all.short;
  const after = up(times(dec(before + order.qty), each));
  const against = up(times(dec(buys ? all.short : all.long), each));
  return {
    others,
    each,
    before,
    ownBefore: buys ? own.long : own.short,
    working: here(working)
      .filter(({ side }) => side === order.side)
      .reduce((sum, { qty }) => sum + qty, 0n),
    after,
    against,
    larger: greatest(after, against),
  };
}

function lineOf(c: Case, symbol: string, strategy: string): Line | null {
  const positions = (c.account.positions ?? []).filter((p) => p.symbol === symbol && p.qty !== 0n);
  const working = (c.account.working ?? []).filter((w) => w.symbol === symbol);
  const first = positions[0] ?? working[0];
  const mark = markOf(c, symbol);
  const rate = first === undefined ? null : rateTo(c, first.settle);
  if (first === undefined || mark === null || rate === null) return null;
  const each = times(mark.price, dec(first.multiplier), rate);
  const worth = (qty: bigint): Q => up(times(dec(qty), each));
  const all = reachOf(positions, working);
  const ownPositions = positions.filter((p) => p.strategy === strategy);
  const ownWorking = working.filter((w) => w.strategy === strategy);
  const own = reachOf(ownPositions, ownWorking);
  const [long, short] = [worth(all.long), worth(all.short)];
  return {
    symbol,
    base: first.base,
    settle: first.settle,
    long,
    short,
    gross: greatest(long, short),
    mine: ownPositions.length + ownWorking.length > 0,
    own: greatest(worth(own.long), worth(own.short)),
    markedAt: mark.at,
  };
}

export const total = (all: readonly Q[]): Q => plus(...all);
/** How far two amounts lie apart. */
export const apart = (a: Q, b: Q): Q => greatest(minus(a, b), minus(b, a));
