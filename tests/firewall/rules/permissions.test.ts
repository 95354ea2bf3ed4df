/** Family B, part two: room at the venue, quality, permission, arithmetic and routes. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Case, Instrument, Price, Qty } from '#firewall';
import { ago, ahead, factor, money, ppm, price, qty } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withCancel,
  withInstrument,
  withMarket,
  withOrder,
  withPosition,
  withWorking,
} from '../../../firewall/proofs/vary.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(base.policy);
const blind = withMarket(base, { instrument: null });
const on = (change: Partial<Instrument>, c: Case = base): Case => withInstrument(c, change);

describe('B6 open orders', () => {
  const resting = withOrder(base, { tif: 'gtc' });
  const beside = (count: number, symbol: string, c: Case = resting): Case => {
    let full = c;
    for (let made = 0; made < count; made += 1) full = withWorking(full, { symbol });
    return full;
  };
  const here = base.proposal.symbol;

  test('a resting order is counted, per symbol and in all', () => {
    expect(checkOf(beside(9, here), 'B6')).toMatchObject({
      status: 'pass',
      observed: 10,
      limit: 10,
    });
    expect(outcomeOf(beside(10, here), 'B6')).toBe('OPEN_ORDERS_ABOVE_MAX');
    expect(checkOf(beside(39, 'BTC/USDT'), 'B6')).toMatchObject({ status: 'pass', observed: 1 });
    expect(checkOf(beside(40, 'BTC/USDT'), 'B6')).toMatchObject({
      observed: 41,
      limit: 40,
      note: 'in the account',
    });
  });

  test('what does not rest needs no room, an exit neither', () => {
    expect(outcomeOf(beside(10, here, base), 'B6')).toBe('pass');
    expect(outcomeOf(beside(11, here, base), 'B6')).toBe('OPEN_ORDERS_ABOVE_MAX');
    const until = withOrder(base, { tif: 'gtd', expiresAt: ahead(1_000) });
    expect(outcomeOf(beside(10, here, until), 'B6')).toBe('OPEN_ORDERS_ABOVE_MAX');
    expect(checkOf(beside(2, here, exit), 'B6').observed).toBe(2);
  });

  test('the venue’s own maximum binds when it is the smaller', () => {
    const tight = on({ openOrdersMax: 2 }, resting);
    expect(outcomeOf(beside(1, here, tight), 'B6')).toBe('pass');
    expect(checkOf(beside(2, here, tight), 'B6')).toMatchObject({ status: 'fail', limit: 2 });
  });

  test('unknown orders or instrument: refused', () => {
    const missing = 'OPEN_ORDERS_ABOVE_MAX_INPUT_MISSING (instrument or working orders)';
    expect(outcomeOf(blind, 'B6')).toBe(missing);
    expect(outcomeOf(withAccount(base, { working: null }), 'B6')).toBe(missing);
    expect(outcomeOf(withCancel(base), 'B6')).toBe('na');
  });
});

describe('B7 venue position', () => {
  const held = (positionMax: string | null, c: Case = base): Case =>
    on({ positionMax: positionMax === null ? null : qty(positionMax) }, c);
  // Long 0.02, 0.01 working to buy, and 0.01 more.
  const long = withWorking(withPosition(base));

  test('position, working orders of the side and this one are counted together', () => {
    expect(checkOf(held('0.04', long), 'B7')).toMatchObject({
      status: 'pass',
      observed: qty('0.04'),
      limit: qty('0.04'),
      maxQty: qty('0.01'),
    });
    expect(checkOf(held('0.03999999', long), 'B7')).toMatchObject({
      code: 'POSITION_ABOVE_VENUE_MAX',
      observed: qty('0.04'),
      maxQty: qty('0.00999999'),
    });
    expect(checkOf(held('0.01', long), 'B7').maxQty).toBe(0n);
  });

  test('a short is as large as a long', () => {
    const short = withWorking(sellCase(base.policy), { side: 'sell' });
    expect(checkOf(held('0.02', short), 'B7')).toMatchObject({
      status: 'pass',
      observed: qty('0.02'),
      maxQty: qty('0.01'),
    });
    expect(outcomeOf(held('0.01999999', short), 'B7')).toBe('POSITION_ABOVE_VENUE_MAX');
  });

  test('selling what is held, and a venue without a maximum, are not bound', () => {
    expect(outcomeOf(held('0.001', exit), 'B7')).toBe('na');
    expect(checkOf(held(null), 'B7')).toMatchObject({
      status: 'na',
      note: 'the venue sets no maximum',
    });
  });

  test('unknown positions or instrument: refused', () => {
    const code = 'POSITION_ABOVE_VENUE_MAX_INPUT_MISSING';
    expect(outcomeOf(blind, 'B7')).toBe(`${code} (instrument)`);
    for (const change of [{ positions: null }, { working: null }])
      expect(outcomeOf(withAccount(base, change), 'B7')).toBe(
        `${code} (positions or working orders)`,
      );
  });

  test('property: the largest quantity is the largest', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 3_000_000n, max: 50_000_000n }), (max) => {
        const c = on({ positionMax: max as Qty }, long);
        const { maxQty } = checkOf(c, 'B7');
        if (maxQty === null || maxQty === 0n) return;
        expect(outcomeOf(withOrder(c, { qty: maxQty }), 'B7')).toBe('pass');
        expect(outcomeOf(withOrder(c, { qty: (maxQty + 1n) as Qty }), 'B7')).not.toBe('pass');
      }),
      { numRuns: 30 },
    );
  });
});

describe('B8 quality', () => {
  const DAY = 86_400_000;
  const volume = (dayNotional: string): Case =>
    withMarket(base, {
      volume: { dayQty: qty('1'), recentQty: qty('1'), dayNotional: money(dayNotional) },
    });
  const moves = (realised: number): Case =>
    withMarket(base, { volatility: { realised: ppm(realised), interruption: false } });

  test.each<[string, Case, Case]>([
    ['listing age in ms', on({ listedAt: ago(90 * DAY) }), on({ listedAt: ago(90 * DAY - 1) })],
    ['value traded in a day', volume('20000000'), volume('19999999.99999999')],
    ['volatility in ppm, too low', moves(1_000), moves(999)],
    ['volatility in ppm, too high', moves(150_000), moves(150_001)],
    ['tick over price in ppm', on({ tick: price('60') }), on({ tick: price('60.00000001') })],
  ])('%s: at its limit it passes, one step past it does not', (note, at, past) => {
    expect(outcomeOf(at, 'B8')).toBe('pass');
    expect(outcomeOf(past, 'B8')).toBe(`INSTRUMENT_UNFIT (${note})`);
  });

  test('numbers that are none are refused', () => {
    const odd = ppm(Number.NaN);
    expect(outcomeOf(moves(odd), 'B8')).toBe('INSTRUMENT_UNFIT (volatility in ppm, too low)');
    expect(outcomeOf(on({ listedAt: Number.NaN as ReturnType<typeof ago> }), 'B8')).toBe(
      'INSTRUMENT_UNFIT (listing age in ms)',
    );
  });

  test.each<[string, Case]>([
    ['instrument', blind],
    ['volume', withMarket(base, { volume: null })],
    ['volatility', withMarket(base, { volatility: null })],
    ['price', withMarket(withOrder(base, { type: 'market', limitPrice: null }), { book: null })],
  ])('without %s it is refused', (_, c) => {
    expect(outcomeOf(c, 'B8')).toBe(
      'INSTRUMENT_UNFIT_INPUT_MISSING (instrument, volume, volatility or price)',
    );
  });

  test('a price at or below zero has no tick ratio; exits are exempt', () => {
    const odd = on({ priceMin: price('-1') }, withOrder(base, { limitPrice: price('-1') }));
    expect(outcomeOf(odd, 'B8')).toBe('INSTRUMENT_UNFIT_INPUT_MISSING (a price above zero)');
    expect(outcomeOf(withMarket(exit, { volatility: null }), 'B8')).toBe('na');
  });
});

describe('B9 permission', () => {
  const sell = sellCase(base.policy);
  const house = policyWith({ 'B9-short-and-margin': { shortAllowed: false } });
  const CODE = 'POSITION_NOT_PERMITTED';
  const cash = { kind: 'spot', marginMode: 'none', brackets: [] } as const;

  test('buying needs no permission to short, on margin or for cash', () => {
    expect(outcomeOf(base, 'B9')).toBe('pass');
    for (const c of [on({ shortable: false }), on(cash)])
      expect(checkOf(c, 'B9')).toMatchObject({ status: 'pass', maxQty: null });
  });

  test('a short needs the house, the venue and a margin mode', () => {
    expect(outcomeOf(sell, 'B9')).toBe('pass');
    expect(checkOf(sell, 'B9').maxQty).toBeNull();
    for (const c of [
      { ...sell, policy: house },
      on({ shortable: false }, sell),
      on({ ...cash, shortable: true }, sell),
    ])
      expect(checkOf(c, 'B9')).toMatchObject({
        code: CODE,
        note: 'short not permitted',
        maxQty: 0n,
      });
  });

  test('selling what is held is no short, and no more than what no order works on already', () => {
    const owner = on(cash, withPosition(sell, { qty: qty('0.03') }));
    const busy = withWorking(owner, { side: 'sell', qty: qty('0.01') });
    // A sale of more than is left reduces in no sense, so that the rule is asked.
    const selling = (amount: string): Case => withOrder(busy, { qty: qty(amount) });
    expect(outcomeOf(selling('0.02'), 'B9')).toBe('na');
    expect(checkOf(selling('0.02000001'), 'B9')).toMatchObject({
      code: CODE,
      maxQty: qty('0.02'),
    });
    const overdrawn = withWorking(owner, { side: 'sell', qty: qty('0.04') });
    expect(checkOf(overdrawn, 'B9').maxQty).toBe(0n);
  });

  test('a margined instrument without brackets, and a perpetual without a margin mode, are refused', () => {
    expect(outcomeOf(on({ brackets: [] }), 'B9')).toBe(`${CODE}_INPUT_MISSING (leverage brackets)`);
    expect(outcomeOf(on({ marginMode: 'none' }), 'B9')).toBe(
      `${CODE} (a perpetual without a margin mode)`,
    );
    expect(checkOf(on({ marginMode: 'none' }), 'B9')).toMatchObject({
      observed: false,
      limit: true,
    });
  });

  test('unknown inputs are refused, exits are exempt', () => {
    const missing = `${CODE}_INPUT_MISSING (instrument, positions or working orders)`;
    expect(outcomeOf(blind, 'B9')).toBe(missing);
    expect(outcomeOf(withAccount(base, { positions: null }), 'B9')).toBe(missing);
    expect(outcomeOf(withAccount(base, { working: null }), 'B9')).toBe(missing);
    expect(outcomeOf(on({ shortable: false, brackets: [] }, exit), 'B9')).toBe('na');
  });
});

describe('B10 settlement', () => {
  const BUFFER = 2 * 86_400_000;
  test('at the buffer it passes, 1 ms inside it does not; exits are exempt', () => {
    expect(checkOf(on({ expiresAt: ahead(BUFFER) }), 'B10')).toMatchObject({
      status: 'pass',
      observed: BUFFER,
      limit: BUFFER,
    });
    const near = on({ expiresAt: ahead(BUFFER - 1) });
    expect(outcomeOf(near, 'B10')).toBe('SETTLEMENT_TOO_NEAR');
    expect(outcomeOf(on({ expiresAt: ahead(1) }, exit), 'B10')).toBe('na');
  });
  test('what never expires has none; an unknown instrument is refused', () => {
    expect(outcomeOf(base, 'B10')).toBe('na');
    expect(outcomeOf(blind, 'B10')).toBe('SETTLEMENT_TOO_NEAR_INPUT_MISSING (instrument)');
  });
});

describe('B11 arithmetic', () => {
  const CODE = 'CONTRACT_NOT_SUPPORTED';
  const spot = { kind: 'spot', marginMode: 'none' } as const;

  test.each<[string, Partial<Instrument>]>([
    ['inverse contract', { inverse: true }],
    ['quanto contract', { quanto: true }],
    ['quanto contract', { settle: 'BTC' }],
    ['multiplier', { multiplier: factor('0') }],
    ['symbol', { base: 'ETH' }],
    ['symbol', { kind: 'spot' }],
    ['symbol', { quote: 'USDC', settle: 'USDC' }],
  ])('%s: refused, for exits too', (why, change) => {
    for (const c of [base, exit]) expect(outcomeOf(on(change, c), 'B11')).toBe(`${CODE} (${why})`);
  });

  test('linear perpetuals and spot pass, with the two values', () => {
    expect(checkOf(base, 'B11')).toMatchObject({
      status: 'pass',
      observed: money('600'),
      limit: money('600'),
    });
    const pair = withOrder(on({ ...spot, symbol: 'BTC/USDT' }), { symbol: 'BTC/USDT' });
    expect(outcomeOf(pair, 'B11')).toBe('pass');
    expect(outcomeOf(on({ multiplier: factor('0.001') }), 'B11')).toBe('pass');
  });

  test('property: over the whole range of sizes the two roads meet', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 17n }),
        fc.bigInt({ min: 1n, max: 10n ** 15n }),
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        (amount, limit, multiplier) => {
          const c = on(
            { multiplier: multiplier as Instrument['multiplier'] },
            withOrder(base, {
              qty: amount as Qty,
              limitPrice: limit as Price,
            }),
          );
          expect(outcomeOf(c, 'B11')).toBe('pass');
        },
      ),
      { numRuns: 100 },
    );
  });

  const widened = (multiplier: bigint): Case =>
    on({ multiplier: multiplier as Instrument['multiplier'] });
  test('a value out of all range is refused', () => {
    expect(outcomeOf(widened(10n ** 120n), 'B11')).toBe('pass');
    expect(outcomeOf(widened(10n ** 320n), 'B11')).toBe(
      `${CODE} (the value computed again differs)`,
    );
  });

  test('the tolerance is what lets the two values differ', () => {
    const none = policyWith({ 'B11-contract-arithmetic': { tolerance: '0 %' } });
    // Far above 2^53 floating point is off by more than rounding.
    const large = withOrder(base, {
      qty: 77_777_777_777_777_777_777n as Qty,
      limitPrice: price('60000.1'),
    });
    expect(outcomeOf(large, 'B11')).toBe('pass');
    expect(outcomeOf({ ...large, policy: none }, 'B11')).toBe(
      `${CODE} (the value computed again differs)`,
    );
    expect(outcomeOf({ ...base, policy: none }, 'B11')).toBe('pass');
  });

  test('without a price, a rate or an instrument it is refused', () => {
    expect(outcomeOf(blind, 'B11')).toBe(`${CODE}_INPUT_MISSING (instrument)`);
    const lost = withMarket(withOrder(base, { type: 'market', limitPrice: null }), { book: null });
    expect(outcomeOf(lost, 'B11')).toBe(`${CODE}_INPUT_MISSING (price or rate)`);
    expect(outcomeOf(withAccount(base, { currency: 'EUR' }), 'B11')).toBe(
      `${CODE}_INPUT_MISSING (price or rate)`,
    );
  });
});

describe('B12 routing', () => {
  const CODE = 'ROUTE_NOT_ENABLED';
  const routes = (change: object, c: Case = base): Case => ({
    ...c,
    policy: policyWith({
      'B12-routing': {
        routes: [
          { account: 'second', venue: 'paper', network: 'paper', strategies: [] },
          { account: 'main', venue: 'paper', network: 'paper', strategies: ['trend'], ...change },
        ],
      },
    }),
  });

  test.each<[string, Case]>([
    ['account', withAccount(base, { account: 'other' })],
    ['venue', withAccount(base, { venue: 'other' })],
    ['network', withAccount(base, { network: 'test' })],
    ['venue of the instrument', on({ venue: 'other' })],
    ['currency', withAccount(base, { currency: 'EUR' })],
  ])('books of another %s are refused', (why, c) => {
    expect(outcomeOf(c, 'B12')).toBe(`${CODE} (${why})`);
    expect(checkOf(c, 'B12')).toMatchObject({ observed: false, limit: true });
  });

  test.each([{ account: 'x' }, { venue: 'x' }, { network: 'test' }, { strategies: ['carry'] }])(
    'a route that differs in %o is not this one, for exits and cancels neither',
    (change) => {
      for (const c of [base, exit, withCancel(base)]) {
        expect(outcomeOf(routes({}, c), 'B12')).toBe('pass');
        expect(outcomeOf(routes(change, c), 'B12')).toBe(CODE);
      }
    },
  );

  test('a cancel needs no instrument', () => {
    expect(outcomeOf(withMarket(withCancel(base), { instrument: null }), 'B12')).toBe('pass');
  });
});
