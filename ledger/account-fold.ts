/** The account, folded: each entry changes it once, in constant time, and folding from scratch gives the same. */
import { abs, DAY_MS, type Money, type Ppm, type TimeMs } from '#firewall';
import { applyDecision } from './account-decisions.ts';
import { applyFill } from './account-fills.ts';
import { anomaly, retireEnded, strategyOf, type AccountState } from './account-state.ts';
import { equityOf, unrealised, type PriceOf } from './account-valuation.ts';
import type { CarriedEvent, Entry, LedgerEvent } from './contract.ts';
import { cashWord, outcomeWord, saidKey } from './account-words.ts';
import { finish, settle } from './orders.ts';
import { windowsOfDocument } from './windows.ts';

type Event<Kind extends LedgerEvent['kind']> = Extract<LedgerEvent, { kind: Kind }>;

/** Folds one entry into the account. */
export function applyToAccount(state: AccountState, entry: Entry): void {
  const { event } = entry;
  // Only the gate's own clock moves the windows; what others say keeps their time and leaves ours.
  if (!CARRIED_KINDS.has(event.kind)) state.now = Math.max(state.now, event.at) as TimeMs;
  switch (event.kind) {
    case 'opened':
      state.opened = event;
      break;
    case 'configured':
      state.windows = windowsOfDocument(event.policy);
      state.registered = new Set(
        event.desks
          .filter((desk) => state.opened === null || desk.accounts.includes(state.opened.account))
          .flatMap((desk) => desk.strategies),
      );
      break;
    case 'decision':
      applyDecision(state, event, entry.sequence);
      break;
    case 'outcome':
      applyOutcome(state, event);
      break;
    case 'fill':
      applyFill(state, event);
      break;
    case 'cash':
      applyCash(state, event);
      break;
    case 'marked':
      applyMark(state, event);
      break;
    case 'resumed':
      applyResume(state, event);
      break;
    case 'consented':
      actedOn(state, state.held.get(event.approval.proposalHash)?.proposal.provenance.strategy);
      break;
    case 'reconciled':
      applyReconciled(state, event);
      break;
    case 'noted':
      state.said.add(saidKey(event));
      if (event.code === UNEXPLAINED && event.qty !== null) state.unexplained = event.qty;
      break;
    case 'malformed':
    case 'latched':
    case 'locked':
    case 'armed':
    case 'exit-asked':
      break;
  }
  forget(state);
}

const CARRIED_KINDS: ReadonlySet<LedgerEvent['kind']> = new Set<CarriedEvent['kind']>([
  'outcome',
  'fill',
  'cash',
  'reconciled',
  'noted',
]);

/** Code of a note that says by how much the venue's balance differs from ours. */
export const UNEXPLAINED = 'BALANCE_UNEXPLAINED';

function applyOutcome(state: AccountState, event: Event<'outcome'>): void {
  if (!state.outcomes.add(event.sequence)) return;
  state.outcomeWords.set(event.sequence, outcomeWord(event));
  state.version += 1;
  if (!state.approvals.has(event.approvalId)) {
    anomaly(state, 'OUTCOME_OF_UNKNOWN_APPROVAL');
    return;
  }
  state.unanswered.delete(event.approvalId);
  if (event.outcome === 'rejected') state.rejectStreak += 1;
  if (event.outcome === 'acked') state.rejectStreak = 0;
  const order = state.byApproval.get(event.approvalId);
  if (order === undefined) return;
  if (order.clientId !== event.clientId) {
    state.orders.delete(order.clientId);
    order.clientId = event.clientId;
    state.orders.set(order.clientId, order);
  }
  const wasEnded = order.state === 'ended';
  settle(order, { ...event, at: state.now, saidAt: event.at });
  if (wasEnded && order.state !== 'ended') {
    state.live.set(order.approvalId, order);
    anomaly(state, 'ORDER_AFTER_ALL');
  }
  retireEnded(state, order);
}

function applyCash(state: AccountState, event: Event<'cash'>): void {
  if (state.cashIds.has(event.id)) return;
  state.cashIds.set(event.id, cashWord(event));
  state.version += 1;
  state.cash += event.amount;
  if (event.reason === 'funding') attributeFunding(state, event);
  else state.paidIn += event.amount;
}

/** Funding is shared among the strategies that hold the symbol, by the size of what they hold. */
function attributeFunding(state: AccountState, { symbol, amount }: Event<'cash'>): void {
  const holders = [...state.positions.values()].filter((position) => position.symbol === symbol);
  const total = holders.reduce((sum, position) => sum + abs(position.qty), 0n);
  let left: bigint = amount;
  holders.forEach((position, index) => {
    const last = index === holders.length - 1;
    const share = last ? left : (amount * abs(position.qty)) / total;
    left -= share;
    strategyOf(state, position.strategy).profit += share;
  });
}

function applyMark(state: AccountState, event: Event<'marked'>): void {
  const price: PriceOf = (symbol) =>
    Object.hasOwn(event.marks, symbol) ? (event.marks[symbol] ?? null) : null;
  const own = equityOf(state, price);
  if (event.equity === null || own !== event.equity) {
    // An equity that is unknown, or that contradicts the books, never becomes a mark to compare with.
    state.equityFault = true;
    return;
  }
  state.equity.mark(state.now, event.equity, state.paidIn as Money, state.windows.velocityMs);
  const open = new Map<string, bigint>();
  for (const position of state.positions.values()) {
    const profit = unrealised(state, position, price) ?? 0n;
    if (profit > position.profitPeak) position.profitPeak = profit as Money;
    open.set(position.strategy, (open.get(position.strategy) ?? 0n) + profit);
  }
  for (const [name, standing] of state.strategies) {
    const profit = standing.profit + (open.get(name) ?? 0n);
    standing.marked = profit;
    if (profit > standing.profitPeak) standing.profitPeak = profit;
  }
}

/** A named human has looked: what only a human clears is cleared, and losses are counted from here. */
function applyResume(state: AccountState, { scope, key }: Event<'resumed'>): void {
  if (scope === 'strategy') resumeStrategy(state, key);
  const { opened } = state;
  const whole =
    scope === 'global' || (scope === 'account' && (opened === null || key === opened.account));
  if (scope === 'venue' || whole) state.rejectStreak = 0;
  if (!whole) return;
  state.equityFault = false;
  state.unexplained = 0n;
  state.anomalies = [];
  state.slippageExcess = 0 as Ppm;
  state.equity.rebase();
  for (const name of state.strategies.keys()) resumeStrategy(state, name);
}

function resumeStrategy(state: AccountState, name: string): void {
  actedOn(state, name);
  const standing = strategyOf(state, name);
  standing.profitPeak = standing.marked;
}

function actedOn(state: AccountState, strategy: string | undefined): void {
  if (strategy === undefined) return;
  strategyOf(state, strategy).fillsWithoutHuman = 0;
}

function applyReconciled(state: AccountState, event: Event<'reconciled'>): void {
  state.said.add(saidKey(event));
  const before = state.reconciliation;
  const since = before?.status === event.status ? before.since : event.at;
  state.reconciliation = { status: event.status, since, checkedAt: event.at };
  if (event.status !== 'clean') return;
  state.unexplained = 0n;
  releaseNeverTaken(state, event.at);
}

/**
 * The courier tells what became of an approval soon after its end, and has long forgotten one that it never saw:
 * when it finds the venue clean so much later and has told nothing, the approval was lost on its way.
 */
const NEVER_TAKEN_MS = 900_000;

function releaseNeverTaken(state: AccountState, cleanAt: TimeMs): void {
  for (const [id, { approval }] of state.unanswered) {
    if (cleanAt <= approval.expiresAt + NEVER_TAKEN_MS) continue;
    state.unanswered.delete(id);
    state.version += 1;
    const order = state.byApproval.get(id);
    if (order?.state !== 'reserved') continue;
    finish(order, 'expired', 'NEVER_TAKEN', state.now);
    retireEnded(state, order);
  }
}

const SAID_MAX = 10_000;

/** What no rule looks back to any more. Orders stay for a day after their end, so that a late fill is known for what it is. */
function forget(state: AccountState): void {
  const before = (state.now - state.windows.recentMs) as TimeMs;
  state.decisions.prune(before);
  state.trades.prune(before);
  state.fills.prune(before);
  state.cancels.prune((state.now - 60_000) as TimeMs);
  for (const order of state.orders.values()) {
    // The oldest come first; what still works is looked at again next time.
    if (order.placedAt > state.now - DAY_MS) break;
    if (order.endedAt === null || order.endedAt > state.now - DAY_MS) continue;
    state.orders.delete(order.clientId);
    state.byApproval.delete(order.approvalId);
  }
  for (const sequence of state.outcomeWords.keys()) {
    if (state.outcomeWords.size <= SAID_MAX) break;
    state.outcomeWords.delete(sequence);
  }
  for (const key of state.said) {
    if (state.said.size <= SAID_MAX) break;
    state.said.delete(key);
  }
  for (const [hash, held] of state.held) {
    if (held.at > state.now - DAY_MS) break;
    state.held.delete(hash);
  }
}
