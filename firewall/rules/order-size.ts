/** Family E, part one: how large one order, and all the orders of a while, may be. */
import { feeRate } from '../costs.ts';
import { valueAt } from '../lookup.ts';
import { money, qtyBySymbol, ratio, span } from '../policy-values.ts';
import { qtyWithin } from '../pricing.ts';
import { atMost, missing, rule, type Rule } from '../rule.ts';
import { abs, ceilDivWide, shareOf, type Money } from '../units.ts';

const MILLION = 1_000_000n;

const orderQty = rule({
  id: 'E1',
  name: 'order-quantity',
  code: 'ORDER_QTY_ABOVE_MAX',
  title:
    'The quantity of one order stays within the limit set for its symbol; no limit set means no order.',
  unit: 'qty',
  bound: 'max',
  reducing: 'exempt',
  params: { qtyMax: qtyBySymbol('up') },
  evaluate({ order, proposal }, { qtyMax }, self) {
    const limit = valueAt(qtyMax, proposal.symbol);
    if (order === null || limit === undefined) return missing(self, 'qtyMax of the symbol');
    return atMost(self, order.qty, limit, limit);
  },
});

const orderNotional = rule({
  id: 'E2',
  name: 'order-notional',
  code: 'ORDER_NOTIONAL_ABOVE_MAX',
  title: 'The value of one order in account currency stays within the limit.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { notionalMax: money('up') },
  evaluate(facts, { notionalMax }, self) {
    if (facts.notional === null) return missing(self, 'price, rate or instrument');
    return atMost(self, facts.notional, notionalMax, qtyWithin(facts, notionalMax));
  },
});

const orderShare = rule({
  id: 'E3',
  name: 'order-share',
  code: 'ORDER_SHARE_ABOVE_MAX',
  title: 'The value of one order stays within a share of the equity.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { shareMax: ratio('up') },
  evaluate(facts, { shareMax }, self) {
    if (facts.notional === null || facts.equity === null)
      return missing(self, 'equity, price, rate or instrument');
    const limit = shareOf(facts.equity, shareMax);
    return atMost(self, facts.notional, limit, qtyWithin(facts, limit));
  },
});

const tradeRisk = rule({
  id: 'E4',
  name: 'trade-risk',
  code: 'TRADE_RISK_ABOVE_MAX',
  title:
    'Being stopped out, with the spread, both fees and a slip at the stop, costs at most a share of the equity.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { riskMax: ratio('up'), stopSlip: ratio('down') },
  evaluate(facts, { riskMax, stopSlip }, self) {
    const { order, price, spread, instrument, equity, factor, factorScale } = facts;
    if (order === null || order.stopPrice === null) return missing(self, 'a stop price');
    if (price === null || spread === null || instrument === null || facts.unit === null)
      return missing(self, 'price, book, rate or instrument');
    if (equity === null) return missing(self, 'equity');
    if (price <= 0n) return missing(self, 'a price above zero');
    // Per unit of quantity, in millionths of a price: an exit at the stop always takes. A rebate pays for nothing.
    const lost =
      (abs(price - order.stopPrice) + spread) * MILLION +
      price * BigInt(Math.max(0, feeRate(instrument.costs, facts.liquidity))) +
      order.stopPrice * BigInt(Math.max(0, instrument.costs.taker) + stopSlip);
    const each = { unit: lost * factor, scale: factorScale * MILLION };
    const risk = ceilDivWide(order.qty * each.unit, each.scale) as Money;
    const limit = shareOf(equity, riskMax);
    return atMost(self, risk, limit, qtyWithin(each, limit));
  },
});

const windowedNotional = rule({
  id: 'E5',
  name: 'windowed-notional',
  code: 'WINDOW_NOTIONAL_ABOVE_MAX',
  title:
    'The value of all orders approved within the window, this one included, stays within the limit.',
  unit: 'money',
  bound: 'max',
  reducing: 'exempt',
  params: { window: span('down'), notionalMax: money('up') },
  evaluate(facts, { window, notionalMax }, self) {
    const { decisions } = facts.account;
    if (decisions === null || facts.notional === null)
      return missing(self, 'the recent decisions, price, rate or instrument');
    let spent = 0n;
    for (let index = decisions.length - 1; index >= 0; index -= 1) {
      const past = decisions[index];
      if (past === undefined || facts.now - past.at >= window) break;
      if (past.verdict === 'approved' && past.kind === 'order') spent += past.notional;
    }
    const total = (spent + facts.notional) as Money;
    return atMost(self, total, notionalMax, qtyWithin(facts, notionalMax - spent));
  },
});

export const orderSizeRules: readonly Rule[] = [
  orderQty,
  orderNotional,
  orderShare,
  tradeRisk,
  windowedNotional,
];
