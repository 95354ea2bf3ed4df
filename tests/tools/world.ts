/** A small market, account and memory for the tools' tests, all real: a simulated feed in a real store. */
import {
  SCALE,
  type Money,
  type Ppm,
  type Price,
  type Qty,
  type SpanMs,
  type TimeMs,
} from '#firewall';
import type { MarketEvent } from '../../market/contract.ts';
import { simulate } from '../../market/simulator/simulator.ts';
import { createMarketStore, type LocalMarketStore } from '../../market/store.ts';
import type {
  AccountReader,
  AccountSummary,
  Fact,
  PastDecision,
  ToolAnswer,
  ToolPorts,
  ToolScope,
} from '../../tools/contract.ts';
import * as s from '../market/samples.ts';

export const NOW = s.at(120_000 + 500);
const HISTORY = (12 * 3_600_000) as SpanMs;

/** Everything that a feed tells from the start to a little after the moment of the decision. */
export function feedEvents(
  seed: number,
  until: TimeMs,
  symbols = [s.PERP],
): readonly MarketEvent[] {
  return simulate({
    preset: 'calm',
    seed,
    symbols,
    stepMs: 1_000 as SpanMs,
    startAt: s.START,
    historyMs: HISTORY,
  }).advance(until);
}

export const emptyStore = (symbols = [s.PERP]): LocalMarketStore =>
  createMarketStore({ instruments: symbols.map(s.instrument), currency: 'USDT' });

/** Events are heard when they happen, and history at once. */
export function storeOf(events: readonly MarketEvent[], symbols = [s.PERP]): LocalMarketStore {
  const store = emptyStore(symbols);
  for (const event of events) store.apply(event, event.at);
  return store;
}

const PAST = feedEvents(7, NOW);
/** The market as it was known at the decision. */
export const marketAtNow = (): LocalMarketStore => storeOf(PAST);

export const money = (value: number): Money =>
  (BigInt(Math.round(value * 100)) * 1_000_000n) as Money;

export const summary = (changes: Partial<AccountSummary> = {}): AccountSummary => ({
  at: (NOW - 100) as TimeMs,
  version: 3,
  equity: money(100_000),
  cash: money(90_000),
  state: 'ACTIVE',
  positions: [],
  working: [],
  ...changes,
});

type Position = AccountSummary['positions'][number];
export const position = (changes: Partial<Position> = {}): Position => ({
  symbol: s.PERP,
  strategy: 'trend',
  qty: (SCALE / 10n) as Qty,
  entryPrice: s.price(60_000),
  stopPrice: null,
  leave: false,
  ...changes,
});

export const past = (index: number, changes: Partial<PastDecision> = {}): PastDecision => ({
  id: `${index}`,
  at: (NOW - index * 600_000) as TimeMs,
  symbol: s.PERP,
  action: 'long',
  verdict: 'approved',
  code: null,
  outcome: 2_500 as Ppm,
  ...changes,
});

export const accountOf = (
  account: AccountSummary | null,
  decisions: readonly PastDecision[] = [],
): AccountReader => ({
  account: () => account,
  recent: (_, asOf, count) => decisions.filter(({ at }) => at <= asOf).slice(0, count),
});

export const scopeOf = (
  ports: Partial<ToolPorts> = {},
  changes: Partial<Omit<ToolScope, 'ports'>> = {},
): ToolScope => ({
  desk: 'one',
  strategy: 'trend',
  symbol: s.PERP,
  now: NOW,
  signal: new AbortController().signal,
  ports: {
    market: ports.market ?? marketAtNow(),
    account: accountOf(summary()),
    memory: null,
    forecast: null,
    embed: null,
    ...ports,
  },
  ...changes,
});

/** The facts of an answer by name; fails where there is none. */
export function factsIn(answer: ToolAnswer): Readonly<Record<string, string>> {
  if (!answer.ok) throw new Error(`refused: ${answer.code}`);
  return Object.fromEntries(answer.facts.map(({ name, value }: Fact) => [name, value]));
}

export const codeOf = (answer: ToolAnswer): string => (answer.ok ? 'ok' : answer.code);
export const priceOf = (value: number): Price => BigInt(Math.round(value * 1e8)) as Price;
