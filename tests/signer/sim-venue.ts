/** A venue with the manners of the worst real one: it hangs, answers late, loses answers, forgets ids, reads stale. */
import * as f from '#firewall';
import type {
  SignedRequest,
  Venue,
  VenueFact,
  VenueListener,
  VenueOrderState,
  VenueReply,
} from '../../signer/contract.ts';
import { recoverAddress } from '../../signer/secp.ts';
import { price, SYMBOL } from './letters.ts';

export const MANNERS = [
  'ok',
  'rests',
  'reject',
  'timeout-before',
  'timeout-after',
  'duplicate',
  'late',
] as const;
export type Manner = (typeof MANNERS)[number];

type Body = Readonly<{
  kind: string;
  nonce: number;
  deadline: number;
  order: Readonly<{ clientId: string; symbol: string; side: f.Side; qty: string }>;
}>;

export type SimClock = { now: f.TimeMs };

export class SimVenue implements Venue {
  readonly clock: SimClock;
  readonly address: string;
  manner: (request: SignedRequest) => Manner = () => 'ok';
  /** Executions by client id: the number that must never be two. */
  readonly executed = new Map<string, number>();
  readonly orders = new Map<string, VenueOrderState>();
  readonly held = new Map<string, bigint>();
  readonly #nonces = new Set<number>();
  readonly #facts: VenueFact[] = [];
  readonly #listeners = new Set<VenueListener>();
  readonly #verified = new Set<string>();
  #late: SignedRequest[] = [];
  /** Thrown into every call while the venue is away. */
  away = false;

  constructor(clock: SimClock, address: string) {
    this.clock = clock;
    this.address = address;
  }

  async send(request: SignedRequest): Promise<VenueReply> {
    await Promise.resolve();
    if (this.away) return { kind: 'timeout' };
    switch (this.manner(request)) {
      case 'reject':
        return { kind: 'rejected', code: 'VENUE_REJECTED' };
      case 'timeout-before':
        return { kind: 'timeout' };
      case 'timeout-after':
        this.#accept(request, false);
        return { kind: 'timeout' };
      case 'duplicate': {
        const first = this.#accept(request, false);
        this.#accept(request, false);
        return first;
      }
      case 'late':
        this.#late.push(request);
        return { kind: 'timeout' };
      case 'rests':
        return this.#accept(request, true);
      case 'ok':
        return this.#accept(request, false);
    }
  }

  /** What was on its way arrives. */
  arrive(): void {
    for (const request of this.#late) this.#accept(request, false);
    this.#late = [];
  }

  #accept(request: SignedRequest, rests: boolean): VenueReply {
    const { body, signature, digest } = request;
    if (!this.#verified.has(signature)) {
      if (f.hashText(`AIRLOCK-PAPER-v1\0${body}`) !== digest) throw new Error('another digest');
      if (recoverAddress(digest, signature) !== this.address) throw new Error('another signer');
      this.#verified.add(signature);
    }
    const { kind, nonce, deadline, order } = JSON.parse(body) as Body;
    const { clientId, symbol } = order;
    if (this.clock.now > deadline) return { kind: 'rejected', code: 'DEADLINE_PASSED' };
    if (this.#nonces.has(nonce)) return { kind: 'rejected', code: 'NONCE_REPLAYED' };
    this.#nonces.add(nonce);
    if (kind === 'cancel') return this.#cancel(clientId);
    // The id is free again as soon as its order is filled: a blind resend would double it.
    if (this.orders.get(clientId)?.state === 'resting')
      return { kind: 'rejected', code: 'CLIENT_ID_DUPLICATE' };
    this.executed.set(clientId, (this.executed.get(clientId) ?? 0) + 1);
    this.#report(clientId, 'resting');
    if (rests) return { kind: 'acked', venueOrderId: `V-${clientId}`, state: 'resting' };
    const size = f.parseFixed(order.qty) ?? 0n;
    const qty = size as f.Qty;
    const signed = order.side === 'buy' ? size : -size;
    this.held.set(symbol, (this.held.get(symbol) ?? 0n) + signed);
    this.#tell({
      kind: 'fill',
      fill: {
        kind: 'fill',
        at: this.clock.now,
        tradeId: `T-${clientId}-${this.executed.get(clientId)}`,
        clientId,
        symbol,
        side: order.side,
        price: price('60000'),
        qty,
        fee: 0n as f.Money,
        liquidity: 'taker',
      },
    });
    this.#report(clientId, 'filled');
    return { kind: 'acked', venueOrderId: `V-${clientId}`, state: 'filled' };
  }

  #cancel(clientId: string): VenueReply {
    if (this.orders.get(clientId)?.state !== 'resting')
      return { kind: 'rejected', code: 'ORDER_UNKNOWN' };
    this.#report(clientId, 'cancelled');
    return { kind: 'acked', venueOrderId: `V-${clientId}`, state: 'cancelled' };
  }

  #report(clientId: string, state: VenueOrderState['state']): void {
    this.orders.set(clientId, { clientId, venueOrderId: `V-${clientId}`, state, symbol: SYMBOL });
    this.#tell({ kind: 'report', clientId, symbol: SYMBOL, state, reason: null });
  }

  #tell(fact: VenueFact): void {
    this.#facts.push(fact);
    const sequence = this.#facts.length;
    for (const listener of this.#listeners) listener.fact(sequence, fact);
  }

  async query(clientId: string): Promise<VenueOrderState | null> {
    await Promise.resolve();
    if (this.away) throw new Error('ECONNREFUSED');
    return this.orders.get(clientId) ?? null;
  }

  async now(): Promise<f.TimeMs> {
    await Promise.resolve();
    if (this.away) throw new Error('ECONNREFUSED');
    return this.clock.now;
  }

  async standing() {
    await Promise.resolve();
    if (this.away) throw new Error('ECONNREFUSED');
    const open = [...this.orders.values()].filter((order) => order.state === 'resting');
    const positions = [...this.held]
      .filter(([, qty]) => qty !== 0n)
      .map(([symbol, qty]) => ({ symbol, qty: qty as f.Qty }));
    return { open, positions };
  }

  follow(since: () => number, listener: VenueListener) {
    listener.up();
    for (const [index, fact] of this.#facts.entries())
      if (index + 1 > since()) listener.fact(index + 1, fact);
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }
}
