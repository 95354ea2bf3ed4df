/** The gate's own rules on the store's own views: a calm market passes, and each disaster is refused for its reason. */
import { describe, expect, it } from 'vitest';
import { judge, type MarketView, type OrderProposal, type Price, type TimeMs } from '#firewall';
import { baseCase } from '../../firewall/proofs/base.ts';
import type { Preset } from '../../market/contract.ts';
import { createMarketStore } from '../../market/store.ts';
import { simulate } from '../../market/simulator/simulator.ts';
import { defaultPolicy } from '../firewall/policy-fixture.ts';
import * as s from './samples.ts';

const SYMBOLS = [s.PERP, 'ETH/USDT:USDT', 'SOL/USDT:USDT', s.BTC];
const base = baseCase(defaultPolicy());

/** Refusals of the market-data family for a small order at the touch, counted by code. */
function refusals(market: MarketView, now: TimeMs): readonly string[] {
  const { proposal } = base;
  if (proposal.kind !== 'order') throw new Error('the base case is an order');
  const ask = market.book?.asks[0]?.price ?? (1n as Price);
  const lot = market.instrument?.lot ?? 1n;
  const value = proposal.qty * (proposal.limitPrice ?? 1n);
  const order: OrderProposal = {
    ...proposal,
    symbol: market.symbol,
    createdAt: now,
    basisAt: now,
    basisMid: ask,
    limitPrice: ask,
    qty: ((value / ask / lot) * lot) as OrderProposal['qty'],
  };
  const verdict = judge({
    ...base,
    now,
    proposal: order,
    market,
    account: { ...base.account, asOf: now },
  });
  return verdict.checks.flatMap((check) =>
    check.rule.startsWith('C') && check.code !== null ? [check.code] : [],
  );
}

function watch(preset: Preset, { from, to }: Readonly<{ from: number; to: number }>) {
  const feed = simulate({
    preset,
    seed: 7,
    symbols: SYMBOLS,
    stepMs: 1_000 as typeof s.MINUTE,
    startAt: s.START,
  });
  const store = createMarketStore({ instruments: feed.instruments, currency: 'USDT' });
  const counts = new Map<string, number>();
  let views = 0;
  for (let second = 0; second <= to; second += 10) {
    const now = s.at(second * 1_000);
    for (const event of feed.advance(now)) store.apply(event, event.at);
    store.observeClock({ skewMs: 3, monotonic: true, persistent: false }, now);
    for (const symbol of second >= from ? SYMBOLS : []) {
      const view = store.view(symbol, now, []);
      if (view === null) throw new Error('the symbol is known');
      views += 1;
      for (const code of refusals(view, now)) counts.set(code, (counts.get(code) ?? 0) + 1);
    }
  }
  return { views, counts };
}

describe('the market-data rules', () => {
  it.each(['calm', 'planted-edge', 'pure-noise'] as const)(
    'pass from the first second of %s',
    (preset) => {
      const { views, counts } = watch(preset, { from: 0, to: 900 });
      const refused = [...counts.values()].reduce((sum, count) => sum + count, 0);
      expect(views).toBe(364);
      // Real jumps are refused, and rare.
      expect([...counts.keys()].filter((code) => code !== 'PRICE_JUMPED')).toEqual([]);
      expect(refused / views).toBeLessThan(0.02);
    },
  );

  it('refuse to buy into a flash crash', () => {
    const { views, counts } = watch('flash-crash', { from: 660, to: 720 });
    expect((counts.get('SPREAD_ABOVE_MAX') ?? 0) / views).toBeGreaterThan(0.9);
  });

  it('refuse a venue that has left its reference', () => {
    const { views, counts } = watch('depeg', { from: 3_600, to: 3_900 });
    expect((counts.get('SOURCES_DIVERGE') ?? 0) / views).toBeGreaterThan(0.7);
  });
});
