/** What the courier needs of the world: lanes, a venue, a vault, eyes and a clock. */
import type * as f from '#firewall';
import type { Venue } from './contract.ts';
import type { JournalFile } from './journal.ts';
import type { Receipts } from './receipts.ts';
import type { VaultPort } from './vault-link.ts';

export interface CourierLane {
  send(key: string, payload: f.Json): Promise<void>;
}

/** The house's lanes, as far as the courier uses them. */
export interface CourierLanes {
  lane(name: string): CourierLane;
  work(
    name: string,
    handle: (payload: unknown, key: string) => Promise<void>,
  ): Readonly<{ close(): Promise<void> }>;
}

export type CourierPorts = Readonly<{
  file: JournalFile;
  vault: VaultPort;
  venue: Venue;
  lanes: CourierLanes;
  laneNames: Readonly<{ approvals: string; outcomes: string }>;
  /** The freshest view that the courier's own feed has; null when it has none. */
  market(symbol: string): f.MarketView | null;
  /** The house's time: the venue's on paper. */
  now(): f.TimeMs;
  /** Seals with the courier's own key, as an outcome. */
  seal(body: string): f.Envelope;
  receipts: Receipts;
  /** True while the kill switch is thrown: no order is taken to the vault. */
  stopped(): boolean;
  /** Real time, for waiting. */
  wait(ms: number): Promise<void>;
  log(level: 'info' | 'warn' | 'error', code: string, detail: string): void;
}>;
