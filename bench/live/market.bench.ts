/** How fast the simulated market runs, how fast the store takes its events, and what one view of it costs. */
import type { SpanMs, TimeMs } from '#firewall';
import type { MarketEvent } from '../../market/contract.ts';
import { simulate } from '../../market/simulator/simulator.ts';
import { createMarketStore } from '../../market/store.ts';
import type { Bench, Figure } from '../contract.ts';
import { atLeast, atMost, median, sideBySide, timeEach } from '../measure.ts';

const SYMBOLS = ['BTC/USDT:USDT', 'ETH/USDT:USDT', 'SOL/USDT:USDT'];
const START = Date.UTC(2026, 0, 5);
const STEPS = 5_000;
const STEP_MS = 1_000;

const market = () =>
  simulate({
    preset: 'calm',
    seed: 1,
    symbols: SYMBOLS,
    stepMs: STEP_MS as SpanMs,
    startAt: START as TimeMs,
  });

/** What no simulator can save: the levels of three books a step, as objects with two big integers each. */
function bareLevels(): number {
  let count = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const levels: { price: bigint; qty: bigint }[] = [];
    for (let index = 0; index < SYMBOLS.length * 24; index += 1)
      levels.push({ price: BigInt(step * index), qty: BigInt(index) });
    count += levels.length;
  }
  return count;
}

async function simulator(): Promise<readonly Figure[]> {
  const feed = market();
  feed.advance(START as TimeMs);
  let now = START;
  const run = (): void => {
    now += STEPS * STEP_MS;
    feed.advance(now as TimeMs);
  };
  const ns = await sideBySide({ rounds: 7 }, run, bareLevels);
  const perSecond = (spent: number): number => (STEPS * 1e9) / spent;
  return [
    atLeast({
      name: 'steps of three symbols',
      value: perSecond(ns.subject),
      unit: '1/s',
      floor: perSecond(ns.floor),
      target: 20_000,
    }),
  ];
}

async function memory(): Promise<readonly Figure[]> {
  const feed = market();
  const store = createMarketStore({ instruments: feed.instruments, currency: 'USDT' });
  const take = (events: readonly MarketEvent[]): void => {
    for (const event of events) store.apply(event, event.at);
  };
  take(feed.advance(START as TimeMs));
  let now = START;
  let count = 0;
  const samples: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    now += STEPS * STEP_MS;
    const events = feed.advance(now as TimeMs);
    count = events.length;
    samples.push(...(await timeEach({ rounds: 1, warmup: 0 }, () => take(events))));
  }
  const evidence = [`candle:BTC/USDT:USDT:60000:${now - (now % 60_000)}`, 'news:sim-1-1'];
  const views = await timeEach({ rounds: 20_000 }, (round) =>
    store.view(SYMBOLS[Math.abs(round) % 3] ?? '', now as TimeMs, evidence),
  );
  return [
    atLeast({ name: 'events into the store', value: (count * 1e9) / median(samples), unit: '1/s' }),
    atMost({ name: 'one view', value: median(views) / 1_000, unit: 'µs', target: 50 }),
  ];
}

export const benchmarks: readonly Bench[] = [
  { name: 'market simulator', unit: '1/s', run: simulator },
  { name: 'market store', unit: '1/s', run: memory },
];
