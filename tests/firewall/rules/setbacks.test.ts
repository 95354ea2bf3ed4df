/** F6 to F9: windows forget, locks end, and a position past its stop comes first. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, type Case, type ClosedTrade, type Effect, type Position } from '#firewall';
import { NOW, SYMBOL, ago, ahead, money, price, qty } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import { withAccount, withMarket, withOrder, withPosition } from '../../../firewall/proofs/vary.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OTHER = 'ETH/USDT:USDT';

const trade = (change: Partial<ClosedTrade> = {}): ClosedTrade => ({
  closedAt: ago(HOUR),
  symbol: SYMBOL,
  strategy: 'trend',
  side: 'buy',
  qty: qty('0.01'),
  profit: money('-10'),
  byStop: true,
  ...change,
});
const after = (trades: readonly ClosedTrade[] | null, c: Case = base): Case =>
  withAccount(c, { trades });
const times = (count: number, change: Partial<ClosedTrade> = {}): readonly ClosedTrade[] =>
  Array.from({ length: count }, () => trade(change));
const lockOf = (c: Case): Effect | undefined =>
  judge(c).effects.find((effect) => effect.kind === 'lock');

describe('F6 stop-out cluster', () => {
  const STOPS = 'STOP_OUTS_ABOVE_MAX';
  test.each<[string, readonly ClosedTrade[], string]>([
    ['none', [], 'pass'],
    ['four anywhere', times(4, { symbol: OTHER }), 'pass'],
    ['five anywhere', times(5, { symbol: OTHER }), `${STOPS} (account)`],
    ['two of the symbol', times(2, { side: 'sell' }), 'pass'],
    ['three of the symbol', times(3, { side: 'sell' }), `${STOPS} (symbol)`],
    ['exits that were no stops', times(9, { byStop: false }), 'pass'],
    ['stops that left the window', times(9, { closedAt: ago(2 * HOUR) }), 'pass'],
    ['stops just inside it', times(3, { closedAt: ago(2 * HOUR - 1) }), `${STOPS} (symbol)`],
    ['old ones before a new one', [...times(9, { closedAt: ago(3 * HOUR) }), trade()], 'pass'],
    ['a stop from the future counts', times(3, { closedAt: ahead(1) }), `${STOPS} (symbol)`],
  ])('%s', (_, trades, want) => {
    expect(outcomeOf(after(trades), 'F6')).toBe(want);
  });

  test('sides are counted apart when they are capped apart', () => {
    const strict = baseCase(policyWith({ 'F6-stop-out-cluster': { sideMax: 0 } }));
    expect(outcomeOf(after([trade({ side: 'sell' })], strict), 'F6')).toBe('pass');
    expect(outcomeOf(after([trade()], strict), 'F6')).toBe(`${STOPS} (side)`);
    expect(lockOf(after([trade()], strict))).toBeUndefined();
    expect(checkOf(after([trade()], strict), 'F6')).toMatchObject({ observed: 1, limit: 0 });
  });

  test('locks its scope from the newest stop on, so that asking again prolongs nothing', () => {
    const lock = { kind: 'lock', code: STOPS };
    const mixed = [...times(3), trade({ closedAt: ago(MINUTE), byStop: false, side: 'sell' })];
    expect(lockOf(after(mixed))).toEqual({
      ...lock,
      scope: 'symbol',
      key: SYMBOL,
      until: ago(HOUR) + 2 * HOUR,
    });
    expect(lockOf(after(times(5, { symbol: OTHER })))).toEqual({
      ...lock,
      scope: 'account',
      key: 'main',
      until: ago(HOUR) + 2 * HOUR,
    });
    const later = [...times(3), trade({ closedAt: ago(MINUTE), symbol: OTHER })];
    expect(lockOf(after(later))).toMatchObject({ scope: 'symbol', until: ago(HOUR) + 2 * HOUR });
  });

  test('has no lock to give once it would have ended', () => {
    const brief = baseCase(policyWith({ 'F6-stop-out-cluster': { lockFor: '1 h' } }));
    expect(outcomeOf(after(times(3), brief), 'F6')).toBe(`${STOPS} (symbol)`);
    expect(lockOf(after(times(3), brief))).toBeUndefined();
    expect(lockOf(after(times(5, { symbol: OTHER }), brief))).toBeUndefined();
    expect(lockOf(after(times(3, { closedAt: ago(HOUR - 1) }), brief))).toMatchObject({
      until: NOW + 1,
    });
  });

  test('refuses without the trades, and leaves the way out open', () => {
    expect(outcomeOf(after(null), 'F6')).toBe(`${STOPS}_INPUT_MISSING (the closed trades)`);
    expect(outcomeOf(after(times(9), exit), 'F6')).toBe('na');
  });

  test('counts exactly the stops inside the window (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 * HOUR }), fc.boolean()), { maxLength: 12 }),
        (past) => {
          const trades = past
            .toSorted(([a], [b]) => b - a)
            .map(([age, byStop]) => trade({ closedAt: ago(age), byStop, side: 'sell' }));
          const inside = past.filter(([age, byStop]) => byStop && age < 2 * HOUR).length;
          const c = after(trades);
          expect(outcomeOf(c, 'F6') === 'pass').toBe(inside <= 2);
        },
      ),
    );
  });
});

describe('F7 low profit', () => {
  const LOSS = 'SYMBOL_LOSS_ABOVE_MAX';
  const losing = (...profits: string[]): readonly ClosedTrade[] =>
    profits.map((profit) => trade({ profit: money(profit), side: 'sell', byStop: false }));

  test.each<[string, readonly ClosedTrade[], string]>([
    ['at the limit', losing('-300', '-200'), 'pass'],
    ['one step past it', losing('-300', '-200.00000001'), LOSS],
    ['a gain makes up for a loss', losing('-600', '100'), 'pass'],
    ['another symbol', [trade({ profit: money('-900'), symbol: OTHER })], 'pass'],
    ['out of the window', [trade({ profit: money('-900'), closedAt: ago(24 * HOUR) })], 'pass'],
    ['just inside it', [trade({ profit: money('-900'), closedAt: ago(24 * HOUR - 1) })], LOSS],
    ['none', [], 'pass'],
  ])('%s', (_, trades, want) => {
    expect(outcomeOf(after(trades), 'F7')).toBe(want);
  });

  test('says what was lost', () => {
    expect(checkOf(after(losing('-300', '100')), 'F7')).toMatchObject({
      observed: money('200'),
      limit: money('500'),
    });
  });

  test('locks the symbol from its newest trade on', () => {
    const trades = [...losing('-900'), trade({ symbol: OTHER, closedAt: ago(1), byStop: false })];
    expect(lockOf(after(trades))).toEqual({
      kind: 'lock',
      scope: 'symbol',
      key: SYMBOL,
      code: LOSS,
      until: ago(HOUR) + 6 * HOUR,
    });
    const old = trade({ profit: money('-900'), closedAt: ago(6 * HOUR), side: 'sell' });
    expect(lockOf(after([old]))).toBeUndefined();
  });

  test('refuses without the trades, and leaves the way out open', () => {
    expect(outcomeOf(after(null), 'F7')).toBe(`${LOSS}_INPUT_MISSING (the closed trades)`);
    expect(outcomeOf(after(losing('-900'), exit), 'F7')).toBe('na');
  });
});

describe('F8 cooldown', () => {
  const left = (age: number, change: Partial<ClosedTrade> = {}): Case =>
    after([trade({ closedAt: ago(age), byStop: false, ...change })]);

  test.each<[string, Case, string]>([
    ['no exit', after([]), 'pass'],
    ['an exit a minute ago', left(MINUTE), 'pass'],
    ['an exit a moment less ago', left(MINUTE - 1), 'COOLDOWN_ACTIVE'],
    ['a stop ten minutes ago', left(10 * MINUTE, { byStop: true }), 'pass'],
    ['a stop less ago', left(10 * MINUTE - 1, { byStop: true }), 'COOLDOWN_ACTIVE'],
    ['the other side', left(1, { side: 'sell' }), 'pass'],
    ['another symbol', left(1, { symbol: OTHER }), 'pass'],
    [
      'a stop behind a later plain exit',
      after([
        trade({ closedAt: ago(9 * MINUTE) }),
        trade({ closedAt: ago(2 * MINUTE), byStop: false }),
      ]),
      'COOLDOWN_ACTIVE',
    ],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'F8')).toBe(want);
  });

  test('says when it is worth asking again', () => {
    expect(checkOf(left(MINUTE - 10), 'F8')).toMatchObject({
      observed: MINUTE - 10,
      limit: MINUTE,
      retryAfterMs: 10,
    });
  });

  test('a stop may also need the shorter rest', () => {
    const odd = baseCase(policyWith({ 'F8-cooldown': { after: '10 min', afterStop: '1 min' } }));
    const exits = (change: Partial<ClosedTrade>): Case =>
      after([trade({ closedAt: ago(2 * MINUTE), ...change })], odd);
    expect(outcomeOf(exits({ byStop: true }), 'F8')).toBe('pass');
    expect(outcomeOf(exits({ byStop: false }), 'F8')).toBe('COOLDOWN_ACTIVE');
  });

  test('refuses without the trades, and leaves the way out open', () => {
    expect(outcomeOf(after(null), 'F8')).toBe('COOLDOWN_ACTIVE_INPUT_MISSING (the closed trades)');
    expect(outcomeOf(after([trade({ closedAt: NOW, side: 'sell' })], exit), 'F8')).toBe('na');
  });
});

describe('F9 position stop', () => {
  const marked = (mark: string | null, change: Partial<Position> = {}, c: Case = base): Case => {
    const held = withPosition(c, {
      symbol: OTHER,
      base: 'ETH',
      qty: qty('0.1'),
      entryPrice: price('2000'),
      profitPeak: money('0'),
      stopPrice: null,
      ...change,
    });
    const marks = { ...held.market.marks };
    if (mark !== null) marks[OTHER] = { price: price(mark), at: ago(100) };
    return withMarket(held, { marks });
  };
  const PAST = 'POSITION_PAST_STOP';

  test.each<[string, Case, string]>([
    ['nothing held', base, 'pass'],
    ['in profit', marked('2100'), 'pass'],
    ['at the largest loss', marked('1800'), 'pass'],
    ['past it', marked('1799.99999999'), `${PAST} (${OTHER} LOSS)`],
    [
      'its stop reached',
      marked('1900', { stopPrice: price('1900') }),
      `${PAST} (${OTHER} STOP_REACHED)`,
    ],
    ['without a mark', marked(null), `${PAST}_INPUT_MISSING (mark or rate of ${OTHER})`],
    [
      'unknown positions',
      withAccount(base, { positions: null }),
      `${PAST}_INPUT_MISSING (the positions)`,
    ],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'F9')).toBe(want);
  });

  test('counts every position past its stop and names the first', () => {
    const two = marked('1700', {}, marked('1700', { qty: qty('0.2') }));
    expect(checkOf(two, 'F9')).toMatchObject({ observed: 2, limit: 0, note: `${OTHER} LOSS` });
  });

  test('leaves the way out open', () => {
    expect(outcomeOf(marked('1', {}, exit), 'F9')).toBe('na');
  });

  test('an order of another symbol waits as well', () => {
    const c = withOrder(marked('1700'), { side: 'sell' });
    expect(judge(c)).toMatchObject({ kind: 'refused' });
    expect(outcomeOf(c, 'F9')).toBe(`${PAST} (${OTHER} LOSS)`);
  });
});
