/** Every kind of event survives the disk, and nothing else gets on it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, encodePolicy, RULES, textOf } from '#firewall';
import type { LedgerEvent } from '../../ledger/contract.ts';
import { eventCodec } from '../../ledger/event-codec.ts';
import { defaultPolicy } from '../firewall/policy-fixture.ts';
import { DESKS } from '../gate/world.ts';
import { at, coins, decided, deposit, fill, opened, order, outcome, priced } from './history.ts';

const policy = defaultPolicy();
const decision = decided(order());
const latch = {
  scope: 'global',
  key: '*',
  state: 'HALTED',
  reason: 'x',
  by: 'ada',
  at: at(0),
} as const;
const samples: { [K in LedgerEvent['kind']]: Extract<LedgerEvent, { kind: K }> } = {
  opened,
  configured: {
    kind: 'configured',
    at: at(0),
    policy: encodePolicy(policy, RULES),
    policyHash: policy.hash,
    desks: DESKS,
    models: [],
    blackouts: [{ from: at(0), until: at(1), symbol: null, why: 'news' }],
    modes: [{ scope: 'global', key: '*', mode: 'review' }],
    build: 'b1',
  },
  decision,
  malformed: { kind: 'malformed', at: at(0), payloadHash: policy.hash, code: 'X', detail: 'y' },
  outcome: outcome(decision, 'unknown', 3),
  fill: fill(decision, { qty: coins(1), price: priced(2) }),
  cash: deposit(-5),
  marked: { kind: 'marked', at: at(0), equity: null, marks: { 'BTC/USDT': priced(3) } },
  latched: { kind: 'latched', at: at(0), latch },
  locked: {
    kind: 'locked',
    at: at(0),
    effect: { kind: 'lock', scope: 'symbol', key: 'BTC/USDT', code: 'X', until: at(9) },
  },
  resumed: { kind: 'resumed', at: at(0), scope: 'global', key: '*', by: 'ada', reason: 'seen' },
  consented: {
    kind: 'consented',
    at: at(0),
    approval: { proposalHash: policy.hash, by: 'ada', at: at(0), expiresAt: at(1) },
  },
  armed: {
    kind: 'armed',
    at: at(0),
    arm: { network: 'main', account: 'main', by: 'ada', expiresAt: at(1) },
  },
  'exit-asked': {
    kind: 'exit-asked',
    at: at(0),
    proposalHash: policy.hash,
    by: 'ada',
    reason: 'out',
    expiresAt: at(1),
  },
  reconciled: { kind: 'reconciled', at: at(0), status: 'mismatch', detail: 'x' },
  noted: { kind: 'noted', at: at(0), code: 'X', detail: 'y', qty: coins(-1) },
};

test.each(Object.entries(samples))('%s', (_kind, event) => {
  const text = textOf(eventCodec, event);
  const read = decode(eventCodec, JSON.parse(text));
  expect(read).toEqual({ ok: true, value: event });
  for (const key of Object.keys(event)) {
    const { [key]: _gone, ...rest } = JSON.parse(text) as Record<string, unknown>;
    expect(decode(eventCodec, rest).ok).toBe(false);
  }
  expect(decode(eventCodec, { ...(JSON.parse(text) as object), extra: 1 }).ok).toBe(false);
});

test('a latch is no lock', () => {
  const effect = { kind: 'latch', scope: 'global', key: '*', state: 'HALTED', code: 'X' };
  expect(decode(eventCodec, { kind: 'locked', at: 1, effect }).ok).toBe(false);
});

test('anything else is refused without a throw', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(decode(eventCodec, value).ok).toBe(false);
    }),
  );
});
