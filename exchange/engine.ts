/** The matching engine: price-time priority against a market that remembers what we did to it. No clock, no chance. */
import {
  assert,
  type Book,
  type Instrument,
  type Money,
  type Price,
  type Qty,
  type Side,
  type TimeMs,
} from '#firewall';
import { checkExposure, checkFilters, checkShape } from './checks.ts';
import type { EngineCode } from './codes.ts';
import type {
  Exchange,
  Fill,
  OrderReport,
  VenueAccount,
  VenueEvent,
  VenueOrder,
  VenuePosition,
} from './contract.ts';
import { Core, type ExchangeOptions } from './core.ts';
import { exposureOf, freeFunds, requirement } from './funds.ts';
import type { Market } from './matching.ts';
import { accepted, reportOf, type OpenOrder } from './open-order.ts';
import type { EngineRecord } from './records.ts';
import { restore } from './restore.ts';
import { arrive, meetBook, meetPrint } from './trading.ts';
import { visibleBook } from './visible.ts';

const NOTHING: readonly VenueEvent[] = Object.freeze([]);

export class MatchingEngine implements Exchange {
  readonly instruments: readonly Instrument[];
  readonly #core: Core;

  constructor(options: ExchangeOptions) {
    this.instruments = options.instruments;
    this.#core = new Core(options);
  }

  deposit(account: string, amount: Money, now: TimeMs): void {
    assert(amount !== 0n, 'a deposit moves something');
    this.#core.tick(now);
    this.#core.custody.open(account);
    this.#core.cash([], { account, amount, symbol: null });
  }

  book(symbol: string, book: Book, now: TimeMs): readonly VenueEvent[] {
    const core = this.#core;
    const market = core.markets.get(symbol);
    if (market === undefined) return this.advance(now);
    if (
      core.schedule.nextAt > core.tick(now) &&
      market.fresh.length === 0 &&
      market.resting.empty
    ) {
      market.outside.refresh(book);
      return NOTHING;
    }
    const events = this.#due();
    meetBook(core, market, book, events);
    return events;
  }

  print(symbol: string, price: Price, qty: Qty, taker: Side, now: TimeMs): readonly VenueEvent[] {
    const core = this.#core;
    const market = core.markets.get(symbol);
    if (market === undefined) return this.advance(now);
    if (core.schedule.nextAt > core.tick(now) && market.resting.empty) return NOTHING;
    const events = this.#due();
    meetPrint(core, market, { price, qty, taker }, events);
    return events;
  }

  /** Longs pay shorts a positive rate. A stamp counts once. */
  funding(symbol: string, ratePpm: number, mark: Price, now: TimeMs): readonly VenueEvent[] {
    const core = this.#core;
    core.tick(now);
    const events = this.#due();
    const market = core.markets.get(symbol);
    if (market === undefined || market.instrument.kind !== 'perp' || now <= market.fundedAt)
      return events;
    market.fundedAt = now;
    for (const account of core.custody.accounts()) {
      const amount = core.custody.fundingOf(account, market.instrument, { ratePpm, mark });
      if (amount !== 0n) core.cash(events, { account, amount, symbol });
    }
    return events;
  }

  submit(order: VenueOrder, now: TimeMs): readonly VenueEvent[] {
    const core = this.#core;
    core.tick(now);
    const events = this.#due();
    const market = core.markets.get(order.symbol);
    const reservedAt = order.limitPrice ?? this.#deepest(market, order) ?? (0n as Price);
    const code = this.#check(order, market, reservedAt);
    const { entryMs, jitterMs } = core.options.latency;
    core.orders += 1;
    if (code !== null) {
      this.#refuse(order, code, events);
      return events;
    }
    const arriveAt = (core.now + entryMs + core.jitter(jitterMs)) as TimeMs;
    const open = accepted(core.orders, order, { now: core.now, arriveAt, reservedAt });
    core.blotter.put(open);
    core.options.record?.({
      kind: 'order',
      number: open.number,
      order,
      at: core.now,
      arriveAt,
      reservedAt,
    });
    core.report(events, open);
    if (order.expiresAt !== null) core.schedule.put({ at: order.expiresAt, kind: 'expire', open });
    core.schedule.put({ at: arriveAt, kind: 'arrive', open });
    this.#due(events);
    return events;
  }

  /** Nothing to take back gives no event. */
  cancel(account: string, clientId: string, now: TimeMs): readonly VenueEvent[] {
    this.#core.tick(now);
    const events = this.#due();
    const open = this.#core.blotter.find(account, clientId);
    if (open !== null) this.#cancelLater(open);
    this.#due(events);
    return events;
  }

  cancelAll(account: string, now: TimeMs): readonly VenueEvent[] {
    this.#core.tick(now);
    const events = this.#due();
    for (const open of this.#core.blotter.open(account)) this.#cancelLater(open);
    this.#due(events);
    return events;
  }

  advance(now: TimeMs): readonly VenueEvent[] {
    return this.#core.schedule.nextAt > this.#core.tick(now) ? NOTHING : this.#due();
  }

  /** When `advance` next has something to do; null for never. */
  dueAt(): TimeMs | null {
    const { nextAt } = this.#core.schedule;
    return Number.isFinite(nextAt) ? (nextAt as TimeMs) : null;
  }

  order(account: string, clientId: string): OrderReport | null {
    const open = this.#core.blotter.latest(account, clientId);
    return open === null ? null : reportOf(open);
  }

  /** The last order under each client id. */
  orders = (account: string): readonly OrderReport[] =>
    Array.from(this.#core.blotter.history(account), reportOf);

  fills = (account: string, since: TimeMs): readonly Fill[] =>
    this.#core.blotter.fills(account, since);

  account(account: string): VenueAccount | null {
    const { custody, blotter, markets } = this.#core;
    if (!custody.has(account)) return null;
    const positions = Array.from(markets.values(), ({ instrument }) =>
      custody.position(account, instrument),
    ).filter((position): position is VenuePosition => position !== null);
    const open = Array.from(blotter.open(account), reportOf);
    return { account, cash: custody.cash(account), positions, open };
  }

  accounts = (): readonly string[] => this.#core.custody.accounts();

  visible(symbol: string): Book | null {
    const market = this.#core.markets.get(symbol);
    return market === undefined ? null : visibleBook(market, this.#core.now);
  }

  /** What trades in a day, as the market's statistics have it now: the yardstick of impact. */
  dailyVolume(symbol: string, qty: Qty): void {
    const market = this.#core.markets.get(symbol);
    assert(market !== undefined && qty > 0n, 'a known symbol trades something in a day');
    market.dayQty = qty;
  }

  /** The venue's books: every asset's total, each zero; and the house's own accounts. */
  totals = () => this.#core.custody.totals();
  house = (name: 'outside' | 'venue' | 'fees' | 'funding' | 'rounding'): Money =>
    this.#core.custody.house(name);

  /** Brings back what a journal remembers, before anything else happens. */
  restore(records: Iterable<EngineRecord>): void {
    restore(this.#core, records);
  }

  #check(order: VenueOrder, market: Market | undefined, reservedAt: Price): EngineCode | null {
    const { custody, blotter, estate, now } = this.#core;
    const { account, clientId, side, symbol } = order;
    if (!custody.has(account)) return 'ACCOUNT_UNKNOWN';
    if (market === undefined) return 'SYMBOL_UNKNOWN';
    if (blotter.find(account, clientId) !== null) return 'CLIENT_ID_DUPLICATE';
    const { instrument, outside } = market;
    const far = outside.best(side, outside.impact.at(now))?.price ?? null;
    const code =
      checkShape(order, instrument, now) ??
      checkFilters(order, instrument, { mid: outside.mid(now), far }) ??
      checkExposure(order, instrument, exposureOf(estate, account, symbol));
    if (code !== null) return code;
    const required = requirement(estate, order, reservedAt);
    return required > 0n && required > freeFunds(estate, account) ? 'INSUFFICIENT_FUNDS' : null;
  }

  /** The worst price that a market order of this size meets in the book as it stands. */
  #deepest(market: Market | undefined, { side, qty }: VenueOrder): Price | null {
    if (market === undefined) return null;
    const { outside } = market;
    const offset = outside.impact.at(this.#core.now);
    let left: bigint = qty;
    let worst: Price | null = null;
    for (const level of outside.levels(side)) {
      const offer = outside.offer(side, level, offset);
      worst = offer.price;
      left -= offer.qty;
      if (left <= 0n) break;
    }
    return worst;
  }

  #refuse(order: VenueOrder, code: EngineCode, events: VenueEvent[]): void {
    const core = this.#core;
    const at = { now: core.now, arriveAt: core.now, reservedAt: 0n as Price };
    const open: OpenOrder = {
      ...accepted(core.orders, order, at),
      stage: 'closed',
      state: 'rejected',
      reason: code,
    };
    if (core.custody.has(order.account)) core.blotter.put(open);
    core.report(events, open);
  }

  #cancelLater(open: OpenOrder): void {
    const { cancelMs, jitterMs } = this.#core.options.latency;
    const due = this.#core.now + cancelMs + this.#core.jitter(jitterMs);
    // It travels the same way as the order, so it never overtakes it.
    const at = Math.max(due, open.arriveAt) as TimeMs;
    this.#core.options.record?.({ kind: 'cancel', number: open.number, at });
    this.#core.schedule.put({ at, kind: 'cancel', open });
  }

  #due(events: VenueEvent[] = []): VenueEvent[] {
    const core = this.#core;
    for (;;) {
      const due = core.schedule.take(core.now);
      if (due === null) return events;
      const { open } = due;
      if (open.stage === 'closed') continue;
      if (due.kind === 'arrive') arrive(core, open, events);
      else if (due.kind === 'expire') core.close(events, open, 'expired', 'EXPIRED');
      else core.close(events, open, 'cancelled', 'CANCELLED_BY_TRADER');
    }
  }
}
