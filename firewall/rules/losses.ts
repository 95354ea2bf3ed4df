/** Family F, part one: how much may be lost, marked to market, before trading stops. */
import { latchesAccount, lock } from '../effects.ts';
import { atMost, missing, pass, rule, type Rule, type RuleText } from '../rule.ts';
import { ratio, span } from '../policy-values.ts';
import { ratioPpm, type Money, type Ppm } from '../units.ts';
import type { Check } from '../verdict.ts';

type Self = RuleText & { codeMissing: string };

/** What was lost since `from`, as a share of it, rounded up. */
function lossSince(self: Self, from: Money, to: bigint, share: Ppm, note: string | null): Check {
  if (to >= from && from > 0n) return pass(self, 0, share);
  const lost = ratioPpm(from - to, from);
  if (lost === null) return missing(self, 'a positive equity to compare with');
  const check = atMost(self, lost, share);
  return note === null ? check : { ...check, note };
}

const UNSOUND = 'a sound equity';

const dailyLoss = rule({
  id: 'F1',
  name: 'daily-loss',
  code: 'DAILY_LOSS_ABOVE_MAX',
  title: "The loss since the day's open, unrealised losses included, stays within the limit.",
  unit: 'ppm',
  bound: 'max',
  breach: 'reduce-only',
  reducing: 'exempt',
  params: { lossMax: ratio('up') },
  evaluate({ account, equity }, { lossMax }, self) {
    const { marks } = account;
    if (equity === null || marks === null) return missing(self, UNSOUND);
    return lossSince(self, marks.dayOpen, equity, lossMax, null);
  },
  effect: latchesAccount('REDUCE_ONLY'),
});

const rollingLoss = rule({
  id: 'F2',
  name: 'rolling-loss',
  code: 'ROLLING_LOSS_ABOVE_MAX',
  title: 'The loss over the last seven and the last thirty days stays within its limit.',
  unit: 'ppm',
  bound: 'max',
  breach: 'reduce-only',
  reducing: 'exempt',
  params: { weekLossMax: ratio('up'), monthLossMax: ratio('up') },
  evaluate({ account, equity }, { weekLossMax, monthLossMax }, self) {
    const { marks } = account;
    if (equity === null || marks === null) return missing(self, UNSOUND);
    const week = lossSince(self, marks.weekAgo, equity, weekLossMax, 'seven days');
    if (week.status === 'fail') return week;
    return lossSince(self, marks.monthAgo, equity, monthLossMax, 'thirty days');
  },
  effect: latchesAccount('REDUCE_ONLY'),
});

const drawdown = rule({
  id: 'F3',
  name: 'drawdown',
  code: 'DRAWDOWN_ABOVE_MAX',
  title: 'Equity, unrealised losses included, stays within a share of its highest mark.',
  unit: 'ppm',
  bound: 'max',
  breach: 'halt',
  reducing: 'exempt',
  params: { drawdownMax: ratio('up') },
  evaluate({ account, equity }, { drawdownMax }, self) {
    const { marks } = account;
    if (equity === null || marks === null) return missing(self, UNSOUND);
    return lossSince(self, marks.highWater, equity, drawdownMax, null);
  },
  effect: latchesAccount('HALTED'),
});

const lossVelocity = rule({
  id: 'F4',
  name: 'loss-velocity',
  code: 'LOSS_VELOCITY_ABOVE_MAX',
  title: 'The fall from the highest equity of the last minutes stays within the limit.',
  unit: 'ppm',
  bound: 'max',
  breach: 'halt',
  reducing: 'exempt',
  // The window is the account view's: its fold keeps the highest equity of this many minutes.
  params: { window: span('down'), lossMax: ratio('up') },
  evaluate({ account, equity }, { lossMax }, self) {
    const { marks } = account;
    if (equity === null || marks === null) return missing(self, UNSOUND);
    return lossSince(self, marks.windowHigh, equity, lossMax, null);
  },
  effect: latchesAccount('HALTED'),
});

const strategyDrawdown = rule({
  id: 'F5',
  name: 'strategy-drawdown',
  code: 'STRATEGY_DRAWDOWN_ABOVE_MAX',
  title: "A strategy's own profit stays within a share of its capital at its best.",
  unit: 'ppm',
  bound: 'max',
  breach: 'lock',
  reducing: 'exempt',
  params: { drawdownMax: ratio('up') },
  evaluate({ account, proposal }, { drawdownMax }, self) {
    const { strategy } = proposal.provenance;
    const standing = Object.hasOwn(account.strategies, strategy)
      ? account.strategies[strategy]
      : undefined;
    if (standing === undefined) return missing(self, 'the standing of the strategy');
    const { capital, profit, profitPeak } = standing;
    return lossSince(
      self,
      (capital + profitPeak) as Money,
      capital + profit,
      drawdownMax,
      strategy,
    );
  },
  effect: ({ proposal }, _limits, self) =>
    lock(self, 'strategy', proposal.provenance.strategy, null),
});

export const lossRules: readonly Rule[] = [
  dailyLoss,
  rollingLoss,
  drawdown,
  lossVelocity,
  strategyDrawdown,
];
