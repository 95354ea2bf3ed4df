/** F16 to F21: venue, fills, turnover, changes of mind and the calendar. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judge,
  type Blackout,
  type Case,
  type DayCounters,
  type Effect,
  type Funding,
  type OrderFlow,
  type Qty,
  type RecentDecision,
} from '#firewall';
import {
  NOW,
  SYMBOL,
  ago,
  ahead,
  money,
  ppm,
  qty,
  span,
  time,
} from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withCancel,
  withControls,
  withInstrument,
  withMarket,
  withNow,
  withOrder,
} from '../../../firewall/proofs/vary.ts';
import { baseAccount, baseInstrument } from '../../../firewall/proofs/views.ts';
import { decision } from '../../../firewall/proofs/tempo.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const asked = withControls(exit, { operatorExit: true });
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const flowing = (change: Partial<OrderFlow>, c: Case = base): Case =>
  withAccount(c, { flow: baseAccount.flow === null ? null : { ...baseAccount.flow, ...change } });
const lockOf = (c: Case): Effect | undefined =>
  judge(c).effects.find(({ kind, code }) => kind === 'lock' && code === 'REVERSALS_ABOVE_MAX');

const unknownFlow = withAccount(base, { flow: null });
const FLOW_ROWS: readonly [string, Case, string, string][] = [
  ['F16 five refusals in a row', flowing({ rejectStreak: 5 }), 'F16', 'pass'],
  ['F16 six', flowing({ rejectStreak: 6 }), 'F16', 'REJECTIONS_ABOVE_MAX'],
  ['F16 no number', flowing({ rejectStreak: Number.NaN }), 'F16', 'REJECTIONS_ABOVE_MAX'],
  ['F16 unknown', unknownFlow, 'F16', 'REJECTIONS_ABOVE_MAX_INPUT_MISSING (the order flow)'],
  ['F16 an exit', flowing({ rejectStreak: 6 }, exit), 'F16', 'REJECTIONS_ABOVE_MAX'],
  ['F16 an exit by a human', flowing({ rejectStreak: 6 }, asked), 'F16', 'na'],
  ['F17 at the limit', flowing({ slippageExcess: ppm(2_000) }), 'F17', 'pass'],
  ['F17 past it', flowing({ slippageExcess: ppm(2_001) }), 'F17', 'SLIPPAGE_ABOVE_MODEL'],
  ['F17 cheaper than modelled', flowing({ slippageExcess: ppm(-9_000) }), 'F17', 'pass'],
  ['F17 unknown', unknownFlow, 'F17', 'SLIPPAGE_ABOVE_MODEL_INPUT_MISSING (the order flow)'],
  ['F17 an exit', flowing({ slippageExcess: ppm(9_000) }, exit), 'F17', 'na'],
  ['F18 none', flowing({ anomalies: [] }), 'F18', 'pass'],
  ['F18 one', flowing({ anomalies: ['OVERFILL'] }), 'F18', 'FILL_ANOMALY'],
  ['F18 unknown', unknownFlow, 'F18', 'FILL_ANOMALY_INPUT_MISSING (the order flow)'],
  ['F18 an exit', flowing({ anomalies: ['OVERFILL'] }, exit), 'F18', 'FILL_ANOMALY'],
  ['F18 an exit by a human', flowing({ anomalies: ['OVERFILL'] }, asked), 'F18', 'na'],
  ['F18 a cancel', withCancel(flowing({ anomalies: ['OVERFILL'] })), 'F18', 'na'],
];
test.each(FLOW_ROWS)('%s', (_, c, id, want) => {
  expect(outcomeOf(c, id)).toBe(want);
});

test('F16 halts the venue, F17 reduces and F18 halts the account', () => {
  const latch = { kind: 'latch', scope: 'account', key: 'main' };
  expect(judge(flowing({ rejectStreak: 6 })).effects).toEqual([
    { kind: 'latch', scope: 'venue', key: 'paper', state: 'HALTED', code: 'REJECTIONS_ABOVE_MAX' },
  ]);
  expect(judge(flowing({ slippageExcess: ppm(2_001) })).effects).toEqual([
    { ...latch, state: 'REDUCE_ONLY', code: 'SLIPPAGE_ABOVE_MODEL' },
  ]);
  expect(judge(flowing({ anomalies: ['A', 'B'] })).effects).toEqual([
    { ...latch, state: 'HALTED', code: 'FILL_ANOMALY' },
  ]);
  expect(checkOf(flowing({ anomalies: ['A', 'B', 'C'] }), 'F18')).toMatchObject({
    observed: 'C',
    limit: 'none',
  });
  expect(checkOf(base, 'F18')).toMatchObject({ observed: 'none' });
});

test('only an exit may be asked for by a human, not an entry', () => {
  const entry = withControls(flowing({ rejectStreak: 6, anomalies: ['A'] }), {
    operatorExit: true,
  });
  expect(outcomeOf(entry, 'F16')).toBe('REJECTIONS_ABOVE_MAX');
  expect(outcomeOf(entry, 'F18')).toBe('FILL_ANOMALY');
});

describe('F19 turnover', () => {
  const CODE = 'TURNOVER_ABOVE_MAX';
  const today = (change: Partial<DayCounters>, c: Case = base): Case =>
    withAccount(c, { day: baseAccount.day === null ? null : { ...baseAccount.day, ...change } });
  const yesterday = Math.floor(NOW / DAY) - 1;
  const want = `${CODE}_INPUT_MISSING (the day's turnover, or the value of the order)`;

  test.each<[string, Case, string]>([
    ['at the limit', today({ turnover: money('149400') }), 'pass'],
    ['one step past it', today({ turnover: money('149400.00000001') }), CODE],
    ['yesterday’s', today({ turnover: money('900000'), day: yesterday }), 'pass'],
    // The order's own fee is five basis points of 600.
    ['fees at the limit', today({ fees: money('149.7') }), 'pass'],
    ['fees one step past it', today({ fees: money('149.70000001') }), `${CODE} (fees)`],
    ['yesterday’s fees', today({ fees: money('900'), day: yesterday }), 'pass'],
    ['unknown counters', withAccount(base, { day: null }), want],
    ['counters of no day', today({ day: 0.5 }), want],
    ['an unknown instrument', withMarket(base, { instrument: null }), want],
    ['an unknown price', withMarket(withOrder(base, { limitPrice: null }), { book: null }), want],
    ['an exit', today({ turnover: money('900000') }, exit), 'na'],
  ])('%s', (_, c, outcome) => {
    expect(outcomeOf(c, 'F19')).toBe(outcome);
  });

  test('reports what would be turned over', () => {
    expect(checkOf(today({ turnover: money('100') }), 'F19')).toMatchObject({
      observed: money('700'),
      limit: money('150000'),
    });
    expect(checkOf(today({ fees: money('151') }), 'F19')).toMatchObject({
      observed: money('151.3'),
      limit: money('150'),
      maxQty: 0n,
    });
  });

  test('a rebate makes up for no fee', () => {
    const costs = { ...baseInstrument.costs, taker: ppm(-100) };
    const rebated = (fees: string): Case => withInstrument(today({ fees: money(fees) }), { costs });
    expect(outcomeOf(rebated('150'), 'F19')).toBe('pass');
    expect(outcomeOf(rebated('150.00000001'), 'F19')).toBe(`${CODE} (fees)`);
  });

  test('names the largest quantity that passes (property)', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: money('160000') }),
        fc.bigInt({ min: 0n, max: money('160') }),
        fc.constantFrom(-100, 0, 1, 500),
        (turnover, fees, taker) => {
          const costs = { ...baseInstrument.costs, taker: ppm(taker) };
          const c = withInstrument(today({ turnover: turnover as never, fees: fees as never }), {
            costs,
          });
          const { maxQty } = checkOf(c, 'F19');
          expect(maxQty).not.toBeNull();
          const at = (size: bigint) => checkOf(withOrder(c, { qty: size as Qty }), 'F19').status;
          expect(at((maxQty ?? 0n) + 1n)).toBe('fail');
          if (maxQty !== null && maxQty > 0n) expect(at(maxQty)).toBe('pass');
        },
      ),
    );
  });
});

describe('F20 flip-flop', () => {
  const CODE = 'REVERSALS_ABOVE_MAX';
  const sides = (path: string, change: Partial<RecentDecision> = {}, c: Case = base): Case =>
    withAccount(c, {
      decisions: Array.from(path, (letter, index) =>
        decision({
          at: ago(30 * 60_000 - index),
          symbol: SYMBOL,
          side: letter === 'b' ? 'buy' : 'sell',
          qty: qty(`${index + 1}`),
          ...change,
        }),
      ),
    });

  test.each<[string, Case, string]>([
    ['no history', sides(''), 'pass'],
    ['one direction', sides('bbbbbbbb'), 'pass'],
    ['two reversals, this one among them', sides('bbss'), 'pass'],
    ['three', sides('ssbbs'), 'pass'],
    ['four', sides('bssbs'), CODE],
    ['five', sides('sbsbs'), CODE],
    ['exits are no reversals', sides('sbsbsbsbs', { reducing: true }), 'pass'],
    ['nor is what was refused', sides('sbsbsbsbs', { verdict: 'refused' }), 'pass'],
    ['nor what was held', sides('sbsbsbsbs', { verdict: 'held' }), 'pass'],
    ['nor another symbol', sides('sbsbsbsbs', { symbol: 'ETH/USDT:USDT' }), 'pass'],
    ['nor a cancel', sides('sbsbsbsbs', { side: null }), 'pass'],
    ['out of the window', sides('sbsbsbsbs', { at: ago(HOUR) }), 'pass'],
    ['just inside it', sides('sbsbs', { at: ago(HOUR - 1) }), CODE],
    [
      'unknown',
      withAccount(base, { decisions: null }),
      `${CODE}_INPUT_MISSING (the recent decisions)`,
    ],
    ['an exit', sides('sbsbsbsbs', {}, exit), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'F20')).toBe(want);
  });

  test('a cancel between two entries is no change of side', () => {
    const entries = sides('sbs').account.decisions ?? [];
    const mixed = entries.flatMap((entry) => [{ ...entry, side: null }, entry]);
    expect(checkOf(withAccount(base, { decisions: mixed }), 'F20').observed).toBe(3);
  });

  test('has no lock to give at the moment at which it would end', () => {
    const half = baseCase(policyWith({ 'F20-flip-flop': { lockFor: '30 min' } }));
    const at = (ms: number): Case => sides('sbsbs', { at: ago(ms) }, half);
    expect(outcomeOf(at(30 * 60_000), 'F20')).toBe(CODE);
    expect(lockOf(at(30 * 60_000))).toBeUndefined();
    expect(lockOf(at(30 * 60_000 - 1))).toMatchObject({ until: NOW + 1 });
  });

  test('counts each change of side once', () => {
    expect(checkOf(sides('bs'), 'F20')).toMatchObject({ observed: 2, limit: 3 });
    expect(checkOf(sides('sb'), 'F20')).toMatchObject({ observed: 1, limit: 3 });
  });

  test('locks the symbol from the newest entry on', () => {
    expect(lockOf(sides('sbsbs'))).toEqual({
      kind: 'lock',
      scope: 'symbol',
      key: SYMBOL,
      code: CODE,
      until: ago(30 * 60_000 - 4) + HOUR,
    });
    const brief = baseCase(policyWith({ 'F20-flip-flop': { lockFor: '10 min' } }));
    expect(lockOf(sides('sbsbs', {}, brief))).toBeUndefined();
    const noise = sides('sbsbs');
    const later = withAccount(noise, {
      decisions: [
        ...(noise.account.decisions ?? []),
        decision({ at: ago(3), symbol: SYMBOL, reducing: true, side: 'sell' }),
        decision({ at: ago(2), symbol: SYMBOL, verdict: 'refused', side: 'sell' }),
        decision({ at: ago(1) }),
      ],
    });
    expect(lockOf(later)).toMatchObject({ until: ago(30 * 60_000 - 4) + HOUR });
  });
});

describe('F21 blackout', () => {
  const CODE = 'BLACKOUT_ACTIVE';
  const closed = (change: Partial<Blackout>, c: Case = base): Case =>
    withControls(c, {
      blackouts: [{ from: ago(1), until: ahead(1), symbol: null, why: 'maintenance', ...change }],
    });
  const funded = (change: Partial<Funding>, c: Case = base): Case =>
    withMarket(c, {
      funding: c.market.funding === null ? null : { ...c.market.funding, ...change },
    });
  const spot = withInstrument(base, { kind: 'spot' });
  const MINUTE = 60_000;

  test.each<[string, Case, string]>([
    ['an empty calendar', withControls(base, { blackouts: [] }), 'pass'],
    ['everything closed', closed({}), `${CODE} (maintenance)`],
    ['from this moment', closed({ from: NOW }), `${CODE} (maintenance)`],
    ['from the next', closed({ from: ahead(1), until: ahead(2) }), 'pass'],
    ['until this moment', closed({ until: NOW }), 'pass'],
    ['this symbol', closed({ symbol: SYMBOL }), `${CODE} (maintenance)`],
    ['another symbol', closed({ symbol: 'ETH/USDT:USDT' }), 'pass'],
    [
      'one of several',
      withControls(base, {
        blackouts: [
          { from: ago(9), until: ago(5), symbol: null, why: 'past' },
          { from: ago(9), until: ahead(5), symbol: null, why: 'now' },
        ],
      }),
      `${CODE} (now)`,
    ],
    [
      'an unknown calendar',
      withControls(base, { blackouts: null }),
      `${CODE}_INPUT_MISSING (the calendar or the instrument)`,
    ],
    [
      'an unknown instrument',
      withMarket(base, { instrument: null }),
      `${CODE}_INPUT_MISSING (the calendar or the instrument)`,
    ],
    ['two minutes before funding', funded({ nextAt: ahead(2 * MINUTE) }), 'pass'],
    ['a moment less', funded({ nextAt: ahead(2 * MINUTE - 1) }), CODE],
    ['at the stamp', funded({ nextAt: NOW }), CODE],
    [
      'half a minute after funding',
      funded({ nextAt: ahead(HOUR - 30_000), everyMs: span(HOUR) }),
      'pass',
    ],
    ['a moment less', funded({ nextAt: ahead(HOUR - 29_999), everyMs: span(HOUR) }), CODE],
    [
      'a stamp that has passed',
      funded({ nextAt: ago(1) }),
      `${CODE}_INPUT_MISSING (the next funding stamp)`,
    ],
    [
      'a perpetual without funding',
      withMarket(base, { funding: null }),
      `${CODE}_INPUT_MISSING (the funding of a perpetual)`,
    ],
    ['spot has none', withMarket(spot, { funding: null }), 'pass'],
    ['an exit', closed({}, exit), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'F21')).toBe(want);
  });

  test('says what closes', () => {
    expect(checkOf(closed({}), 'F21')).toMatchObject({ observed: 'calendar', limit: 'open' });
    expect(checkOf(funded({ nextAt: NOW }), 'F21')).toMatchObject({ observed: 'funding' });
    expect(checkOf(base, 'F21')).toMatchObject({ observed: 'open', limit: 'open' });
    expect(checkOf(spot, 'F21')).toMatchObject({ observed: 'open', limit: 'open' });
  });

  test('weekends are open or closed as the policy says', () => {
    const policy = policyWith({ 'F21-blackout': { weekendsOpen: false } });
    const on = (day: number) => {
      const now = time(day * DAY + 9 * HOUR);
      const c = withNow(baseCase(policy), now);
      return outcomeOf(funded({ nextAt: time(now + 4 * HOUR) }, c), 'F21');
    };
    // Day 0 was a Thursday: Friday, Saturday, Sunday, Monday follow.
    expect([0, 1, 2, 3, 4].map(on)).toEqual(['pass', 'pass', CODE, CODE, 'pass']);
    const saturday = withNow(baseCase(policy), time(2 * DAY));
    expect(checkOf(saturday, 'F21')).toMatchObject({ observed: 'weekend', limit: 'open' });
    // 21 November 2026 is a Saturday, and the shipped policy trades on it.
    expect(outcomeOf(baseCase(policy), 'F21')).toBe(CODE);
    expect(outcomeOf(base, 'F21')).toBe('pass');
  });
});
