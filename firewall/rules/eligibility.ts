/** Family B, part one: whether this instrument may be traded here, now, within the venue's own filters. */
import { names, ratio } from '../policy-values.ts';
import { qtyAt, worthOf } from '../pricing.ts';
import { atMost, demand, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import { ceilDiv, floorDiv, SCALE, type Ppm, type Price, type Qty } from '../units.ts';

const universe = rule({
  id: 'B1',
  name: 'symbol-universe',
  code: 'SYMBOL_NOT_ALLOWED',
  title: 'The symbol is known, in the universe, and not on the restricted list.',
  unit: 'code',
  bound: 'none',
  params: { universe: names(), restricted: names() },
  evaluate({ proposal, market, instrument }, limits, self) {
    if (instrument === null) return missing(self, 'instrument');
    const { symbol } = proposal;
    if (instrument.symbol !== symbol || market.symbol !== symbol)
      return fail(self, symbol, instrument.symbol, null, 'the view is of another symbol');
    if (!limits.universe.includes(symbol))
      return fail(self, symbol, null, null, 'not in the universe');
    return limits.restricted.includes(symbol)
      ? fail(self, symbol, null, null, 'restricted')
      : pass(self, symbol, symbol);
  },
});

const tradable = rule({
  id: 'B2',
  name: 'venue-status',
  code: 'INSTRUMENT_NOT_TRADING',
  title: 'The venue trades the instrument now; while it is being delisted only exits are allowed.',
  unit: 'code',
  bound: 'none',
  params: {},
  evaluate({ market: { status }, reducing }, _limits, self) {
    if (status === null) return missing(self, 'status of the instrument');
    const open = status === 'trading' || (status === 'delisting' && reducing);
    return demand(self, open, status, 'trading');
  },
});

const quantity = rule({
  id: 'B3',
  name: 'venue-quantity',
  code: 'QTY_OUTSIDE_VENUE_RANGE',
  title: 'The quantity lies between the venue’s minimum and its maximum for this type of order.',
  unit: 'qty',
  bound: 'max',
  params: {},
  evaluate({ order, instrument }, _limits, self) {
    if (order === null || instrument === null) return missing(self, 'instrument');
    const max = order.type === 'market' ? instrument.marketQtyMax : instrument.qtyMax;
    if (order.qty < instrument.qtyMin)
      return fail(self, order.qty, instrument.qtyMin, null, 'below the minimum');
    return atMost(self, order.qty, max, max);
  },
});

const venueNotional = rule({
  id: 'B4',
  name: 'venue-notional',
  code: 'NOTIONAL_OUTSIDE_VENUE_RANGE',
  title:
    'The value at the order’s price and at its stop is above the venue’s minimum by a reserve, so that the exit is never too small, and below its maximum.',
  unit: 'money',
  bound: 'none',
  reducing: 'exempt',
  params: { reserve: ratio('down') },
  evaluate({ order, price, instrument }, { reserve }, self) {
    if (order === null || price === null || instrument === null)
      return missing(self, 'price or instrument');
    const { multiplier, notionalMin, notionalMax } = instrument;
    const stop = order.stopPrice ?? price;
    // In the quote currency, which is what the venue's own filters are in.
    const low = worthOf(stop < price ? stop : price, multiplier, SCALE);
    const high = worthOf(stop < price ? price : stop, multiplier, SCALE);
    if (low.unit === null || high.unit === null) return missing(self, 'price or instrument');
    const least = ceilDiv(notionalMin * BigInt(1_000_000 + reserve), 1_000_000n);
    const maxQty =
      notionalMax === null || high.unit <= 0n
        ? null
        : (qtyAt(high.unit, high.scale, notionalMax) as Qty);
    const worth = order.qty * low.unit;
    // The value rounded down reaches a whole limit if and only if the exact value does.
    if (worth < least * low.scale)
      return fail(self, floorDiv(worth, low.scale), least, maxQty, 'below the minimum');
    if (notionalMax === null) return pass(self, floorDiv(worth, low.scale), least);
    const largest = ceilDiv(order.qty * high.unit, high.scale);
    return largest <= notionalMax
      ? pass(self, largest, notionalMax, maxQty)
      : fail(self, largest, notionalMax, maxQty, 'above the maximum');
  },
});

const bandTop = (reference: Price, up: Ppm | null, max: Price): bigint => {
  if (up === null) return max;
  const top = floorDiv(reference * BigInt(1_000_000 + up), 1_000_000n);
  return top < max ? top : max;
};
const bandBottom = (reference: Price, down: Ppm | null, min: Price): bigint => {
  if (down === null) return min;
  const bottom = ceilDiv(reference * BigInt(1_000_000 - down), 1_000_000n);
  return bottom > min ? bottom : min;
};

const priceFilters = rule({
  id: 'B5',
  name: 'venue-price',
  code: 'PRICE_OUTSIDE_VENUE_RANGE',
  title:
    'The limit price lies inside the venue’s price range and its band around the reference price.',
  unit: 'price',
  bound: 'none',
  params: {},
  evaluate({ order, instrument, market: { reference } }, _limits, self) {
    if (order === null || instrument === null) return missing(self, 'instrument');
    const { limitPrice } = order;
    if (limitPrice === null) return na(self, 'a market order names no price');
    const { priceBandUp, priceBandDown, priceMin, priceMax } = instrument;
    const banded = priceBandUp !== null || priceBandDown !== null;
    if (banded && reference === null) return missing(self, 'reference price');
    const around = reference?.price ?? limitPrice;
    const top = bandTop(around, priceBandUp, priceMax);
    if (limitPrice > top) return fail(self, limitPrice, top, null, 'above the range');
    const bottom = bandBottom(around, priceBandDown, priceMin);
    if (limitPrice < bottom) return fail(self, limitPrice, bottom, null, 'below the range');
    return pass(self, limitPrice, order.side === 'buy' ? top : bottom);
  },
});

export const eligibilityRules: readonly Rule[] = [
  universe,
  tradable,
  quantity,
  venueNotional,
  priceFilters,
];
