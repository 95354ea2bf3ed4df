/** Who owns what at the venue: cash, holdings and what they cost, moved only by trades, deposits and funding. */
import {
  ceilDiv,
  fee,
  feeRate,
  floorDiv,
  PPM,
  SCALE,
  type Instrument,
  type Money,
  type Price,
  type Qty,
  type Side,
} from '#firewall';
import type { VenuePosition } from './contract.ts';
import { DoubleEntry, HOUSE, traderOf, type AssetTotal } from './double-entry.ts';

const SQUARE = SCALE * SCALE;

/** What a quantity is worth, exactly: money times 1e16. */
export const exactValue = (instrument: Instrument, qty: bigint, price: Price): bigint =>
  qty * price * instrument.multiplier;

export const valueUp = (instrument: Instrument, qty: bigint, price: Price): Money =>
  ceilDiv(exactValue(instrument, qty, price), SQUARE) as Money;

export const feeOf = (
  instrument: Instrument,
  trade: Readonly<{ qty: Qty; price: Price; liquidity: 'maker' | 'taker' }>,
): Money =>
  fee(valueUp(instrument, trade.qty, trade.price), feeRate(instrument.costs, trade.liquidity));

/** Rounded toward plus infinity: less for who is paid, more for who pays. */
const ceil = (n: bigint, d: bigint): bigint => -floorDiv(-n, d);

export type Trade = Readonly<{
  account: string;
  instrument: Instrument;
  side: Side;
  qty: Qty;
  price: Price;
  liquidity: 'maker' | 'taker';
}>;

export class Custody {
  readonly #ledger = new DoubleEntry();
  readonly #currency: string;
  /** Signed entry cost by account and symbol, exactly (money times 1e16). */
  readonly #costs = new Map<string, Map<string, bigint>>();

  constructor(currency: string) {
    this.#currency = currency;
  }

  open(account: string): void {
    if (!this.#costs.has(account)) this.#costs.set(account, new Map());
  }

  has = (account: string): boolean => this.#costs.has(account);
  accounts = (): readonly string[] => [...this.#costs.keys()];
  cash = (account: string): Money =>
    this.#ledger.balance(this.#currency, traderOf(account)) as Money;
  held = (account: string, symbol: string): Qty =>
    this.#ledger.balance(symbol, traderOf(account)) as Qty;
  house = (name: keyof typeof HOUSE): Money =>
    this.#ledger.balance(this.#currency, HOUSE[name]) as Money;
  totals = (): readonly AssetTotal[] => this.#ledger.totals();
  symbols = (account: string): readonly string[] => [...(this.#costs.get(account)?.keys() ?? [])];

  /** Cash that comes from, or goes to, a house account. */
  move(account: string, from: 'outside' | 'funding', amount: Money): void {
    this.#ledger.transfer(this.#currency, HOUSE[from], traderOf(account), amount);
  }

  /** Profit of the open position at a mark, rounded against the trader; zero for what is simply owned. */
  unrealised(account: string, instrument: Instrument, mark: Price): Money {
    if (instrument.kind !== 'perp') return 0n as Money;
    const cost = this.#costs.get(account)?.get(instrument.symbol) ?? 0n;
    const worth = exactValue(instrument, this.held(account, instrument.symbol), mark);
    return floorDiv(worth - cost, SQUARE) as Money;
  }

  /** What funding brings (or, negative, costs) the holder of a position, rounded against it. */
  fundingOf(
    account: string,
    instrument: Instrument,
    { ratePpm, mark }: Readonly<{ ratePpm: number; mark: Price }>,
  ): Money {
    const worth = exactValue(instrument, this.held(account, instrument.symbol), mark);
    return floorDiv(-worth * BigInt(ratePpm), SQUARE * BigInt(PPM)) as Money;
  }

  position(account: string, instrument: Instrument): VenuePosition | null {
    const { symbol } = instrument;
    const qty = this.held(account, symbol);
    if (qty === 0n) return null;
    const cost = this.#costs.get(account)?.get(symbol) ?? 0n;
    const unit = qty * instrument.multiplier;
    const entryPrice = (qty > 0n ? ceil(cost, unit) : floorDiv(cost, unit)) as Price;
    return { symbol, qty, entryPrice };
  }

  /** Books one trade whole and gives the fee. */
  trade(trade: Trade): Money {
    const { account, instrument, side, qty, price } = trade;
    const trader = traderOf(account);
    const signed = side === 'buy' ? qty : 0n - qty;
    const held = this.held(account, instrument.symbol);
    const owed =
      instrument.kind === 'perp'
        ? -this.#recost(account, instrument, { held, signed, price })
        : exactValue(instrument, signed, price);
    if (instrument.kind !== 'perp') this.#recost(account, instrument, { held, signed, price });
    this.#ledger.transfer(instrument.symbol, HOUSE.venue, trader, signed);
    if (owed !== 0n)
      this.#ledger.settle(this.#currency, trader, HOUSE.venue, {
        numerator: owed,
        denominator: SQUARE,
      });
    const paid = feeOf(instrument, trade);
    this.#ledger.transfer(this.#currency, trader, HOUSE.fees, paid);
    return paid;
  }

  /** Carries the entry cost over a trade and gives the profit that it realised, exactly. */
  #recost(
    account: string,
    instrument: Instrument,
    { held, signed, price }: Readonly<{ held: bigint; signed: bigint; price: Price }>,
  ): bigint {
    const { symbol } = instrument;
    const costs = this.#costs.get(account) as Map<string, bigint>;
    const cost = costs.get(symbol) ?? 0n;
    const closing = held > 0n === signed > 0n || held === 0n ? 0n : nearest(held, -signed);
    // What is released of the entry cost is rounded up, so that the profit is not.
    const released = closing === 0n ? 0n : closing === held ? cost : ceil(cost * closing, held);
    const opening = signed + closing;
    const left = cost - released + exactValue(instrument, opening, price);
    if (held + signed === 0n) costs.delete(symbol);
    else costs.set(symbol, left);
    return exactValue(instrument, closing, price) - released;
  }
}

/** The one of two like-signed amounts that is nearer to zero. */
const nearest = (a: bigint, b: bigint): bigint => ((a < 0n ? -a : a) < (b < 0n ? -b : b) ? a : b);
