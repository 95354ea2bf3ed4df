/** I1 to I3: no trade with ourselves, no circles, no walls of orders that are never meant. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, type Case, type Effect, type OrderFlow, type RecentDecision } from '#firewall';
import { NOW, SYMBOL, ago, price, qty } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withBook,
  withCancel,
  withMarket,
  withOrder,
  withWorking,
} from '../../../firewall/proofs/vary.ts';
import { baseAccount } from '../../../firewall/proofs/views.ts';
import { decision } from '../../../firewall/proofs/tempo.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(defaultPolicy());
const MINUTE = 60_000;
const OTHER = 'ETH/USDT:USDT';
const lockOf = (c: Case, code: string): Effect | undefined =>
  judge(c).effects.find((effect) => effect.kind === 'lock' && effect.code === code);

describe('I1 self-trade', () => {
  const CODE = 'SELF_TRADE';
  const sell = withOrder(base, { side: 'sell', limitPrice: price('59999.5') });
  const market = withOrder(base, { type: 'market', limitPrice: null });
  const own = (c: Case, side: 'buy' | 'sell', at: string, symbol = SYMBOL): Case =>
    withWorking(c, { side, price: price(at), symbol, strategy: 'carry' });
  const MISSING = `${CODE}_INPUT_MISSING (the price of the order, or the working orders)`;

  test.each<[string, Case, string]>([
    ['no orders', base, 'pass'],
    ['an own sell above', own(base, 'sell', '60000.00000001'), 'pass'],
    ['an own sell at the price', own(base, 'sell', '60000'), `${CODE} (order-1)`],
    ['an own sell below', own(base, 'sell', '59000'), `${CODE} (order-1)`],
    ['an own buy', own(base, 'buy', '60000'), 'pass'],
    ['an own sell elsewhere', own(base, 'sell', '59000', OTHER), 'pass'],
    ['an own buy below a sell', own(sell, 'buy', '59999.49999999'), 'pass'],
    ['an own buy at a sell', own(sell, 'buy', '59999.5'), `${CODE} (order-1)`],
    ['an own buy above a sell', own(sell, 'buy', '60001'), `${CODE} (order-1)`],
    ['a market order meets any', own(market, 'sell', '90000'), `${CODE} (order-1)`],
    ['but none of its own side', own(market, 'buy', '59000'), 'pass'],
    ['an exit too', own(exit, 'buy', '59999.5'), `${CODE} (order-1)`],
    ['a later one', own(own(base, 'buy', '59000'), 'sell', '60000'), `${CODE} (order-1)`],
    ['unknown orders', withAccount(base, { working: null }), MISSING],
    ['no price', withBook(market, { asks: [] }), MISSING],
    ['a cancel', withCancel(own(base, 'sell', '60000')), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'I1')).toBe(want);
  });
  test('reports both prices', () => {
    expect(checkOf(own(base, 'sell', '59000'), 'I1')).toMatchObject({
      observed: price('60000'),
      limit: price('59000'),
    });
    expect(checkOf(base, 'I1')).toMatchObject({ observed: price('60000'), limit: null });
  });
});

describe('I2 round trip', () => {
  const CODE = 'ROUND_TRIPS_ABOVE_MAX';
  /** `b1` is a buy of 1, oldest first, a millisecond apart. */
  const traded = (path: string, change: Partial<RecentDecision> = {}, c: Case = base): Case =>
    withAccount(c, {
      decisions: path
        .split(' ')
        .filter((word) => word !== '')
        .map((word, index) =>
          decision({
            at: ago(9 * MINUTE - index),
            symbol: SYMBOL,
            side: word.startsWith('b') ? 'buy' : 'sell',
            qty: qty(word.slice(1)),
            reducing: word.startsWith('s'),
            ...change,
          }),
        ),
    });
  const tripsOf = (path: string): unknown => checkOf(traded(path), 'I2').observed;

  test('counts pairs of equal size and opposite side, this order among them', () => {
    expect(tripsOf('')).toBe(0);
    expect(tripsOf('b1 s1')).toBe(1);
    expect(tripsOf('b1 s2')).toBe(0);
    expect(tripsOf('b1 b1 b1')).toBe(0);
    expect(tripsOf('b1 s1 b2 s2')).toBe(2);
    expect(tripsOf('b1 s1 s1')).toBe(1);
    expect(tripsOf('s0.01')).toBe(1);
    expect(tripsOf('b0.01')).toBe(0);
    expect(tripsOf('b0.01 s0.01')).toBe(1);
    expect(tripsOf('b1 s1 b3 b2 s2')).toBe(2);
  });

  test.each<[string, Case, string]>([
    ['three', traded('b1 s1 b1 s1 b1 s1'), 'pass'],
    ['four', traded('b1 s1 b1 s1 b1 s1 b1 s1'), CODE],
    ['four that were refused', traded('b1 s1 b1 s1 b1 s1 b1 s1', { verdict: 'refused' }), 'pass'],
    ['four elsewhere', traded('b1 s1 b1 s1 b1 s1 b1 s1', { symbol: OTHER }), 'pass'],
    ['four cancels', traded('b1 s1 b1 s1 b1 s1 b1 s1', { kind: 'cancel' }), 'pass'],
    ['out of the window', traded('b1 s1 b1 s1 b1 s1 b1 s1', { at: ago(10 * MINUTE) }), 'pass'],
    ['just inside', traded('b1 s1 b1 s1 b1 s1 b1 s1', { at: ago(10 * MINUTE - 1) }), CODE],
    [
      'unknown',
      withAccount(base, { decisions: null }),
      `${CODE}_INPUT_MISSING (the recent decisions)`,
    ],
    ['an exit', traded('b1 s1 b1 s1 b1 s1 b1 s1', {}, exit), 'na'],
    ['a cancel', withCancel(traded('b1 s1 b1 s1 b1 s1 b1 s1')), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'I2')).toBe(want);
  });

  test('locks the symbol from the newest order on', () => {
    const four = traded('b1 s1 b1 s1 b1 s1 b1 s1');
    const lock = { kind: 'lock', scope: 'symbol', key: SYMBOL, code: CODE };
    const until = ago(9 * MINUTE - 7) + 30 * MINUTE;
    expect(lockOf(four, CODE)).toEqual({ ...lock, until });
    const noise = withAccount(four, {
      decisions: [
        ...(four.account.decisions ?? []),
        decision({ at: ago(2), symbol: SYMBOL, verdict: 'refused' }),
        decision({ at: ago(1) }),
      ],
    });
    expect(lockOf(noise, CODE)).toMatchObject({ until });
    const brief = baseCase(policyWith({ 'I2-round-trip': { lockFor: '8 min' } }));
    expect(outcomeOf(traded('b1 s1 b1 s1 b1 s1 b1 s1', {}, brief), 'I2')).toBe(CODE);
    expect(lockOf(traded('b1 s1 b1 s1 b1 s1 b1 s1', {}, brief), CODE)).toBeUndefined();
  });

  test('has no lock to give at the moment at which it would end', () => {
    const brief = baseCase(policyWith({ 'I2-round-trip': { lockFor: '9 min' } }));
    const at = (ms: number): Case => traded('b1 s1 b1 s1 b1 s1 b1 s1', { at: ago(ms) }, brief);
    expect(lockOf(at(9 * MINUTE), CODE)).toBeUndefined();
    expect(lockOf(at(9 * MINUTE - 1), CODE)).toMatchObject({ until: NOW + 1 });
  });

  test('never counts more trips than pairs (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('b1', 's1', 'b2', 's2'), { maxLength: 14 }), (path) => {
        const trips = tripsOf(path.join(' ')) as number;
        expect(trips).toBeGreaterThanOrEqual(0);
        expect(trips * 2).toBeLessThanOrEqual(path.length + 1);
      }),
    );
  });
});

describe('I3 layering', () => {
  const CODE = 'LAYERING_SUSPECTED';
  const flowing = (orders: number, cancels: number, c: Case = base): Case => {
    const { flow } = baseAccount;
    const change: Partial<OrderFlow> = {
      ordersBySymbolToday: { [SYMBOL]: orders },
      cancelsBySymbolToday: { [SYMBOL]: cancels },
      fillsBySymbolToday: { [SYMBOL]: orders },
    };
    return withAccount(c, { flow: flow === null ? null : { ...flow, ...change } });
  };
  /** So many own orders of a side at a price. */
  const piled = (
    c: Case,
    count: number,
    side: 'buy' | 'sell',
    at: string,
    symbol = SYMBOL,
  ): Case => {
    let made = c;
    for (let index = 0; index < count; index += 1)
      made = withWorking(made, { side, price: price(at), qty: qty('0.001'), symbol });
    return made;
  };
  const busy = flowing(20, 17);
  const MISSING = `${CODE}_INPUT_MISSING (the order flow and the book)`;

  // The middle is 59,999.75, so that far means below 59,399.7525 or above 60,599.7475.
  test.each<[string, Case, string]>([
    ['nothing far', busy, 'pass'],
    ['five far buys', piled(busy, 5, 'buy', '59000'), 'pass'],
    ['six', piled(busy, 6, 'buy', '59000'), `${CODE} (17 cancels of 20 orders today)`],
    ['six far sells', piled(busy, 6, 'sell', '61000'), `${CODE} (17 cancels of 20 orders today)`],
    ['six at the edge', piled(busy, 6, 'buy', '59399.7525'), 'pass'],
    [
      'six a step farther',
      piled(busy, 6, 'buy', '59399.75249999'),
      `${CODE} (17 cancels of 20 orders today)`,
    ],
    ['as many on both sides', piled(piled(busy, 6, 'buy', '59000'), 6, 'sell', '61000'), 'pass'],
    ['six elsewhere', piled(busy, 6, 'buy', '59000', OTHER), 'pass'],
    ['few cancels', piled(flowing(20, 16), 9, 'buy', '59000'), 'pass'],
    ['few orders', piled(flowing(19, 19), 9, 'buy', '59000'), 'pass'],
    [
      'no number',
      piled(flowing(20, Number.NaN), 6, 'buy', '59000'),
      `${CODE} (NaN cancels of 20 orders today)`,
    ],
    [
      'this order is the sixth',
      withOrder(piled(busy, 5, 'buy', '59000'), { limitPrice: price('59000') }),
      `${CODE} (17 cancels of 20 orders today)`,
    ],
    [
      'this order is on the other side',
      withOrder(piled(busy, 6, 'buy', '59000'), { side: 'sell', limitPrice: price('61000') }),
      'pass',
    ],
    ['unknown flow', withAccount(base, { flow: null }), MISSING],
    ['unknown orders', withAccount(base, { working: null }), MISSING],
    ['no book', withMarket(base, { book: null }), MISSING],
    ['no price', withBook(withOrder(base, { limitPrice: null }), { asks: [] }), MISSING],
    ['an exit', piled(flowing(20, 17, exit), 6, 'buy', '59000'), 'na'],
    ['a cancel', withCancel(piled(busy, 6, 'buy', '59000')), 'na'],
  ])('%s', (_, c, want) => {
    expect(outcomeOf(c, 'I3')).toBe(want);
  });

  test('locks the symbol until a human looks, and reports the pile', () => {
    const wall = piled(busy, 7, 'buy', '59000');
    expect(lockOf(wall, CODE)).toEqual({
      kind: 'lock',
      scope: 'symbol',
      key: SYMBOL,
      code: CODE,
      until: null,
    });
    expect(checkOf(wall, 'I3')).toMatchObject({ observed: 7, limit: 5 });
    expect(checkOf(piled(busy, 3, 'sell', '61000'), 'I3')).toMatchObject({ observed: 3, limit: 5 });
  });
});
