/** Family B, part one: the universe, the venue's status and its filters. */
import { describe, expect, test } from 'vitest';
import type { Case, Instrument, OrderProposal } from '#firewall';
import { NOW, factor, money, ppm, price, qty } from '../../../firewall/proofs/amounts.ts';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import {
  withCancel,
  withInstrument,
  withMarket,
  withOrder,
} from '../../../firewall/proofs/vary.ts';
import { checkOf, outcomeOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

const base = baseCase(defaultPolicy());
const exit = exitCase(base.policy);
const blind = withMarket(base, { instrument: null });
const order = (change: Partial<OrderProposal>, c: Case = base): Case => withOrder(c, change);
const on = (change: Partial<Instrument>, c: Case = base): Case => withInstrument(c, change);

test('families B1 to B5 judge orders, not cancels', () => {
  for (const id of ['B1', 'B2', 'B3', 'B4', 'B5'])
    expect(checkOf(withCancel(base), id)).toMatchObject({
      status: 'na',
      note: 'limits never block a cancel',
    });
});

describe('B1 universe', () => {
  const universe = (change: Record<string, unknown>, c: Case = base): Case => ({
    ...c,
    policy: policyWith({ 'B1-symbol-universe': change }),
  });
  const symbol = base.proposal.symbol;

  test('inside passes, outside and restricted are refused, exits too', () => {
    expect(outcomeOf(base, 'B1')).toBe('pass');
    for (const c of [base, exit]) {
      expect(outcomeOf(universe({ universe: ['BTC/USDT'] }, c), 'B1')).toBe(
        'SYMBOL_NOT_ALLOWED (not in the universe)',
      );
      expect(outcomeOf(universe({ restricted: [symbol] }, c), 'B1')).toBe(
        'SYMBOL_NOT_ALLOWED (restricted)',
      );
    }
  });

  test('a view of another symbol is no view', () => {
    const other = 'SYMBOL_NOT_ALLOWED (the view is of another symbol)';
    expect(outcomeOf(on({ symbol: 'BTC/USDT' }), 'B1')).toBe(other);
    expect(outcomeOf(withMarket(base, { symbol: 'BTC/USDT' }), 'B1')).toBe(other);
    expect(outcomeOf(blind, 'B1')).toBe('SYMBOL_NOT_ALLOWED_INPUT_MISSING (instrument)');
  });
});

describe('B2 status', () => {
  test.each(['halted', 'auction', 'maintenance', 'closed'] as const)(
    '%s refuses entries and exits',
    (status) => {
      for (const c of [base, exit])
        expect(checkOf(withMarket(c, { status }), 'B2')).toMatchObject({
          code: 'INSTRUMENT_NOT_TRADING',
          observed: status,
          limit: 'trading',
        });
    },
  );

  test('while it is delisted only exits are allowed', () => {
    expect(outcomeOf(withMarket(base, { status: 'delisting' }), 'B2')).toBe(
      'INSTRUMENT_NOT_TRADING',
    );
    expect(outcomeOf(withMarket(exit, { status: 'delisting' }), 'B2')).toBe('pass');
  });

  test('an unknown status is refused', () => {
    expect(outcomeOf(base, 'B2')).toBe('pass');
    expect(outcomeOf(withMarket(base, { status: null }), 'B2')).toBe(
      'INSTRUMENT_NOT_TRADING_INPUT_MISSING (status of the instrument)',
    );
  });
});

describe('B3 quantity', () => {
  test('at both bounds it passes, one unit past them it does not', () => {
    expect(outcomeOf(order({ qty: qty('0.001') }), 'B3')).toBe('pass');
    expect(checkOf(order({ qty: qty('0.00099999') }), 'B3')).toMatchObject({
      code: 'QTY_OUTSIDE_VENUE_RANGE',
      limit: qty('0.001'),
      note: 'below the minimum',
      maxQty: null,
    });
    expect(checkOf(order({ qty: qty('500') }), 'B3')).toMatchObject({
      status: 'pass',
      maxQty: qty('500'),
    });
    expect(checkOf(order({ qty: qty('500.00000001') }), 'B3')).toMatchObject({
      status: 'fail',
      observed: qty('500.00000001'),
      limit: qty('500'),
      maxQty: qty('500'),
      note: null,
    });
  });

  test('market orders have their own maximum; exits are bound too', () => {
    const market = { type: 'market' as const, limitPrice: null };
    expect(outcomeOf(order({ ...market, qty: qty('100') }), 'B3')).toBe('pass');
    expect(checkOf(order({ ...market, qty: qty('100.0001') }), 'B3')).toMatchObject({
      status: 'fail',
      maxQty: qty('100'),
    });
    expect(outcomeOf(on({ qtyMin: qty('0.03') }, exit), 'B3')).toBe(
      'QTY_OUTSIDE_VENUE_RANGE (below the minimum)',
    );
    expect(outcomeOf(blind, 'B3')).toBe('QTY_OUTSIDE_VENUE_RANGE_INPUT_MISSING (instrument)');
  });
});

describe('B4 notional', () => {
  // 0.01 at the stop of 59,100 is 591; with a reserve of a fifth that covers a minimum of 492.5.
  test('the exit at the stop must stay above the minimum by the reserve', () => {
    expect(checkOf(on({ notionalMin: money('492.5'), notionalMax: null }), 'B4')).toMatchObject({
      status: 'pass',
      observed: money('591'),
      limit: money('591'),
      maxQty: null,
    });
    expect(checkOf(on({ notionalMin: money('492.50000001') }), 'B4')).toMatchObject({
      code: 'NOTIONAL_OUTSIDE_VENUE_RANGE',
      observed: money('591'),
      limit: money('591.00000002'),
      note: 'below the minimum',
    });
  });

  test('for a short the entry is the smaller of the two, and the stop the larger', () => {
    const sell = sellCase(base.policy);
    // 0.01 × 59,999.5 = 599.995 and 0.01 × 60,899.5 = 608.995.
    expect(outcomeOf(on({ notionalMin: money('499.99583333') }, sell), 'B4')).toBe('pass');
    expect(outcomeOf(on({ notionalMin: money('499.99583334') }, sell), 'B4')).toBe(
      'NOTIONAL_OUTSIDE_VENUE_RANGE (below the minimum)',
    );
    expect(outcomeOf(on({ notionalMax: money('608.995') }, sell), 'B4')).toBe('pass');
    expect(outcomeOf(on({ notionalMax: money('608.99499999') }, sell), 'B4')).toBe(
      'NOTIONAL_OUTSIDE_VENUE_RANGE (above the maximum)',
    );
  });

  test('at the maximum it passes, and the largest quantity is exact', () => {
    expect(checkOf(on({ notionalMax: money('600') }), 'B4')).toMatchObject({
      status: 'pass',
      observed: money('600'),
      limit: money('600'),
      maxQty: qty('0.01'),
    });
    const past = on({ notionalMax: money('599.99999999') });
    const check = checkOf(past, 'B4');
    expect(check).toMatchObject({ status: 'fail', note: 'above the maximum' });
    expect(check.maxQty).toBe(qty('0.00999999'));
    expect(outcomeOf(order({ qty: qty('0.00999999') }, past), 'B4')).toBe('pass');
  });

  test('values are rounded against the proposer', () => {
    const odd = { multiplier: factor('0.00000001') };
    // 0.01 × 60,000 × 1e-8 = 0.000006 exactly; at the stop 0.00000591.
    const least = (notionalMin: string): Case =>
      on({ ...odd, notionalMax: null, notionalMin: money(notionalMin) });
    expect(checkOf(least('0.00000492'), 'B4')).toMatchObject({ status: 'pass', limit: 591n });
    expect(checkOf(least('0.00000493'), 'B4')).toMatchObject({ status: 'fail', limit: 592n });
    const tiny = order({ qty: qty('0.01000001') }, on({ ...odd, notionalMin: money('0') }));
    expect(checkOf(tiny, 'B4').observed).toBe(601n);
    const bare = on({ notionalMax: null }, tiny);
    expect(checkOf(bare, 'B4').observed).toBe(591n);
  });

  test('without a stop the order’s own price stands for it; without a price it is refused', () => {
    const bare = order({ stopPrice: null });
    expect(outcomeOf(on({ notionalMin: money('500') }, bare), 'B4')).toBe('pass');
    expect(outcomeOf(blind, 'B4')).toBe(
      'NOTIONAL_OUTSIDE_VENUE_RANGE_INPUT_MISSING (price or instrument)',
    );
    const market = order({ type: 'market', limitPrice: null }, withMarket(base, { book: null }));
    expect(outcomeOf(market, 'B4')).toBe(
      'NOTIONAL_OUTSIDE_VENUE_RANGE_INPUT_MISSING (price or instrument)',
    );
  });

  test('exits are exempt: what is held must be sold, however little it is worth', () => {
    expect(outcomeOf(on({ notionalMin: money('9999999') }, exit), 'B4')).toBe('na');
  });

  test('a price that is worth nothing bounds no quantity', () => {
    for (const limitPrice of [price('-1'), price('0')]) {
      const odd = order({ limitPrice, stopPrice: price('-2') });
      expect(checkOf(on({ priceMin: price('-5') }, odd), 'B4')).toMatchObject({
        status: 'fail',
        code: 'NOTIONAL_OUTSIDE_VENUE_RANGE',
        maxQty: null,
      });
    }
  });
});

describe('B5 price', () => {
  const CODE = 'PRICE_OUTSIDE_VENUE_RANGE';
  const free = { priceBandUp: null, priceBandDown: null };

  test('the range is inclusive at both ends', () => {
    expect(outcomeOf(on({ ...free, priceMax: price('60000') }), 'B5')).toBe('pass');
    expect(checkOf(on({ ...free, priceMax: price('59999.9') }), 'B5')).toMatchObject({
      code: CODE,
      observed: price('60000'),
      limit: price('59999.9'),
      note: 'above the range',
    });
    expect(outcomeOf(on({ ...free, priceMin: price('60000') }), 'B5')).toBe('pass');
    expect(checkOf(on({ ...free, priceMin: price('60000.1') }), 'B5')).toMatchObject({
      code: CODE,
      limit: price('60000.1'),
      note: 'below the range',
    });
  });

  // The reference of the base case is 59,999; a band of 5 % reaches from 56,999.05 to 62,998.95.
  test('the band around the reference is inclusive at both ends', () => {
    expect(checkOf(order({ limitPrice: price('62998.95') }), 'B5')).toMatchObject({
      status: 'pass',
      limit: price('62998.95'),
    });
    expect(checkOf(order({ limitPrice: price('62998.95000001') }), 'B5')).toMatchObject({
      note: 'above the range',
      limit: price('62998.95'),
    });
    expect(outcomeOf(order({ limitPrice: price('56999.05') }), 'B5')).toBe('pass');
    expect(checkOf(order({ limitPrice: price('56999.04999999') }), 'B5')).toMatchObject({
      note: 'below the range',
      limit: price('56999.05'),
    });
    expect(checkOf(sellCase(base.policy), 'B5').limit).toBe(price('56999.05'));
  });

  test('the narrower of range and band binds, and bands are rounded inward', () => {
    expect(checkOf(on({ priceMax: price('60001') }), 'B5').limit).toBe(price('60001'));
    expect(checkOf(on({ priceMin: price('59990') }, sellCase(base.policy)), 'B5').limit).toBe(
      price('59990'),
    );
    const odd = { reference: { price: price('0.00000003'), at: NOW } };
    const tiny = withMarket(
      on({ priceMin: price('0'), priceBandUp: ppm(500_000), priceBandDown: ppm(500_000) }),
      odd,
    );
    expect(checkOf(tiny, 'B5').limit).toBe(4n);
    expect(
      checkOf(order({ side: 'sell', limitPrice: price('0.00000003') }, tiny), 'B5').limit,
    ).toBe(2n);
  });

  test('a band on one side only leaves the other to the range', () => {
    const high = order({ limitPrice: price('90000') });
    expect(outcomeOf(on({ priceBandUp: null }, high), 'B5')).toBe('pass');
    const low = order({ limitPrice: price('200') });
    expect(outcomeOf(on({ priceBandDown: null }, low), 'B5')).toBe('pass');
    expect(outcomeOf(on({ priceBandUp: null }, low), 'B5')).toBe(`${CODE} (below the range)`);
  });

  test('a band needs a reference; no band needs none; a market order names no price', () => {
    const lost = withMarket(base, { reference: null });
    const wanted = `${CODE}_INPUT_MISSING (reference price)`;
    expect(outcomeOf(lost, 'B5')).toBe(wanted);
    expect(outcomeOf(on({ priceBandUp: null }, lost), 'B5')).toBe(wanted);
    expect(outcomeOf(on({ priceBandDown: null }, lost), 'B5')).toBe(wanted);
    expect(outcomeOf(on(free, lost), 'B5')).toBe('pass');
    expect(checkOf(order({ type: 'market', limitPrice: null }), 'B5')).toMatchObject({
      status: 'na',
      note: 'a market order names no price',
    });
    expect(outcomeOf(blind, 'B5')).toBe(`${CODE}_INPUT_MISSING (instrument)`);
    expect(outcomeOf(on({ priceMin: price('60000') }, exit), 'B5')).toBe(
      `${CODE} (below the range)`,
    );
  });
});
