/** The courier's reducer in words: one step at a time, from the states that an approval can be in. */
import { expect } from 'vitest';
import * as f from '#firewall';
import type { SignedRequest, VenueOrderState } from '../../signer/contract.ts';
import type { CourierRecord } from '../../signer/courier-journal.ts';
import { blankCourier, recall, type CourierState } from '../../signer/courier-state.ts';
import {
  step,
  type CourierEffect,
  type CourierEvent,
  type CourierStep,
} from '../../signer/courier.ts';
import type { OutcomeEvent } from '../../signer/outcome.ts';
import { opener } from '../../signer/seal.ts';
import {
  ACCOUNT,
  approve,
  cancelNumber,
  gate,
  NOW,
  orderNumber,
  SYMBOL,
  type Letters,
} from './letters.ts';
import { baseConfig } from './vault-kit.ts';

export const HASH = baseConfig.policyHash;
export const parts = {
  account: ACCOUNT,
  gate: { keyId: 'gate', publicKey: gate.publicKey },
  opens: opener(),
};
export const at = (ms: number): f.TimeMs => (NOW + ms) as f.TimeMs;
export const order = approve(orderNumber(1), 1, HASH);
export const cancel = approve(cancelNumber(2, `0x${'12'.repeat(16)}`), 2, HASH);
export const clientId = f.clientIdOf(order.id);
export const begun = recall(blankCourier(), {
  kind: 'opened',
  at: NOW,
  journalId: 'b2'.repeat(16),
  account: ACCOUNT,
  by: 'tester',
});

type Untimed<T> = T extends unknown ? Omit<T, 'now'> : never;
export const go = (state: CourierState, event: Untimed<CourierEvent>, now = NOW): CourierStep =>
  step(state, { ...event, now }, parts);
export const bring = (
  state: CourierState,
  { approval, proposal }: Letters,
  now = NOW,
): CourierStep => go(state, { kind: 'approval', letters: { approval, proposal } }, now);

function wordsOf(event: OutcomeEvent): string {
  switch (event.kind) {
    case 'outcome':
      return `${event.outcome} ${event.code ?? '-'}`;
    case 'noted':
      return `${event.code}: ${event.detail}`;
    case 'reconciled':
      return `${event.status}: ${event.detail}`;
    case 'fill':
      return `fill ${event.tradeId}`;
    case 'cash':
      return `cash ${event.id}`;
  }
}
function lineOf(record: CourierRecord): string {
  if (record.kind === 'told') return `${wordsOf(record.event)} @${record.cursor ?? '-'}`;
  return record.kind === 'heard' ? `heard @${record.cursor}` : record.kind;
}
export function said(effect: CourierEffect): string {
  switch (effect.kind) {
    case 'append':
      return lineOf(effect.record);
    case 'publish':
      return `publish ${effect.message}`;
    case 'settle':
      return `settle ${effect.outcome}`;
    case 'fence':
      return `fence ${effect.asked} ${effect.deadline - NOW}`;
    case 'send':
      return `send ${effect.request.approvalId}`;
    case 'ask':
    case 'accuse':
      return `${effect.kind} ${effect.symbol}`;
  }
}
/** What a step does, in words; every message is published as it was written, right after. */
export function done({ effects }: CourierStep): readonly string[] {
  for (const [index, effect] of effects.entries()) {
    if (effect.kind !== 'append' || effect.record.kind !== 'told') continue;
    expect(effects[index + 1]).toMatchObject({ kind: 'publish', event: effect.record.event });
  }
  return effects.map(said);
}

export const requestFor = (letters: Readonly<{ id: string }>): SignedRequest => ({
  approvalId: letters.id,
  clientId: f.clientIdOf(letters.id),
  symbol: SYMBOL,
  body: '{}',
  signature: `0x${'0'.repeat(128)}1b`,
  digest: f.hashText('digest'),
  deadline: at(3_000),
});
export const anchor = { journalId: 'a1'.repeat(16), entries: 3, head: f.hashText('head') };
export const signed = (state: CourierState, letters: Readonly<{ id: string }>): CourierStep =>
  go(state, {
    kind: 'vault',
    approvalId: letters.id,
    answer: { kind: 'signed', id: 1, request: requestFor(letters), journal: anchor },
  });
export const replied = (
  state: CourierState,
  letters: Readonly<{ id: string }>,
  reply: Extract<CourierEvent, { kind: 'reply' }>['reply'],
): CourierStep => go(state, { kind: 'reply', approvalId: letters.id, reply });

export const received = bring(begun, order).state;
export const sent = signed(received, order).state;
export const acked = replied(sent, order, {
  kind: 'acked',
  venueOrderId: 'V1',
  state: 'resting',
}).state;
export const unknown = replied(sent, order, { kind: 'timeout' }).state;
export const cancelSent = signed(bring(begun, cancel).state, cancel).state;
export const cancelUnknown = replied(cancelSent, cancel, { kind: 'timeout' }).state;
export const FENCE = `fence ${clientId} 3000`;

export const there = (state: VenueOrderState['state']): VenueOrderState => ({
  clientId,
  venueOrderId: 'V1',
  state,
  symbol: SYMBOL,
});
