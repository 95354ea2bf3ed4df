/** The paper venue whole: the door, the engine, the journal behind them, and what each trader is told. */
import {
  assert,
  type Book,
  type Money,
  type Price,
  type Qty,
  type Side,
  type TimeMs,
} from '#firewall';
import { ExchangeError, type CloseCode, type DoorCode, type EngineCode } from './codes.ts';
import type { OrderState, VenueEvent } from './contract.ts';
import type { ExchangeOptions } from './core.ts';
import { Door, type Recover } from './door.ts';
import { MatchingEngine } from './engine.ts';
import { PrivateFeed } from './private-feed.ts';
import type { VenueRecord } from './records.ts';
import type { PaperRequest } from './wire.ts';

/** The part of a journal that the venue needs. */
export type Memory = Readonly<{
  remembered: readonly VenueRecord[];
  append(records: readonly VenueRecord[]): void;
}>;

export type VenueOptions = Readonly<{
  engine: Omit<ExchangeOptions, 'record'>;
  /** The venue's own clock. */
  now: () => TimeMs;
  recover: Recover;
  /** Null for a venue that forgets. */
  journal: Memory | null;
}>;

export type PostAnswer =
  | Readonly<{
      kind: 'acked';
      venueOrderId: string;
      clientId: string;
      state: OrderState;
      at: TimeMs;
    }>
  | Readonly<{
      kind: 'rejected';
      code: DoorCode | EngineCode | CloseCode;
      detail: string;
      at: TimeMs;
    }>;

export class PaperVenue {
  readonly engine: MatchingEngine;
  readonly feed = new PrivateFeed();
  readonly #door: Door;
  readonly #now: () => TimeMs;
  readonly #journal: Memory | null;
  #pending: VenueRecord[] = [];
  #failed: unknown = null;

  constructor({ engine, now, recover, journal }: VenueOptions) {
    this.#now = now;
    this.#journal = journal;
    this.#door = new Door(recover);
    this.engine = new MatchingEngine({
      ...engine,
      record: (record) => this.#pending.push(record),
    });
    if (journal !== null) this.#remember(journal.remembered);
  }

  now = (): TimeMs => this.#now();
  /** True from the moment that the journal could not be written: nothing is answered for any more. */
  get failed(): boolean {
    return this.#failed !== null;
  }

  addressOf = (account: string): string | null => this.#door.addressOf(account);

  /** Makes an account, or gives it another address. */
  register(account: string, address: string): void {
    if (this.#door.addressOf(account) === address) return;
    this.#door.register(account, address);
    this.#pending.push({ kind: 'trader', account, address });
    this.#commit();
  }

  deposit(account: string, amount: Money): void {
    this.#ready();
    this.engine.deposit(account, amount, this.#now());
    this.#commit();
  }

  book(symbol: string, book: Book): readonly VenueEvent[] {
    return this.#run(() => this.engine.book(symbol, book, this.#now()));
  }

  print(symbol: string, print: Readonly<{ price: Price; qty: Qty; taker: Side }>) {
    const { price, qty, taker } = print;
    return this.#run(() => this.engine.print(symbol, price, qty, taker, this.#now()));
  }

  funding(symbol: string, ratePpm: number, mark: Price): readonly VenueEvent[] {
    return this.#run(() => this.engine.funding(symbol, ratePpm, mark, this.#now()));
  }

  /** What has fallen due by the venue's clock. */
  advance(): readonly VenueEvent[] {
    return this.#run(() => this.engine.advance(this.#now()));
  }

  /** A signed request as it was posted. Whatever the answer, it is written down before it is given. */
  post(posted: unknown, endpoint: PaperRequest['kind']): PostAnswer {
    this.advance();
    const at = this.#now();
    const entry = this.#door.admit(posted, endpoint, at);
    if (!entry.ok) return { kind: 'rejected', code: entry.code, detail: entry.detail, at };
    const { request } = entry;
    this.#pending.push({ kind: 'nonce', address: request.address, nonce: request.nonce });
    const answer = request.kind === 'order' ? this.#order(request, at) : this.#cancel(request, at);
    this.#commit();
    return answer;
  }

  #order(request: Extract<PaperRequest, { kind: 'order' }>, at: TimeMs): PostAnswer {
    const { account, order } = request;
    const events = this.engine.submit({ ...order, account }, at);
    const reports = events.filter((event) => event.kind === 'report').map(({ report }) => report);
    const first = reports[0];
    assert(first !== undefined, 'every order is answered');
    const { venueOrderId, clientId } = first;
    // A post-only order may already have met its fate on arrival.
    const { state, reason } =
      reports.findLast((report) => report.venueOrderId === venueOrderId) ?? first;
    if (state === 'rejected')
      return { kind: 'rejected', code: reason as EngineCode, detail: venueOrderId, at };
    return { kind: 'acked', venueOrderId, clientId, state, at };
  }

  #cancel(request: Extract<PaperRequest, { kind: 'cancel' }>, at: TimeMs): PostAnswer {
    const { account, order } = request;
    const known = this.engine.order(account, order.clientId);
    if (known === null || known.state !== 'resting' || known.symbol !== order.symbol)
      return { kind: 'rejected', code: 'ORDER_UNKNOWN', detail: 'no such open order', at };
    this.engine.cancel(account, order.clientId, at);
    const { venueOrderId, clientId, state } = this.engine.order(account, order.clientId) ?? known;
    return { kind: 'acked', venueOrderId, clientId, state, at };
  }

  #run(change: () => readonly VenueEvent[]): readonly VenueEvent[] {
    this.#ready();
    const events = change();
    if (this.#pending.length > 0) this.#commit();
    return events;
  }

  #ready(): void {
    if (this.#failed !== null)
      throw new ExchangeError('JOURNAL_FAILED', 'the venue has stopped', false, this.#failed);
  }

  #commit(): void {
    const records = this.#pending;
    this.#pending = [];
    try {
      this.#journal?.append(records);
    } catch (cause) {
      // What is in memory is now ahead of what would survive; nobody may act on it.
      this.#failed = cause;
      throw cause;
    }
    this.#publish(records);
  }

  #publish(records: readonly VenueRecord[]): void {
    for (const record of records) if (record.kind === 'event') this.feed.push(record.event);
  }

  #remember(records: readonly VenueRecord[]): void {
    for (const record of records) {
      if (record.kind === 'trader') this.#door.register(record.account, record.address);
      if (record.kind === 'nonce') this.#door.burn(record.address, record.nonce);
    }
    this.engine.restore(
      records.filter((record) => record.kind !== 'trader' && record.kind !== 'nonce'),
    );
    this.#publish(records);
    this.#pending = [];
  }
}
