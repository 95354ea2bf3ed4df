/** One step away from a case: the same case with one part of it changed. */
import type { AccountView, Position, RecentDecision, WorkingOrder } from '../account-view.ts';
import { hashOf } from '../canonical.ts';
import type { Controls, Runtime } from '../controls.ts';
import type { Book, Instrument, MarketView } from '../market-view.ts';
import { proposalCodec } from '../proposal-codec.ts';
import type { CancelProposal, OrderProposal, Proposal } from '../proposal.ts';
import type { TimeMs } from '../units.ts';
import type { Case } from '../verdict.ts';
import { HOUR, SYMBOL, ago, factor, money, price, qty } from './amounts.ts';
import { baseBook, baseInstrument, baseOrder } from './views.ts';

export const withProposal = (c: Case, proposal: Proposal): Case => ({
  ...c,
  proposal,
  proposalHash: hashOf(proposalCodec, proposal),
});
/** Another order. A case that holds a cancel gets the base order first. */
export const withOrder = (c: Case, change: Partial<OrderProposal>): Case =>
  withProposal(c, { ...(c.proposal.kind === 'order' ? c.proposal : baseOrder), ...change });
/** The same desk takes back a working order instead. */
export const withCancel = (c: Case, change: Partial<CancelProposal> = {}): Case => {
  const { id, createdAt, provenance, account, venue, network, symbol } = c.proposal;
  const addressed = { id, createdAt, provenance, account, venue, network, symbol };
  return withProposal(c, { kind: 'cancel', ...addressed, target: 'order-1', ...change });
};
export const withMarket = (c: Case, change: Partial<MarketView>): Case => ({
  ...c,
  market: { ...c.market, ...change },
});
export const withInstrument = (c: Case, change: Partial<Instrument>): Case =>
  withMarket(c, { instrument: { ...(c.market.instrument ?? baseInstrument), ...change } });
export const withBook = (c: Case, change: Partial<Book>): Case =>
  withMarket(c, { book: { ...(c.market.book ?? baseBook), ...change } });
export const withAccount = (c: Case, change: Partial<AccountView>): Case => ({
  ...c,
  account: { ...c.account, ...change },
});
export const withControls = (c: Case, change: Partial<Controls>): Case => ({
  ...c,
  controls: { ...c.controls, ...change },
});
export const withRuntime = (c: Case, change: Partial<Runtime>): Case =>
  withControls(c, { runtime: { ...c.controls.runtime, ...change } });
export const withNow = (c: Case, now: TimeMs): Case => ({ ...c, now });

export const basePosition: Position = {
  symbol: SYMBOL,
  strategy: 'trend',
  base: 'BTC',
  settle: 'USDT',
  qty: qty('0.02'),
  multiplier: factor('1'),
  entryPrice: price('59900'),
  openedAt: ago(HOUR),
  entries: 1,
  profitPeak: money('2'),
  stopPrice: price('59000'),
};
/** One more position beside those already held; long by default. */
export const withPosition = (c: Case, change: Partial<Position> = {}): Case =>
  withAccount(c, {
    positions: [...(c.account.positions ?? []), { ...basePosition, ...change }],
  });

export const baseWorking: WorkingOrder = {
  clientId: 'order-1',
  symbol: SYMBOL,
  strategy: 'trend',
  base: 'BTC',
  settle: 'USDT',
  multiplier: factor('1'),
  side: 'buy',
  qty: qty('0.01'),
  price: price('59950'),
  reduceOnly: false,
  placedAt: ago(10 * 60_000),
  state: 'working',
};
/** One more working order beside those already there; a buy below the market by default. */
export const withWorking = (c: Case, change: Partial<WorkingOrder> = {}): Case =>
  withAccount(c, { working: [...(c.account.working ?? []), { ...baseWorking, ...change }] });

export const baseDecision: RecentDecision = {
  at: ago(5 * 60_000),
  proposalId: 'f'.repeat(32),
  desk: 'desk-1',
  strategy: 'trend',
  agent: 'planner',
  symbol: SYMBOL,
  kind: 'order',
  side: 'buy',
  type: 'limit',
  qty: qty('0.01'),
  price: price('60000'),
  notional: money('600'),
  verdict: 'approved',
  reducing: false,
};
/** One more decision after those already taken. */
export const withDecision = (c: Case, change: Partial<RecentDecision> = {}): Case =>
  withAccount(c, {
    decisions: [...(c.account.decisions ?? []), { ...baseDecision, ...change }],
  });
