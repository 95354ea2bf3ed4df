/** Proofs of F1 to F9: the last loss that is still borne, and one step more. */
import type { ClosedTrade, EquityMarks, StrategyStanding } from '../account-view.ts';
import type { Provers } from '../proof.ts';
import type { Money, Ppm, Price, SpanMs } from '../units.ts';
import { shareOf } from '../units.ts';
import type { Case } from '../verdict.ts';
import { SYMBOL, ago, money, price, qty } from './amounts.ts';
import { baseCase, limitOf } from './base.ts';
import { withAccount, withMarket, withPosition } from './vary.ts';
import { baseOrder } from './views.ts';

const FUNDS = money('100000');
const OTHER = 'ETH/USDT:USDT';
/** The smallest amount that an amount can differ by. */
const STEP = 1n;

/** Equity after a loss, with only the named mark above it. */
const lostSince = (c: Case, mark: keyof EquityMarks, loss: bigint): Case => {
  const equity = (FUNDS - loss) as Money;
  const even: EquityMarks = {
    dayOpen: equity,
    weekAgo: equity,
    monthAgo: equity,
    windowHigh: equity,
    highWater: equity,
  };
  return withAccount(c, { equity, marks: { ...even, [mark]: FUNDS } });
};

const lossProof =
  (id: string, limit: string, mark: keyof EquityMarks): Provers[string] =>
  (policy) => {
    const most = shareOf(FUNDS, limitOf(policy, id, limit) as Ppm);
    const base = baseCase(policy);
    return {
      step: `a loss since ${mark} one step larger`,
      passes: lostSince(base, mark, most),
      refuses: lostSince(base, mark, most + STEP),
    };
  };

const standing: StrategyStanding = {
  exposure: money('0'),
  profit: money('0'),
  profitPeak: money('0'),
  capital: money('50000'),
  fillsWithoutHuman: 0,
};
const strategyAt = (c: Case, profit: bigint): Case =>
  withAccount(c, { strategies: { trend: { ...standing, profit: profit as Money } } });

const trade = (change: Partial<ClosedTrade>): ClosedTrade => ({
  closedAt: ago(0),
  symbol: SYMBOL,
  strategy: 'trend',
  side: 'buy',
  qty: qty('0.01'),
  profit: money('0'),
  byStop: false,
  ...change,
});
/** Stop-outs a second ago, each in a symbol of its own. */
const stopOuts = (count: number): readonly ClosedTrade[] =>
  Array.from({ length: count }, (_, index) =>
    trade({ symbol: `COIN${index}/USDT`, byStop: true, closedAt: ago(1_000) }),
  );

/** A small long position in another symbol, at a mark. */
const heldAt = (c: Case, mark: bigint): Case => {
  const held = withPosition(c, {
    symbol: OTHER,
    base: 'ETH',
    qty: qty('0.1'),
    entryPrice: price('2000'),
    profitPeak: money('0'),
    stopPrice: null,
  });
  return withMarket(held, {
    marks: { ...held.market.marks, [OTHER]: { price: mark as Price, at: ago(100) } },
  });
};

export const lossProvers: Provers = {
  F1: lossProof('F1', 'lossMax', 'dayOpen'),
  F2: lossProof('F2', 'weekLossMax', 'weekAgo'),
  F3: lossProof('F3', 'drawdownMax', 'highWater'),
  F4: lossProof('F4', 'lossMax', 'windowHigh'),
  F5: (policy) => {
    const most = shareOf(standing.capital, limitOf(policy, 'F5', 'drawdownMax') as Ppm);
    return {
      step: "the strategy's loss one step larger",
      passes: strategyAt(baseCase(policy), 0n - most),
      refuses: strategyAt(baseCase(policy), 0n - most - STEP),
    };
  },
  F6: (policy) => {
    const most = limitOf(policy, 'F6', 'accountMax') as number;
    return {
      step: `stop-outs ${most} → ${most + 1}`,
      passes: withAccount(baseCase(policy), { trades: stopOuts(most) }),
      refuses: withAccount(baseCase(policy), { trades: stopOuts(most + 1) }),
    };
  },
  F7: (policy) => {
    const most = limitOf(policy, 'F7', 'lossMax') as Money;
    const lost = (loss: bigint): Case =>
      withAccount(baseCase(policy), {
        trades: [trade({ side: 'sell', profit: -loss as Money, closedAt: ago(1_000) })],
      });
    return { step: 'one step more lost', passes: lost(most), refuses: lost(most + STEP) };
  },
  F8: (policy) => {
    const wait = limitOf(policy, 'F8', 'after') as SpanMs;
    const left = (ms: number): Case =>
      withAccount(baseCase(policy), {
        trades: [trade({ side: baseOrder.side, closedAt: ago(ms) })],
      });
    return {
      step: `exit ${wait} ms → ${wait - 1} ms ago`,
      passes: left(wait),
      refuses: left(wait - 1),
    };
  },
  F9: (policy) => {
    const entry = price('2000');
    const stop = entry - shareOf(entry, limitOf(policy, 'F9', 'lossMax') as Ppm);
    return {
      step: 'the mark of a held position one step lower',
      passes: heldAt(baseCase(policy), stop),
      refuses: heldAt(baseCase(policy), stop - STEP),
    };
  },
};
