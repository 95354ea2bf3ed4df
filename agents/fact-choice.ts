/** Which facts and levels an agent is shown: those of its own task, the telling ones first, and no more than a small model can read. */
import type { Fact } from '../tools/contract.ts';
import type { Evidence, Level } from './contract.ts';
import { distanceOf } from './grounding.ts';

type Choice = Readonly<{
  /** Beginnings of names, in the order of their weight. */
  prefixes: readonly string[];
  /** A price says something only beside another price, and the levels are those; ratios read alike in every market. */
  prices: boolean;
  max: number;
}>;

const CHOICES = {
  technical: {
    prefixes: [
      'indicators.',
      'candles.',
      'order_book.',
      'price_forecast.',
      'funding.',
      'last_hour.',
      'memory_search.',
    ],
    prices: false,
    max: 52,
  },
  /** What is about us: the market has been read by then, and its texts are nobody's business here. */
  planner: {
    prefixes: [
      'portfolio.',
      'open_risk.',
      'price_forecast.',
      'memory_search.',
      'recent_decisions.count',
      'recent_decisions.hit_rate',
      'recent_decisions.refused',
      'recent_decisions.1.',
      'funding.',
    ],
    prices: true,
    max: 40,
  },
} as const satisfies Readonly<Record<string, Choice>>;

/** A price model that does not know what it is looking at is listened to by nobody. */
export function factsFor(
  agent: keyof typeof CHOICES,
  { facts, forecast }: Pick<Evidence, 'facts' | 'forecast'>,
): readonly Fact[] {
  const { prefixes, prices, max }: Choice = CHOICES[agent];
  const heard = forecast !== null && !forecast.outOfDistribution;
  return prefixes
    .filter((prefix) => heard || prefix !== 'price_forecast.')
    .flatMap((prefix) =>
      facts.filter(({ name, unit }) => name.startsWith(prefix) && (prices || unit !== 'price')),
    )
    .slice(0, max);
}

/** Small models lose what stands too far away, and so do stops and targets. */
const LEVELS_MAX = 20;

/** The nearest to the market, from the lowest to the highest as they came. */
export function levelsFor({ levels, mid }: Pick<Evidence, 'levels' | 'mid'>): readonly Level[] {
  if (levels.length <= LEVELS_MAX) return levels;
  const near = new Set(
    levels
      .toSorted((a, b) => distanceOf(a, mid) - distanceOf(b, mid))
      .slice(0, LEVELS_MAX)
      .map(({ name }) => name),
  );
  return levels.filter(({ name }) => near.has(name));
}
