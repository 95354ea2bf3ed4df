/** The worst-case portfolio against a slow recomputation over every subset of the working orders. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factsOf, SCALE, type Case, type Position, type Qty, type WorkingOrder } from '#firewall';
import type { Portfolio } from '../../firewall/portfolio.ts';
import { ago, factor, money, price, qty, SYMBOL } from '../../firewall/proofs/amounts.ts';
import { baseCase, exitCase } from '../../firewall/proofs/base.ts';
import {
  basePosition,
  baseWorking,
  withAccount,
  withBook,
  withInstrument,
  withMarket,
  withOrder,
  withPosition,
  withWorking,
} from '../../firewall/proofs/vary.ts';
import { defaultPolicy } from './policy-fixture.ts';

const base = baseCase(defaultPolicy());
const ETHER = 'ETH/USDT:USDT';
const portfolio = (c: Case): Portfolio => {
  const found = factsOf(c).portfolio;
  if (typeof found === 'string') throw new Error(found);
  return found;
};

/** So many units of 0.001 of each symbol, each worth one unit of money at the mark of 1,000. */
const market = (c: Case): Case =>
  withMarket(
    withBook(withOrder(c, { limitPrice: price('1000') }), {
      bids: [{ price: price('999'), qty: qty('1') }],
      asks: [{ price: price('1001'), qty: qty('1') }],
    }),
    { marks: { [ETHER]: { price: price('1000'), at: ago(9) } } },
  );
const MILLI = SCALE / 1_000n;

const held = fc.record({
  ether: fc.boolean(),
  own: fc.boolean(),
  units: fc.integer({ min: -5, max: 5 }),
});
const worked = fc.record({
  ether: fc.boolean(),
  own: fc.boolean(),
  buy: fc.boolean(),
  units: fc.integer({ min: 1, max: 5 }),
});

type Holding = Readonly<{ ether: boolean; own: boolean; units: number }>;
type Working = Holding & Readonly<{ buy: boolean }>;

const symbolOf = ({ ether }: Holding) =>
  ether ? { symbol: ETHER, base: 'ETH' } : { symbol: SYMBOL, base: 'BTC' };
const strategyOf = ({ own }: Holding, c: Case) => ({
  strategy: own ? c.proposal.provenance.strategy : 'another',
});
const positionOf = (item: Holding, c: Case): Position => ({
  ...basePosition,
  ...symbolOf(item),
  ...strategyOf(item, c),
  qty: (BigInt(item.units) * MILLI) as Qty,
});
const workingOf = (item: Working, c: Case): WorkingOrder => ({
  ...baseWorking,
  ...symbolOf(item),
  ...strategyOf(item, c),
  side: item.buy ? 'buy' : 'sell',
  qty: (BigInt(item.units) * MILLI) as Qty,
});

/** Every position that some subset of fills can lead to, in units. */
function reachable(from: number, orders: readonly Working[]): readonly number[] {
  let all = [from];
  for (const { buy, units } of orders) all = all.flatMap((at) => [at, at + (buy ? units : -units)]);
  return all;
}

test('property: no subset of fills goes beyond it, and one goes as far', () => {
  fc.assert(
    fc.property(
      fc.array(held, { maxLength: 4 }),
      fc.array(worked, { maxLength: 5 }),
      fc.boolean(),
      (positions, working, buying) => {
        const c = withOrder(market(base), {
          side: buying ? 'buy' : 'sell',
          qty: (3n * MILLI) as Qty,
        });
        const found = portfolio(
          withAccount(c, {
            positions: positions.map((item) => positionOf(item, c)),
            working: working.map((item) => workingOf(item, c)),
          }),
        );
        const along = buying ? 1 : -1;
        const ends = (ether: boolean, own: boolean): readonly number[] =>
          reachable(
            positions
              .filter((item) => item.ether === ether && (item.own || !own))
              .reduce((sum, { units }) => sum + units, 0),
            working.filter((item) => item.ether === ether && (item.own || !own)),
          ).map((at) => at * along);
        const most = (list: readonly number[]): bigint => BigInt(Math.max(...list)) * SCALE;
        const least = (list: readonly number[]): bigint => BigInt(Math.min(...list)) * SCALE;

        expect(found.before).toBe(most(ends(false, false)) / 1_000n);
        expect(found.after).toBe(most(ends(false, false)) + 3n * SCALE);
        expect(found.against).toBe(-least(ends(false, false)));
        expect(found.strategyBefore).toBe(most(ends(false, true)) / 1_000n);
        const ether = ends(true, false);
        const gross = Math.max(...ether.map(Math.abs));
        expect(found.grossOthers).toBe(BigInt(gross) * SCALE);
        expect(found.netOthers).toBe(most(ether));
        expect(found.netOthersOfBase).toBe(0n);
        expect(found.strategyOthers).toBe(
          BigInt(Math.max(...ends(true, true).map(Math.abs))) * SCALE,
        );
      },
    ),
    { numRuns: 300 },
  );
});

describe('a line', () => {
  const c = withWorking(
    withWorking(
      withPosition(market(base), {
        symbol: ETHER,
        base: 'ETH',
        strategy: 'another',
        qty: qty('-2'),
      }),
      { symbol: ETHER, base: 'ETH', strategy: 'another', side: 'buy', qty: qty('5') },
    ),
    { symbol: ETHER, base: 'ETH', strategy: 'another', side: 'sell', qty: qty('0.5') },
  );
  test('says how long and how short it may come to be', () => {
    expect(portfolio(c).others).toEqual([
      {
        symbol: ETHER,
        base: 'ETH',
        settle: 'USDT',
        up: money('3000'),
        down: money('2500'),
        gross: money('3000'),
        ownStrategy: false,
      },
    ]);
    expect(portfolio(c).oldestMark).toBe(ago(9));
  });
  test('of the same asset counts toward it', () => {
    const spot = withPosition(market(base), { symbol: ETHER, base: 'BTC', qty: qty('2') });
    expect(portfolio(spot).netOthersOfBase).toBe(money('2000'));
    expect(portfolio(withOrder(spot, { side: 'sell' })).netOthersOfBase).toBe(money('-2000'));
  });
  test('of a strategy that only works an order is its own', () => {
    const { strategy } = base.proposal.provenance;
    const working = withWorking(market(base), { symbol: ETHER, base: 'ETH', strategy });
    expect(portfolio(working).others[0]?.ownStrategy).toBe(true);
    const closed = withPosition(market(base), { symbol: ETHER, qty: qty('0') });
    expect(portfolio(closed).others).toEqual([]);
  });
  test('is valued by its own multiplier and rate', () => {
    const euro = { symbol: ETHER, base: 'ETH', settle: 'EUR', multiplier: factor('0.1') };
    const rated = withMarket(withPosition(market(base), { ...euro, qty: qty('2') }), {
      rates: { EUR: { factor: factor('1.1'), at: ago(1) } },
    });
    expect(portfolio(rated).grossOthers).toBe(money('220'));
  });
  test('is rounded up, long or short', () => {
    const dust = (units: string): Case =>
      withMarket(withPosition(market(base), { symbol: ETHER, base: 'ETH', qty: qty(units) }), {
        marks: { [ETHER]: { price: price('0.5'), at: ago(9) } },
      });
    expect(portfolio(dust('0.00000001')).grossOthers).toBe(1n);
    expect(portfolio(dust('-0.00000001')).grossOthers).toBe(1n);
    expect(portfolio(dust('-0.00000001')).netOthers).toBe(0n);
  });
});

describe('this symbol', () => {
  test('is valued at the higher of limit and middle', () => {
    const c = market(base);
    const at = (limit: string): Portfolio =>
      portfolio(withOrder(c, { limitPrice: price(limit), qty: qty('1') }));
    expect(at('1000.5').after).toBe(money('1000.5'));
    expect(at('900').after).toBe(money('1000'));
  });
  test('is valued by multiplier and rate', () => {
    const tenth = withInstrument(market(base), { multiplier: factor('0.1') });
    expect(portfolio(withOrder(tenth, { qty: qty('1') })).after).toBe(money('100'));
  });
});

describe('without', () => {
  const wants = (c: Case): unknown => factsOf(c).portfolio;
  const ether = withPosition(market(base), { symbol: ETHER, base: 'ETH' });
  test.each<[string, Case, string]>([
    ['positions', withAccount(base, { positions: null }), 'the positions'],
    ['working orders', withAccount(base, { working: null }), 'the working orders'],
    ['a book', withMarket(base, { book: null }), 'a price, the instrument or its rate'],
    [
      'an instrument',
      withMarket(base, { instrument: null }),
      'a price, the instrument or its rate',
    ],
    ['a rate', withInstrument(base, { quote: 'EUR' }), 'a price, the instrument or its rate'],
    ['a mark', withMarket(ether, { marks: {} }), `the mark or rate of ${ETHER}`],
    [
      'a mark above zero',
      withMarket(ether, { marks: { [ETHER]: { price: price('0'), at: ago(9) } } }),
      `the mark or rate of ${ETHER}`,
    ],
    [
      'a rate of another above zero',
      withMarket(withPosition(market(base), { symbol: ETHER, base: 'ETH', settle: 'EUR' }), {
        rates: { EUR: { factor: factor('0'), at: ago(9) } },
      }),
      `the mark or rate of ${ETHER}`,
    ],
    [
      'a rate above zero',
      withMarket(withInstrument(base, { quote: 'EUR' }), {
        rates: { EUR: { factor: factor('-1'), at: ago(9) } },
      }),
      'a price, the instrument or its rate',
    ],
    [
      'a rate of another',
      withPosition(market(base), { symbol: ETHER, base: 'ETH', settle: 'EUR' }),
      `the mark or rate of ${ETHER}`,
    ],
  ])('%s it is not known', (_, c, want) => {
    expect(wants(c)).toBe(want);
  });
});

describe('reducing', () => {
  const long = exitCase(base.policy);
  const sold = (size: string, c: Case = long): boolean =>
    factsOf(withOrder(c, { qty: qty(size) })).reducing;
  test('is a part or all of what is held', () => {
    expect(sold('0.02')).toBe(true);
    expect(sold('0.00000001')).toBe(true);
    expect(sold('0.02000001')).toBe(false);
    expect(sold('0')).toBe(false);
  });
  test('counts the working orders of its side, and no others', () => {
    const beside = withWorking(long, { side: 'sell', qty: qty('0.015') });
    expect(sold('0.005', beside)).toBe(true);
    expect(sold('0.00500001', beside)).toBe(false);
    expect(sold('0.02', withWorking(long, { side: 'buy', qty: qty('1') }))).toBe(true);
    expect(sold('0.02', withWorking(long, { side: 'sell', symbol: ETHER }))).toBe(true);
  });
  test('works the other way round', () => {
    const short = withOrder(withPosition(base, { qty: qty('-0.02') }), { side: 'buy' });
    expect(sold('0.02', short)).toBe(true);
    expect(sold('0.02000001', short)).toBe(false);
    expect(sold('0.01', withOrder(short, { side: 'sell' }))).toBe(false);
    expect(sold('0.01', withOrder(long, { side: 'buy' }))).toBe(false);
  });
  test('is never said of a flat or unknown account', () => {
    expect(sold('0.01', withAccount(long, { positions: [] }))).toBe(false);
    expect(sold('0.01', withAccount(long, { positions: null }))).toBe(false);
    expect(sold('0.01', withAccount(long, { working: null }))).toBe(false);
  });
});
