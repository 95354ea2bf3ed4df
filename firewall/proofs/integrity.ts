/** Proofs of family A: what a proposal must be, and the smallest step to what it must not. */
import type { OrderProposal } from '../proposal.ts';
import type { Prover, Provers } from '../proof.ts';
import { ceilDiv, shareOf, type Money, type Ppm, type Price, type SpanMs } from '../units.ts';
import type { Case } from '../verdict.ts';
import { NOW, ago, ahead, factor, money, ppm, price, qty, time } from './amounts.ts';
import { baseCase, limitOf } from './base.ts';
import {
  withAccount,
  withControls,
  withDecision,
  withInstrument,
  withMarket,
  withOrder,
} from './vary.ts';
import { baseInstrument, baseOrder } from './views.ts';

type Change = Partial<OrderProposal>;
/** A proof whose two cases differ in the order only. */
const byOrder =
  (step: string, passing: Change, refusing: Change): Prover =>
  (policy) => ({
    step,
    passes: withOrder(baseCase(policy), passing),
    refuses: withOrder(baseCase(policy), refusing),
  });
const unclaimed = { notional: null, riskReward: null };

const stopDistance: Prover = (policy) => {
  const entry = price('60000');
  const { tick } = baseInstrument;
  const allowed = shareOf(entry, limitOf(policy, 'A5', 'distanceMax') as Ppm);
  const stop = (ceilDiv(entry - allowed, tick) * tick) as Price;
  const at = (stopPrice: Price): Case =>
    withOrder(baseCase(policy), { stopPrice, claims: unclaimed });
  return {
    step: 'the stop one tick further away than the greatest distance',
    passes: at(stop),
    refuses: at((stop - tick) as Price),
  };
};

const lifetime: Prover = (policy) => {
  const max = limitOf(policy, 'A6', 'lifetimeMax') as SpanMs;
  const until = (ms: number): Case =>
    withOrder(baseCase(policy), { tif: 'gtd', expiresAt: ahead(ms) });
  return { step: 'an order that lives 1 ms longer', passes: until(max), refuses: until(max + 1) };
};

const age: Prover = (policy) => {
  const max = limitOf(policy, 'A7', 'ageMax') as SpanMs;
  const made = (ms: number): Case => withOrder(baseCase(policy), { createdAt: ago(ms) });
  return { step: 'a proposal 1 ms older', passes: made(max), refuses: made(max + 1) };
};

const authority: Prover = (policy) => {
  const c = baseCase(policy);
  const desks = (c.controls.desks ?? []).map((desk) => ({ ...desk, enabled: false }));
  return { step: 'the desk is disabled', passes: c, refuses: withControls(c, { desks }) };
};

const once: Prover = (policy) => ({
  step: 'the same proposal a second time',
  passes: baseCase(policy),
  refuses: withAccount(baseCase(policy), { decidedBefore: true }),
});

const duplicate: Prover = (policy) => {
  const window = limitOf(policy, 'A10', 'window') as SpanMs;
  const max = limitOf(policy, 'A10', 'twinsMax') as number;
  const after = (ms: number): Case => {
    let c = baseCase(policy);
    for (let made = 0; made <= max; made += 1) c = withDecision(c, { at: time(NOW - ms) });
    return c;
  };
  return {
    step: 'one twin too many, 1 ms inside the window',
    passes: after(window),
    refuses: after(window - 1),
  };
};

const claim: Prover = (policy) => {
  const actual = money('600');
  const most = actual + shareOf(actual, limitOf(policy, 'A11', 'tolerance') as Ppm);
  const says = (notional: bigint): Case =>
    withOrder(baseCase(policy), { claims: { notional: notional as Money, riskReward: null } });
  return { step: 'a claim 0.00000001 further off', passes: says(most), refuses: says(most + 1n) };
};

const rate: Prover = (policy) => {
  const max = limitOf(policy, 'A12', 'ageMax') as SpanMs;
  const c = withInstrument(baseCase(policy), { quote: 'USDC', settle: 'USDC' });
  const old = (ms: number): Case =>
    withMarket(c, { rates: { USDC: { factor: factor('1'), at: ago(ms) } } });
  return { step: 'a rate 1 ms older', passes: old(max), refuses: old(max + 1) };
};

export const integrityProvers: Provers = {
  A1: byOrder('the agent has no name', {}, { provenance: { ...baseOrder.provenance, agent: '' } }),
  A2: byOrder(
    'a confidence of 100 % → one millionth more',
    { confidence: ppm(1_000_000) },
    { confidence: ppm(1_000_001) },
  ),
  A3: byOrder('qty 0.01 → 0.01000001', {}, { qty: qty('0.01000001') }),
  A4: byOrder('an order that must not wait → and must not take', {}, { postOnly: true }),
  A5: stopDistance,
  A6: lifetime,
  A7: age,
  A8: authority,
  A9: once,
  A10: duplicate,
  A11: claim,
  A12: rate,
};
