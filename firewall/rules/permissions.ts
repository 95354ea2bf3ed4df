/** Family B, part two: room at the venue, quality of the instrument, and what the account is permitted. */
import * as c from '../codec.ts';
import type { WorkingOrder } from '../account-view.ts';
import type { Facts } from '../facts.ts';
import type { Instrument } from '../market-view.ts';
import { counted, money, ratio, shape, span, toggle } from '../policy-values.ts';
import { NETWORKS, type Network, type OrderProposal, type Proposal } from '../proposal.ts';
import { atLeast, atMost, demand, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import { PPM, ratioPpm, SCALE, type Qty } from '../units.ts';

/** Working orders in the symbol, or in all of them. */
function countWorking(working: readonly WorkingOrder[], symbol: string): number {
  let count = 0;
  for (const order of working) if (order.symbol === symbol) count += 1;
  return count;
}

const rests = (order: OrderProposal): boolean => order.tif === 'gtc' || order.tif === 'gtd';

const openOrders = rule({
  id: 'B6',
  name: 'open-orders',
  code: 'OPEN_ORDERS_ABOVE_MAX',
  title:
    'Working orders and this one, if it rests, stay within the venue’s count and our own, per symbol and in all.',
  unit: 'count',
  bound: 'max',
  params: { perSymbolMax: counted('up'), perAccountMax: counted('up') },
  evaluate({ order, instrument, account: { working } }, { perSymbolMax, perAccountMax }, self) {
    if (order === null || instrument === null || working === null)
      return missing(self, 'instrument or working orders');
    const more = rests(order) ? 1 : 0;
    const all = working.length + more;
    if (all > perAccountMax) return fail(self, all, perAccountMax, null, 'in the account');
    const { openOrdersMax } = instrument;
    const max = openOrdersMax < perSymbolMax ? openOrdersMax : perSymbolMax;
    return atMost(self, countWorking(working, order.symbol) + more, max);
  },
});

const venuePosition = rule({
  id: 'B7',
  name: 'venue-position',
  code: 'POSITION_ABOVE_VENUE_MAX',
  title:
    'The position after this order and all working orders of its side stays within the venue’s maximum.',
  unit: 'qty',
  bound: 'max',
  params: {},
  evaluate({ order, instrument, worst, reducing }, _limits, self) {
    if (order === null || instrument === null) return missing(self, 'instrument');
    const { positionMax } = instrument;
    if (positionMax === null) return na(self, 'the venue sets no maximum');
    if (reducing) return na(self, 'the venue never refuses what makes a position smaller');
    if (worst === null) return missing(self, 'positions or working orders');
    const after = order.side === 'buy' ? worst : 0n - worst;
    const room = positionMax - after + order.qty;
    return atMost(self, after, positionMax, (room > 0n ? room : 0n) as Qty);
  },
});

const quality = rule({
  id: 'B8',
  name: 'instrument-quality',
  code: 'INSTRUMENT_UNFIT',
  title: 'The instrument is old, traded, calm and finely priced enough to enter.',
  unit: 'mixed',
  bound: 'none',
  reducing: 'exempt',
  params: {
    ageMin: span('down'),
    dayNotionalMin: money('down'),
    volatilityMin: ratio('down'),
    volatilityMax: ratio('up'),
    tickMax: ratio('up'),
  },
  evaluate({ instrument, market, price, now }, limits, self) {
    const { volume, volatility } = market;
    if (instrument === null || volume === null || volatility === null || price === null)
      return missing(self, 'instrument, volume, volatility or price');
    const age = now - instrument.listedAt;
    // Asked this way round, so that what is not a number fails too.
    if (!(age >= limits.ageMin)) return fail(self, age, limits.ageMin, null, 'listing age in ms');
    if (volume.dayNotional < limits.dayNotionalMin)
      return fail(self, volume.dayNotional, limits.dayNotionalMin, null, 'value traded in a day');
    const { realised } = volatility;
    if (!(realised >= limits.volatilityMin))
      return fail(self, realised, limits.volatilityMin, null, 'volatility in ppm, too low');
    if (!(realised <= limits.volatilityMax))
      return fail(self, realised, limits.volatilityMax, null, 'volatility in ppm, too high');
    const tick = ratioPpm(instrument.tick, price);
    if (tick === null) return missing(self, 'a price above zero');
    return tick <= limits.tickMax
      ? pass(self, tick, limits.tickMax)
      : fail(self, tick, limits.tickMax, null, 'tick over price in ppm');
  },
});

/** The quantity that can be sold before the position may turn short. */
const soldAtMost = ({ order, worst }: Facts): bigint | null =>
  order === null || worst === null ? null : worst + order.qty;

const permission = rule({
  id: 'B9',
  name: 'short-and-margin',
  code: 'POSITION_NOT_PERMITTED',
  title:
    'A short is permitted by house and venue, and a margined instrument has a known margin mode and leverage bracket.',
  unit: 'flag',
  bound: 'none',
  reducing: 'exempt',
  params: { shortAllowed: toggle('up') },
  evaluate(facts, { shortAllowed }, self) {
    const { order, instrument, worst } = facts;
    if (order === null || instrument === null || worst === null)
      return missing(self, 'instrument, positions or working orders');
    const margined = instrument.marginMode !== 'none';
    if (margined && instrument.brackets.length === 0) return missing(self, 'leverage brackets');
    if (instrument.kind === 'perp' && !margined)
      return fail(self, false, true, null, 'a perpetual without a margin mode');
    const shorts = shortAllowed && instrument.shortable && margined;
    if (order.side === 'buy' || shorts) return pass(self, true, true);
    const room = soldAtMost(facts) ?? 0n;
    const maxQty = (room > 0n ? room : 0n) as Qty;
    return worst >= 0n
      ? pass(self, true, true, maxQty)
      : fail(self, false, true, maxQty, 'short not permitted');
  },
});

const settlement = rule({
  id: 'B10',
  name: 'settlement-buffer',
  code: 'SETTLEMENT_TOO_NEAR',
  title: 'Nothing is entered shortly before the instrument expires or is delivered.',
  unit: 'ms',
  bound: 'min',
  reducing: 'exempt',
  params: { buffer: span('down') },
  evaluate({ instrument, now }, { buffer }, self) {
    if (instrument === null) return missing(self, 'instrument');
    if (instrument.expiresAt === null) return na(self, 'the instrument does not expire');
    return atLeast(self, instrument.expiresAt - now, buffer);
  },
});

/** What in the instrument's own description does not fit the arithmetic used here; null when all fits. */
function unfitting(instrument: Instrument): string | null {
  const { symbol, base, quote, settle, kind } = instrument;
  if (instrument.multiplier <= 0n) return 'multiplier';
  if (instrument.inverse) return 'inverse contract';
  if (instrument.quanto || settle !== quote) return 'quanto contract';
  const pair = `${base}/${quote}`;
  return symbol === (kind === 'perp' ? `${pair}:${settle}` : pair) ? null : 'symbol';
}

const UNIT = Number(SCALE);
/** The same value by another road: floating point, whose error is far below any mistake of scale. */
const valueAgain = (
  order: OrderProposal,
  price: bigint,
  instrument: Instrument,
  rate: bigint,
): number =>
  (Number(order.qty) / UNIT) *
  (Number(price) / UNIT) *
  (Number(instrument.multiplier) / UNIT) *
  Number(rate);

const arithmetic = rule({
  id: 'B11',
  name: 'contract-arithmetic',
  code: 'CONTRACT_NOT_SUPPORTED',
  title:
    'The contract is linear, its description is coherent, and its value computed in two ways agrees.',
  unit: 'money',
  bound: 'none',
  params: { tolerance: ratio('up') },
  evaluate({ order, instrument, price, rate, notional }, { tolerance }, self) {
    if (order === null || instrument === null) return missing(self, 'instrument');
    const why = unfitting(instrument);
    if (why !== null) return fail(self, null, null, null, why);
    if (price === null || rate === null || notional === null) return missing(self, 'price or rate');
    const value = Number(notional);
    const again = valueAgain(order, price, instrument, rate);
    // Two units more for the rounding of each; a value out of range is not a number, and fails.
    return Math.abs(value - again) * PPM <= value * tolerance + 2 * PPM
      ? pass(self, notional, notional)
      : fail(self, notional, null, null, 'the value computed again differs');
  },
});

type Route = Readonly<{
  account: string;
  venue: string;
  network: Network;
  strategies: readonly string[];
}>;
const routes = shape<readonly Route[]>(
  c.list(
    c.record<Route>({
      account: c.name,
      venue: c.name,
      network: c.oneOf(NETWORKS),
      strategies: c.list(c.name, 1_000),
    }),
    1_000,
  ),
  'routes',
);

function routed(list: readonly Route[], proposal: Proposal): boolean {
  const { strategy } = proposal.provenance;
  for (const route of list)
    if (
      route.account === proposal.account &&
      route.venue === proposal.venue &&
      route.network === proposal.network &&
      route.strategies.includes(strategy)
    )
      return true;
  return false;
}

const routing = rule({
  id: 'B12',
  name: 'routing',
  code: 'ROUTE_NOT_ENABLED',
  title:
    'Account, venue and network are those of the books that were opened, and enabled for this strategy.',
  unit: 'flag',
  bound: 'none',
  cancels: true,
  params: { routes },
  evaluate({ proposal, account, instrument, case: { policy } }, limits, self) {
    if (proposal.account !== account.account) return fail(self, false, true, null, 'account');
    if (proposal.venue !== account.venue) return fail(self, false, true, null, 'venue');
    if (proposal.network !== account.network) return fail(self, false, true, null, 'network');
    if (instrument !== null && instrument.venue !== proposal.venue)
      return fail(self, false, true, null, 'venue of the instrument');
    if (account.currency !== policy.currency) return fail(self, false, true, null, 'currency');
    const open = routed(limits.routes, proposal);
    return demand(self, open, open, true);
  },
});

export const permissionRules: readonly Rule[] = [
  openOrders,
  venuePosition,
  quality,
  permission,
  settlement,
  arithmetic,
  routing,
];
