/** Ledger events and entries for tests, made by hand or at random, without a gate. */
import fc from 'fast-check';
import {
  approvalIdOf,
  clientIdOf,
  hashOf,
  proposalCodec,
  SCALE,
  type Approval,
  type Hash,
  type Money,
  type OrderProposal,
  type Price,
  type Qty,
  type Side,
  type TimeMs,
} from '#firewall';
import { NOW, SYMBOL } from '../../firewall/proofs/amounts.ts';
import { baseCase } from '../../firewall/proofs/base.ts';
import { baseMarket, baseOrder } from '../../firewall/proofs/views.ts';
import type { Entry, LedgerEvent, OutcomeKind } from '../../ledger/contract.ts';
import { emptyAccount, type AccountState } from '../../ledger/account-state.ts';
import { applyToAccount } from '../../ledger/account-fold.ts';
import { NO_HASH } from '../../ledger/head-anchor.ts';
import { defaultPolicy } from '../firewall/policy-fixture.ts';

export type Event<K extends LedgerEvent['kind']> = Extract<LedgerEvent, { kind: K }>;

export const at = (offset: number): TimeMs => (NOW + offset) as TimeMs;
export const coins = (units: number): Qty => (BigInt(Math.round(units * 1e4)) * 10_000n) as Qty;
export const dollars = (units: number): Money => coins(units) as bigint as Money;
export const priced = (units: number): Price => coins(units) as bigint as Price;

/** Entries without a chain: the folds read sequence and hash, and never check them. */
export const entriesFrom = (events: readonly LedgerEvent[]): Entry[] =>
  events.map((event, index) => ({
    sequence: index + 1,
    event,
    previous: NO_HASH,
    hash: `${index + 1}`.padStart(64, '0') as Hash,
  }));

export function foldAccount(events: readonly LedgerEvent[]): AccountState {
  const state = emptyAccount();
  for (const entry of entriesFrom(events)) applyToAccount(state, entry);
  return state;
}

export const opened: Event<'opened'> = {
  kind: 'opened',
  at: at(0),
  account: 'main',
  venue: 'paper',
  network: 'paper',
  currency: 'USDT',
  ledgerId: 'f'.repeat(32),
};

let count = 0;
const nextId = (): string => `${(count += 1)}`.padStart(32, '0');

export const order = (change: Partial<OrderProposal> = {}): OrderProposal => ({
  ...baseOrder,
  id: nextId(),
  ...change,
});

type DecidedOptions = Readonly<{
  at?: TimeMs;
  kind?: 'approved' | 'held' | 'refused';
  approved?: boolean;
  sequence?: number;
}>;

/** A decision as the gate would record it, with the approval when it was approved. */
export function decided(proposal: OrderProposal, options: DecidedOptions = {}): Event<'decision'> {
  const { at: when = at(0), kind = 'approved', approved = kind === 'approved' } = options;
  const proposalHash = hashOf(proposalCodec, proposal);
  const base = baseCase(defaultPolicy());
  const approval: Approval = {
    kind: 'approval',
    sequence: options.sequence ?? 1,
    id: approvalIdOf(proposalHash),
    proposalId: proposal.id,
    proposalHash,
    policyHash: NO_HASH,
    marketHash: NO_HASH,
    ledgerHead: NO_HASH,
    stateVersion: 0,
    account: proposal.account,
    venue: proposal.venue,
    network: proposal.network,
    symbol: proposal.symbol,
    nonce: 'a'.repeat(32),
    notBefore: when,
    expiresAt: (when + 3_000) as TimeMs,
  };
  const instrument = baseMarket.instrument && { ...baseMarket.instrument, symbol: proposal.symbol };
  return {
    kind: 'decision',
    at: when,
    proposal,
    proposalHash,
    signature: 'AAAA',
    market: {
      ...baseMarket,
      symbol: proposal.symbol,
      instrument: instrument && {
        ...instrument,
        kind: proposal.symbol.includes(':') ? 'perp' : 'spot',
      },
    },
    runtime: base.controls.runtime,
    operatorExit: false,
    verdict: { kind, codes: [], reducing: false, hash: NO_HASH },
    effects: [],
    approval: approved ? approval : null,
    approvalSignature: approved ? 'AAAA' : null,
  };
}

export const approvalOf = (decision: Event<'decision'>): string =>
  approvalIdOf(decision.proposalHash);
export const clientOf = (decision: Event<'decision'>): string => clientIdOf(approvalOf(decision));

export const outcome = (
  decision: Event<'decision'>,
  kind: OutcomeKind,
  sequence: number,
  when = at(1_000),
): Event<'outcome'> => ({
  kind: 'outcome',
  at: when,
  approvalId: approvalOf(decision),
  clientId: clientOf(decision),
  outcome: kind,
  code: null,
  sequence,
});

type FillOptions = Readonly<{ qty: Qty; price: Price; fee?: Money; side?: Side; tradeId?: string }>;
export function fill(
  decision: Event<'decision'>,
  { qty, price, fee = 0n as Money, side, tradeId }: FillOptions,
): Event<'fill'> {
  const { proposal } = decision;
  return {
    kind: 'fill',
    at: at(2_000),
    tradeId: tradeId ?? `t-${nextId()}`,
    clientId: clientOf(decision),
    symbol: proposal.symbol,
    side: side ?? (proposal.kind === 'order' ? proposal.side : 'buy'),
    price,
    qty,
    fee,
    liquidity: 'taker',
  };
}

export const deposit = (units: number, id = nextId()): Event<'cash'> => ({
  kind: 'cash',
  at: at(0),
  id,
  amount: dollars(units),
  reason: 'deposit',
  symbol: null,
});

export const SYMBOLS = [SYMBOL, 'ETH/USDT:USDT', 'BTC/USDT'] as const;
export const STRATEGIES = ['trend', 'carry'] as const;

/** One step of a random life: an order that may fill in parts, funding, a deposit, or a mark at fixed prices. */
const lifeStep = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('trade' as const),
      symbol: fc.constantFrom(...SYMBOLS),
      strategy: fc.constantFrom(...STRATEGIES),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      qty: fc.integer({ min: 1, max: 90_000 }),
      price: fc.integer({ min: 1, max: 99_999_999 }),
      parts: fc.integer({ min: 0, max: 3 }),
      fee: fc.integer({ min: -10, max: 10_000 }),
      end: fc.constantFrom('done', 'acked', 'rejected', 'none', 'unknown'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('funding' as const),
      symbol: fc.constantFrom(...SYMBOLS),
      amount: fc.integer({ min: -100_000, max: 100_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('deposit' as const),
      amount: fc.integer({ min: -1_000, max: 10_000 }),
    }),
  },
);
export const life = fc.array(lifeStep, { maxLength: 40 });
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

/** The events of a random life, in the order in which a courier tells them. */
export function eventsOf(steps: Life): LedgerEvent[] {
  const events: LedgerEvent[] = [opened];
  let sequence = 0;
  steps.forEach((step, index) => {
    const when = at(index * 1_000);
    if (step.kind === 'deposit') {
      events.push({ ...deposit(step.amount), at: when });
    } else if (step.kind === 'funding') {
      events.push({
        kind: 'cash',
        at: when,
        id: nextId(),
        amount: BigInt(step.amount) as Money,
        reason: 'funding',
        symbol: step.symbol,
      });
    } else {
      const { symbol, strategy, side, parts, fee, end } = step;
      const provenance = { ...baseOrder.provenance, strategy };
      const qty = (BigInt(step.qty) * 3n) as Qty;
      const decision = decided(order({ symbol, side, qty, provenance }), { at: when });
      events.push(decision);
      const dies = end === 'rejected' || end === 'none';
      if (end !== 'none' && end !== 'rejected')
        events.push(
          outcome(decision, end === 'unknown' ? 'unknown' : 'acked', (sequence += 1), when),
        );
      for (let part = 0; part < (dies ? 0 : parts); part += 1)
        events.push({
          ...fill(decision, {
            qty: BigInt(step.qty) as Qty,
            price: ((BigInt(step.price) * SCALE) / 1_000n + BigInt(part)) as Price,
            fee: BigInt(fee) as Money,
          }),
          at: when,
        });
      if (end === 'done' || end === 'rejected')
        events.push(outcome(decision, end, (sequence += 1), when));
    }
  });
  return events;
}
