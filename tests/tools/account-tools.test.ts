/** What the tools about the account, its decisions and its memory say, and what they refuse. */
import { describe, expect, it } from 'vitest';
import type { Ppm, Qty, TimeMs } from '#firewall';
import { abs } from '#firewall';
import type { AccountSummary, Situation, ToolPorts } from '../../tools/contract.ts';
import { memorySearch } from '../../tools/memory-search.ts';
import { openRisk } from '../../tools/open-risk.ts';
import { portfolio } from '../../tools/portfolio.ts';
import { recentDecisions } from '../../tools/recent-decisions.ts';
import { CODE_VECTORS, situationVector } from '../../tools/situation-vector.ts';
import { markOf, worthAt } from '../../tools/worth.ts';
import * as s from '../market/samples.ts';
import { PlainMemory } from '../support/plain-memory.ts';
import {
  accountOf,
  codeOf,
  emptyStore,
  factsIn,
  money,
  NOW,
  past,
  position,
  priceOf,
  scopeOf,
  summary,
} from './world.ts';

const scopeFor = (changes: Partial<AccountSummary>) =>
  scopeOf({ account: accountOf(summary(changes)) });
const ask = async (changes: Partial<AccountSummary> = {}) =>
  factsIn(await portfolio.run({}, scopeFor(changes)));
const risk = async (changes: Partial<AccountSummary> = {}) =>
  factsIn(await openRisk.run({}, scopeFor(changes)));

/** The market's middle price at the decision. */
const MARK = markOf(scopeOf(), s.PERP) ?? 0n;
const below = (bps: number) => priceOf((Number(MARK) / 1e8) * (1 - bps / 10_000));

describe('portfolio', () => {
  it('says that nothing is held', async () => {
    expect(await ask({ working: ['trend'] })).toEqual({
      'portfolio.cash': '90000',
      'portfolio.equity': '100000',
      'portfolio.exposure': '0',
      'portfolio.exposure_share': '0',
      'portfolio.positions': '0',
      'portfolio.side': 'flat',
      'portfolio.state': 'ACTIVE',
      'portfolio.working': 'yes',
    });
  });

  it('says how the own position stands, long and short', async () => {
    const long = position({ entryPrice: below(100), stopPrice: below(200), leave: true });
    const facts = await ask({ positions: [long, position({ strategy: 'other' })] });
    expect(facts).toMatchObject({
      'portfolio.gain': '101',
      'portfolio.leave': 'yes',
      'portfolio.positions': '2',
      'portfolio.qty': '0.1',
      'portfolio.side': 'long',
      'portfolio.stop_distance': '200',
    });
    expect(Number(facts['portfolio.exposure'])).toBeCloseTo((Number(MARK) / 1e8) * 0.2, 1);
    const short = position({
      qty: -10_000_000n as Qty,
      entryPrice: below(100),
      stopPrice: below(50),
    });
    expect(await ask({ positions: [short] })).toMatchObject({
      'portfolio.gain': '-101',
      'portfolio.side': 'short',
      'portfolio.qty': '0.1',
      // The price stands above the stop of a short position: it has been passed.
      'portfolio.stop_distance': '-50',
    });
  });

  it('leaves out what is not known, and never writes it as zero', async () => {
    const unmarked = position({ symbol: 'ETH/USDT', strategy: 'other' });
    const facts = await ask({
      equity: null,
      cash: null,
      positions: [unmarked],
      state: 'bad state!',
    });
    expect(facts).toEqual({
      'portfolio.positions': '1',
      'portfolio.side': 'flat',
      'portfolio.working': 'no',
    });
    expect(await ask({ equity: money(0) })).not.toHaveProperty(['portfolio.exposure_share']);
    const blind = scopeOf({
      market: emptyStore(),
      account: accountOf(summary({ positions: [position()] })),
    });
    const own = factsIn(await portfolio.run({}, blind));
    expect(own).not.toHaveProperty(['portfolio.gain']);
    expect(own).not.toHaveProperty(['portfolio.exposure']);
    expect(own).toMatchObject({ 'portfolio.side': 'long', 'portfolio.entry': '60000' });
  });

  it('asks for the account as it was at the decision', async () => {
    const asked: number[] = [];
    const account = {
      ...accountOf(summary()),
      account: (asOf: TimeMs) => {
        asked.push(asOf);
        return summary();
      },
    };
    await portfolio.run({}, scopeOf({ account }));
    await openRisk.run({}, scopeOf({ account }));
    expect(asked).toEqual([NOW, NOW]);
  });

  it('refuses while the account is not known', async () => {
    const scope = scopeOf({ account: accountOf(null) });
    expect(codeOf(await portfolio.run({}, scope))).toBe('ACCOUNT_NOT_KNOWN');
    expect(codeOf(await openRisk.run({}, scope))).toBe('ACCOUNT_NOT_KNOWN');
  });
});

describe('worth', () => {
  it('is quantity times price, exactly, with its sign', () => {
    const scope = scopeOf();
    const held = { symbol: s.PERP, qty: s.qty(2) };
    expect(worthAt(scope, held, s.price(3))).toBe(money(6));
    expect(worthAt(scope, { ...held, qty: s.qty(-2) }, s.price(3))).toBe(money(-6));
    expect(worthAt(scope, { ...held, symbol: 'NO/NO' }, s.price(3))).toBeNull();
    expect(abs(MARK)).toBeGreaterThan(0n);
  });
});

describe('open_risk', () => {
  it('is nothing for an empty account', async () => {
    expect(await risk()).toEqual({
      'open_risk.loss': '0',
      'open_risk.loss_share': '0',
      'open_risk.own_loss': '0',
      'open_risk.unbounded': '0',
    });
  });

  it('adds what every stop would cost, and no gain of another', async () => {
    const own = position({ stopPrice: below(100) });
    const other = position({ strategy: 'other', stopPrice: below(300) });
    const locked = position({
      strategy: 'third',
      qty: -10_000_000n as Qty,
      stopPrice: below(100),
    });
    const facts = await risk({ positions: [own, other, locked] });
    const unit = (Number(MARK) / 1e8) * 0.1 * 0.01;
    expect(Number(facts['open_risk.own_loss'])).toBeCloseTo(unit, 1);
    expect(Number(facts['open_risk.loss'])).toBeCloseTo(unit * 4, 1);
    expect(Number(facts['open_risk.loss_share'])).toBeCloseTo((unit * 4) / 1_000, 2);
    expect(facts['open_risk.unbounded']).toBe('0');
  });

  it('has no sum while one position is without a stop', async () => {
    const facts = await risk({
      positions: [position({ stopPrice: below(100) }), position({ strategy: 'other' })],
    });
    expect(facts).not.toHaveProperty(['open_risk.loss']);
    expect(facts).not.toHaveProperty(['open_risk.loss_share']);
    expect(facts).toMatchObject({ 'open_risk.unbounded': '1' });
    expect(facts).toHaveProperty(['open_risk.own_loss']);
  });
});

describe('recent_decisions', () => {
  const recent = async (...decisions: readonly ReturnType<typeof past>[]) =>
    factsIn(
      await recentDecisions.run(
        { count: 3 },
        scopeOf({ account: accountOf(summary(), decisions) }),
      ),
    );

  it('lists the own ones of this symbol, the latest first', async () => {
    const refused = past(1, { verdict: 'refused', code: 'QTY_ABOVE_MAX', outcome: null });
    const facts = await recent(
      refused,
      past(2, { symbol: 'ETH/USDT' }),
      past(3, { outcome: -50 as Ppm }),
    );
    expect(facts).toEqual({
      'recent_decisions.1.action': 'long',
      'recent_decisions.1.code': 'QTY_ABOVE_MAX',
      'recent_decisions.1.minutes': '10',
      'recent_decisions.1.verdict': 'refused',
      'recent_decisions.2.action': 'long',
      'recent_decisions.2.minutes': '30',
      'recent_decisions.2.outcome': '-0.5',
      'recent_decisions.2.verdict': 'approved',
      'recent_decisions.count': '2',
      'recent_decisions.hit_rate': '0',
      'recent_decisions.refused': '1',
    });
  });

  it('is empty for a desk that never decided, and lets no sentence through', async () => {
    expect(await recent()).toEqual({
      'recent_decisions.count': '0',
      'recent_decisions.refused': '0',
    });
    const odd = await recent(past(1, { action: 'buy everything now' }));
    expect(odd).not.toHaveProperty(['recent_decisions.1.action']);
  });
});

describe('memory_search', () => {
  const situation = (id: string, changes: Partial<Situation>): Situation => ({
    id,
    desk: 'one',
    symbol: s.PERP,
    availableAt: (NOW - 10_000) as TimeMs,
    facts: [],
    action: 'long',
    outcome: null,
    outcomeAt: null,
    ...changes,
  });
  const known = (outcome: number) => ({
    outcome: outcome as Ppm,
    outcomeAt: (NOW - 5_000) as TimeMs,
  });
  const search = (ports: Partial<ToolPorts>, count = 10) =>
    memorySearch.run({ timeframe: '5m', count }, scopeOf(ports));

  it('counts what came of the nearest', async () => {
    const memory = new PlainMemory(CODE_VECTORS.dimensions);
    const vector = situationVector([]);
    memory.put(situation('a', known(2_000)), vector);
    memory.put(situation('b', known(-1_000)), vector);
    memory.put(situation('c', { action: 'short', ...known(500) }), vector);
    memory.put(situation('d', {}), vector);
    memory.put(situation('e', { symbol: 'ETH/USDT', ...known(9_000) }), vector);
    memory.put(situation('f', { outcome: 9_000 as Ppm, outcomeAt: (NOW + 1) as TimeMs }), vector);
    expect(factsIn(await search({ memory }))).toMatchObject({
      'memory_search.count': '3',
      'memory_search.found': '5',
      'memory_search.hit_rate': '67',
      'memory_search.mean_outcome': '5',
      'memory_search.long.count': '2',
      'memory_search.long.hit_rate': '50',
      'memory_search.long.mean_outcome': '5',
      'memory_search.short.count': '1',
      'memory_search.short.hit_rate': '100',
    });
  });

  it('has counts and no rates while nothing is remembered', async () => {
    const memory = new PlainMemory(CODE_VECTORS.dimensions);
    expect(factsIn(await search({ memory }))).toEqual({
      'memory_search.count': '0',
      'memory_search.found': '0',
      'memory_search.long.count': '0',
      'memory_search.short.count': '0',
    });
  });

  it('refuses without a memory, without anything to compare, and with an embedder that says nothing', async () => {
    const memory = new PlainMemory(CODE_VECTORS.dimensions);
    expect(codeOf(await search({}))).toBe('MEMORY_NOT_KNOWN');
    expect(codeOf(await search({ memory, market: emptyStore() }))).toBe('MEMORY_NOT_KNOWN');
    const embed = { id: 'mute', dimensions: 3, embed: async () => [] };
    expect(codeOf(await search({ memory, embed }))).toBe('MEMORY_NOT_KNOWN');
  });

  it('asks the embedder with the facts of the situation, one a line', async () => {
    const heard: string[] = [];
    const memory = new PlainMemory(3);
    const embed = {
      id: 'ears',
      dimensions: 3,
      embed: async (texts: readonly string[]) => {
        heard.push(...texts);
        return [Float32Array.from([1, 2, 3])];
      },
    };
    memory.put(situation('a', known(100)), Float32Array.from([1, 2, 4]));
    expect(factsIn(await search({ memory, embed }))).toMatchObject({
      'memory_search.distance': '1',
    });
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatch(
      /^candles\.age_bars 0 count\n[^]*\nindicators\.rsi14 [\d.]+ percent\n/,
    );
  });
});
