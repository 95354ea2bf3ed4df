/** What the courier reports, in the ledger's own words: how approvals ended, what was filled, what moved, what does not agree. */
import * as f from '#firewall';

export const OUTCOME_KINDS = [
  'signer-refused',
  'expired',
  'acked',
  'rejected',
  'unknown',
  'not-placed',
  'done',
] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

export type OutcomeEvent =
  | Readonly<{
      kind: 'outcome';
      at: f.TimeMs;
      approvalId: string;
      clientId: string;
      outcome: OutcomeKind;
      code: string | null;
      /** From 1, without a gap; an outcome is applied once. */
      sequence: number;
    }>
  | Readonly<{
      kind: 'fill';
      at: f.TimeMs;
      tradeId: string;
      clientId: string;
      symbol: string;
      side: f.Side;
      price: f.Price;
      qty: f.Qty;
      fee: f.Money;
      liquidity: 'maker' | 'taker';
    }>
  | Readonly<{
      kind: 'cash';
      at: f.TimeMs;
      id: string;
      amount: f.Money;
      reason: 'deposit' | 'withdrawal' | 'funding';
      symbol: string | null;
    }>
  | Readonly<{ kind: 'reconciled'; at: f.TimeMs; status: 'clean' | 'mismatch'; detail: string }>
  | Readonly<{ kind: 'noted'; at: f.TimeMs; code: string; detail: string; qty: f.Qty | null }>;

type Event<K extends OutcomeEvent['kind']> = Extract<OutcomeEvent, { kind: K }>;
const kind = <const K extends string>(value: K): f.Codec<K> => f.oneOf<K>([value]);

export const outcomeCodec: f.Codec<OutcomeEvent> = f.variant<OutcomeEvent>({
  outcome: f.record<Event<'outcome'>>({
    kind: kind('outcome'),
    at: f.time,
    approvalId: f.hex(32),
    clientId: f.name,
    outcome: f.oneOf(OUTCOME_KINDS),
    code: f.nullable(f.name),
    sequence: f.integer(1),
  }),
  fill: f.record<Event<'fill'>>({
    kind: kind('fill'),
    at: f.time,
    tradeId: f.name,
    clientId: f.name,
    symbol: f.symbolName,
    side: f.oneOf(f.SIDES),
    price: f.fixed<f.Price>(1n),
    qty: f.fixed<f.Qty>(1n),
    fee: f.fixed<f.Money>(),
    liquidity: f.oneOf(['maker', 'taker'] as const),
  }),
  cash: f.record<Event<'cash'>>({
    kind: kind('cash'),
    at: f.time,
    id: f.name,
    amount: f.fixed<f.Money>(),
    reason: f.oneOf(['deposit', 'withdrawal', 'funding'] as const),
    symbol: f.nullable(f.symbolName),
  }),
  reconciled: f.record<Event<'reconciled'>>({
    kind: kind('reconciled'),
    at: f.time,
    status: f.oneOf(['clean', 'mismatch'] as const),
    detail: f.words(400),
  }),
  noted: f.record<Event<'noted'>>({
    kind: kind('noted'),
    at: f.time,
    code: f.name,
    detail: f.words(400),
    qty: f.nullable(f.fixed<f.Qty>()),
  }),
});

/** The exact text that the courier seals. */
export const outcomeBody = (event: OutcomeEvent): string => f.textOf(outcomeCodec, event);

/** Others' words, made harmless and short. */
export const plain = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 380) || '?';

/** A foreign code as one of ours: what is no name is named so. */
export const codeOf = (text: string): string =>
  f.decode(f.name, text).ok ? text : 'CODE_UNREADABLE';
