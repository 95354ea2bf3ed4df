/** From a plan to numbers: every rounding at its boundary, and never more than was meant. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFixed, SCALE, type Money, type Ppm, type Price } from '#firewall';
import { HORIZONS, SIZES, type Plan } from '../../agents/contract.ts';
import { actionsFor, orderOf, SIZING, type OrderSight } from '../../agents/order.ts';
import type { Intent } from '../../agents/algorithmic.ts';
import { factor, money, price, qty } from '../../firewall/proofs/amounts.ts';
import { baseInstrument } from '../../firewall/proofs/views.ts';
import { evidence } from './scene.ts';

const { levels } = evidence;
const sight: OrderSight = {
  instrument: baseInstrument,
  bid: price('59999.9'),
  ask: price('60000'),
  equity: money('100000'),
  position: qty('0'),
  pending: false,
};
const long: Plan = {
  action: 'long',
  thesis: 'trend',
  confidence: 60,
  size: 'full',
  horizon: '1h',
  stop: 'atr2_below',
  target: 'atr2_above',
};
const short: Plan = { ...long, action: 'short', stop: 'atr2_above', target: 'atr2_below' };
const exit: Plan = { ...long, action: 'exit', stop: 'none', target: 'none' };

const zero = { name: 'zero', price: '0' };
type Change = Readonly<{ sight?: Partial<OrderSight>; levels?: typeof levels }>;
const order = (plan: Plan, change: Change = {}) =>
  orderOf({ plan, levels: change.levels ?? levels, sight: { ...sight, ...change.sight } });
const made = (plan: Plan, change: Change = {}): Intent => {
  const result = order(plan, change);
  if (!result.ok) throw new Error(result.code);
  return result.intent;
};
const instrument = (change: Partial<typeof baseInstrument>) => ({
  sight: { instrument: { ...baseInstrument, ...change } },
});

describe('an entry', () => {
  it('long', () => {
    expect(made(long)).toEqual({
      why: 'PLAN_LONG',
      side: 'buy',
      // 3 % of 100,000 at 60,018 a coin is 0.04998…
      qty: qty('0.0499'),
      limitPrice: price('60018'),
      stopPrice: price('59400'),
      targetPrice: price('60600'),
      // 582 of 60,018
      expectedMove: 9_697,
      confidence: 600_000,
      reduceOnly: false,
      horizonMs: 3_600_000,
    });
  });
  it('short', () => {
    expect(made(short)).toEqual({
      why: 'PLAN_SHORT',
      side: 'sell',
      // 3,000 at 59,999.9, the dearest that it can be sold for, is 0.05000008…
      qty: qty('0.05'),
      // 59,999.9 less 17.99997 is 59,981.90003: up to the tick, back towards the touch.
      limitPrice: price('59982'),
      stopPrice: price('60600'),
      targetPrice: price('59400'),
      expectedMove: 9_702,
      confidence: 600_000,
      reduceOnly: false,
      horizonMs: 3_600_000,
    });
  });
  it.each([
    ['quarter', '0.0124'],
    ['half', '0.0249'],
    ['full', '0.0499'],
  ] as const)('of size %s is %s', (size, expected) => {
    expect(made({ ...long, size }).qty).toBe(qty(expected));
  });
  it.each([
    ['15m', 900_000],
    ['30m', 1_800_000],
    ['1h', 3_600_000],
    ['4h', 14_400_000],
  ] as const)('for %s holds %i ms', (horizon, expected) => {
    expect(made({ ...long, horizon }).horizonMs).toBe(expected);
  });
  it('counts a contract by its multiplier', () => {
    const mini = instrument({ multiplier: factor('0.001'), lot: qty('1'), qtyMin: qty('1') });
    expect(made(long, mini).qty).toBe(qty('49'));
  });
  it('is cut to what the venue takes at once', () => {
    expect(made(long, instrument({ qtyMax: qty('0.02005') })).qty).toBe(qty('0.02'));
  });
  it('has as many digits as it likes where the venue has no grid', () => {
    expect(made(long, instrument({ tick: price('0'), lot: qty('0') }))).toMatchObject({
      qty: qty('0.049985'),
      limitPrice: price('60018'),
    });
  });
  it('rounds a level off the tick towards the market', () => {
    const off = [
      { name: 'low', price: '59400.04' },
      { name: 'high', price: '60600.06' },
    ];
    expect(made({ ...long, stop: 'low', target: 'high' }, { levels: off })).toMatchObject({
      stopPrice: price('59400.1'),
      targetPrice: price('60600'),
    });
    expect(made({ ...short, stop: 'high', target: 'low' }, { levels: off })).toMatchObject({
      stopPrice: price('60600'),
      targetPrice: price('59400.1'),
    });
  });
});

describe('no entry', () => {
  it.each([
    ['NOTHING_TO_DO', { ...long, action: 'none' }, {}],
    ['ORDER_PENDING', long, { sight: { pending: true } }],
    ['ORDER_PENDING', exit, { sight: { pending: true, position: qty('1') } }],
    ['EQUITY_NOT_KNOWN', long, { sight: { equity: null } }],
    ['POSITION_HELD', long, { sight: { position: qty('0.0001') } }],
    ['POSITION_HELD', short, { sight: { position: qty('0.0001') } }],
    ['POSITION_NOT_HELD', exit, {}],
    ['SHORT_NOT_POSSIBLE', short, instrument({ shortable: false })],
    ['CONTRACT_NOT_LINEAR', long, instrument({ inverse: true })],
    ['CONTRACT_NOT_LINEAR', long, instrument({ quanto: true })],
    ['LEVEL_NOT_KNOWN', { ...long, stop: 'atr9' }, {}],
    ['LEVEL_NOT_KNOWN', { ...long, target: 'none' }, {}],
    ['BRACKET_CROSSED', { ...long, stop: 'atr1_above' }, {}],
    ['BRACKET_CROSSED', { ...long, target: 'atr1_below' }, {}],
    ['QTY_TOO_SMALL', long, { sight: { equity: money('0') } }],
    ['QTY_TOO_SMALL', long, { sight: { equity: money('-5') } }],
    ['QTY_TOO_SMALL', long, instrument({ qtyMin: qty('0.05') })],
    ['QTY_TOO_SMALL', long, instrument({ lot: qty('0.1') })],
    ['QTY_TOO_SMALL', long, instrument({ notionalMin: money('2995') })],
    ['QTY_TOO_SMALL', long, instrument({ multiplier: factor('0') })],
    [
      'QTY_TOO_SMALL',
      long,
      instrument({ lot: qty('1'), qtyMin: qty('0'), notionalMin: money('0') }),
    ],
    ['BRACKET_CROSSED', { ...long, stop: 'zero' }, { levels: [...levels, zero] }],
    ['BRACKET_CROSSED', { ...short, target: 'zero' }, { levels: [...levels, zero] }],
  ] as readonly (readonly [string, Plan, Change])[])('%s', (code, plan, change) => {
    expect(order(plan, change)).toEqual({ ok: false, code });
  });

  it('when the market has reached a level since: at it is too late, one tick before is not', () => {
    const at = (name: string, tickPrice: string) => [
      ...levels.filter((level) => level.name !== name),
      { name, price: tickPrice },
    ];
    expect(made(long, { levels: at('atr2_below', '59999.8') }).stopPrice).toBe(price('59999.8'));
    expect(order(long, { levels: at('atr2_below', '59999.9') }).ok).toBe(false);
    expect(made(long, { levels: at('atr2_above', '60018.1') }).targetPrice).toBe(price('60018.1'));
    expect(order(long, { levels: at('atr2_above', '60018') }).ok).toBe(false);
    expect(made(short, { levels: at('atr2_above', '60000.1') }).stopPrice).toBe(price('60000.1'));
    expect(order(short, { levels: at('atr2_above', '60000') }).ok).toBe(false);
    expect(made(short, { levels: at('atr2_below', '59981.9') }).targetPrice).toBe(price('59981.9'));
    expect(order(short, { levels: at('atr2_below', '59982') }).ok).toBe(false);
  });

  it('below the smallest worth or quantity, and one exactly at it', () => {
    // 0.0499 at 59,999.9, the cheapest that it can be bought for.
    expect(made(long, instrument({ notionalMin: money('2993.99501') })).qty).toBe(qty('0.0499'));
    expect(order(long, instrument({ notionalMin: money('2993.99501001') })).ok).toBe(false);
    expect(made(long, instrument({ qtyMin: qty('0.0499') })).qty).toBe(qty('0.0499'));
    expect(order(long, instrument({ qtyMin: qty('0.05') })).ok).toBe(false);
  });
});

describe('an exit', () => {
  it.each([
    ['0.12345678', 'sell', '59982'],
    ['-0.12345678', 'buy', '60018'],
  ] as const)('from %s leaves all of it and nothing more', (position, side, limit) => {
    expect(made(exit, { sight: { position: qty(position), equity: null } })).toEqual({
      why: 'PLAN_EXIT',
      side,
      qty: qty('0.12345678'),
      limitPrice: price(limit),
      stopPrice: null,
      targetPrice: null,
      expectedMove: 0,
      confidence: 600_000,
      reduceOnly: true,
      horizonMs: 3_600_000,
    });
  });
});

describe('what may be chosen', () => {
  it.each([
    ['0', true, ['long', 'short', 'none']],
    ['0', false, ['long', 'none']],
    ['0.00000001', true, ['exit', 'none']],
    ['-0.00000001', true, ['exit', 'none']],
  ] as const)('with %s held', (position, shortable, expected) => {
    const from = { position: qty(position), instrument: { ...baseInstrument, shortable } };
    expect(actionsFor(from)).toEqual(expected);
  });
});

const cents = (min: bigint, max: bigint) =>
  fc.bigInt({ min, max }).map((value) => value * 1_000_000n);
const scenes = fc.record({
  bid: cents(100n, 10_000_000n),
  spread: cents(1n, 500n),
  tick: fc.constantFrom('0.01', '0.1', '0.5', '1').map((text) => price(text)),
  lot: fc.constantFrom('0.0001', '0.001', '0.1', '1').map((text) => qty(text)),
  equity: cents(0n, 100_000_000n),
  size: fc.constantFrom(...SIZES),
  horizon: fc.constantFrom(...HORIZONS),
  buy: fc.boolean(),
  stopAt: fc.integer({ min: 1, max: 999 }),
  targetAt: fc.integer({ min: 1, max: 999 }),
});

it('never rounds up what is risked, hoped for, spent or reached for', () => {
  let opened = 0;
  fc.assert(
    fc.property(scenes, ({ tick, lot, buy, equity, ...scene }) => {
      const grid = (value: bigint): bigint => value - (value % tick) + tick;
      const bid = grid(scene.bid);
      const ask = grid(bid + scene.spread);
      const below = (bid * BigInt(1_000 - scene.stopAt)) / 1_000n;
      const above = (ask * BigInt(1_000 + scene.targetAt)) / 1_000n;
      const plan: Plan = {
        ...(buy ? long : short),
        size: scene.size,
        horizon: scene.horizon,
        stop: buy ? 'low' : 'high',
        target: buy ? 'high' : 'low',
      };
      const result = orderOf({
        plan,
        levels: [
          { name: 'low', price: formatFixed(below) },
          { name: 'high', price: formatFixed(above) },
        ],
        sight: {
          ...sight,
          instrument: { ...baseInstrument, tick, lot, qtyMin: lot, notionalMin: money('0') },
          bid: bid as Price,
          ask: ask as Price,
          equity: equity as Money,
        },
      });
      if (!result.ok) {
        expect(['QTY_TOO_SMALL', 'BRACKET_CROSSED']).toContain(result.code);
        return;
      }
      opened += 1;
      const { intent } = result;
      const share = { quarter: 4n, half: 2n, full: 1n }[scene.size];
      const dearest = buy ? intent.limitPrice : bid;
      expect(intent.qty % lot).toBe(0n);
      expect(intent.qty * dearest * share * 1_000_000n).toBeLessThanOrEqual(
        equity * BigInt(SIZING.size) * SCALE,
      );
      expect(intent.limitPrice % tick).toBe(0n);
      const reached = buy ? intent.limitPrice - ask : bid - intent.limitPrice;
      expect(reached).toBeGreaterThanOrEqual(0n);
      expect(reached * 1_000_000n).toBeLessThanOrEqual((buy ? ask : bid) * BigInt(SIZING.reach));
      const [stop, target] = [intent.stopPrice!, intent.targetPrice!];
      expect(buy ? stop >= below && stop < bid : stop <= above && stop > ask).toBe(true);
      expect(buy ? target <= above : target >= below).toBe(true);
      expect(buy ? target > intent.limitPrice : target < intent.limitPrice).toBe(true);
      const hoped = buy ? target - intent.limitPrice : intent.limitPrice - target;
      expect(BigInt(intent.expectedMove) * intent.limitPrice).toBeLessThanOrEqual(
        hoped * 1_000_000n,
      );
      expect(intent.confidence).toBe(600_000 as Ppm);
    }),
    { numRuns: 300 },
  );
  expect(opened).toBeGreaterThan(50);
});
