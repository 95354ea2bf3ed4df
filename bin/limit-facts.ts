/** Those of the policy's limits that a planner can heed, as facts: how much, how near, how sure. */
import { assert, limitsAt, RULES, type Money, type Policy, type Ppm, type TimeMs } from '#firewall';
import type { Fact } from '../tools/contract.ts';
import { fixedFact, numberFact, sorted } from '../tools/facts.ts';

type BySymbol = Readonly<{ default: Ppm; by: Readonly<Record<string, Ppm>> }>;
type Limits = Readonly<{
  A5: Readonly<{ distanceMin: Ppm; distanceMax: Ppm }>;
  D6: Readonly<{ distanceMin: BySymbol }>;
  E2: Readonly<{ notionalMax: Money }>;
  G5: Readonly<{ confidenceMin: Ppm }>;
}>;

const BPS = { unit: 'bps', digits: 1 } as const;
const PERCENT = { unit: 'percent', digits: 0 } as const;

/** What is left of the limit goes unsaid: the first door measures it, and no model is trusted to. */
export function limitFacts(policy: Policy, symbol: string, now: TimeMs): readonly Fact[] {
  const limits = limitsAt(policy, now);
  const of = <Id extends keyof Limits>(id: Id): Limits[Id] => {
    const found = limits[RULES.findIndex((rule) => rule.id === id)];
    assert(found !== undefined, `the policy has limits for ${id}`);
    return found as Limits[Id];
  };
  const { distanceMin: near } = of('D6');
  const own = Object.hasOwn(near.by, symbol) ? near.by[symbol] : near.default;
  const stopMin = Math.max(of('A5').distanceMin, own ?? near.default);
  return sorted([
    numberFact('limits.confidence_min', of('G5').confidenceMin / 10_000, PERCENT),
    fixedFact('limits.order_notional_max', of('E2').notionalMax, 'money'),
    numberFact('limits.stop_distance_max', of('A5').distanceMax / 100, BPS),
    numberFact('limits.stop_distance_min', stopMin / 100, BPS),
  ]);
}
