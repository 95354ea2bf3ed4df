/** How fast the gate judges: every rule of the shipped policy on a busy account, beside the arithmetic that no gate can do without. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { decodePolicy, judge, RULES, type Case, type Policy } from '#firewall';
import { ago, price, qty } from '../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../firewall/proofs/base.ts';
import {
  withCancel,
  withDecision,
  withMarket,
  withOrder,
  withPosition,
  withWorking,
} from '../../firewall/proofs/vary.ts';
import type { Bench, Figure } from '../contract.ts';
import { atLeast, atMost, percentile, sideBySide, timeEach } from '../measure.ts';

const BATCH = 2_000;
const RATE_TARGET = 100_000;
const TAIL_TARGET_US = 40;

function shippedPolicy(): Policy {
  const file = new URL('../../firewall/default-policy.yaml', import.meta.url);
  const result = decodePolicy(parse(readFileSync(file, 'utf8')), RULES);
  if (!result.ok) throw new Error('the shipped policy is invalid');
  return result.policy;
}

/** Two positions, three working orders and twenty decisions of the last hours: an account at work. */
function busy(policy: Policy): Case {
  const ether = { symbol: 'ETH/USDT:USDT', base: 'ETH' };
  const entry = { qty: qty('1'), entryPrice: price('3000'), stopPrice: price('2900') };
  let c = withPosition(withPosition(baseCase(policy)), { ...ether, ...entry });
  const marks = { ...c.market.marks, [ether.symbol]: { price: price('3001'), at: ago(100) } };
  c = withWorking(withMarket(c, { marks }), { clientId: 'order-1' });
  c = withWorking(c, { clientId: 'order-2', side: 'sell', price: price('61000') });
  c = withWorking(c, { ...ether, clientId: 'order-3', price: price('2950') });
  for (let made = 20; made > 0; made -= 1) c = withDecision(c, { at: ago(made * 700_000) });
  return c;
}

/** Many cases, none equal to the last, so that no figure comes from an answer that was remembered. */
const varied = (make: (step: bigint) => Case): readonly Case[] =>
  Array.from({ length: 64 }, (_, step) => make(BigInt(step)));

let sink = 0;
const judgeAll = (cases: readonly Case[]) => (): void => {
  for (let made = 0; made < BATCH; made += 1)
    sink += judge(cases[made % cases.length] as Case).checks.length;
};

/** Forty comparisons and eight products of the case's own numbers. */
function floorOnce({ proposal, account }: Case): number {
  if (proposal.kind !== 'order' || account.equity === null) return 0;
  const size = proposal.qty;
  const limit = account.equity;
  let passed = 0;
  let value: bigint = proposal.limitPrice ?? 0n;
  for (let product = 0n; product < 8n; product += 1n) {
    const worth = size * (value + product);
    for (let shift = 0n; shift < 5n; shift += 1n)
      if (worth + shift <= limit * 100_000_000n) passed += 1;
    value += 1n;
  }
  return passed;
}

const floorAll = (cases: readonly Case[]) => (): void => {
  for (let made = 0; made < BATCH; made += 1) sink += floorOnce(cases[made % cases.length] as Case);
};

const bench = (
  name: string,
  kind: 'approved' | 'refused',
  make: (policy: Policy, step: bigint) => Case,
): Bench => ({
  name,
  unit: 'decisions/s',
  async run(): Promise<readonly Figure[]> {
    const policy = shippedPolicy();
    const cases = varied((step) => make(policy, step));
    for (const c of cases) {
      const verdict = judge(c);
      if (verdict.kind !== kind)
        throw new Error(`${name}: ${JSON.stringify(verdict.kind === 'refused' && verdict.codes)}`);
    }
    const work = judgeAll(cases);
    // The same floor for all: a cancel has no numbers of its own.
    const orders = varied((step) => sized(busy(policy), step));
    const { subject, floor } = await sideBySide({ rounds: 15, warmup: 10 }, work, floorAll(orders));
    const each = await timeEach({ rounds: 50_000, warmup: 5_000 }, (round) => {
      sink += judge(cases[Math.abs(round) % cases.length] as Case).checks.length;
    });
    const perSecond = (ns: number): number => (BATCH * 1e9) / ns;
    return [
      atLeast({
        name,
        value: perSecond(subject),
        unit: 'decisions/s',
        floor: perSecond(floor),
        target: RATE_TARGET,
      }),
      atMost({ name: `${name}, p50`, value: percentile(each, 0.5) / 1e3, unit: 'µs' }),
      atMost({
        name: `${name}, p99`,
        value: percentile(each, 0.99) / 1e3,
        unit: 'µs',
        target: TAIL_TARGET_US,
      }),
    ];
  },
});

const sized = (c: Case, step: bigint): Case =>
  withOrder(c, {
    qty: (qty('0.01') + step * qty('0.0001')) as ReturnType<typeof qty>,
    claims: { notional: null, riskReward: null },
  });

export const benchmarks: readonly Bench[] = [
  bench('judge, an entry of a busy account', 'approved', (policy, step) =>
    sized(busy(policy), step),
  ),
  bench('judge, a refusal', 'refused', (policy, step) => sized(busy(policy), step + 1_000n)),
  bench('judge, an exit', 'approved', (policy, step) =>
    withOrder(exitCase(policy), { confidence: (500_000 + Number(step)) as never }),
  ),
  bench('judge, a cancel', 'approved', (policy, step) =>
    withCancel(baseCase(policy), { target: `order-${step}` }),
  ),
];
