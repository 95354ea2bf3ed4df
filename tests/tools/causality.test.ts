/** Nothing that happens after the decision changes an answer, whichever tool gives it. */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Ppm, SpanMs, TimeMs } from '#firewall';
import type { MarketEvent } from '../../market/contract.ts';
import type { LocalMarketStore } from '../../market/store.ts';
import { callTool } from '../../tools/call.ts';
import { TOOLS } from '../../tools/catalogue.ts';
import type { Situation, ToolScope } from '../../tools/contract.ts';
import { gatherEvidence } from '../../tools/plan.ts';
import { CODE_VECTORS, situationVector } from '../../tools/situation-vector.ts';
import * as s from '../market/samples.ts';
import { PlainMemory } from '../support/plain-memory.ts';
import { trendModel } from '../support/trend-model.ts';
import { accountOf, feedEvents, NOW, past, position, scopeOf, storeOf, summary } from './world.ts';

const INPUTS: Readonly<Record<string, readonly unknown[]>> = {
  candles: [
    { timeframe: '1m', bars: 60 },
    { timeframe: '5m', bars: 48 },
    { timeframe: '1h', bars: 8 },
  ],
  indicators: [{ timeframe: '1m' }, { timeframe: '5m' }],
  order_book: [{ levels: 5 }],
  funding: [{}],
  last_hour: [{}],
  portfolio: [{}],
  open_risk: [{}],
  recent_decisions: [{ count: 5 }],
  price_forecast: [{}],
  news_search: [{ hours: 12, items: 10 }],
  memory_search: [{ timeframe: '5m', count: 5 }],
};

const LATER = (NOW + 400_000) as TimeMs;
const ALL = feedEvents(7, LATER);
const PAST = ALL.filter(({ at }) => at <= NOW);

/** The same events after the decision, with every price, size and word another. */
const perturbed = (event: MarketEvent, times: number): MarketEvent => {
  const by = <T extends bigint>(value: T): T => ((value * BigInt(times)) / 10n) as T;
  switch (event.kind) {
    case 'book': {
      const side = (levels: typeof event.book.bids) =>
        levels.map(({ price, qty }) => ({ price: by(price), qty: by(qty) }));
      const { bids, asks } = event.book;
      return { ...event, book: { ...event.book, bids: side(bids), asks: side(asks) } };
    }
    case 'print':
      return { ...event, print: { ...event.print, price: by(event.print.price) } };
    case 'candle': {
      const { open, high, low, close, volume } = event.candle;
      const prices = { open: by(open), high: by(high), low: by(low), close: by(close) };
      return { ...event, candle: { ...event.candle, ...prices, volume: by(volume) } };
    }
    case 'news':
      return { ...event, item: { ...event.item, headline: `other ${times}`, source: 'else' } };
    case 'funding':
      return { ...event, funding: { ...event.funding, rate: (times * 100) as Ppm } };
    case 'reference':
      return { ...event, reference: { ...event.reference, price: by(event.reference.price) } };
    case 'status':
      return { ...event, status: 'halted' };
    case 'heartbeat':
      return event;
  }
};

const situation = (index: number, changes: Partial<Situation>): Situation => ({
  id: `s${index}`,
  desk: 'one',
  symbol: s.PERP,
  availableAt: (NOW - 3_600_000) as TimeMs,
  facts: [],
  action: 'long',
  outcome: 1_000 as Ppm,
  outcomeAt: (NOW - 60_000) as TimeMs,
  ...changes,
});

function memoryOf(future: readonly Situation[]): PlainMemory {
  const memory = new PlainMemory(CODE_VECTORS.dimensions);
  const known = [1, 2, 3].map((index) => situation(index, {}));
  for (const one of [...known, ...future]) memory.put(one, situationVector([]));
  return memory;
}

function scopeWith(
  market: LocalMarketStore,
  future: Readonly<{ situations: readonly Situation[]; decisions: ReturnType<typeof past>[] }>,
): ToolScope {
  const decisions = [...future.decisions, past(1), past(2)];
  return scopeOf({
    market,
    account: accountOf(
      summary({ positions: [position({ stopPrice: s.price(59_000) })] }),
      decisions,
    ),
    memory: memoryOf(future.situations),
    forecast: trendModel(s.MINUTE),
  });
}

const nothing = { situations: [], decisions: [] };

describe('an answer about now', () => {
  let known: LocalMarketStore;
  beforeAll(() => {
    known = storeOf(PAST);
  });

  it('is asked of every tool', () => {
    expect(Object.keys(INPUTS).toSorted()).toEqual(TOOLS.map(({ name }) => name).toSorted());
  });

  it.each(TOOLS.map((tool) => [tool.name, tool] as const))(
    '%s does not change with what comes later',
    async (name, tool) => {
      const ask = async (scope: ToolScope) => {
        const calls = (INPUTS[name] ?? []).map((input) =>
          callTool(tool, input, scope, { chosenBy: 'plan', timeoutMs: 10_000 }),
        );
        return (await Promise.all(calls)).map(({ answer, hash }) => ({ answer, hash }));
      };
      const before = await ask(scopeWith(known, nothing));
      for (const { answer } of before) expect(answer.ok, JSON.stringify(answer)).toBe(true);
      for (const times of [1, 9, 25]) {
        const changed = ALL.map((event) => (event.at <= NOW ? event : perturbed(event, times)));
        const future = {
          situations: [
            situation(9, { availableAt: (NOW + 1) as TimeMs, outcome: null, outcomeAt: null }),
          ],
          decisions: [past(0, { at: (NOW + 1) as TimeMs, action: 'short' })],
        };
        expect(await ask(scopeWith(storeOf(changed), future))).toEqual(before);
      }
    },
  );

  it('stays as it was while the market goes on, at any moment', async () => {
    const live = storeOf(PAST);
    const asked = async (now: TimeMs) => {
      const scope = { ...scopeWith(live, nothing), now };
      const { calls: _calls, ...rest } = await gatherEvidence(scope, { timeoutMs: 10_000 });
      return rest;
    };
    const moments = [0, 1_000, 60_000, 119_999].map((ago) => (NOW - ago) as TimeMs);
    const before = [];
    for (const moment of moments) before.push(await asked(moment));
    for (const event of ALL) if (event.at > NOW) live.apply(perturbed(event, 13), event.at);
    for (const [index, moment] of moments.entries())
      expect(await asked(moment)).toEqual(before[index]);
  });

  it('never claims a time after the decision, and cites nothing that is not there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 100_000 }), async (ago) => {
        const now = (NOW - ago) as TimeMs;
        const scope = { ...scopeWith(known, nothing), now };
        const { calls, ids, texts } = await gatherEvidence(scope, { timeoutMs: 10_000 });
        for (const { answer } of calls) if (answer.ok) expect(answer.asOf).toBeLessThanOrEqual(now);
        const cited = known.view(s.PERP, now, ids)?.evidence ?? [];
        expect(cited).toHaveLength(ids.length);
        for (const { availableAt } of cited)
          expect(availableAt ?? Infinity).toBeLessThanOrEqual(now);
        for (const { availableAt } of texts) expect(availableAt).toBeLessThanOrEqual(now);
      }),
      { numRuns: 25 },
    );
  });
});

it('a reader that leaks is found out', async () => {
  const market = storeOf(ALL);
  const leaking = {
    symbols: market.symbols,
    view: (symbol: string, _: TimeMs, ids: readonly string[]) => market.view(symbol, LATER, ids),
    candles: (symbol: string, length: SpanMs, _: TimeMs, count: number) =>
      market.candles(symbol, length, LATER, count),
    news: (_: TimeMs, since: SpanMs) => market.news(LATER, since),
  };
  const { calls, complete, levels, mid } = await gatherEvidence(scopeOf({ market: leaking }), {
    timeoutMs: 10_000,
  });
  const codes = Object.fromEntries(
    calls.map(({ tool, answer }) => [tool, answer.ok ? 'ok' : answer.code]),
  );
  for (const tool of ['candles', 'indicators', 'order_book', 'last_hour'])
    expect(codes[tool]).toBe('TOOL_FROM_FUTURE');
  expect({ complete, levels, mid }).toEqual({ complete: false, levels: [], mid: null });
});
