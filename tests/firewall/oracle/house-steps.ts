/** Changes of what was decided and closed before, and of what the house allows: histories, latches, consent, the clock. */
import type { Case, Hash, Qty } from '#firewall';
import { ago, ahead, money, NOW, ppm, price, qty, time } from '../../../firewall/proofs/amounts.ts';
import {
  baseDecision,
  withAccount,
  withControls,
  withInstrument,
  withMarket,
  withRuntime,
} from '../../../firewall/proofs/vary.ts';
import { baseOrder } from '../../../firewall/proofs/views.ts';
import type { Draw } from './draw.ts';
import type { Step } from './leaves.ts';
import { HERE, order, step, STRATEGIES, type Maker } from './step.ts';

const decision: Maker = (draw, c) => {
  const age = draw.of([
    0, 1, 9_999, 10_000, 20_000, 59_999, 60_000, 60_001, 599_999, 600_000, 3_599_999, 3_600_000,
    30_000,
  ]);
  const same = draw.chance(2);
  const o = c.proposal.kind === 'order' ? c.proposal : baseOrder;
  const change = {
    ...baseDecision,
    at: ago(age),
    proposalId: draw.chance(8) ? o.id : 'e'.repeat(32),
    strategy: draw.of(STRATEGIES),
    agent: draw.of(['planner', 'planner', 'other']),
    symbol: draw.of([o.symbol, o.symbol, 'ETH/USDT:USDT']),
    side: draw.of(['buy', 'sell'] as const),
    qty: same ? o.qty : qty(draw.of(['0.01', '0.0101', '0.01010001', '0.2'])),
    price: same
      ? (o.limitPrice ?? price('60000'))
      : price(draw.of(['60000', '60060', '60060.1', '60900', '59100.4'])),
    notional: money(draw.of(['600', '14400', '14400.00000001', '0', '5000'])),
    verdict: draw.of(['approved', 'approved', 'held', 'refused'] as const),
    reducing: draw.chance(5),
    ...(draw.chance(10) ? { kind: 'cancel' as const, side: null, type: null } : {}),
  };
  const times = draw.of([1, 1, 1, 3, 6]);
  return step(
    `${times} decisions ${change.kind} ${change.verdict} ${change.symbol} ${change.side} ${change.strategy} ${age} ms ago`,
    (to) =>
      withAccount(to, {
        decisions: [
          ...(to.account.decisions ?? []),
          ...Array.from({ length: times }, () => change),
        ].toSorted((a, b) => a.at - b.at),
      }),
  );
};

const trade: Maker = (draw) => {
  const age = draw.of([
    0, 59_999, 60_000, 599_999, 600_000, 7_199_999, 7_200_000, 86_399_999, 86_400_000,
  ]);
  const change = {
    closedAt: ago(age),
    symbol: draw.of([HERE, HERE, 'ETH/USDT:USDT']),
    strategy: 'trend',
    side: draw.of(['buy', 'sell'] as const),
    qty: qty('0.01'),
    profit: money(draw.of(['-500', '-500.00000001', '-250', '10', '499.99999999'])),
    byStop: draw.chance(2),
  };
  const times = draw.of([1, 1, 2, 3]);
  return step(
    `${times} trades ${change.symbol} ${change.side} ${change.byStop} ${age} ms ago`,
    (c) =>
      withAccount(c, {
        trades: [
          ...(c.account.trades ?? []),
          ...Array.from({ length: times }, () => change),
        ].toSorted((a, b) => a.closedAt - b.closedAt),
      }),
  );
};

const scoped = (draw: Draw) =>
  draw.of([
    { scope: 'global', key: '*' },
    { scope: 'venue', key: 'paper' },
    { scope: 'venue', key: 'elsewhere' },
    { scope: 'account', key: 'main' },
    { scope: 'account', key: 'other' },
    { scope: 'strategy', key: 'trend' },
    { scope: 'strategy', key: 'carry' },
    { scope: 'symbol', key: HERE },
    { scope: 'symbol', key: 'ETH/USDT:USDT' },
    { scope: 'agent', key: 'planner' },
    { scope: 'agent', key: 'other' },
  ] as const);

const latchOrLock: Maker = (draw) => {
  const at = scoped(draw);
  if (draw.chance(2)) {
    const state = draw.of([
      'ACTIVE',
      'REDUCE_ONLY',
      'REDUCE_ONLY',
      'CANCEL_ONLY',
      'HALTED',
      'HALTED',
    ] as const);
    return step(`latch ${at.scope} ${at.key} ${state}`, (c) =>
      withControls(c, {
        latches: [
          ...(c.controls.latches ?? []),
          { ...at, state, reason: 'TEST', by: 'ana', at: ago(1) },
        ],
      }),
    );
  }
  const until = draw.of([null, time(NOW - 1), time(NOW), time(NOW + 1)]);
  return step(`lock ${at.scope} ${at.key} until ${until}`, (c) =>
    withControls(c, { locks: [...(c.controls.locks ?? []), { ...at, code: 'TEST', until }] }),
  );
};

const controls: Maker = (draw, c) => {
  const at = scoped(draw);
  const mode = draw.of(['auto', 'review', 'shadow'] as const);
  const offset = draw.of([-1, 0, 1]);
  const hash = draw.chance(3) ? ('9'.repeat(64) as Hash) : c.proposalHash;
  const ttl = draw.of([120_000, 120_001, 60_000]);
  const consent = {
    proposalHash: hash,
    by: 'ana',
    at: time(NOW + draw.of([-60_000, 0, 1])),
    expiresAt: NOW,
  };
  const length = { ...consent, expiresAt: time(draw.of([consent.at + ttl, NOW, NOW + 1])) };
  const arm = {
    network: draw.of(['main', 'test'] as const),
    account: 'main',
    by: 'ana',
    expiresAt: ahead(draw.of([0, 1, 43_200_000, 43_200_001])),
  };
  const stage = draw.of(['shadow', 'canary', 'full'] as const);
  const model = draw.of<Partial<NonNullable<Case['controls']['models']>[number]>>([
    { drift: 'reduce' },
    { drift: 'pause' },
    { role: 'challenger' },
    { role: 'retired' },
    { trainedUntil: ahead(offset) },
    { trainedUntil: ago(2_592_000_000 + offset) },
  ]);
  const blackout = {
    from: time(NOW + offset),
    until: time(NOW + draw.of([-1, 0, 1, 2])),
    symbol: draw.of([null, HERE, 'ETH/USDT:USDT']),
    why: 'test',
  };
  return draw.of([
    step(`mode ${at.scope} ${at.key} ${mode}`, (to) =>
      withControls(to, { modes: [...(to.controls.modes ?? []), { ...at, mode }] }),
    ),
    step(`consent ${hash.slice(0, 2)} ${length.at - NOW} ${length.expiresAt - NOW}`, (to) =>
      withControls(to, { approvals: [...to.controls.approvals, length] }),
    ),
    step('operator exit', (to) => withControls(to, { operatorExit: true })),
    step('operator exit', (to) => withControls(to, { operatorExit: true })),
    step(`arm ${arm.network} ${arm.expiresAt - NOW}`, (to) => ({
      ...withControls(to, { arms: [...to.controls.arms, arm] }),
      proposal: { ...to.proposal, network: arm.network },
    })),
    step(`stage ${stage}`, (to) =>
      withControls(to, { desks: to.controls.desks?.map((d) => ({ ...d, stage })) ?? null }),
    ),
    step(`model ${JSON.stringify(model)}`, (to) =>
      withControls(to, { models: to.controls.models?.map((m) => ({ ...m, ...model })) ?? null }),
    ),
    step(`blackout ${blackout.from - NOW} ${blackout.until - NOW} ${blackout.symbol}`, (to) =>
      withControls(to, { blackouts: [...(to.controls.blackouts ?? []), blackout] }),
    ),
    step('unresolved', (to) => withRuntime(to, { unresolved: [draw.of([HERE, 'ETH/USDT:USDT'])] })),
    step(`network ${arm.network}`, (to) => ({
      ...to,
      proposal: { ...to.proposal, network: arm.network },
      account: { ...to.account, network: arm.network },
    })),
  ]);
};

/** The clock at other moments: a weekend's edge, a funding stamp, another day, the end of a temporary change. */
const later: Maker = (draw) => {
  const moment =
    NOW +
    draw.of([
      1,
      999,
      1000,
      1001,
      1_900,
      2_000,
      60_000,
      12 * 3_600_000,
      52_200_000,
      52_199_999,
      138_600_000,
      -1,
    ]);
  return step(`now ${moment - NOW} ms later`, (c) => ({ ...c, now: time(moment) }));
};

export const HOUSE: readonly Maker[] = [
  decision,
  decision,
  trade,
  latchOrLock,
  controls,
  controls,
  later,
];

/** What a human must look at first, and the consent that he gave, or gave to something else, or too early or long ago. */
export const forHuman: Maker = (draw, c) => {
  const review = scoped(draw);
  const why = draw.of<Step>([
    step('confidence below', (to) => order(to, { confidence: ppm(draw.of([299_999, 300_000])) })),
    step('volatility above', (to) =>
      withMarket(to, {
        volatility: { realised: ppm(draw.of([80_000, 80_001])), interruption: false },
      }),
    ),
    step('value above', (to) =>
      order(withInstrument(to, { lot: 1n as Qty, qtyMin: 1n as Qty }), {
        qty: qty(draw.of(['0.06666666', '0.06666667', '0.07'])),
        claims: { notional: null, riskReward: null },
      }),
    ),
    step(`review of ${review.scope} ${review.key}`, (to) =>
      withControls(to, { modes: [{ ...review, mode: 'review' }] }),
    ),
    step('review', (to) =>
      withControls(to, { modes: [{ scope: 'global', key: '*', mode: 'review' }] }),
    ),
  ]);
  const at = time(NOW - draw.of([0, 1, 60_000, 119_999, -1]));
  const consent = {
    proposalHash: draw.chance(4) ? ('9'.repeat(64) as Hash) : c.proposalHash,
    by: 'ana',
    at,
    expiresAt: time(draw.of([at + 120_000, at + 120_001, NOW, NOW + 1])),
  };
  const agreed = draw.chance(2);
  const done = why.apply(c);
  const name = `${why.name}, ${agreed ? `consent at ${at - NOW} until ${consent.expiresAt - NOW}` : 'no consent'}`;
  const { proposal, market, controls: house } = done;
  const modes = agreed ? { ...house, approvals: [consent] } : house;
  return step(name, (to) => ({ ...to, proposal, market, controls: modes }));
};
