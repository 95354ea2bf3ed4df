/** Family A, part one: what makes a proposal well formed. What fails here must not be sent again unchanged. */
import type { OrderProposal } from '../proposal.ts';
import { numberFault, shapeFault } from '../proposal-sanity.ts';
import { ratio, span, toggle } from '../policy-values.ts';
import { atMost, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import type { Instrument } from '../market-view.ts';
import { ceilDiv, floorDiv, ratioPpm, type Ppm } from '../units.ts';

const shape = rule({
  id: 'A1',
  name: 'proposal-shape',
  code: 'PROPOSAL_MALFORMED',
  title: 'The proposal has exactly the shape, the choices and the bounded texts of its kind.',
  unit: 'flag',
  bound: 'none',
  cancels: true,
  params: {},
  evaluate({ proposal }, _limits, self) {
    const fault = shapeFault(proposal);
    return fault === null ? pass(self, true, true) : fail(self, false, true, null, fault);
  },
});

const numbers = rule({
  id: 'A2',
  name: 'proposal-numbers',
  code: 'PROPOSAL_NUMBER_INVALID',
  title: 'Every number is finite and in range, and quantity and prices are above zero.',
  unit: 'flag',
  bound: 'none',
  cancels: true,
  params: {},
  evaluate({ proposal, instrument }, _limits, self) {
    const fault = numberFault(proposal, instrument !== null && instrument.priceMin < 0n);
    return fault === null ? pass(self, true, true) : fail(self, false, true, null, fault);
  },
});

const grid = rule({
  id: 'A3',
  name: 'price-and-lot-grid',
  code: 'ORDER_OFF_GRID',
  title:
    'Prices lie on the tick and the quantity on the lot; the limit shown is the nearest legal value.',
  unit: 'mixed',
  bound: 'none',
  params: {},
  evaluate({ order, instrument }, _limits, self) {
    if (order === null || instrument === null) return missing(self, 'instrument');
    const { tick, lot } = instrument;
    if (tick <= 0n || lot <= 0n) return missing(self, 'tick or lot of the instrument');
    if (order.qty % lot !== 0n)
      return fail(self, order.qty, floorDiv(order.qty, lot) * lot, null, 'qty');
    const { limitPrice, stopPrice, targetPrice } = order;
    if (limitPrice !== null && limitPrice % tick !== 0n) {
      // The nearest legal price that asks for no more than the proposal did.
      const steps = order.side === 'buy' ? floorDiv(limitPrice, tick) : ceilDiv(limitPrice, tick);
      return fail(self, limitPrice, steps * tick, null, 'limitPrice');
    }
    if (stopPrice !== null && stopPrice % tick !== 0n)
      return fail(self, stopPrice, floorDiv(stopPrice, tick) * tick, null, 'stopPrice');
    if (targetPrice !== null && targetPrice % tick !== 0n)
      return fail(self, targetPrice, floorDiv(targetPrice, tick) * tick, null, 'targetPrice');
    return pass(self, order.qty, order.qty);
  },
});

/** What the venue or plain logic does not allow together; null when all of it fits. */
function unsupported(order: OrderProposal, instrument: Instrument): string | null {
  if (!instrument.orderTypes.includes(order.type)) return 'type';
  if (!instrument.tifs.includes(order.tif)) return 'tif';
  const immediate = order.tif === 'ioc' || order.tif === 'fok';
  if (order.type === 'market' && order.limitPrice !== null) return 'market with a limit price';
  if (order.type === 'market' && !immediate) return 'market that would rest';
  if (order.type === 'limit' && order.limitPrice === null) return 'limit without a limit price';
  if (order.postOnly && !instrument.postOnly) return 'postOnly';
  if (order.postOnly && (immediate || order.type === 'market')) return 'postOnly that would take';
  if (order.reduceOnly && !instrument.reduceOnly) return 'reduceOnly';
  if ((order.tif === 'gtd') !== (order.expiresAt !== null))
    return 'expiresAt without gtd, or gtd without it';
  return null;
}

const support = rule({
  id: 'A4',
  name: 'order-support',
  code: 'ORDER_UNSUPPORTED',
  title: 'Type, time in force and flags are supported by the venue and fit one another.',
  unit: 'flag',
  bound: 'none',
  params: {},
  evaluate({ order, instrument }, _limits, self) {
    if (order === null || instrument === null) return missing(self, 'instrument');
    const why = unsupported(order, instrument);
    return why === null ? pass(self, true, true) : fail(self, false, true, null, why);
  },
});

const bracket = rule({
  id: 'A5',
  name: 'bracket-geometry',
  code: 'BRACKET_INVALID',
  title:
    'An entry has a stop on its losing side within the allowed distance, not already passed, and a target on its winning side.',
  unit: 'ppm',
  bound: 'max',
  params: { distanceMin: ratio('down'), distanceMax: ratio('up') },
  evaluate({ order, price, bid, ask, reducing }, { distanceMin, distanceMax }, self) {
    if (reducing) return na(self, 'an exit needs no stop');
    if (order === null || price === null || bid === null || ask === null)
      return missing(self, 'price or quote');
    const { stopPrice, targetPrice } = order;
    if (stopPrice === null) return fail(self, null, distanceMax, null, 'no stop');
    if (price <= 0n) return missing(self, 'an entry price above zero');
    const buys = order.side === 'buy';
    if (buys ? stopPrice >= price : stopPrice <= price)
      return fail(self, null, distanceMax, null, 'stop not on the losing side');
    if (buys ? stopPrice >= bid : stopPrice <= ask)
      return fail(self, null, distanceMax, null, 'stop already passed');
    if (targetPrice !== null && (buys ? targetPrice <= price : targetPrice >= price))
      return fail(self, null, distanceMax, null, 'target not on the winning side');
    const distance = buys ? price - stopPrice : stopPrice - price;
    // Rounded down for the least distance and up for the greatest: against the proposer both times.
    const least = Number((distance * 1_000_000n) / price) as Ppm;
    if (least < distanceMin) return fail(self, least, distanceMin, null, 'stop too near');
    return atMost(self, ratioPpm(distance, price) ?? least, distanceMax);
  },
});

const expiry = rule({
  id: 'A6',
  name: 'order-lifetime',
  code: 'ORDER_LIFETIME_INVALID',
  title:
    'An order with an end ends in the future and soon enough; one without an end rests only where that is allowed.',
  unit: 'ms',
  bound: 'max',
  params: { lifetimeMax: span('up'), openEnded: toggle('up') },
  evaluate({ order, now }, { lifetimeMax, openEnded }, self) {
    if (order === null) return missing(self, 'order');
    if (order.tif === 'gtc')
      return openEnded
        ? pass(self, null, lifetimeMax)
        : fail(self, null, lifetimeMax, null, 'gtc has no end');
    if (order.tif !== 'gtd') return na(self, 'the order does not rest');
    if (order.expiresAt === null) return missing(self, 'expiresAt');
    const left = order.expiresAt - now;
    if (left <= 0) return fail(self, left, lifetimeMax, null, 'already over');
    return atMost(self, left, lifetimeMax);
  },
});

const ttl = rule({
  id: 'A7',
  name: 'proposal-age',
  code: 'PROPOSAL_EXPIRED',
  title: 'The proposal was made a short time ago, and not in the future.',
  unit: 'ms',
  bound: 'max',
  cancels: true,
  params: { ageMax: span('up'), aheadMax: span('up') },
  evaluate({ proposal, now }, { ageMax, aheadMax }, self) {
    const age = now - proposal.createdAt;
    const ahead = proposal.createdAt - now;
    if (ahead > aheadMax) return fail(self, ahead, aheadMax, null, 'made in the future');
    return atMost(self, age, ageMax);
  },
});

export const integrityRules: readonly Rule[] = [
  shape,
  numbers,
  grid,
  support,
  bracket,
  expiry,
  ttl,
];
