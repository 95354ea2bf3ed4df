/** Tells the gate until the gate's own ledger says that it knows: over-telling is safe, the gate applies each once. */
import * as f from '#firewall';
import type { CourierLane } from './courier-ports.ts';
import { outcomeBody, type OutcomeEvent } from './outcome.ts';
import { receiptOf, type Receipts } from './receipts.ts';

type Sealed = (body: string) => f.Envelope;

export type OutboxPorts = Readonly<{
  lane: CourierLane;
  seal: Sealed;
  receipts: Receipts;
  now(): f.TimeMs;
  /** A message could not be handed to the queue; it will be tried again. */
  failed(error: unknown): void;
}>;

type Parcel = Readonly<{ key: string; message: number; event: OutcomeEvent }>;

/** Told again when its receipt is not there by then. */
const AGAIN_MS = 5_000;
const BATCH = 200;

export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #sentAt = new Map<number, number>();
  readonly #held = new Set<string>();
  #tries = 0;
  #stalled = false;
  #chain: Promise<void> = Promise.resolve();

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
  }

  /** In order, one at a time; a failure leaves the message, and all behind it, to the next round. */
  publish(message: number, event: OutcomeEvent): void {
    this.#tries += 1;
    const key = `outcome-${message}-${this.#tries}-${this.#ports.now()}`;
    this.#chain = this.#deliver(this.#chain, { key, message, event });
  }

  async #deliver(before: Promise<void>, { key, message, event }: Parcel): Promise<void> {
    await before;
    try {
      // An order's end must not overtake its fills.
      if (this.#stalled) {
        this.#sentAt.delete(message);
        return;
      }
      const envelope = this.#ports.seal(outcomeBody(event));
      await this.#ports.lane.send(key, f.envelopeCodec.write(envelope));
      this.#sentAt.set(message, this.#ports.now());
    } catch (error) {
      this.#stalled = true;
      this.#sentAt.delete(message);
      this.#ports.failed(error);
    }
  }

  /** Tells what is overdue. */
  republish(pending: ReadonlyMap<number, OutcomeEvent>): void {
    const now = this.#ports.now();
    this.#stalled = false;
    let left = BATCH;
    for (const [message, event] of pending) {
      const sentAt = this.#sentAt.get(message);
      const due = sentAt === undefined || now - sentAt >= AGAIN_MS;
      if (!due || this.#has(message, event)) continue;
      this.#sentAt.set(message, now);
      this.publish(message, event);
      left -= 1;
      if (left === 0) return;
    }
  }

  /** Reads receipts; returns how far everything is acknowledged, or null when nothing is new. */
  acknowledged(
    pending: ReadonlyMap<number, OutcomeEvent>,
    offset: number,
  ): Readonly<{ upTo: number; offset: number }> | null {
    const read = this.#ports.receipts.read(offset);
    for (const receipt of read.found) this.#held.add(receipt);
    let upTo = 0;
    for (const [message, event] of pending) {
      if (!this.#has(message, event)) break;
      upTo = message;
    }
    if (upTo === 0) {
      // With nothing pending, what was read is done with.
      if (pending.size === 0) this.#held.clear();
      return null;
    }
    for (const [message, event] of pending) {
      if (message > upTo) break;
      this.#held.delete(receiptOf(event) ?? '');
      this.#sentAt.delete(message);
    }
    // A receipt behind a gap must be found again after a restart, so the reading place waits for the gap.
    return { upTo, offset: this.#held.size === 0 ? read.offset : offset };
  }

  async close(): Promise<void> {
    await this.#chain;
  }

  #has(message: number, event: OutcomeEvent): boolean {
    const receipt = receiptOf(event);
    return receipt === null ? this.#sentAt.has(message) : this.#held.has(receipt);
  }
}
