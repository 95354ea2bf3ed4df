/** What the courier's journal says: each line is a change of state and, where it tells something, the message itself. */
import * as f from '#firewall';
import type { SignedRequest, VaultAnchor } from './contract.ts';
import { outcomeCodec, type OutcomeEvent } from './outcome.ts';
import { clientIdCodec } from './vault-journal.ts';
import { anchorCodec, signedRequestCodec } from './vault-wire.ts';

export type CourierRecord =
  | Readonly<{ kind: 'opened'; at: f.TimeMs; journalId: string; account: string; by: string }>
  /** Ours from here on: the queue may forget it. */
  | Readonly<{
      kind: 'received';
      at: f.TimeMs;
      approvalId: string;
      clientId: string;
      symbol: string;
      /** The order that a cancel is about; null for an order. */
      target: string | null;
      approval: f.Envelope;
      proposal: f.Envelope;
    }>
  /** From here on the bytes may have left. */
  | Readonly<{
      kind: 'sent';
      at: f.TimeMs;
      request: SignedRequest;
      /** The vault's journal as it was then: a vault that knows less was rolled back. */
      vault: VaultAnchor;
    }>
  /** Found in the vault and not in this journal: never sent again, only asked about. */
  | Readonly<{
      kind: 'adopted';
      at: f.TimeMs;
      approvalId: string;
      clientId: string;
      symbol: string;
      deadline: f.TimeMs;
    }>
  /** A message for the gate; `cursor` is the venue's number when it came from the venue's own stream. */
  | Readonly<{ kind: 'told'; at: f.TimeMs; event: OutcomeEvent; cursor: number | null }>
  /** A fact of the venue's stream that changes nothing. */
  | Readonly<{ kind: 'heard'; at: f.TimeMs; cursor: number }>
  /** The gate's ledger holds all messages up to this one; `offset` is how far the ledger was read. */
  | Readonly<{ kind: 'acknowledged'; at: f.TimeMs; upTo: number; offset: number }>;

const kind = <const K extends string>(value: K): f.Codec<K> => f.oneOf<K>([value]);

export const courierRecordCodec: f.Codec<CourierRecord> = f.variant<CourierRecord>({
  opened: f.record({
    kind: kind('opened'),
    at: f.time,
    journalId: f.hex(32),
    account: f.name,
    by: f.name,
  }),
  received: f.record({
    kind: kind('received'),
    at: f.time,
    approvalId: f.hex(32),
    clientId: clientIdCodec,
    symbol: f.symbolName,
    target: f.nullable(f.name),
    approval: f.envelopeCodec,
    proposal: f.envelopeCodec,
  }),
  sent: f.record({
    kind: kind('sent'),
    at: f.time,
    request: signedRequestCodec,
    vault: anchorCodec,
  }),
  adopted: f.record({
    kind: kind('adopted'),
    at: f.time,
    approvalId: f.hex(32),
    clientId: clientIdCodec,
    symbol: f.symbolName,
    deadline: f.time,
  }),
  told: f.record({
    kind: kind('told'),
    at: f.time,
    event: outcomeCodec,
    cursor: f.nullable(f.count),
  }),
  heard: f.record({ kind: kind('heard'), at: f.time, cursor: f.count }),
  acknowledged: f.record({
    kind: kind('acknowledged'),
    at: f.time,
    upTo: f.count,
    offset: f.count,
  }),
});
