/** What running processes leave for others to read: the gate's standing of the account, and the courier's state. */
import { join } from 'node:path';
import * as f from '#firewall';
import type { DataDir } from '../infra/data-dir.ts';

export type StandingPosition = Readonly<{
  symbol: string;
  strategy: string;
  qty: f.Qty;
  entryPrice: f.Price;
  stopPrice: f.Price | null;
  /** Why the firewall's own stop says that it should be left; null while it does not. A desk proposes the exit. */
  leave: f.StopReason | null;
}>;

export type LastDecision = Readonly<{
  proposalId: string;
  at: f.TimeMs;
  verdict: string;
  codes: readonly string[];
}>;

/** The account as the gate knows it. */
export type Standing = Readonly<{
  at: f.TimeMs;
  pid: number;
  account: string;
  state: string;
  latches: readonly f.Latch[];
  equity: f.Money | null;
  cash: f.Money | null;
  version: number;
  ledgerEntries: number;
  decisions: number;
  fills: number;
  positions: readonly StandingPosition[];
  /** Strategies with an order on its way. */
  working: readonly string[];
  held: readonly Readonly<{ proposalHash: f.Hash; desk: string; symbol: string }>[];
  lastByDesk: Readonly<Record<string, LastDecision>>;
}>;

export const standingCodec: f.Codec<Standing> = f.record<Standing>({
  at: f.time,
  pid: f.count,
  account: f.name,
  state: f.name,
  latches: f.list(f.latchCodec, 1_000),
  equity: f.nullable(f.fixed<f.Money>()),
  cash: f.nullable(f.fixed<f.Money>()),
  version: f.count,
  ledgerEntries: f.count,
  decisions: f.count,
  fills: f.count,
  positions: f.list(
    f.record<StandingPosition>({
      symbol: f.symbolName,
      strategy: f.name,
      qty: f.fixed<f.Qty>(),
      entryPrice: f.fixed<f.Price>(),
      stopPrice: f.nullable(f.fixed<f.Price>()),
      leave: f.nullable(f.oneOf(f.STOP_REASONS)),
    }),
    10_000,
  ),
  working: f.list(f.name, 10_000),
  held: f.list(f.record({ proposalHash: f.hash, desk: f.name, symbol: f.symbolName }), 1_000),
  lastByDesk: f.dictionary(
    f.record<LastDecision>({
      proposalId: f.hex(32),
      at: f.time,
      verdict: f.name,
      codes: f.list(f.words(100), 400),
    }),
    10_000,
  ),
});

/** What the courier says of itself and of the vault behind it. */
export type CourierStanding = Readonly<{
  at: f.TimeMs;
  pid: number;
  vaultPid: number;
  /** When the venue's private side last answered. */
  privateStreamAt: f.TimeMs | null;
  build: string;
  policy: f.Hash;
  halted: string | null;
  confinement: string;
}>;

export const courierCodec: f.Codec<CourierStanding> = f.record<CourierStanding>({
  at: f.time,
  pid: f.count,
  vaultPid: f.count,
  privateStreamAt: f.nullable(f.time),
  build: f.name,
  policy: f.hash,
  halted: f.nullable(f.words(400)),
  confinement: f.words(200),
});

export const snapshotFiles = (dir: DataDir) =>
  ({ standing: join(dir.run, 'standing.json'), courier: join(dir.run, 'courier.json') }) as const;
