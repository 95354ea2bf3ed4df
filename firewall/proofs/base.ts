/** The case that every proof starts from: a small order on a calm market, which passes every rule of the policy. */
import { assert } from '../assert.ts';
import { hashOf } from '../canonical.ts';
import type { Controls } from '../controls.ts';
import { type Policy, limitsAt } from '../policy.ts';
import { proposalCodec } from '../proposal-codec.ts';
import type { Network, OrderProposal } from '../proposal.ts';
import { RULES } from '../rules.ts';
import type { Case } from '../verdict.ts';
import { DAY, HOUR, NOW, ago, ahead, digest, ppm, price } from './amounts.ts';
import { basePosition, withOrder, withPosition } from './vary.ts';
import { baseAccount, baseInstrument, baseMarket, baseOrder } from './views.ts';

/** One limit of one rule, as the policy has it at the moment of the base case. The caller knows its type. */
export function limitOf(policy: Policy, id: string, name: string): unknown {
  const limits = limitsAt(policy, NOW)[RULES.findIndex((rule) => rule.id === id)];
  assert(limits !== undefined && Object.hasOwn(limits, name), `${id} has a limit ${name}`);
  return limits[name];
}

const baseControls = (policy: Policy): Controls => ({
  latches: [],
  locks: [],
  modes: [],
  desks: [
    {
      desk: 'desk-1',
      publicKey: `${'A'.repeat(43)}=`,
      strategies: ['trend', 'carry'],
      accounts: ['main'],
      symbols: ['BTC/USDT:USDT', 'ETH/USDT:USDT', 'SOL/USDT:USDT', 'BTC/USDT'],
      stage: 'full',
      enabled: true,
    },
  ],
  models: [
    {
      id: 'price-1',
      artefact: digest('b'),
      role: 'champion',
      trainedUntil: ago(10 * DAY),
      drift: 'ok',
    },
    {
      id: 'words-1',
      artefact: digest('d'),
      role: 'champion',
      trainedUntil: ago(10 * DAY),
      drift: 'ok',
    },
  ],
  arms: [],
  approvals: [],
  blackouts: [],
  operatorExit: false,
  runtime: {
    publicStreamAt: ago(150),
    privateStreamAt: ago(300),
    deadManArmed: null,
    auditDurable: true,
    reconciliation: { status: 'clean', since: ago(HOUR), checkedAt: ago(5_000) },
    unresolved: [],
    host: { diskFreeMb: 50_000, memoryFreeMb: 4_000, loopLagMs: 2 },
    apiWeightLeft: 1_000,
    builds: [
      { worker: 'gate', build: 'b1', policy: policy.hash },
      { worker: 'signer', build: 'b1', policy: policy.hash },
    ],
    stateVersion: 42,
    policyApproved: policy.hash,
  },
});

type Named = Readonly<{ account: string; venue: string; network: Network; strategy: string }>;
const NAMED: Named = { account: 'main', venue: 'paper', network: 'paper', strategy: 'trend' };

/** Who trades where in the base case: our own names where the policy routes them, else its first route. */
function namedBy(policy: Policy): Named {
  const routes = limitOf(policy, 'B12', 'routes') as readonly (Omit<Named, 'strategy'> &
    Readonly<{ strategies: readonly string[] }>)[];
  const { account, venue, network, strategy } = NAMED;
  const open = routes.filter((route) => route.strategies.length > 0);
  const first =
    open.find(
      (route) =>
        route.account === account &&
        route.venue === venue &&
        route.network === network &&
        route.strategies.includes(strategy),
    ) ?? open[0];
  if (first === undefined || first.strategies.includes(strategy)) return { ...NAMED, ...first };
  return { ...first, strategy: first.strategies[0] ?? strategy };
}

/** A case that every rule of the policy passes. */
export function baseCase(policy: Policy): Case {
  const { account, venue, network, strategy } = namedBy(policy);
  const proposal: OrderProposal = {
    ...baseOrder,
    account,
    venue,
    network,
    provenance: { ...baseOrder.provenance, strategy },
  };
  const controls = baseControls(policy);
  const standing = baseAccount.strategies[NAMED.strategy];
  return {
    proposal,
    proposalHash: hashOf(proposalCodec, proposal),
    market: { ...baseMarket, instrument: { ...baseInstrument, venue } },
    account: {
      ...baseAccount,
      account,
      venue,
      network,
      strategies: standing === undefined ? {} : { [strategy]: standing },
    },
    controls: {
      ...controls,
      desks: (controls.desks ?? []).map((desk) => ({
        ...desk,
        accounts: [account],
        strategies: [...new Set([...desk.strategies, strategy])],
      })),
      // A real network needs a human's arm before anything else can be asked about it.
      arms: network === 'paper' ? [] : [{ network, account, by: 'ana', expiresAt: ahead(HOUR) }],
    },
    policy,
    now: NOW,
  };
}

/** The base case the other way round: a small short with its stop above and its target below. */
export const sellCase = (policy: Policy): Case =>
  withOrder(baseCase(policy), {
    side: 'sell',
    limitPrice: price('59999.5'),
    stopPrice: price('60899.5'),
    targetPrice: price('58199.5'),
    claims: { notional: null, riskReward: ppm(2_000_000) },
    votes: [
      { agent: 'technical', side: 'sell' },
      { agent: 'sentiment', side: 'sell' },
    ],
  });

/** A long position and the order that closes all of it: the plainest reducing case. */
export const exitCase = (policy: Policy): Case =>
  withOrder(withPosition(baseCase(policy)), {
    side: 'sell',
    qty: basePosition.qty,
    limitPrice: price('59999.5'),
    reduceOnly: true,
    stopPrice: null,
    targetPrice: null,
    claims: { notional: null, riskReward: null },
  });
