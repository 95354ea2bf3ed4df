/** The gate is the firewall at work: one serial lane per account around `judge`. These are its ports. */
import type { Envelope, Json, MarketView, Runtime, Seal, TimeMs } from '#firewall';

/** A durable lane of messages: at least once, in order, one at a time. The queue carries; it is never trusted. */
export interface Lane {
  /** Resolves when the queue has it. The same key twice is one message, as far as the queue can tell. */
  send(key: string, payload: Json): Promise<void>;
}

export interface LaneWorker {
  close(): Promise<void>;
}

/** Opens lanes by name on whatever carries them; the conformance suite runs against every implementation. */
export interface Lanes {
  lane(name: string): Lane;
  /** Runs `handle` for one message at a time; a handler that throws is tried again later. */
  work(name: string, handle: (payload: unknown, key: string) => Promise<void>): LaneWorker;
  /** Messages waiting in a lane. */
  depth(name: string): Promise<number>;
  close(): Promise<void>;
}

export const laneNames = (account: string) =>
  ({
    proposals: `proposals-${account}`,
    approvals: `approvals-${account}`,
    outcomes: `outcomes-${account}`,
  }) as const;

/** Seals bodies with this process's own Ed25519 key, and opens those of others. */
export interface Sealer {
  readonly keyId: string;
  seal(kind: Seal, body: string): Envelope;
}
export interface Opener {
  /** True when the envelope's signature over its body is by `publicKey` (base64 of 32 bytes). */
  opens(kind: Seal, envelope: Envelope, publicKey: string): boolean;
}

/** The gate's own eyes: its own feed, its own clock, its own measurements. */
export interface Senses {
  now(): TimeMs;
  market(symbol: string, evidence: readonly string[], held: readonly string[]): MarketView | null;
  runtime(): Omit<Runtime, 'stateVersion' | 'reconciliation' | 'unresolved'>;
}

/** An approval on its way to the signer, with the proposal that it is about. */
export type ApprovalMessage = Readonly<{ approval: Envelope; proposal: Envelope }>;
