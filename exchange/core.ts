/** The engine's state and the few ways it changes: an order accepted, filled or closed, and cash moved. */
import type { Instrument, Money, Price, Qty, SpanMs, TimeMs } from '#firewall';
import { assert } from '#firewall';
import { Blotter } from './blotter.ts';
import { ExchangeError, type CloseCode, type EngineCode } from './codes.ts';
import type { CashMove, Fill, Latency, OrderState, VenueEvent } from './contract.ts';
import { Custody } from './custody.ts';
import type { Estate } from './funds.ts';
import type { Market } from './matching.ts';
import { remainingOf, reportOf, venueOrderIdOf, type OpenOrder } from './open-order.ts';
import { Outside } from './outside.ts';
import type { QueueModel } from './queue.ts';
import type { EngineRecord } from './records.ts';
import { Resting } from './resting.ts';
import { jitterOf, Schedule } from './schedule.ts';

export type ExchangeOptions = Readonly<{
  instruments: readonly Instrument[];
  /** What everything is settled in. */
  currency: string;
  latency: Latency;
  queue: QueueModel;
  /** Half-life of the price move that our taking leaves behind. */
  impactHalfLifeMs: SpanMs;
  /** By symbol; every instrument needs one, for an impact that nobody can measure is not zero. */
  dailyVolume: Readonly<Record<string, Qty>>;
  seed: number;
  /** Told of every change of state, in order. */
  record?: (record: EngineRecord) => void;
}>;

export class Core {
  readonly options: ExchangeOptions;
  readonly markets = new Map<string, Market>();
  readonly custody: Custody;
  readonly blotter = new Blotter();
  readonly schedule = new Schedule();
  readonly estate: Estate;
  readonly jitter: (max: number) => number;
  now = 0 as TimeMs;
  orders = 0;
  moves = 0;

  constructor(options: ExchangeOptions) {
    this.options = options;
    this.custody = new Custody(options.currency);
    this.jitter = jitterOf(options.seed);
    for (const instrument of options.instruments)
      this.markets.set(instrument.symbol, marketOf(instrument, options));
    this.estate = {
      custody: this.custody,
      instrument: (symbol) => this.market(symbol).instrument,
      mark: (symbol) => this.markOf(symbol),
      open: (account) => this.blotter.open(account),
    };
  }

  market(symbol: string): Market {
    const market = this.markets.get(symbol);
    assert(market !== undefined, 'an accepted order has a market');
    return market;
  }

  /** The middle of the last book; before the first one margin is asked at the highest price there can be. */
  markOf = (symbol: string): Price =>
    this.market(symbol).outside.mid(this.now) ?? this.market(symbol).instrument.priceMax;

  /** Time never runs back. */
  tick(now: TimeMs): TimeMs {
    if (now > this.now) this.now = now;
    return this.now;
  }

  tell(events: VenueEvent[], event: VenueEvent): void {
    events.push(event);
    this.options.record?.({ kind: 'event', event });
  }

  report(events: VenueEvent[], open: OpenOrder): void {
    this.tell(events, { kind: 'report', report: reportOf(open) });
  }

  fill(
    events: VenueEvent[],
    open: OpenOrder,
    trade: Readonly<{ price: Price; qty: Qty; liquidity: 'maker' | 'taker' }>,
  ): void {
    const { order } = open;
    const { instrument } = this.market(order.symbol);
    const fee = this.custody.trade({
      account: order.account,
      instrument,
      side: order.side,
      ...trade,
    });
    const fill: Fill = {
      tradeId: `T-${open.number}-${open.fills + 1}`,
      venueOrderId: venueOrderIdOf(open.number),
      clientId: order.clientId,
      account: order.account,
      symbol: order.symbol,
      side: order.side,
      ...trade,
      fee,
      at: this.now,
    };
    this.count(open, fill);
    this.tell(events, { kind: 'fill', fill });
    if (remainingOf(open) > 0n) this.report(events, open);
    else this.close(events, open, 'filled', null);
  }

  /** The part of a fill that is the order's own. */
  count(open: OpenOrder, fill: Fill): void {
    open.fills += 1;
    open.filled = (open.filled + fill.qty) as Qty;
    open.updatedAt = fill.at;
    assert(open.filled <= open.order.qty, 'nothing is filled beyond what was ordered');
    this.blotter.fill(fill);
  }

  close(
    events: VenueEvent[],
    open: OpenOrder,
    state: Exclude<OrderState, 'resting'>,
    reason: CloseCode | EngineCode | null,
  ): void {
    this.shut(open, { state, reason, at: this.now });
    this.report(events, open);
  }

  shut(
    open: OpenOrder,
    { state, reason, at }: Readonly<{ state: OrderState; reason: string | null; at: TimeMs }>,
  ): void {
    const market = this.market(open.order.symbol);
    if (open.stage === 'resting') market.resting.remove(open);
    if (open.stage === 'fresh') market.fresh = market.fresh.filter((other) => other !== open);
    open.stage = 'closed';
    open.state = state;
    open.reason = reason;
    open.updatedAt = at;
    this.blotter.close(open);
  }

  cash(
    events: VenueEvent[],
    move: Readonly<{ account: string; amount: Money; symbol: string | null }>,
  ): void {
    const kind = move.symbol !== null ? 'funding' : move.amount < 0n ? 'withdrawal' : 'deposit';
    const whole: CashMove = { id: `C-${this.moves + 1}`, ...move, kind, at: this.now };
    this.book(whole);
    this.tell(events, { kind: 'cash', move: whole });
  }

  book(move: CashMove): void {
    this.moves += 1;
    this.custody.open(move.account);
    this.custody.move(move.account, move.kind === 'funding' ? 'funding' : 'outside', move.amount);
    if (move.symbol === null) return;
    const market = this.market(move.symbol);
    market.fundedAt = Math.max(market.fundedAt, move.at);
  }
}

function marketOf(instrument: Instrument, options: ExchangeOptions): Market {
  const { symbol } = instrument;
  const dayQty = options.dailyVolume[symbol];
  const foreign =
    (instrument.kind === 'perp' ? instrument.settle : instrument.quote) !== options.currency;
  if (instrument.inverse || instrument.quanto || foreign)
    throw new ExchangeError(
      'INSTRUMENT_UNSUPPORTED',
      `${symbol}: only linear instruments settled in ${options.currency}`,
    );
  if (dayQty === undefined || dayQty <= 0n)
    throw new ExchangeError('INSTRUMENT_UNSUPPORTED', `${symbol}: a daily volume is needed`);
  assert(
    instrument.multiplier > 0n && instrument.tick > 0n && instrument.lot > 0n,
    'an instrument has a multiplier, a tick and a lot',
  );
  return {
    instrument,
    outside: new Outside(instrument, options.impactHalfLifeMs),
    resting: new Resting(),
    fresh: [],
    dayQty,
    fundedAt: Number.NEGATIVE_INFINITY,
  };
}
