/** Proofs of E12 to E21: margin, cash, carry, stress and edge that just suffice, and one step less. */
import { costShareOf } from '../costs.ts';
import { valueFor, type ByKey } from '../policy-values.ts';
import type { Policy } from '../policy.ts';
import type { Prover, Provers } from '../proof.ts';
import { ceilDiv, floorDiv, shareOf, type Money, type Ppm, type Qty } from '../units.ts';
import type { Case } from '../verdict.ts';
import { SYMBOL, ahead, money, ppm } from './amounts.ts';
import { baseCase, exitCase, limitOf } from './base.ts';
import { basePosition, withAccount, withInstrument, withMarket, withOrder } from './vary.ts';
import { baseInstrument, baseMarket, baseOrder } from './views.ts';
import { beside } from './exposure.ts';

const MILLION = 1_000_000n;
const EQUITY = money('100000');
const NOTIONAL = money('600');
/** What the base order takes out of the free cash: a fiftieth of its value, and the taker's fee. */
const TAKEN = money('12.3');
const shareLimit = (share: unknown): Money => shareOf(EQUITY, share as Ppm);

const leverage: Prover = (policy) => {
  const most = Math.max(1, limitOf(policy, 'E12', 'leverageMax') as number);
  const lent = (notionalMax: bigint): Case =>
    withInstrument(baseCase(policy), {
      brackets: [
        { notionalMax: notionalMax as Money, leverageMax: most, maintenance: ppm(5_000) },
        { notionalMax: money('1000000'), leverageMax: most - 1, maintenance: ppm(10_000) },
      ],
    });
  return {
    step: 'the venue lends this much up to 0.00000001 less',
    passes: lent(NOTIONAL),
    refuses: lent(NOTIONAL - 1n),
  };
};

const liquidation: Prover = (policy) => {
  const rate = BigInt(baseInstrument.brackets[0]?.maintenance ?? 0);
  const added = ceilDiv(NOTIONAL * rate, MILLION);
  const most = shareLimit(limitOf(policy, 'E13', 'maintenanceMax')) - added;
  const bound = (maintenance: bigint): Case =>
    withAccount(baseCase(policy), { maintenance: maintenance as Money });
  return {
    step: '0.00000001 more of margin bound elsewhere',
    passes: bound(most),
    refuses: bound(most + 1n),
  };
};

const withFree = (policy: Policy, free: bigint): Case =>
  withAccount(baseCase(policy), { free: free as Money });

const freeBalance: Prover = (policy) => ({
  step: '0.00000001 less of free cash',
  passes: withFree(policy, TAKEN),
  refuses: withFree(policy, TAKEN - 1n),
});

const reserve: Prover = (policy) => {
  const kept = ceilDiv(EQUITY * BigInt(limitOf(policy, 'E15', 'reserveMin') as Ppm), MILLION);
  return {
    step: '0.00000001 less of free cash',
    passes: withFree(policy, kept + TAKEN),
    refuses: withFree(policy, kept + TAKEN - 1n),
  };
};

const carry: Prover = (policy) => {
  const most = valueFor(limitOf(policy, 'E16', 'carryMax') as ByKey<Ppm>, SYMBOL);
  const hour = 3_600_000;
  // One stamp lies within the horizon of the base order.
  const paying = (rate: number): Case =>
    withMarket(baseCase(policy), {
      funding: {
        rate: ppm(rate),
        nextAt: ahead(2 * hour),
        everyMs: (8 * hour) as typeof baseOrder.horizonMs,
      },
    });
  return { step: 'a rate of one millionth more', passes: paying(most), refuses: paying(most + 1) };
};

type Scenario = Readonly<{ shock: ByKey<bigint> }>;

const stress: Prover = (policy) => {
  const limit = shareLimit(limitOf(policy, 'E17', 'lossMax')) * MILLION;
  // A coin that no scenario names, held long: each fall leaves room for so much of it.
  const rooms = (limitOf(policy, 'E17', 'scenarios') as readonly Scenario[])
    .filter(({ shock }) => shock.default < 0n)
    .map(({ shock }) => {
      const own = valueFor(shock, baseInstrument.base);
      const lost = own < 0n ? -own * NOTIONAL : 0n;
      return floorDiv(limit - lost, -shock.default);
    });
  const least = rooms.reduce((a, b) => (a < b ? a : b), rooms[0] ?? 0n);
  const holding = (value: bigint): Case => beside(baseCase(policy), [{ qty: value as Qty }]);
  return {
    step: '0.00000001 more held elsewhere',
    passes: holding(least),
    refuses: holding(least + 1n),
  };
};

const settlement: Prover = (policy) => {
  const most = shareLimit(
    valueFor(limitOf(policy, 'E18', 'balanceMax') as ByKey<Ppm>, baseInstrument.settle),
  );
  const stored = (value: bigint): Case =>
    withAccount(baseCase(policy), { balances: { [baseInstrument.settle]: value as Qty } });
  return { step: '0.00000001 more of it', passes: stored(most), refuses: stored(most + 1n) };
};

const reduceOnly: Prover = (policy) => ({
  step: 'one lot more than is held',
  passes: exitCase(policy),
  refuses: withOrder(exitCase(policy), { qty: (basePosition.qty + baseInstrument.lot) as Qty }),
});

const allotment: Prover = (policy) => {
  const c = baseCase(policy);
  const { strategy } = c.proposal.provenance;
  const given = (capital: bigint): Case => {
    const [standing] = Object.values(c.account.strategies);
    return standing === undefined
      ? c
      : withAccount(c, { strategies: { [strategy]: { ...standing, capital: capital as Money } } });
  };
  return {
    step: 'a capital of 0.00000001 less',
    passes: given(NOTIONAL),
    refuses: given(NOTIONAL - 1n),
  };
};

const edge: Prover = (policy) => {
  const dayQty = baseMarket.volume?.dayQty ?? (0n as Qty);
  const cost = costShareOf(
    { qty: baseOrder.qty, dayQty, spread: ppm(9), liquidity: 'taker' },
    baseInstrument.costs,
  );
  const least = 2 * (cost?.total ?? 0) + (limitOf(policy, 'E21', 'marginMin') as Ppm);
  const expecting = (move: number): Case =>
    withOrder(baseCase(policy), { expectedMove: ppm(move) });
  return {
    step: 'a move of one millionth less',
    passes: expecting(least),
    refuses: expecting(least - 1),
  };
};

export const capitalProvers: Provers = {
  E12: leverage,
  E13: liquidation,
  E14: freeBalance,
  E15: reserve,
  E16: carry,
  E17: stress,
  E18: settlement,
  E19: reduceOnly,
  E20: allotment,
  E21: edge,
};
