/** Proofs of F10 to F21: the last order of its kind that may still go out, and one more. */
import type { DayCounters, OrderFlow, RecentDecision } from '../account-view.ts';
import type { Provers } from '../proof.ts';
import type { Money, Ppm, SpanMs } from '../units.ts';
import type { Case } from '../verdict.ts';
import { NOW, SYMBOL, ago, ahead, digest, money, ppm, price, qty } from './amounts.ts';
import { baseCase, limitOf } from './base.ts';
import { withAccount, withControls, withRuntime } from './vary.ts';
import { baseAccount } from './views.ts';

const DAY: DayCounters = {
  day: Math.floor(NOW / 86_400_000),
  ordersByAccount: 0,
  ordersBySymbol: {},
  ordersByStrategy: {},
  turnover: money('0'),
  fees: money('0'),
};
const FLOW: OrderFlow = {
  cancelsLastMinute: 0,
  ordersBySymbolToday: {},
  fillsBySymbolToday: {},
  cancelsBySymbolToday: {},
  rejectStreak: 0,
  slippageExcess: ppm(0),
  anomalies: [],
};

/** A decision of another desk about another symbol, unless told otherwise. */
export const decision = (change: Partial<RecentDecision> = {}): RecentDecision => ({
  at: ago(30_000),
  proposalId: digest('e').slice(0, 32),
  desk: 'desk-2',
  strategy: 'carry',
  agent: 'other',
  symbol: 'SOL/USDT:USDT',
  kind: 'order',
  side: 'buy',
  type: 'limit',
  qty: qty('1'),
  price: price('100'),
  notional: money('1'),
  verdict: 'approved',
  reducing: false,
  ...change,
});
const decided = (c: Case, decisions: readonly RecentDecision[]): Case =>
  withAccount(c, { decisions });

const withDay = (c: Case, change: Partial<DayCounters>): Case =>
  withAccount(c, { day: { ...DAY, ...change } });
const withFlow = (c: Case, change: Partial<OrderFlow>): Case =>
  withAccount(c, { flow: { ...FLOW, ...change } });

/** A limit on a count of the order flow. */
const flowProof =
  (id: string, limit: string, field: 'cancelsLastMinute' | 'rejectStreak'): Provers[string] =>
  (policy) => {
    const most = limitOf(policy, id, limit) as number;
    return {
      step: `${field} ${most} → ${most + 1}`,
      passes: withFlow(baseCase(policy), { [field]: most }),
      refuses: withFlow(baseCase(policy), { [field]: most + 1 }),
    };
  };

/** Entries of one symbol that change sides, one millisecond apart, at the far end of the window. */
const reversals = (count: number, window: SpanMs): readonly RecentDecision[] =>
  Array.from({ length: count }, (_, index) =>
    decision({
      at: ago(window - 1 - index),
      symbol: SYMBOL,
      side: (count - index) % 2 === 1 ? 'sell' : 'buy',
      qty: qty(`${index + 1}`),
    }),
  );

export const tempoProvers: Provers = {
  F10: (policy) => {
    const most = limitOf(policy, 'F10', 'accountMax') as number;
    return {
      step: `orders before this one ${most - 1} → ${most}`,
      passes: withDay(baseCase(policy), { ordersByAccount: most - 1 }),
      refuses: withDay(baseCase(policy), { ordersByAccount: most }),
    };
  },
  F11: (policy) => {
    const most = limitOf(policy, 'F11', 'accountMax') as number;
    const recent = (count: number): Case =>
      decided(
        baseCase(policy),
        Array.from({ length: count }, () => decision({ at: ago(1) })),
      );
    return {
      step: `orders before this one ${most - 1} → ${most}`,
      passes: recent(most - 1),
      refuses: recent(most),
    };
  },
  F13: flowProof('F13', 'cancelsPerMinuteMax', 'cancelsLastMinute'),
  F14: (policy) => {
    const least = limitOf(policy, 'F14', 'reserve') as number;
    return {
      step: `requests left ${least} → ${least - 1}`,
      passes: withRuntime(baseCase(policy), { apiWeightLeft: least }),
      refuses: withRuntime(baseCase(policy), { apiWeightLeft: least - 1 }),
    };
  },
  F15: (policy) => {
    const most = limitOf(policy, 'F15', 'fillsMax') as number;
    const filled = (fillsWithoutHuman: number): Case => {
      const strategies = Object.entries(baseAccount.strategies).map(([name, standing]) => [
        name,
        { ...standing, fillsWithoutHuman },
      ]);
      return withAccount(baseCase(policy), { strategies: Object.fromEntries(strategies) });
    };
    return { step: `fills ${most} → ${most + 1}`, passes: filled(most), refuses: filled(most + 1) };
  },
  F16: flowProof('F16', 'streakMax', 'rejectStreak'),
  F17: (policy) => {
    const most = limitOf(policy, 'F17', 'excessMax') as Ppm;
    return {
      step: 'slippage one millionth larger',
      passes: withFlow(baseCase(policy), { slippageExcess: most }),
      refuses: withFlow(baseCase(policy), { slippageExcess: ppm(most + 1) }),
    };
  },
  F18: (policy) => ({
    step: 'one anomaly',
    passes: withFlow(baseCase(policy), { anomalies: [] }),
    refuses: withFlow(baseCase(policy), { anomalies: ['OVERFILL'] }),
  }),
  F19: (policy) => {
    const left = (limitOf(policy, 'F19', 'turnoverMax') as Money) - money('600');
    return {
      step: "the day's turnover one step larger",
      passes: withDay(baseCase(policy), { turnover: left as Money }),
      refuses: withDay(baseCase(policy), { turnover: (left + 1n) as Money }),
    };
  },
  F20: (policy) => {
    const most = limitOf(policy, 'F20', 'reversalsMax') as number;
    const window = limitOf(policy, 'F20', 'window') as SpanMs;
    return {
      step: `reversals ${most} → ${most + 1}`,
      passes: decided(baseCase(policy), reversals(most, window)),
      refuses: decided(baseCase(policy), reversals(most + 1, window)),
    };
  },
  F21: (policy) => {
    const until = (ms: number): Case =>
      withControls(baseCase(policy), {
        blackouts: [{ from: ago(60_000), until: ahead(ms), symbol: SYMBOL, why: 'maintenance' }],
      });
    return {
      step: 'a blackout that ends now → one that ends in 1 ms',
      passes: until(0),
      refuses: until(1),
    };
  },
};
