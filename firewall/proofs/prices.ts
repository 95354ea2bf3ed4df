/** Proofs of family D: a price at the very edge of what makes sense, and 0.00000001 past it. */
import type { RecentDecision } from '../account-view.ts';
import { valueFor, type ByKey } from '../policy-values.ts';
import type { Policy } from '../policy.ts';
import type { Prover, Provers } from '../proof.ts';
import { ceilDiv, floorDiv, type Ppm, type Price, type Qty } from '../units.ts';
import type { Case } from '../verdict.ts';
import { SYMBOL, ago, price } from './amounts.ts';
import { baseCase, limitOf } from './base.ts';
import { withDecision, withInstrument, withOrder } from './vary.ts';
import { baseBook } from './views.ts';

const MILLION = 1_000_000n;
const MID = price('59999.75');
const share = (policy: Policy, id: string, name: string): bigint =>
  BigInt(valueFor(limitOf(policy, id, name) as ByKey<Ppm>, SYMBOL));

/** Every price is on the grid, so that the boundary of a ratio is one. */
const fine = (policy: Policy): Case => {
  const c = withInstrument(baseCase(policy), { tick: 1n as Price });
  return withOrder(c, { claims: { notional: null, riskReward: null } });
};

const collar: Prover = (policy) => {
  const highest = MID + floorDiv(MID * share(policy, 'D1', 'takingMax'), MILLION);
  const at = (limitPrice: bigint): Case =>
    withOrder(fine(policy), { limitPrice: limitPrice as Price });
  return { step: '0.00000001 dearer', passes: at(highest), refuses: at(highest + 1n) };
};

const drift: Prover = (policy) => {
  const most = share(policy, 'D2', 'driftMax');
  const lowest = ceilDiv(price('60000') * MILLION, MILLION + most);
  const before = (value: bigint): Case => {
    const past: Partial<RecentDecision> = { at: ago(30_000), price: value as Price };
    return withDecision(baseCase(policy), past);
  };
  return {
    step: 'an earlier price 0.00000001 lower',
    passes: before(lowest),
    refuses: before(lowest - 1n),
  };
};

const marketOrder: Prover = (policy) => {
  // More than the book shows is refused even where market orders are allowed.
  const shown = baseBook.asks.reduce((sum, level) => sum + level.qty, 0n);
  const naked = { type: 'market', limitPrice: null, qty: (shown + 1n) as Qty } as const;
  return {
    step: 'a limit price → none',
    passes: baseCase(policy),
    refuses: withOrder(baseCase(policy), naked),
  };
};

const basis: Prover = (policy) => {
  const highest = floorDiv(MID * MILLION, MILLION - share(policy, 'D4', 'driftMax'));
  const saw = (value: bigint): Case => withOrder(baseCase(policy), { basisMid: value as Price });
  return { step: '0.00000001 further away', passes: saw(highest), refuses: saw(highest + 1n) };
};

const rests: Prover = (policy) => {
  const at = (limitPrice: Price): Case =>
    withOrder(baseCase(policy), { limitPrice, postOnly: true, tif: 'gtc' });
  return {
    step: 'one tick up, to the best ask',
    passes: at(price('59999.9')),
    refuses: at(price('60000')),
  };
};

const stop: Prover = (policy) => {
  const gap = ceilDiv(MID * share(policy, 'D6', 'distanceMin'), MILLION);
  const nearest = price('59999.5') - gap;
  const at = (stopPrice: bigint): Case =>
    withOrder(fine(policy), { stopPrice: stopPrice as Price });
  return { step: '0.00000001 nearer', passes: at(nearest), refuses: at(nearest + 1n) };
};

export const priceProvers: Provers = {
  D1: collar,
  D2: drift,
  D3: marketOrder,
  D4: basis,
  D5: rests,
  D6: stop,
};
