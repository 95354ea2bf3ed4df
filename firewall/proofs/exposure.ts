/** Proofs of E1 to E11: orders and positions that just fit, and 0.00000001 more. */
import type { Position } from '../account-view.ts';
import { feeRate } from '../costs.ts';
import { valueFor, type ByKey } from '../policy-values.ts';
import type { Policy } from '../policy.ts';
import type { Prover, Provers } from '../proof.ts';
import {
  ceilDiv,
  floorDiv,
  SCALE,
  shareOf,
  type Money,
  type Ppm,
  type Price,
  type Qty,
  type SpanMs,
} from '../units.ts';
import type { Case } from '../verdict.ts';
import { SYMBOL, ago, factor, money, price, qty } from './amounts.ts';
import { baseCase, limitOf } from './base.ts';
import {
  withAccount,
  withDecision,
  withInstrument,
  withMarket,
  withOrder,
  withPosition,
} from './vary.ts';
import { baseInstrument, baseOrder } from './views.ts';

const MILLION = 1_000_000n;
const EQUITY = money('100000');
const PRICE = price('60000');
/** What the base order is worth. */
const NOTIONAL = money('600');

const keyed = (policy: Policy, id: string, name: string, key = SYMBOL): Ppm =>
  valueFor(limitOf(policy, id, name) as ByKey<Ppm>, key);
const shareLimit = (share: unknown): Money => shareOf(EQUITY, share as Ppm);
/** The largest quantity at the price of the base order that is worth at most an amount. */
const worth = (amount: bigint): bigint => floorDiv(amount * SCALE, PRICE);

/** Any quantity is on the grid, so that the boundary of a value is one. */
const sized = (policy: Policy, size: bigint): Case => {
  const fine = withInstrument(baseCase(policy), { lot: 1n as Qty, qtyMin: 1n as Qty });
  return withOrder(fine, { qty: size as Qty, claims: { notional: null, riskReward: null } });
};

const bySize = (policy: Policy, size: bigint) => ({
  step: '0.00000001 more',
  passes: sized(policy, size),
  refuses: sized(policy, size + 1n),
});

const orderQty: Prover = (policy) => {
  const limits = limitOf(policy, 'E1', 'qtyMax') as Readonly<Record<string, Qty>>;
  const most = limits[SYMBOL] ?? 0n;
  // A tenth of a coin a contract, or the limit of value would speak first.
  const small = (c: Case): Case => withInstrument(c, { multiplier: factor('0.1') });
  const { step, passes, refuses } = bySize(policy, most);
  return { step, passes: small(passes), refuses: small(refuses) };
};

const orderNotional: Prover = (policy) =>
  bySize(policy, worth(limitOf(policy, 'E2', 'notionalMax') as Money));

/** The base account with another fortune, which it has had all the time. */
const owning = (c: Case, funds: bigint): Case => {
  const all = funds as Money;
  return withAccount(c, {
    equity: all,
    cash: all,
    free: all,
    balances: { USDT: funds as Qty },
    marks: { dayOpen: all, weekAgo: all, monthAgo: all, windowHigh: all, highWater: all },
  });
};

const orderShare: Prover = (policy) => {
  const least = ceilDiv(NOTIONAL * MILLION, BigInt(limitOf(policy, 'E3', 'shareMax') as Ppm));
  return {
    step: 'an equity of 0.00000001 less',
    passes: owning(baseCase(policy), least),
    refuses: owning(baseCase(policy), least - 1n),
  };
};

const tradeRisk: Prover = (policy) => {
  const stop = price('54100');
  const slip = BigInt(limitOf(policy, 'E4', 'stopSlip') as Ppm);
  const taker = BigInt(feeRate(baseInstrument.costs, 'taker'));
  const lost = (PRICE - stop + price('0.5')) * MILLION + PRICE * taker + stop * (taker + slip);
  const limit = shareLimit(limitOf(policy, 'E4', 'riskMax'));
  const size = floorDiv(limit * SCALE * MILLION, lost);
  const stopped = (c: Case): Case => withOrder(c, { stopPrice: stop });
  const { step, passes, refuses } = bySize(policy, size);
  return { step, passes: stopped(passes), refuses: stopped(refuses) };
};

const windowed: Prover = (policy) => {
  const most = (limitOf(policy, 'E5', 'notionalMax') as Money) - NOTIONAL;
  const window = limitOf(policy, 'E5', 'window') as SpanMs;
  const spent = (notional: bigint): Case =>
    withDecision(baseCase(policy), {
      at: ago(window - 1),
      symbol: 'ETH/USDT:USDT',
      notional: notional as Money,
    });
  return {
    step: 'an earlier order of 0.00000001 more',
    passes: spent(most),
    refuses: spent(most + 1n),
  };
};

const position: Prover = (policy) => {
  const limit = shareLimit(keyed(policy, 'E6', 'shareMax'));
  const most = worth(limit) - baseOrder.qty;
  const holding = (held: bigint): Case => withPosition(baseCase(policy), { qty: held as Qty });
  return {
    step: 'a position of 0.00000001 more',
    passes: holding(most),
    refuses: holding(most + 1n),
  };
};

/** Positions in other symbols, each of so many coins at a price of one. */
export const beside = (c: Case, held: readonly Partial<Position>[]): Case => {
  const marks = { ...c.market.marks };
  let all = c;
  held.forEach((change, index) => {
    const base = change.base ?? `COIN${index}`;
    const symbol = `${base}/USDT:USDT`;
    marks[symbol] = { price: SCALE as Price, at: ago(100) };
    const entry = { entryPrice: SCALE as Price, stopPrice: null, profitPeak: 0n as Money };
    all = withPosition(all, { symbol, base, strategy: 'carry', ...entry, ...change });
  });
  return withMarket(all, { marks });
};
const coins = (value: bigint): Qty => value as Qty;

const gross: Prover = (policy) => {
  const most = shareLimit(limitOf(policy, 'E7', 'shareMax')) - NOTIONAL;
  const each = most / 5n;
  // Longs against shorts, so that neither a crash nor a squeeze speaks first.
  const spread = (rest: bigint): Case =>
    beside(baseCase(policy), [
      { qty: coins(each) },
      { qty: coins(each) },
      { qty: coins(-each) },
      { qty: coins(-each) },
      { base: 'ETH', qty: coins(-rest) },
    ]);
  const rest = most - 4n * each;
  return {
    step: '0.00000001 more held elsewhere',
    passes: spread(rest),
    refuses: spread(rest + 1n),
  };
};

const net: Prover = (policy) => {
  const most = shareLimit(keyed(policy, 'E8', 'assetMax', 'BTC')) - NOTIONAL;
  const holding = (held: bigint): Case =>
    beside(baseCase(policy), [{ base: 'BTC', symbol: 'BTC/USDT', qty: coins(held) }]);
  const marked = (held: bigint): Case => {
    const c = holding(held);
    const marks = { ...c.market.marks, 'BTC/USDT': { price: SCALE as Price, at: ago(100) } };
    return withMarket(c, { marks });
  };
  return { step: '0.00000001 more held as spot', passes: marked(most), refuses: marked(most + 1n) };
};

const cluster: Prover = (policy) => {
  const clusters = limitOf(policy, 'E9', 'clusters') as Readonly<Record<string, string>>;
  const own = clusters['BTC'] ?? 'BTC';
  const mate = Object.keys(clusters).find((base) => base !== 'BTC' && clusters[base] === own);
  const most = shareLimit(keyed(policy, 'E9', 'shareMax', own)) - NOTIONAL;
  // Short, so that a crash does not speak first: a cluster counts both ways.
  const holding = (held: bigint): Case =>
    beside(baseCase(policy), [{ base: mate ?? 'BTC', qty: coins(-held) }]);
  return {
    step: '0.00000001 more in the cluster',
    passes: holding(most),
    refuses: holding(most + 1n),
  };
};

const openPositions: Prover = (policy) => {
  const most = limitOf(policy, 'E10', 'totalMax') as number;
  const others = (count: number): Case =>
    beside(
      baseCase(policy),
      Array.from({ length: count }, (_, index) => ({
        qty: index % 2 === 0 ? qty('1') : qty('-1'),
      })),
    );
  return { step: 'one position more', passes: others(most - 1), refuses: others(most) };
};

const entries: Prover = (policy) => {
  const most = limitOf(policy, 'E11', 'entriesMax') as number;
  const { strategy } = baseCase(policy).proposal.provenance;
  const built = (count: number): Case =>
    withPosition(baseCase(policy), { entries: count, strategy });
  return { step: 'one entry more', passes: built(most - 1), refuses: built(most) };
};

export const exposureProvers: Provers = {
  E1: orderQty,
  E2: orderNotional,
  E3: orderShare,
  E4: tradeRisk,
  E5: windowed,
  E6: position,
  E7: gross,
  E8: net,
  E9: cluster,
  E10: openPositions,
  E11: entries,
};
