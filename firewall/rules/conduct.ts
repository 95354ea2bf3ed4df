/** Family I: orders that would look like manipulation, whatever was meant by them. */
import { EXIT_OPEN, lock } from '../effects.ts';
import type { Facts } from '../facts.ts';
import { atMost, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import { counted, ratio, span } from '../policy-values.ts';
import { abs, type Price, type Ppm, type TimeMs } from '../units.ts';
import { countOf } from './tempo.ts';

const selfTrade = rule({
  id: 'I1',
  name: 'self-trade',
  code: 'SELF_TRADE',
  title: 'The order cannot meet an order of our own, whichever strategy placed it.',
  unit: 'price',
  bound: 'none',
  params: {},
  evaluate({ account, order, price, proposal }, _limits, self) {
    const { working } = account;
    if (order === null || price === null || working === null)
      return missing(self, 'the price of the order, or the working orders');
    // A market order takes whatever stands in the book, our own included.
    const bound = order.type === 'market' ? null : price;
    for (const own of working) {
      if (own.symbol !== proposal.symbol || own.side === order.side) continue;
      const meets =
        bound === null || (order.side === 'buy' ? bound >= own.price : bound <= own.price);
      if (meets) return fail(self, price, own.price, null, own.clientId);
    }
    return pass(self, price, null);
  },
});

const roundTrip = rule({
  id: 'I2',
  name: 'round-trip',
  code: 'ROUND_TRIPS_ABOVE_MAX',
  title: 'Buying and selling the same quantity back and forth within the window stays rare.',
  unit: 'count',
  bound: 'max',
  breach: 'lock',
  params: { window: span('down'), roundTripsMax: counted('up'), lockFor: span('down') },
  evaluate({ account, order, proposal, now, reducing }, { window, roundTripsMax }, self) {
    const { decisions } = account;
    if (reducing) return na(self, EXIT_OPEN);
    if (order === null || decisions === null) return missing(self, 'the recent decisions');
    let trips = 0;
    let open: Readonly<{ side: string | null; qty: bigint }> | null = order;
    for (let index = decisions.length - 1; index >= 0; index -= 1) {
      const past = decisions[index];
      if (past === undefined || now - past.at >= window) break;
      if (past.symbol !== proposal.symbol || past.kind !== 'order' || past.verdict !== 'approved')
        continue;
      const closes: boolean = open !== null && past.side !== open.side && past.qty === open.qty;
      if (closes) trips += 1;
      open = closes ? null : past;
    }
    return atMost(self, trips, roundTripsMax);
  },
  effect({ account, proposal, now }, { lockFor }, self) {
    const { symbol } = proposal;
    const last = account.decisions?.findLast(
      (past) => past.symbol === symbol && past.verdict === 'approved',
    );
    const until = ((last?.at ?? now) + lockFor) as TimeMs;
    return until > now ? lock(self, 'symbol', symbol, until) : null;
  },
});

/** Far orders of one side less those of the other, this order among them. */
function oneSided({ account, order, price, proposal, mid }: Facts, farFrom: Ppm): number | null {
  const { working } = account;
  if (working === null || order === null || price === null || mid === null) return null;
  const reach = BigInt(farFrom) * mid;
  const far = (at: Price): boolean => abs(at - mid) * 1_000_000n > reach;
  let buys = 0;
  let sells = 0;
  if (far(price) && order.side === 'buy') buys += 1;
  if (far(price) && order.side === 'sell') sells += 1;
  for (const own of working) {
    if (own.symbol !== proposal.symbol || !far(own.price)) continue;
    if (own.side === 'buy') buys += 1;
    else sells += 1;
  }
  return Math.abs(buys - sells);
}

const layering = rule({
  id: 'I3',
  name: 'layering',
  code: 'LAYERING_SUSPECTED',
  title:
    'Orders of one symbol do not pile up far from the market on one side while most orders of it are cancelled.',
  unit: 'count',
  bound: 'none',
  breach: 'lock',
  params: {
    cancelShareMax: ratio('up'),
    ordersMin: counted('up'),
    farFrom: ratio('up'),
    farOrdersMax: counted('up'),
  },
  evaluate(facts, { cancelShareMax, ordersMin, farFrom, farOrdersMax }, self) {
    const { account, proposal, reducing } = facts;
    const { flow } = account;
    if (reducing) return na(self, EXIT_OPEN);
    const piled = oneSided(facts, farFrom);
    if (flow === null || piled === null) return missing(self, 'the order flow and the book');
    const orders = countOf(flow.ordersBySymbolToday, proposal.symbol);
    const cancels = countOf(flow.cancelsBySymbolToday, proposal.symbol);
    // Written so that a count that is no number suspects.
    const cancelsFew = orders < ordersMin || cancels * 1_000_000 <= cancelShareMax * orders;
    return cancelsFew || piled <= farOrdersMax
      ? pass(self, piled, farOrdersMax)
      : fail(self, piled, farOrdersMax, null, `${cancels} cancels of ${orders} orders today`);
  },
  effect: ({ proposal }, _limits, self) => lock(self, 'symbol', proposal.symbol, null),
});

export const conductRules: readonly Rule[] = [selfTrade, roundTrip, layering];
