/** Breakers between proposals: the rules that latch, asked at every mark and outcome, even when nobody proposes. */
import type { AccountView, Position } from './account-view.ts';
import type { Controls } from './controls.ts';
import { inForce } from './effects.ts';
import { factsOf, type Facts } from './facts.ts';
import { CASE_MALFORMED } from './judge.ts';
import type { MarketView } from './market-view.ts';
import { limitsAt, type Policy, type RuleLimits } from './policy.ts';
import { stopOf, type StopLimits, type StopReason } from './position-stop.ts';
import type { CancelProposal, Side } from './proposal.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';
import { abs, type Hash, type Qty, type SpanMs, type TimeMs } from './units.ts';
import type { Effect } from './verdict.ts';

const indexed = (ids: readonly string[]): readonly number[] =>
  ids.map((id) => RULES.findIndex((rule) => rule.id === id)).filter((index) => index !== -1);

const OF_ACCOUNT = indexed(['F1', 'F2', 'F3', 'F4', 'F16', 'F17', 'F18', 'H3', 'H9', 'H10', 'H12']);
const OF_STRATEGY = indexed(['F5', 'F15']);
const OF_SYMBOL = indexed(['F6', 'F7']);
const STOPS = indexed(['F9']);

/** What must be tightened now and is not yet: the rules' own arithmetic, on a case without an order. */
export function breakers(
  account: AccountView,
  controls: Controls,
  policy: Policy,
  now: TimeMs,
): readonly Effect[] {
  const found: Effect[] = [];
  const say = (effect: Effect | null): void => {
    if (effect !== null && !inForce(effect, controls, now) && !found.some(same(effect)))
      found.push(effect);
  };
  try {
    const limits = limitsAt(policy, now);
    const ask = (indices: readonly number[], symbol: string, strategy: string): void => {
      const facts = probe(account, controls, policy, { symbol, strategy, now });
      for (const index of indices) {
        const rule = RULES[index];
        if (rule !== undefined) say(effectNow(rule, facts, limits[index] ?? {}));
      }
    };
    ask(OF_ACCOUNT, NOBODY, NOBODY);
    for (const strategy of Object.keys(account.strategies)) ask(OF_STRATEGY, NOBODY, strategy);
    for (const symbol of new Set(account.trades?.map((trade) => trade.symbol)))
      ask(OF_SYMBOL, symbol, NOBODY);
  } catch {
    say(halt(account, CASE_MALFORMED));
  }
  return found;
}

/** An account whose arithmetic fails has not said that all is well. */
const halt = ({ account }: AccountView, code: string): Effect => ({
  kind: 'latch',
  scope: 'account',
  key: account,
  state: 'HALTED',
  code,
});

const NOBODY = '-';

function effectNow(rule: Rule, facts: Facts, limits: RuleLimits): Effect | null {
  try {
    const check = rule.evaluate(facts, limits, rule);
    // What is merely unknown refuses every entry by itself; it latches only what it contradicts.
    return check.status === 'fail' && check.code === rule.code
      ? rule.effect(facts, limits, rule)
      : null;
  } catch {
    return halt(facts.account, rule.code);
  }
}

const same =
  (effect: Effect) =>
  (other: Effect): boolean =>
    other.kind === effect.kind &&
    other.scope === effect.scope &&
    other.key === effect.key &&
    other.code === effect.code;

type Probe = Readonly<{ symbol: string; strategy: string; now: TimeMs }>;

/** Facts without an order: what the breakers read is the account and the controls. */
function probe(
  account: AccountView,
  controls: Controls,
  policy: Policy,
  { symbol, strategy, now }: Probe,
): Facts {
  const proposal: CancelProposal = {
    kind: 'cancel',
    id: '0'.repeat(32),
    createdAt: now,
    provenance: {
      desk: NOBODY,
      strategy,
      agent: NOBODY,
      agentVersion: NOBODY,
      graphVersion: NOBODY,
      modelId: null,
    },
    account: account.account,
    venue: account.venue,
    network: account.network,
    symbol,
    target: NOBODY,
  };
  const proposalHash = '0'.repeat(64) as Hash;
  const market = unseen(symbol, now);
  return factsOf({ proposal, proposalHash, market, account, controls, policy, now });
}

/** The view of a symbol that nobody's feed knows: judged on it, everything is refused with every reason on record. */
export const unseen = (symbol: string, asOf: TimeMs): MarketView => ({
  symbol,
  asOf,
  instrument: null,
  status: null,
  book: null,
  motion: null,
  bar: null,
  volume: null,
  volatility: null,
  reference: null,
  funding: null,
  feed: null,
  clock: null,
  rates: {},
  marks: {},
  evidence: [],
});

/** A position that must be closed, as data: a desk proposes the exit, the firewall never originates one. */
export type ProtectiveExit = Readonly<{
  symbol: string;
  strategy: string;
  /** Side of the closing order. */
  side: Side;
  qty: Qty;
  reason: StopReason;
}>;

/** The positions that F9 calls past their stop. One without a mark is not among them: F9 refuses entries for it. */
export function protectiveExits(
  account: AccountView,
  market: Pick<MarketView, 'marks' | 'rates'>,
  policy: Policy,
  now: TimeMs,
): readonly ProtectiveExit[] {
  const limits = limitsAt(policy, now)[STOPS[0] ?? -1];
  if (limits === undefined) return [];
  const exits: ProtectiveExit[] = [];
  for (const position of account.positions ?? []) {
    const reason = stopOf(position, limits as StopLimits, { account, market, now });
    if (reason !== null && reason !== 'unknown') exits.push(exitOf(position, reason));
  }
  return exits;
}

const exitOf = ({ symbol, strategy, qty }: Position, reason: StopReason): ProtectiveExit => ({
  symbol,
  strategy,
  side: qty > 0n ? 'sell' : 'buy',
  qty: abs(qty),
  reason,
});

/** How long the account view must remember: the longest `window` of any rule, now or under a temporary change. */
export function longestWindow(policy: Policy): SpanMs {
  let longest = 0;
  const sections = [...policy.limits, ...policy.temporary.map((change) => change.limits)];
  for (const limits of sections)
    for (const [name, value] of Object.entries(limits))
      if (REMEMBERED.has(name) && typeof value === 'number') longest = Math.max(longest, value);
  return longest as SpanMs;
}

/** The parameters that look back over the lists of recent decisions, trades and fills. */
const REMEMBERED = new Set(['window', 'after', 'afterStop']);

/** Over how long F4 wants the highest equity kept. */
export function lossWindow(policy: Policy, now: TimeMs): SpanMs {
  const value = limitsAt(policy, now)[indexed(['F4'])[0] ?? -1]?.['window'];
  return (typeof value === 'number' ? value : 0) as SpanMs;
}
