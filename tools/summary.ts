/** The last hour of one symbol in a few numbers, made by code: no model sums up for another model. */
import type { TimeMs } from '#firewall';
import { barsOf, moveBps } from './bars.ts';
import type { Candle, Fact, NewsItem, PastDecision } from './contract.ts';
import { fixedFact, numberFact, sorted } from './facts.ts';
import { logReturns, realised } from './indicators/volatility.ts';

const HOUR_MS = 3_600_000;
const BPS = { unit: 'bps', digits: 1 } as const;
const COUNT = { unit: 'count', digits: 0 } as const;

export type Hour = Readonly<{
  symbol: string;
  now: TimeMs;
  /** Closed bars, oldest first; what does not lie wholly within the hour is left out. */
  candles: readonly Candle[];
  news: readonly NewsItem[];
  decisions: readonly PastDecision[];
}>;

/** Pure: the same hour gives the same facts. */
export function hourSummary({ symbol, now, candles, news, decisions }: Hour): readonly Fact[] {
  const within = (at: number): boolean => at > now - HOUR_MS && at <= now;
  const known = candles.filter(({ openAt, closeAt }) => openAt >= now - HOUR_MS && closeAt <= now);
  const base = symbol.split('/', 1)[0];
  const told = news.filter(
    ({ availableAt, symbols }) =>
      within(availableAt) && symbols.some((one) => one.split('/', 1)[0] === base),
  );
  const own = decisions.filter(({ at, symbol: about }) => within(at) && about === symbol);
  const refused = own.filter(({ verdict }) => verdict === 'refused');
  return sorted([
    ...priceFacts(known, now),
    numberFact('last_hour.decisions', own.length, COUNT),
    numberFact('last_hour.news', told.length, COUNT),
    numberFact('last_hour.refusals', refused.length, COUNT),
  ]);
}

function priceFacts(known: readonly Candle[], now: TimeMs): readonly (Fact | null)[] {
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return [numberFact('last_hour.bars', 0, COUNT)];
  const { open, close } = barsOf(known);
  const move = realised(close);
  const extremes = known.reduce(
    ({ high, low }, bar) => ({
      high: bar.high > high ? bar.high : high,
      low: bar.low < low ? bar.low : low,
    }),
    { high: first.high, low: first.low },
  );
  return [
    numberFact('last_hour.bars', known.length, COUNT),
    numberFact('last_hour.change', moveBps(open[0], close.at(-1)), BPS),
    fixedFact('last_hour.close', last.close, 'price'),
    fixedFact('last_hour.high', extremes.high, 'price'),
    fixedFact('last_hour.low', extremes.low, 'price'),
    fixedFact('last_hour.open', first.open, 'price'),
    // For the hour as a whole, from the moves of its bars.
    numberFact(
      'last_hour.volatility',
      move === null ? null : move * Math.sqrt(HOUR_MS / first.timeframeMs) * 10_000,
      BPS,
    ),
    ...biggest(known, close, now),
  ];
}

/** The largest move from one close to the next, with its sign; of equal ones the latest. */
function biggest(
  known: readonly Candle[],
  close: readonly number[],
  now: TimeMs,
): readonly (Fact | null)[] {
  let place = 0;
  const moves = logReturns(close);
  for (const [index, move] of moves.entries())
    if (Math.abs(move) >= Math.abs(moves[place] ?? 0)) place = index;
  const closedAt = known[place + 1]?.closeAt;
  if (closedAt === undefined || moves.length === 0) return [];
  return [
    numberFact('last_hour.biggest', moveBps(close[place], close[place + 1]), BPS),
    numberFact('last_hour.biggest_minutes', Math.floor((now - closedAt) / 60_000), COUNT),
  ];
}
