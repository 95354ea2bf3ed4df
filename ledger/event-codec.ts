/** Ledger events on disk: closed shapes, canonical decimals, read back exactly as they were written. */
import {
  approvalCodec,
  armCodec,
  base64,
  blackoutCodec,
  deskCodec,
  dictionary,
  effectCodec,
  fixed,
  flag,
  hash,
  hex,
  humanApprovalCodec,
  integer,
  latchCodec,
  list,
  marketViewCodec,
  modelCodec,
  modeSettingCodec,
  name,
  NETWORKS,
  nullable,
  oneOf,
  proposalCodec,
  record,
  refuseAt,
  runtimeCodec,
  SCOPES,
  SIDES,
  symbolName,
  time,
  variant,
  words,
  type Codec,
  type Effect,
  type Json,
  type Money,
  type Price,
  type Qty,
} from '#firewall';
import { OUTCOMES, type LedgerEvent, type VerdictSummary } from './contract.ts';

type Event<Kind extends LedgerEvent['kind']> = Extract<LedgerEvent, { kind: Kind }>;

const kind = <K extends LedgerEvent['kind']>(value: K) => oneOf([value] as const);

/** A document that has its own strict decoder; here it is only carried. */
const document: Codec<Json> = { read: (value) => value as Json, write: (value) => value };

const scopeKey: Codec<string> = {
  read: (value, at) => (value === '*' ? '*' : name.read(value, at)),
  write: (value) => value,
};

const verdictSummary: Codec<VerdictSummary> = record<VerdictSummary>({
  kind: oneOf(['approved', 'held', 'refused'] as const),
  codes: list(name, 400),
  reducing: flag,
  hash,
});

const setup = {
  opened: record<Event<'opened'>>({
    kind: kind('opened'),
    at: time,
    account: name,
    venue: name,
    network: oneOf(NETWORKS),
    currency: name,
    ledgerId: hex(32),
  }),
  configured: record<Event<'configured'>>({
    kind: kind('configured'),
    at: time,
    policy: document,
    policyHash: hash,
    desks: list(deskCodec, 1_000),
    models: list(modelCodec, 1_000),
    blackouts: list(blackoutCodec, 10_000),
    modes: list(modeSettingCodec, 10_000),
    build: name,
  }),
};

const decisions = {
  decision: record<Event<'decision'>>({
    kind: kind('decision'),
    at: time,
    proposal: proposalCodec,
    proposalHash: hash,
    signature: base64(120),
    market: marketViewCodec,
    runtime: runtimeCodec,
    operatorExit: flag,
    verdict: verdictSummary,
    effects: list(effectCodec, 400),
    approval: nullable(approvalCodec),
    approvalSignature: nullable(base64(120)),
  }),
  malformed: record<Event<'malformed'>>({
    kind: kind('malformed'),
    at: time,
    payloadHash: hash,
    code: name,
    detail: words(400),
  }),
};

const outcome: Codec<Event<'outcome'>> = record<Event<'outcome'>>({
  kind: kind('outcome'),
  at: time,
  approvalId: hex(32),
  clientId: name,
  outcome: oneOf(OUTCOMES),
  code: nullable(name),
  sequence: integer(1),
});
const fill: Codec<Event<'fill'>> = record<Event<'fill'>>({
  kind: kind('fill'),
  at: time,
  tradeId: name,
  clientId: name,
  symbol: symbolName,
  side: oneOf(SIDES),
  price: fixed<Price>(1n),
  qty: fixed<Qty>(1n),
  fee: fixed<Money>(),
  liquidity: oneOf(['maker', 'taker'] as const),
});
const cash: Codec<Event<'cash'>> = record<Event<'cash'>>({
  kind: kind('cash'),
  at: time,
  id: name,
  amount: fixed<Money>(),
  reason: oneOf(['deposit', 'withdrawal', 'funding'] as const),
  symbol: nullable(symbolName),
});
const reconciled: Codec<Event<'reconciled'>> = record<Event<'reconciled'>>({
  kind: kind('reconciled'),
  at: time,
  status: oneOf(['clean', 'mismatch'] as const),
  detail: words(400),
});
const noted: Codec<Event<'noted'>> = record<Event<'noted'>>({
  kind: kind('noted'),
  at: time,
  code: name,
  detail: words(400),
  qty: nullable(fixed<Qty>()),
});

const venueFacts = {
  outcome,
  fill,
  cash,
  marked: record<Event<'marked'>>({
    kind: kind('marked'),
    at: time,
    equity: nullable(fixed<Money>()),
    marks: dictionary(fixed<Price>(), 10_000, symbolName),
  }),
  reconciled,
  noted,
};

type LockEffect = Extract<Effect, { kind: 'lock' }>;
const lockEffect: Codec<LockEffect> = {
  read: (value, at) => {
    const effect = effectCodec.read(value, at);
    return effect.kind === 'lock' ? effect : refuseAt(`${at}.kind`, 'lock');
  },
  write: effectCodec.write,
};

const states = {
  latched: record<Event<'latched'>>({ kind: kind('latched'), at: time, latch: latchCodec }),
  locked: record<Event<'locked'>>({
    kind: kind('locked'),
    at: time,
    effect: lockEffect,
  }),
  resumed: record<Event<'resumed'>>({
    kind: kind('resumed'),
    at: time,
    scope: oneOf(SCOPES),
    key: scopeKey,
    by: name,
    reason: words(400),
  }),
  consented: record<Event<'consented'>>({
    kind: kind('consented'),
    at: time,
    approval: humanApprovalCodec,
  }),
  armed: record<Event<'armed'>>({ kind: kind('armed'), at: time, arm: armCodec }),
  'exit-asked': record<Event<'exit-asked'>>({
    kind: kind('exit-asked'),
    at: time,
    proposalHash: hash,
    by: name,
    reason: words(400),
    expiresAt: time,
  }),
};

export const eventCodec: Codec<LedgerEvent> = variant<LedgerEvent>({
  ...setup,
  ...decisions,
  ...venueFacts,
  ...states,
});

/** What the courier may say through its lane; nothing else comes in from there. */
export const CARRIED = { outcome, fill, cash, reconciled, noted } as const;
