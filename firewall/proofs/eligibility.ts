/** Proofs of family B: an instrument that may be traded in this way, and the smallest step to one that may not. */
import type { Instrument } from '../market-view.ts';
import type { Prover, Provers } from '../proof.ts';
import { floorDiv, type Money, type Ppm, type Price, type Qty, type SpanMs } from '../units.ts';
import type { Case } from '../verdict.ts';
import { ago, ahead, money, price, qty } from './amounts.ts';
import { baseCase, limitOf, sellCase } from './base.ts';
import { withInstrument, withMarket, withOrder, withWorking } from './vary.ts';
import { baseInstrument, baseOrder } from './views.ts';

type Change = Partial<Instrument>;
/** A proof whose two cases differ in the instrument only. */
const byInstrument =
  (step: string, passing: Change, refusing: Change): Prover =>
  (policy) => ({
    step,
    passes: withInstrument(baseCase(policy), passing),
    refuses: withInstrument(baseCase(policy), refusing),
  });

const universe: Prover = (policy) => {
  const symbol = 'OTHER/USDT:USDT';
  const c = withOrder(baseCase(policy), { symbol });
  return {
    step: 'a symbol outside the universe',
    passes: baseCase(policy),
    refuses: withInstrument(withMarket(c, { symbol }), { symbol, base: 'OTHER' }),
  };
};

const status: Prover = (policy) => ({
  step: 'trading → auction',
  passes: baseCase(policy),
  refuses: withMarket(baseCase(policy), { status: 'auction' }),
});

const notional: Prover = (policy) => {
  // 0.01 at the stop of 59,100 is what an exit there would be worth.
  const atStop = money('591');
  const reserve = limitOf(policy, 'B4', 'reserve') as Ppm;
  const most = floorDiv(atStop * 1_000_000n, 1_000_000n + BigInt(reserve));
  const venueMin = (least: bigint): Case =>
    withInstrument(baseCase(policy), { notionalMin: least as Money });
  return {
    step: 'a venue minimum of 0.00000001 more',
    passes: venueMin(most),
    refuses: venueMin(most + 1n),
  };
};

const openOrders: Prover = (policy) => {
  const own = limitOf(policy, 'B6', 'perSymbolMax') as number;
  const max = Math.min(own, baseInstrument.openOrdersMax);
  const resting = withOrder(baseCase(policy), { tif: 'gtc' });
  const beside = (count: number): Case => {
    let c = resting;
    for (let made = 0; made < count; made += 1)
      c = withWorking(c, {
        clientId: `order-${made}`,
        side: 'sell',
        qty: qty('0.001'),
        price: price('60100'),
      });
    return c;
  };
  return { step: 'one working order more', passes: beside(max - 1), refuses: beside(max) };
};

const age: Prover = (policy) => {
  const min = limitOf(policy, 'B8', 'ageMin') as SpanMs;
  const listed = (ms: number): Case => withInstrument(baseCase(policy), { listedAt: ago(ms) });
  return { step: 'listed 1 ms later', passes: listed(min), refuses: listed(min - 1) };
};

const short: Prover = (policy) => ({
  step: 'a short where the venue lends nothing',
  passes: limitOf(policy, 'B9', 'shortAllowed') === true ? sellCase(policy) : baseCase(policy),
  refuses: withInstrument(sellCase(policy), { shortable: false }),
});

const settlement: Prover = (policy) => {
  const buffer = limitOf(policy, 'B10', 'buffer') as SpanMs;
  const ends = (ms: number): Case => withInstrument(baseCase(policy), { expiresAt: ahead(ms) });
  return { step: 'settled 1 ms sooner', passes: ends(buffer), refuses: ends(buffer - 1) };
};

const routing: Prover = (policy) => ({
  step: 'a strategy that has no route',
  passes: baseCase(policy),
  refuses: withOrder(baseCase(policy), {
    provenance: { ...baseOrder.provenance, strategy: 'unrouted' },
  }),
});

export const eligibilityProvers: Provers = {
  B1: universe,
  B2: status,
  B3: byInstrument(
    'a venue maximum of 0.00000001 less',
    { qtyMax: baseOrder.qty },
    { qtyMax: (baseOrder.qty - 1n) as Qty },
  ),
  B4: notional,
  B5: byInstrument(
    'a highest price of 0.00000001 less',
    { priceMax: price('60000') },
    { priceMax: (price('60000') - 1n) as Price },
  ),
  B6: openOrders,
  B7: byInstrument(
    'a greatest position of 0.00000001 less',
    { positionMax: baseOrder.qty },
    { positionMax: (baseOrder.qty - 1n) as Qty },
  ),
  B8: age,
  B9: short,
  B10: settlement,
  B11: byInstrument('linear → inverse', {}, { inverse: true }),
  B12: routing,
};
