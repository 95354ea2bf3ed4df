/** Proofs of family C: data that is just good enough, and one step worse. */
import { impactPpm } from '../costs.ts';
import type { Book, MarketView } from '../market-view.ts';
import { valueFor, type ByKey } from '../policy-values.ts';
import type { Policy } from '../policy.ts';
import type { Prover, Provers } from '../proof.ts';
import { ceilDiv, type Ppm, type Price, type Qty, type SpanMs } from '../units.ts';
import type { Case } from '../verdict.ts';
import { SYMBOL, ago, ppm, price } from './amounts.ts';
import { baseCase, limitOf } from './base.ts';
import { withBook, withInstrument, withMarket } from './vary.ts';
import { baseBook, baseInstrument, baseMarket, baseOrder } from './views.ts';

const MILLION = 1_000_000n;
const forSymbol = (policy: Policy, id: string, name: string): number =>
  valueFor(limitOf(policy, id, name) as ByKey<number>, SYMBOL);

type Change = Partial<MarketView>;
const byMarket = (step: string, policy: Policy, passing: Change, refusing: Change) => ({
  step,
  passes: withMarket(baseCase(policy), passing),
  refuses: withMarket(baseCase(policy), refusing),
});

const quoteAge: Prover = (policy) => {
  const most = forSymbol(policy, 'C1', 'ageMax');
  const aged = (ms: number): Case =>
    withBook(baseCase(policy), { exchangeAt: ago(ms), receivedAt: ago(ms) });
  return { step: 'one millisecond older', passes: aged(most), refuses: aged(most + 1) };
};

/** The base book with another best level. */
const topped = (side: 'bids' | 'asks', best: bigint): Partial<Book> => {
  const [first, ...rest] = baseBook[side];
  const kept = rest.filter((level) => side === 'asks' || level.price < best);
  return first === undefined ? {} : { [side]: [{ ...first, price: best as Price }, ...kept] };
};

const bookSanity: Prover = (policy) => {
  const bid = price('59999.5');
  return {
    step: 'the ask one tick lower: locked',
    passes: withBook(baseCase(policy), topped('asks', bid + baseInstrument.tick)),
    refuses: withBook(baseCase(policy), topped('asks', bid)),
  };
};

const spread: Prover = (policy) => {
  const cap = BigInt(forSymbol(policy, 'C3', 'spreadMax'));
  const ask = price('60000');
  // (ask - bid) / middle is at most the cap; an even sum keeps the middle exact.
  const lowest = ceilDiv(ask * (2n * MILLION - cap), 2n * MILLION + cap);
  const bid = (lowest + ask) % 2n === 0n ? lowest : lowest + 1n;
  const motion = baseMarket.motion && { ...baseMarket.motion, spreadMedian: ppm(Number(cap)) };
  const wide = withMarket(baseCase(policy), { motion });
  return {
    step: 'the bid 0.00000001 lower',
    passes: withBook(wide, topped('bids', bid)),
    refuses: withBook(wide, topped('bids', lowest - 1n)),
  };
};

const jump: Prover = (policy) => {
  const most = limitOf(policy, 'C4', 'zScoreMax') as Ppm;
  const motion = (zScore: number): Change => ({
    motion: baseMarket.motion && { ...baseMarket.motion, zScore: ppm(zScore) },
  });
  return byMarket('one millionth of a deviation more', policy, motion(most), motion(most + 1));
};

const divergence: Prover = (policy) => {
  const most = BigInt(forSymbol(policy, 'C5', 'divergenceMax'));
  const lowest = ceilDiv(price('59999.75') * MILLION, MILLION + most);
  const reference = (value: bigint): Change => ({
    reference: { price: value as Price, at: ago(200) },
  });
  return byMarket('0.00000001 lower', policy, reference(lowest), reference(lowest - 1n));
};

const heartbeat: Prover = (policy) => {
  const most = limitOf(policy, 'C6', 'heartbeatAgeMax') as SpanMs;
  const silent = (ms: number): Change => ({
    feed: baseMarket.feed && { ...baseMarket.feed, heartbeatAt: ago(ms) },
  });
  return byMarket('one millisecond more of silence', policy, silent(most), silent(most + 1));
};

const bar: Prover = (policy) => {
  const timeframe = baseMarket.bar?.timeframeMs ?? 0;
  const bars = limitOf(policy, 'C7', 'barsMax') as number;
  const most = timeframe * bars + (limitOf(policy, 'C7', 'delayMax') as SpanMs);
  const closed = (ms: number): Change => ({
    bar: baseMarket.bar && { ...baseMarket.bar, closedAt: ago(ms) },
  });
  return byMarket('closed one millisecond earlier', policy, closed(most), closed(most + 1));
};

const depth: Prover = (policy) => {
  const least = baseOrder.qty * BigInt(limitOf(policy, 'C8', 'multiple') as number);
  const offered = (qty: bigint): Case =>
    withBook(baseCase(policy), { asks: [{ price: price('60000'), qty: qty as Qty }] });
  return {
    step: '0.00000001 less on offer',
    passes: offered(least),
    refuses: offered(least - 1n),
  };
};

const participation: Prover = (policy) => {
  const share = BigInt(forSymbol(policy, 'C9', 'recentMax'));
  const least = ceilDiv(baseOrder.qty * MILLION, share);
  const traded = (recentQty: bigint): Change => ({
    volume: baseMarket.volume && { ...baseMarket.volume, recentQty: recentQty as Qty },
  });
  return byMarket('0.00000001 less traded', policy, traded(least), traded(least - 1n));
};

const cost: Prover = (policy) => {
  const most = forSymbol(policy, 'C10', 'costMax');
  const { costs } = baseInstrument;
  const dayQty = baseMarket.volume?.dayQty ?? (0n as Qty);
  // Half of the base book's spread is five millionths.
  const rest = 5 + (impactPpm(baseOrder.qty, dayQty, costs) ?? 0);
  const charging = (taker: number): Case =>
    withInstrument(baseCase(policy), { costs: { ...costs, taker: ppm(taker) } });
  return {
    step: 'a fee of one millionth more',
    passes: charging(most - rest),
    refuses: charging(most - rest + 1),
  };
};

const volatility: Prover = (policy) => {
  const most = forSymbol(policy, 'C11', 'realisedMax');
  const moving = (realised: number): Change => ({
    volatility: { realised: ppm(realised), interruption: false },
  });
  return byMarket('one millionth more', policy, moving(most), moving(most + 1));
};

const clock: Prover = (policy) => {
  const most = limitOf(policy, 'C12', 'skewMax') as SpanMs;
  const skewed = (skewMs: number): Change => ({
    clock: { skewMs, monotonic: true, persistent: false },
  });
  return byMarket('one millisecond more', policy, skewed(0 - most), skewed(-1 - most));
};

const coherence: Prover = (policy) => {
  const most = limitOf(policy, 'C13', 'apartMax') as SpanMs;
  const { asOf } = baseCase(policy).account;
  const seen = (ms: number): Change => ({ asOf: (asOf - ms) as Case['now'] });
  return byMarket('one millisecond further apart', policy, seen(most), seen(most + 1));
};

const warm: Prover = (policy) => {
  const feed = (is: boolean): Change => ({
    feed: baseMarket.feed && { ...baseMarket.feed, warm: is },
  });
  return byMarket('warm → not warm', policy, feed(true), feed(false));
};

export const marketDataProvers: Provers = {
  C1: quoteAge,
  C2: bookSanity,
  C3: spread,
  C4: jump,
  C5: divergence,
  C6: heartbeat,
  C7: bar,
  C8: depth,
  C9: participation,
  C10: cost,
  C11: volatility,
  C12: clock,
  C13: coherence,
  C14: warm,
};
