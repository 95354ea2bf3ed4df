/** The desks of the configuration: who proposes in which market, by which agent, and what happens when its model fails. */
import * as f from '#firewall';
import type { Fallback } from '../agents/contract.ts';

export const DESK_AGENTS = ['algorithmic', 'model'] as const;
const FALLBACKS: readonly Fallback[] = ['algorithmic', 'none'];

export type DeskConfig = Readonly<{
  desk: string;
  strategy: string;
  symbol: string;
  reckless: boolean;
  agent: (typeof DESK_AGENTS)[number];
  /** Of a model's desk: who decides when the model cannot. `none` takes no new risk. */
  fallback: Fallback;
}>;

const whole: f.Codec<DeskConfig> = f.record<DeskConfig>({
  desk: f.name,
  strategy: f.name,
  symbol: f.symbolName,
  reckless: f.flag,
  agent: f.oneOf(DESK_AGENTS),
  fallback: f.oneOf(FALLBACKS),
});

const UNSAID = { reckless: false, agent: 'algorithmic', fallback: 'algorithmic' } as const;

/** What a desk may leave unsaid is filled in, so that a file from before it could be said stays good. */
export const deskCodec: f.Codec<DeskConfig> = {
  read: (value, at) =>
    whole.read(
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ...UNSAID, ...value }
        : value,
      at,
    ),
  write: (value) => whole.write(value),
};

/** Where nobody names desks: one that follows the trend in each market, and one that is reckless in the first. */
export function shippedDesks(symbols: readonly string[], model: string | null): DeskConfig[] {
  const agent = model === null ? 'algorithmic' : 'model';
  const bases = symbols.map((symbol) => symbol.split('/')[0] ?? symbol);
  const desks = symbols.map((symbol, index): DeskConfig => {
    const base = bases[index] ?? symbol;
    // A coin with two markets has two desks.
    const word = bases.indexOf(base) === bases.lastIndexOf(base) ? base : symbol;
    const name = `trend-${word.toLowerCase().replaceAll(/[/:]/g, '-')}`;
    return { ...UNSAID, desk: name, strategy: name, symbol, agent };
  });
  const [first] = symbols;
  const reckless = { ...UNSAID, desk: 'reckless-demo', strategy: 'reckless-demo', reckless: true };
  return first === undefined ? desks : [...desks, { ...reckless, symbol: first }];
}

export type DeskProblem = Readonly<{ at: string; problem: string }>;

/** What is wrong with desks that are each well-formed. */
export function deskProblems(
  desks: readonly DeskConfig[],
  { symbols, model }: Readonly<{ symbols: readonly string[]; model: string | null }>,
): readonly DeskProblem[] {
  const seen = new Set<string>();
  const places = new Set<string>();
  return desks.flatMap(({ desk, strategy, symbol, agent, reckless }, index) => {
    const problems: DeskProblem[] = [];
    const complain = (key: string, problem: string): void => {
      problems.push({ at: `[${index}].${key}`, problem });
    };
    if (seen.has(desk)) complain('desk', `another desk is called ${desk}`);
    seen.add(desk);
    const place = `${strategy} ${symbol}`;
    if (places.has(place))
      complain('strategy', `another desk trades ${strategy} in ${symbol}: they share a position`);
    places.add(place);
    if (!symbols.includes(symbol)) complain('symbol', `${symbol} is not among the symbols`);
    if (agent === 'model' && model === null) complain('agent', 'no model is configured');
    if (agent === 'model' && reckless) complain('reckless', 'only an algorithmic desk can be that');
    return problems;
  });
}
