/** Family C, part two: whether the market can take the order without being moved by it. */
import { impactsFor, qtyForImpact } from '../costs.ts';
import type { Level } from '../market-view.ts';
import { counted, money, ratio, ratioBy, valueFor } from '../policy-values.ts';
import { atMost, fail, missing, pass, rule, type Rule } from '../rule.ts';
import { ceilDiv, shareOf, type Ppm, type Qty } from '../units.ts';

/** What the side offers no further than a share of the price away from its own best. */
function depthWithin(side: readonly Level[], band: Ppm, buying: boolean): bigint {
  const best = side[0]?.price ?? 0n;
  const reach = shareOf(best, band);
  const last = buying ? best + reach : best - reach;
  let depth = 0n;
  for (const { price, qty } of side) {
    if (buying ? price > last : price < last) break;
    depth += qty;
  }
  return depth;
}

const depth = rule({
  id: 'C8',
  name: 'depth',
  code: 'DEPTH_BELOW_MIN',
  title:
    'The side that the order takes from holds a multiple of it near the touch, and its best level is no crumb.',
  unit: 'qty',
  bound: 'min',
  reducing: 'exempt',
  params: { band: ratio('up'), multiple: counted('down'), topMin: money('down') },
  evaluate(facts, { band, multiple, topMin }, self) {
    const { market, order, unit, scale } = facts;
    if (market.book === null || order === null || unit === null)
      return missing(self, 'the book, the instrument or a price');
    const buying = order.side === 'buy';
    const side = buying ? market.book.asks : market.book.bids;
    const top = side[0];
    if (top === undefined) return missing(self, 'a best level');
    // Nothing is worth nothing: a price that is not positive has no depth to speak of.
    if (unit <= 0n) return missing(self, 'a price above zero');
    const crumb = ceilDiv(topMin * scale, unit) as Qty;
    if (top.qty < crumb) return fail(self, top.qty, crumb, null, 'best level');
    const found = depthWithin(side, band, buying) as Qty;
    const wanted = (order.qty * BigInt(multiple)) as Qty;
    const maxQty = multiple === 0 ? null : ((found / BigInt(multiple)) as Qty);
    return found >= wanted ? pass(self, found, wanted, maxQty) : fail(self, found, wanted, maxQty);
  },
});

const participation = rule({
  id: 'C9',
  name: 'participation',
  code: 'PARTICIPATION_ABOVE_MAX',
  title: 'The quantity is a small share of what trades in a day and of what traded in ten minutes.',
  unit: 'qty',
  bound: 'max',
  reducing: 'exempt',
  params: { dayMax: ratioBy('up'), recentMax: ratioBy('up') },
  evaluate({ market: { volume }, order, proposal }, { dayMax, recentMax }, self) {
    if (volume === null || order === null) return missing(self, 'the volume');
    const ofDay = shareOf(volume.dayQty, valueFor(dayMax, proposal.symbol));
    const ofRecent = shareOf(volume.recentQty, valueFor(recentMax, proposal.symbol));
    const limit = ofDay < ofRecent ? ofDay : ofRecent;
    return atMost(self, order.qty, limit, limit);
  },
});

const impact = rule({
  id: 'C10',
  name: 'estimated-cost',
  code: 'COST_ABOVE_MAX',
  title: 'Half the spread, the fee and both impacts, by the one cost model, stay within the cap.',
  unit: 'ppm',
  bound: 'max',
  reducing: 'exempt',
  params: { costMax: ratioBy('up') },
  evaluate({ cost, instrument, market, liquidity, proposal }, { costMax }, self) {
    if (cost === null || instrument === null || market.volume === null)
      return missing(self, 'the book, the daily volume or the instrument');
    const limit = valueFor(costMax, proposal.symbol);
    const left = (limit - cost.fixed) as Ppm;
    const impacts = impactsFor(instrument.costs, liquidity);
    return atMost(self, cost.total, limit, qtyForImpact(left, market.volume.dayQty, impacts));
  },
});

export const liquidityRules: readonly Rule[] = [depth, participation, impact];
