/** Family A, part two: whether this producer may ask this, for the first time, with claims that hold. */
import { CLIENT_ID_LENGTH } from '../approval.ts';
import type { DeskRecord } from '../controls.ts';
import { lock } from '../effects.ts';
import type { Facts } from '../facts.ts';
import { counted, ratio, span } from '../policy-values.ts';
import { atMost, fail, missing, na, pass, rule, type Rule } from '../rule.ts';
import {
  abs,
  floorDiv,
  ratioPpm,
  type Ppm,
  type Price,
  type SpanMs,
  type TimeMs,
} from '../units.ts';
import type { AccountView } from '../account-view.ts';
import type { MarketView } from '../market-view.ts';
import type { OrderProposal, Proposal } from '../proposal.ts';

/** What the desk's record does not allow; null when it allows all of it. */
function denied(desk: DeskRecord | undefined, proposal: Proposal): string | null {
  if (desk === undefined) return 'desk unknown';
  if (!desk.enabled) return 'desk disabled';
  if (!desk.strategies.includes(proposal.provenance.strategy)) return 'strategy';
  if (!desk.accounts.includes(proposal.account)) return 'account';
  return desk.symbols.includes(proposal.symbol) ? null : 'symbol';
}

const authority = rule({
  id: 'A8',
  name: 'desk-authority',
  code: 'AUTHORITY_DENIED',
  title: 'The desk is known and enabled, and may trade this strategy, account and symbol.',
  unit: 'flag',
  bound: 'none',
  cancels: true,
  params: {},
  evaluate({ proposal, case: { controls } }, _limits, self) {
    if (controls.desks === null) return missing(self, 'register of desks');
    const { desk } = proposal.provenance;
    let record: DeskRecord | undefined;
    for (const entry of controls.desks) if (entry.desk === desk) record = entry;
    const why = denied(record, proposal);
    return why === null ? pass(self, true, true) : fail(self, false, true, null, why);
  },
});

const idempotency = rule({
  id: 'A9',
  name: 'proposal-once',
  code: 'PROPOSAL_REPEATED',
  title: 'The proposal’s id was never decided before, and is short enough for the venue.',
  unit: 'flag',
  bound: 'none',
  cancels: true,
  params: {},
  evaluate({ order, account, instrument }, _limits, self) {
    if (account.decidedBefore === null) return missing(self, 'record of earlier decisions');
    if (account.decidedBefore) return fail(self, true, false, null, 'decided before');
    if (order === null) return pass(self, false, false);
    if (instrument === null) return missing(self, 'instrument');
    return CLIENT_ID_LENGTH <= instrument.clientIdLengthMax
      ? pass(self, false, false)
      : fail(self, null, false, null, 'the venue takes shorter client order ids only');
  },
});

/** How many orders inside the window look the same as this one: the accepted ones, or all that were asked for. */
function twins(
  { account, now }: Facts,
  which: 'accepted' | 'asked',
  order: OrderProposal,
  price: Price,
  {
    window,
    qtyTolerance,
    priceTolerance,
  }: Readonly<{ window: SpanMs; qtyTolerance: Ppm; priceTolerance: Ppm }>,
): number | null {
  const { decisions } = account;
  if (decisions === null) return null;
  let count = 0;
  for (let index = decisions.length - 1; index >= 0; index -= 1) {
    const past = decisions[index];
    if (past === undefined || now - past.at >= window) break;
    const same =
      past.kind === 'order' &&
      (which === 'asked' || past.verdict !== 'refused') &&
      // A held proposal that a human has agreed to comes back under its own id.
      past.proposalId !== order.id &&
      past.symbol === order.symbol &&
      past.side === order.side &&
      past.type === order.type &&
      near(past.qty, order.qty, qtyTolerance) &&
      near(past.price, price, priceTolerance);
    if (same) count += 1;
  }
  return count;
}

const near = (one: bigint, other: bigint, tolerance: Ppm): boolean =>
  abs(one - other) * 1_000_000n <= abs(other) * BigInt(tolerance);

const duplicate = rule({
  id: 'A10',
  name: 'order-duplicate',
  code: 'ORDER_DUPLICATED',
  title:
    'No more than the allowed number of nearly equal orders was accepted a moment ago; a desk that insists is locked.',
  unit: 'count',
  bound: 'max',
  breach: 'lock',
  params: {
    window: span('down'),
    qtyTolerance: ratio('down'),
    priceTolerance: ratio('down'),
    twinsMax: counted('up'),
    lockFrom: counted('none'),
    lockFor: span('none'),
  },
  evaluate(facts, limits, self) {
    const { order, price } = facts;
    if (order === null || price === null) return missing(self, 'price');
    const count = twins(facts, 'accepted', order, price, limits);
    return count === null
      ? missing(self, 'recent decisions')
      : atMost(self, count, limits.twinsMax);
  },
  effect(facts, limits, self) {
    const { order, price, now } = facts;
    const count =
      order === null || price === null ? null : twins(facts, 'asked', order, price, limits);
    if (count === null || count < limits.lockFrom) return null;
    const until = (now + limits.lockFor) as TimeMs;
    return lock(self, 'strategy', facts.proposal.provenance.strategy, until);
  },
});

/** How far a claim lies from our own figure, in millionths of ours, rounded up. */
const gap = (claimed: bigint, actual: bigint): Ppm | null =>
  claimed === actual ? (0 as Ppm) : ratioPpm(abs(claimed - actual), abs(actual));

/** Reward over risk in millionths, rounded down; null without a stop and a target on their own sides. */
function riskReward(order: OrderProposal, price: Price | null): bigint | null {
  const { stopPrice, targetPrice } = order;
  if (price === null || stopPrice === null || targetPrice === null) return null;
  const risk = order.side === 'buy' ? price - stopPrice : stopPrice - price;
  const reward = order.side === 'buy' ? targetPrice - price : price - targetPrice;
  return risk > 0n ? floorDiv(reward * 1_000_000n, risk) : null;
}

const claims = rule({
  id: 'A11',
  name: 'claims-recomputed',
  code: 'CLAIM_FALSE',
  title:
    'What the agent says its order costs and risks agrees with our own figures; the claim itself is never used.',
  unit: 'ppm',
  bound: 'max',
  params: { tolerance: ratio('up') },
  evaluate({ order, price, notional }, { tolerance }, self) {
    if (order === null) return missing(self, 'order');
    const { claims: said } = order;
    if (said.notional === null && said.riskReward === null) return na(self, 'nothing is claimed');
    let worst: number = 0;
    if (said.notional !== null) {
      if (notional === null) return missing(self, 'price or rate');
      const off = gap(said.notional, notional);
      if (off === null) return fail(self, null, tolerance, null, 'notional');
      worst = off;
    }
    if (said.riskReward !== null) {
      const actual = riskReward(order, price);
      const off = actual === null ? null : gap(BigInt(said.riskReward), actual);
      if (off === null) return fail(self, null, tolerance, null, 'riskReward');
      if (off > worst) worst = off;
    }
    return atMost(self, worst, tolerance);
  },
});

/** Age of the rate of a currency, 0 for the account's own; null when there is no usable rate. */
function rateAge(
  market: MarketView,
  account: AccountView,
  now: number,
  currency: string,
): number | null {
  if (currency === account.currency) return 0;
  const rate = Object.hasOwn(market.rates, currency) ? market.rates[currency] : undefined;
  // A rate from the future is as wrong as one that is as old.
  return rate === undefined || rate.factor <= 0n ? null : Math.abs(now - rate.at);
}

const conversion = rule({
  id: 'A12',
  name: 'conversion-rates',
  code: 'RATE_STALE',
  title:
    'The rates from the quote and the settlement currency to the account’s own exist, are above zero, and are fresh.',
  unit: 'ms',
  bound: 'max',
  params: { ageMax: span('up') },
  evaluate({ market, account, instrument, now }, { ageMax }, self) {
    if (instrument === null) return missing(self, 'instrument');
    const quote = rateAge(market, account, now, instrument.quote);
    if (quote === null) return missing(self, 'rate of the quote currency');
    const settle =
      instrument.settle === instrument.quote
        ? quote
        : rateAge(market, account, now, instrument.settle);
    if (settle === null) return missing(self, 'rate of the settlement currency');
    return atMost(self, settle > quote ? settle : quote, ageMax);
  },
});

export const authorityRules: readonly Rule[] = [
  authority,
  idempotency,
  duplicate,
  claims,
  conversion,
];
