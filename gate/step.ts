/** The gate's core: what to do about one input, given what is durable. It changes nothing itself. */
import {
  formatFixed,
  parseFixed,
  type AccountView,
  type Controls,
  type Effect,
  type Latch,
  type Policy,
  type Price,
  type Reference,
  type TimeMs,
  type Verdict,
} from '#firewall';
import { equityOf } from '../ledger/account-valuation.ts';
import { heldSymbols } from '../ledger/account-view-of.ts';
import { cashWord, fillWord, outcomeWord, saidKey } from '../ledger/account-words.ts';
import type { CarriedEvent, LedgerEvent } from '../ledger/contract.ts';
import { stepCommand } from './command-step.ts';
import type { Command } from './commands.ts';
import type { Sealer } from './contract.ts';
import { decide, runtimeOf, type Sensed } from './decide.ts';
import { FLOOD, FLOOD_MAX, FLOOD_WINDOW_MS, policyOf, type GateState } from './gate-state.ts';
import type { BadMessage, SealedProposal } from './messages.ts';

export type Marks = Readonly<Record<string, Reference>>;

export type GateInput =
  | Readonly<{ kind: 'bad'; message: BadMessage; now: TimeMs }>
  | Readonly<{ kind: 'proposal'; sealed: SealedProposal; sensed: Sensed }>
  /** A held proposal to which a human has agreed. */
  | Readonly<{ kind: 'again'; sealed: SealedProposal; sensed: Sensed }>
  | Readonly<{ kind: 'word'; word: CarriedEvent; now: TimeMs }>
  | Readonly<{ kind: 'command'; command: Command; now: TimeMs }>
  | Readonly<{ kind: 'halt-file'; now: TimeMs }>
  /** Time to mark equity. */
  | Readonly<{ kind: 'mark'; marks: Marks; now: TimeMs }>
  /** Something changed: do the breakers hold? */
  | Readonly<{ kind: 'watch'; marks: Marks; runtime: Sensed['runtime']; now: TimeMs }>
  /** Time to say again what nobody has answered. */
  | Readonly<{ kind: 'outbox'; now: TimeMs }>;

export type Volatile = Pick<GateState, 'equityUnknownSince'>;

export type GateEffect =
  /** Durable before anything after it. */
  | Readonly<{ kind: 'append'; event: LedgerEvent; verdict?: Verdict }>
  | Readonly<{ kind: 'publish'; approvalId: string }>
  | Readonly<{ kind: 'again'; proposalHash: string }>
  | Readonly<{ kind: 'remember'; what: Volatile }>;

export type Breakers = (
  account: AccountView,
  controls: Controls,
  policy: Policy,
  now: TimeMs,
) => readonly Effect[];

/** Pure functions that the core needs; the sealer's signatures are deterministic. */
export type GateTools = Readonly<{ sealer: Sealer; breakers: Breakers }>;

const append = (event: LedgerEvent): GateEffect => ({ kind: 'append', event });

export function step(state: GateState, input: GateInput, tools: GateTools): readonly GateEffect[] {
  switch (input.kind) {
    case 'bad':
      return stepBad(state, input.message, input.now);
    case 'proposal':
      return stepProposal(state, input, tools);
    case 'again':
      return judged(state, input, tools);
    case 'word':
      return stepWord(state, input.word, input.now);
    case 'command':
      return stepCommand(state, input.command, input.now);
    case 'halt-file':
      return stepHaltFile(state, input.now);
    case 'mark':
      return stepMark(state, input.marks, input.now);
    case 'watch':
      return stepWatch(state, input, tools);
    case 'outbox':
      return stepOutbox(state, input.now);
  }
}

function stepBad(state: GateState, message: BadMessage, at: TimeMs): readonly GateEffect[] {
  if (state.malformed.has(message.payloadHash)) return [];
  const since = at - FLOOD_WINDOW_MS;
  if (state.malformedAt.since(since).length >= FLOOD_MAX) {
    if (state.floodNotedAt !== null && state.floodNotedAt > since) return [];
    const note = `over ${FLOOD_MAX} bad messages in an hour; the next are not recorded`;
    return [append({ kind: 'noted', at, code: FLOOD, detail: note, qty: null })];
  }
  const { payloadHash, code, detail } = message;
  return [append({ kind: 'malformed', at, payloadHash, code, detail })];
}

type Judging = Readonly<{ sealed: SealedProposal; sensed: Sensed }>;

function stepProposal(state: GateState, input: Judging, tools: GateTools): readonly GateEffect[] {
  const { account } = state.fold;
  const before = account.decided.get(input.sealed.proposal.id);
  // The queue brings a message at least once: the same proposal gets the answer that it had.
  if (before?.hash === input.sealed.hash)
    return before.approvalId !== null && account.unanswered.has(before.approvalId)
      ? [{ kind: 'publish', approvalId: before.approvalId }]
      : [];
  return judged(state, input, tools);
}

function judged(
  state: GateState,
  { sealed, sensed }: Judging,
  tools: GateTools,
): readonly GateEffect[] {
  const { decision, verdict } = decide(state, sealed, sensed, tools.sealer);
  const instead = state.deskFlood.insteadOf(decision, state.fold.controls.standing(decision.at));
  if (instead !== null) return instead.map(append);
  const recorded: GateEffect = { kind: 'append', event: decision, verdict };
  if (decision.approval === null) return [recorded];
  return [recorded, { kind: 'publish', approvalId: decision.approval.id }];
}

/** Every word of the courier is recorded once, as it was said, so that the courier can find it in the ledger. */
function wordKnown({ fold: { account } }: GateState, word: CarriedEvent): boolean {
  switch (word.kind) {
    case 'outcome':
      return account.outcomes.has(word.sequence);
    case 'fill':
      return account.tradeIds.has(word.tradeId);
    case 'cash':
      return account.cashIds.has(word.id);
    case 'reconciled':
    case 'noted':
      return account.said.has(saidKey(word));
  }
}

/** Another word under a number that was used: of a courier that lost its memory, or a venue that counts anew. */
function contradicts({ fold: { account } }: GateState, word: CarriedEvent): boolean {
  switch (word.kind) {
    case 'outcome': {
      const said = account.outcomeWords.get(word.sequence);
      if (said !== undefined) return said !== outcomeWord(word);
      // So old that its words are forgotten: then nothing can be open that it is about.
      return account.unanswered.has(word.approvalId) || account.live.has(word.approvalId);
    }
    case 'fill':
      return account.tradeIds.get(word.tradeId) !== fillWord(word);
    case 'cash':
      return account.cashIds.get(word.id) !== cashWord(word);
    case 'reconciled':
    case 'noted':
      return false;
  }
}

function stepWord(state: GateState, word: CarriedEvent, at: TimeMs): readonly GateEffect[] {
  if (!wordKnown(state, word)) return [append(word)];
  if (!contradicts(state, word)) return [];
  const key = state.account;
  if (state.fold.controls.latch('account', key)?.state === 'HALTED') return [];
  const reason = `${word.kind.toUpperCase()}_NUMBER_REUSED`;
  const latch: Latch = { scope: 'account', key, state: 'HALTED', reason, by: 'gate', at };
  return [append({ kind: 'latched', at, latch })];
}

function stepHaltFile(state: GateState, at: TimeMs): readonly GateEffect[] {
  if (state.fold.controls.latch('global', '*')?.state === 'HALTED') return [];
  const reason = 'the HALT file is there';
  const latch: Latch = { scope: 'global', key: '*', state: 'HALTED', reason, by: 'HALT-file', at };
  return [append({ kind: 'latched', at, latch })];
}

/** How long the price of something held may be missing before equity counts as unknown. */
export const EQUITY_GRACE_MS = 60_000;

function stepMark(state: GateState, marks: Marks, at: TimeMs): readonly GateEffect[] {
  const { account } = state.fold;
  const priceOf = (symbol: string): bigint | null =>
    Object.hasOwn(marks, symbol) ? (marks[symbol]?.price ?? null) : null;
  const worth = account.opened === null ? null : equityOf(account, priceOf);
  // An amount that no ledger can say is none that anybody has.
  const equity = worth === null || parseFixed(formatFixed(worth)) === null ? null : worth;
  if (equity === null) {
    const since = state.equityUnknownSince ?? at;
    if (at - since <= EQUITY_GRACE_MS || account.equityFault)
      return [{ kind: 'remember', what: { equityUnknownSince: since } }];
    return [append({ kind: 'marked', at, equity: null, marks: {} })];
  }
  const prices: Record<string, Price> = {};
  for (const symbol of heldSymbols(account)) {
    const mark = Object.hasOwn(marks, symbol) ? marks[symbol] : undefined;
    if (mark !== undefined) prices[symbol] = mark.price;
  }
  return [
    { kind: 'remember', what: { equityUnknownSince: null } },
    append({ kind: 'marked', at, equity, marks: prices }),
  ];
}

type Watching = Extract<GateInput, { kind: 'watch' }>;

/** A loss latches even when nobody proposes anything. */
function stepWatch(
  state: GateState,
  { marks, runtime, now }: Watching,
  { breakers }: GateTools,
): readonly GateEffect[] {
  const account = state.fold.view(now, marks, null);
  const controls: Controls = {
    ...state.fold.controls.standing(now),
    operatorExit: false,
    runtime: runtimeOf(state, { now, runtime }),
  };
  return breakers(account, controls, policyOf(state), now).map((effect) =>
    append(effectEvent(effect, now)),
  );
}

function effectEvent(effect: Effect, at: TimeMs): LedgerEvent {
  if (effect.kind === 'lock') return { kind: 'locked', at, effect };
  const { scope, key, state, code } = effect;
  return { kind: 'latched', at, latch: { scope, key, state, reason: code, by: 'gate', at } };
}

/** How often an unanswered approval is said again, and how often once it has expired: only the courier's word ends it. */
const REPUBLISH_MS = 2_000;
const REPUBLISH_EXPIRED_MS = 10_000;

function stepOutbox(state: GateState, now: TimeMs): readonly GateEffect[] {
  const { account, controls } = state.fold;
  const effects: GateEffect[] = [];
  for (const [approvalId, { approval }] of account.unanswered) {
    const last = state.published.get(approvalId);
    const every = now < approval.expiresAt ? REPUBLISH_MS : REPUBLISH_EXPIRED_MS;
    if (last === undefined || now - last >= every) effects.push({ kind: 'publish', approvalId });
  }
  for (const { proposalHash, at } of controls.standing(now).approvals) {
    const held = account.held.get(proposalHash);
    if (held !== undefined && held.at <= at) effects.push({ kind: 'again', proposalHash });
  }
  return effects;
}
