/** Proofs of families H and I: a house that is just in order and just out of it, and conduct on either side of the line. */
import { assert } from '../assert.ts';
import type { Runtime } from '../controls.ts';
import type { Prover, Provers } from '../proof.ts';
import type { Policy } from '../policy.ts';
import type { Money, Ppm, Price, SpanMs } from '../units.ts';
import type { Case } from '../verdict.ts';
import { SYMBOL, ago, ahead, digest, price, qty } from './amounts.ts';
import { baseCase, limitOf } from './base.ts';
import {
  withAccount,
  withControls,
  withMarket,
  withOrder,
  withRuntime,
  withWorking,
} from './vary.ts';
import { baseAccount, baseOrder } from './views.ts';
import { decision } from './tempo.ts';

const byRuntime =
  (step: string, passing: Partial<Runtime>, refusing: Partial<Runtime>): Prover =>
  (policy) => ({
    step,
    passes: withRuntime(baseCase(policy), passing),
    refuses: withRuntime(baseCase(policy), refusing),
  });

const tradingState: Prover = (policy) => {
  const locked = (ms: number): Case =>
    withControls(baseCase(policy), {
      locks: [{ scope: 'symbol', key: SYMBOL, code: 'SYMBOL_LOSS_ABOVE_MAX', until: ahead(ms) }],
    });
  return {
    step: 'a lock that ends now → one that ends in 1 ms',
    passes: locked(0),
    refuses: locked(1),
  };
};

const accountAge: Prover = (policy) => {
  const most = limitOf(policy, 'H2', 'ageMax') as SpanMs;
  // The market is as old as the account, since C13 wants them close together.
  const c = withMarket(baseCase(policy), { asOf: ago(most) });
  return {
    step: 'one millisecond older',
    passes: withAccount(c, { asOf: ago(most) }),
    refuses: withAccount(c, { asOf: ago(most + 1) }),
  };
};

const reconciled: Prover = (policy) => {
  const most = limitOf(policy, 'H3', 'ageMax') as SpanMs;
  const checked = (ms: number): Case =>
    withRuntime(baseCase(policy), {
      reconciliation: { status: 'clean', since: ago(ms), checkedAt: ago(ms) },
    });
  return {
    step: 'checked one millisecond earlier',
    passes: checked(most),
    refuses: checked(most + 1),
  };
};

const connectivity: Prover = (policy) => {
  const most = limitOf(policy, 'H5', 'silenceMax') as SpanMs;
  return byRuntime(
    'one millisecond more of silence',
    { privateStreamAt: ago(most) },
    { privateStreamAt: ago(most + 1) },
  )(policy);
};

const approvedPolicy: Prover = (policy) => ({
  step: 'another policy approved',
  passes: baseCase(policy),
  refuses: withRuntime(baseCase(policy), { policyApproved: digest('f') }),
});

const armed: Prover = (policy) => {
  const c = withOrder(baseCase(policy), { network: 'test' });
  const until = (ms: number): Case =>
    withControls(c, {
      arms: [{ network: 'test', account: 'main', by: 'operator', expiresAt: ahead(ms) }],
    });
  return { step: 'an arm with 1 ms left → one that ends now', passes: until(1), refuses: until(0) };
};

const unexplained: Prover = (policy) => {
  const most = limitOf(policy, 'H9', 'unexplainedMax') as Money;
  return {
    step: 'one step more without an explanation',
    passes: withAccount(baseCase(policy), { unexplained: (0n - most) as Money }),
    refuses: withAccount(baseCase(policy), { unexplained: (0n - most - 1n) as Money }),
  };
};

const hostHealth: Prover = (policy) => {
  const most = limitOf(policy, 'H10', 'loopLagMax') as SpanMs;
  const { host } = baseCase(policy).controls.runtime;
  assert(host !== null, 'the base case has a host');
  return byRuntime(
    'one millisecond more of lag',
    { host: { ...host, loopLagMs: most } },
    { host: { ...host, loopLagMs: most + 1 } },
  )(policy);
};

const builds: Prover = (policy) => {
  const worker = { worker: 'gate', build: 'b1', policy: policy.hash };
  return byRuntime(
    'one worker of another build',
    { builds: [worker, { ...worker, worker: 'signer' }] },
    { builds: [worker, { ...worker, worker: 'signer', build: 'b0' }] },
  )(policy);
};

const selfTrade: Prover = (policy) => {
  const { limitPrice } = baseOrder;
  assert(limitPrice !== null, 'the base order has a limit');
  const selling = (more: bigint): Case =>
    withWorking(baseCase(policy), { side: 'sell', price: (limitPrice + more) as Price });
  return {
    step: 'an own sell one step above the price → at the price',
    passes: selling(1n),
    refuses: selling(0n),
  };
};

/** Entries and exits of one size in turn, the newest an exit, at the far end of the window. */
const circles = (policy: Policy, trips: number): Case => {
  const window = limitOf(policy, 'I2', 'window') as SpanMs;
  const decisions = Array.from({ length: 2 * trips }, (_, index) =>
    decision({
      at: ago(window - 1 - index),
      symbol: SYMBOL,
      side: index % 2 === 0 ? 'buy' : 'sell',
      reducing: index % 2 === 1,
      qty: baseOrder.qty,
      price: price('60000'),
    }),
  );
  return withAccount(baseCase(policy), { decisions });
};

const roundTrip: Prover = (policy) => {
  const most = limitOf(policy, 'I2', 'roundTripsMax') as number;
  return {
    step: `round trips ${most} → ${most + 1}`,
    passes: circles(policy, most),
    refuses: circles(policy, most + 1),
  };
};

/** Nearly every order cancelled, and so many more far below the market. */
const layered = (policy: Policy, far: number): Case => {
  const orders = Math.max(10, limitOf(policy, 'I3', 'ordersMin') as number);
  const farFrom = limitOf(policy, 'I3', 'farFrom') as Ppm;
  const { flow } = baseAccount;
  assert(flow !== null, 'the base account has a flow');
  const away = price('60000') - (price('60000') * BigInt(farFrom)) / 1_000_000n - price('100');
  let c = withAccount(baseCase(policy), {
    flow: {
      ...flow,
      ordersBySymbolToday: { [SYMBOL]: orders },
      cancelsBySymbolToday: { [SYMBOL]: orders },
      fillsBySymbolToday: { [SYMBOL]: orders },
    },
  });
  for (let index = 0; index < far; index += 1)
    c = withWorking(c, {
      clientId: `far-${index}`,
      strategy: 'carry',
      qty: qty('0.001'),
      price: away as Price,
    });
  return c;
};

const layering: Prover = (policy) => {
  const most = limitOf(policy, 'I3', 'farOrdersMax') as number;
  return {
    step: `far orders ${most} → ${most + 1}`,
    passes: layered(policy, most),
    refuses: layered(policy, most + 1),
  };
};

export const systemProvers: Provers = {
  H1: tradingState,
  H2: accountAge,
  H3: reconciled,
  H4: byRuntime('an unknown outcome', { unresolved: [] }, { unresolved: [SYMBOL] }),
  H5: connectivity,
  H6: byRuntime('a journal that failed', { auditDurable: true }, { auditDurable: false }),
  H7: approvedPolicy,
  H8: armed,
  H9: unexplained,
  H10: hostHealth,
  H11: byRuntime('one version later', { stateVersion: 42 }, { stateVersion: 43 }),
  H12: builds,
  I1: selfTrade,
  I2: roundTrip,
  I3: layering,
};
