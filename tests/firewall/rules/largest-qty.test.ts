/** The largest quantity that a rule names is the largest: it passes, and 0.00000001 more does not. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCALE, type Case, type Money, type Ppm, type Price, type Qty } from '#firewall';
import { ago, factor, money, ppm, price, qty } from '../../../firewall/proofs/amounts.ts';
import { baseCase } from '../../../firewall/proofs/base.ts';
import {
  withAccount,
  withInstrument,
  withMarket,
  withOrder,
  withPosition,
  withWorking,
} from '../../../firewall/proofs/vary.ts';
import { baseInstrument } from '../../../firewall/proofs/views.ts';
import { checkOf } from '../check-of.ts';
import { defaultPolicy, policyWith } from '../policy-fixture.ts';

/** Quantities up to half a coin, to the last digit. */
const size = fc.bigInt({ min: -SCALE / 2n, max: SCALE / 2n });
const positive = fc.bigInt({ min: 1n, max: SCALE / 2n });
const world = fc.record({
  buying: fc.boolean(),
  asked: positive,
  held: size,
  ether: size,
  buys: fc.bigInt({ min: 0n, max: SCALE / 20n }),
  sells: fc.bigInt({ min: 0n, max: SCALE / 20n }),
  limit: fc.bigInt({ min: 59_000n * SCALE, max: 61_000n * SCALE }),
  stop: fc.bigInt({ min: 50_000n * SCALE, max: 70_000n * SCALE }),
  equity: fc.bigInt({ min: 1_000n * SCALE, max: 500_000n * SCALE }),
  free: fc.bigInt({ min: 0n, max: 200_000n * SCALE }),
  maintenance: fc.bigInt({ min: 0n, max: 20_000n * SCALE }),
  dayQty: fc.bigInt({ min: 1n, max: 100n * SCALE }),
  plain: fc.boolean(),
  maker: fc.boolean(),
  move: fc.integer({ min: 0, max: 60_000 }),
  tight: fc.boolean(),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** Brackets so narrow that a position of a fraction of a coin crosses them. */
const NARROW = [
  { notionalMax: money('5000'), leverageMax: 5, maintenance: ppm(10_000) },
  { notionalMax: money('12000'), leverageMax: 3, maintenance: ppm(30_000) },
  { notionalMax: money('30000'), leverageMax: 2, maintenance: ppm(80_000) },
];
const wide = policyWith({
  'E13-liquidation-distance': { buffer: '7 %', maintenanceMax: '30 %' },
  'E20-strategy-allotment': { capitalMax: { default: 20_000, by: {} } },
});

function caseOf(w: World, id: string): Case {
  const ether = { symbol: 'ETH/USDT:USDT', base: 'ETH', strategy: 'another' };
  let c = baseCase(id === 'E13' || id === 'E20' ? wide : defaultPolicy());
  const equity = w.equity as Money;
  c = withAccount(c, {
    equity,
    free: w.free as Money,
    maintenance: w.maintenance as Money,
    balances: { USDT: (w.equity / 2n) as Qty, BTC: w.asked as Qty },
  });
  c = withPosition(c, { qty: w.held as Qty, strategy: c.proposal.provenance.strategy });
  c = withPosition(c, { ...ether, qty: w.ether as Qty });
  c = withWorking(c, { side: 'buy', qty: w.buys as Qty });
  c = withWorking(c, { side: 'sell', qty: w.sells as Qty, state: 'reserved' });
  c = withMarket(c, {
    marks: { [ether.symbol]: { price: price('3000.00000007'), at: ago(9) } },
    rates: { EUR: { factor: factor('1.07'), at: ago(9) } },
    volume: {
      dayQty: w.dayQty as Qty,
      recentQty: (w.dayQty / 9n) as Qty,
      dayNotional: money('1200000000'),
    },
  });
  c = withInstrument(c, {
    brackets: w.tight ? NARROW : baseInstrument.brackets,
    ...(!w.plain && { quote: 'EUR', multiplier: factor('0.3') }),
    ...(id === 'E14' && w.tight && { marginMode: 'none' }),
  });
  return withOrder(c, {
    side: w.buying ? 'buy' : 'sell',
    qty: w.asked as Qty,
    limitPrice: w.limit as Price,
    stopPrice: w.stop as Price,
    expectedMove: w.move as Ppm,
    postOnly: w.maker,
  });
}

const BOUNDED = 'C8 C9 C10 E1 E2 E3 E4 E5 E6 E7 E8 E9 E12 E13 E14 E15 E17 E18 E20 E21'.split(' ');

describe.each(BOUNDED)('%s', (id) => {
  test('property: passes at the largest quantity, and no further', () => {
    let judged = 0;
    fc.assert(
      fc.property(world, (w) => {
        const c = caseOf(w, id);
        const { status, maxQty } = checkOf(c, id);
        if (maxQty === null) return;
        judged += 1;
        expect(maxQty).toBeGreaterThanOrEqual(0n);
        // Passing is asking for no more than the largest, and the other way round.
        expect(status).toBe(w.asked <= maxQty ? 'pass' : 'fail');
        if (maxQty > 0n) expect(checkOf(withOrder(c, { qty: maxQty }), id).status).not.toBe('fail');
        const more = withOrder(c, { qty: (maxQty + 1n) as Qty });
        // What is so small that it only reduces is no longer this rule's business.
        expect(checkOf(more, id).status).not.toBe('pass');
        if (maxQty >= w.asked) expect(checkOf(more, id).status).toBe('fail');
      }),
      { numRuns: 150 },
    );
    expect(judged).toBeGreaterThan(20);
  });
});

test('a verdict names the smallest of them', () => {
  const c = withOrder(baseCase(defaultPolicy()), { qty: qty('9') });
  const all = BOUNDED.flatMap((id) => checkOf(c, id).maxQty ?? []);
  expect(all.length).toBeGreaterThan(10);
});
