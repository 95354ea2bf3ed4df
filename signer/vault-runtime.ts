/** Runs the vault's reducer over its journal and its key: effects in order, and silence for ever after a failed one. */
import * as f from '#firewall';
import type { VaultAnswer } from './contract.ts';
import { JournalError, openJournal, type Journal, type JournalFile } from './journal.ts';
import { SecpError, signDigest } from './secp.ts';
import { step, statusOf, type VaultEffect, type VaultEvent, type VaultParts } from './vault.ts';
import { vaultRecordCodec, type VaultRecord } from './vault-journal.ts';
import { blank, remember, type VaultState } from './vault-state.ts';
import { idOf, vaultRequestCodec } from './vault-wire.ts';

/** What the vault asks of the process around it. */
export type VaultHost = Readonly<{
  own(): f.TimeMs;
  send(answer: VaultAnswer): void;
  /** The journal failed: this process must not go on. */
  die(code: string, detail: string): void;
}>;

export type Vault = Readonly<{
  receive(message: unknown): void;
  status(): ReturnType<typeof statusOf>;
}>;

/** Signs a digest with the key that it alone holds. */
export type Hand = (digest: Uint8Array) => string;

/** The key disappears into the closure; nothing returns it. */
export const handOf =
  (secretKey: Uint8Array, address: string): Hand =>
  (digest) =>
    signDigest(digest, secretKey, address);

/** Folds a vault's journal and checks that it is this vault's. */
export function openVaultJournal(
  file: JournalFile,
  config: VaultParts['config'],
): Readonly<{ journal: Journal<VaultRecord>; state: VaultState }> {
  let state = blank();
  const journal = openJournal({
    file,
    codec: vaultRecordCodec,
    visit: (record, anchor) => {
      if (record.kind === 'opened') mustBeOurs(record, config);
      state = remember(state, record, { anchor, own: true });
    },
  });
  return { journal, state };
}

function mustBeOurs(
  opened: Extract<VaultRecord, { kind: 'opened' }>,
  config: VaultParts['config'],
): void {
  for (const key of ['journalId', 'account', 'venue', 'network', 'address'] as const)
    if (opened[key] !== config[key])
      throw new JournalError('JOURNAL_FOREIGN', `the journal's ${key} is ${opened[key]}`);
}

export function startVault(
  file: JournalFile,
  parts: VaultParts,
  hand: Hand,
  host: VaultHost,
): Vault {
  const opened = openVaultJournal(file, parts.config);
  const { journal } = opened;
  let { state } = opened;
  let dead = false;

  const run = (event: VaultEvent, id: number): void => {
    const result = step(state, event, parts);
    for (const effect of result.effects)
      if (!perform(effect)) {
        dead = true;
        const detail = 'the journal could not be written; nothing is signed any more';
        host.send({ kind: 'refused', id, code: 'JOURNAL_FAILED', detail });
        return;
      } else if (effect.kind === 'sign') {
        state = result.state;
        run(signatureFor(effect), id);
        return;
      }
    ({ state } = result);
  };
  const perform = (effect: VaultEffect): boolean => {
    if (effect.kind === 'answer') host.send(effect.answer);
    if (effect.kind !== 'append') return true;
    try {
      journal.append(effect.record);
      return true;
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      host.die(error.code, error.message);
      return false;
    }
  };
  const signatureFor = (effect: Extract<VaultEffect, { kind: 'sign' }>): VaultEvent => {
    const { id, approvalId, digest, now } = effect;
    return { kind: 'signature', id, approvalId, now, signature: signed(hand, digest) };
  };
  return {
    status: () => statusOf(state, parts.config),
    receive(message) {
      const id = idOf(message);
      if (dead) {
        host.send({ kind: 'refused', id, code: 'JOURNAL_FAILED', detail: 'the vault is dead' });
        return;
      }
      const request = f.decode(vaultRequestCodec, message);
      if (request.ok) run({ kind: 'request', request: request.value, own: host.own() }, id);
      else run({ kind: 'malformed', id, detail: `${request.at}: wanted ${request.want}` }, id);
    },
  };
}

function signed(hand: Hand, digest: f.Hash): string | null {
  try {
    return hand(Buffer.from(digest, 'hex'));
  } catch (error) {
    if (error instanceof SecpError) return null;
    throw error;
  }
}
