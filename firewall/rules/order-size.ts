/** Family E, part one: how large one order may be. */
import { atMost, missing, rule, type Rule } from '../rule.ts';
import { money, qtyBySymbol } from '../policy-values.ts';
import { qtyWithin } from '../pricing.ts';

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
    const limit = Object.hasOwn(qtyMax, proposal.symbol) ? qtyMax[proposal.symbol] : undefined;
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

export const orderSizeRules: readonly Rule[] = [orderQty, orderNotional];
