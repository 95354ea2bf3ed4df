/** The fixed plan of evidence, for models that do not choose tools themselves: what is asked, all at once, and what of it came back. */
import { assert, formatFixed, type MarketView, type Price, type TimeMs } from '#firewall';
import { barsBefore, MAIN_TIMEFRAME, type Timeframe } from './bars.ts';
import { callTool } from './call.ts';
import { toolNamed } from './catalogue.ts';
import type {
  Fact,
  Forecast,
  Level,
  PriceModel,
  ToolCall,
  ToolCode,
  ToolScope,
  UntrustedText,
} from './contract.ts';
import { merged } from './facts.ts';
import { levelsOf } from './levels.ts';
import { SIGHT } from './memory-search.ts';

export type PlanOptions = Readonly<{
  /** Longest wait for one tool; they all wait at the same time. */
  timeoutMs: number;
  timeframe?: Timeframe;
  newsHours?: number;
  /** Leaves steps out, those that are not required; without it all of them are taken. */
  wants?: (tool: string) => boolean;
}>;

/** What did not come, and why. A decision that lacks what is required opens nothing. */
export type Missing = Readonly<{ tool: string; code: ToolCode; required: boolean }>;

export type Gathered = Readonly<{
  at: TimeMs;
  /** Middle price as a decimal; null when there is no book. */
  mid: string | null;
  facts: readonly Fact[];
  levels: readonly Level[];
  ids: readonly string[];
  calls: readonly ToolCall[];
  /** Untrusted, for the quarantined reader alone. */
  texts: readonly UntrustedText[];
  forecast: Forecast | null;
  missing: readonly Missing[];
  /** Whether everything that is required is there. */
  complete: boolean;
}>;

type Step = Readonly<{ tool: string; input: Readonly<Record<string, unknown>>; required: boolean }>;

const NEWS_HOURS = 24;
const NEWS_ITEMS = 12;
const LEVEL_BARS = 120;
const EVIDENCE_MAX = 64;

/** Which tools are asked what. Memory is asked for what the other tools of the plan see. */
export const evidencePlan = (
  timeframe: Timeframe = MAIN_TIMEFRAME,
  newsHours = NEWS_HOURS,
): readonly Step[] => [
  { tool: 'candles', input: { timeframe, bars: SIGHT.bars }, required: true },
  { tool: 'indicators', input: { timeframe }, required: true },
  { tool: 'order_book', input: { levels: SIGHT.levels }, required: true },
  { tool: 'portfolio', input: {}, required: true },
  { tool: 'open_risk', input: {}, required: false },
  { tool: 'funding', input: {}, required: false },
  { tool: 'last_hour', input: {}, required: false },
  { tool: 'recent_decisions', input: { count: 5 }, required: false },
  { tool: 'price_forecast', input: {}, required: false },
  { tool: 'memory_search', input: { timeframe, count: 20 }, required: false },
  { tool: 'news_search', input: { hours: newsHours, items: NEWS_ITEMS }, required: false },
];

export async function gatherEvidence(scope: ToolScope, options: PlanOptions): Promise<Gathered> {
  const { timeframe = MAIN_TIMEFRAME, newsHours = NEWS_HOURS, timeoutMs } = options;
  const { wants = (): boolean => true } = options;
  const heard = hearing(scope.ports.forecast);
  const asked: ToolScope = { ...scope, ports: { ...scope.ports, forecast: heard.model } };
  const plan = evidencePlan(timeframe, newsHours).filter(
    ({ tool, required }) => required || wants(tool),
  );
  const calls = await Promise.all(
    plan.map(({ tool, input }) => {
      const found = toolNamed(tool);
      assert(found !== null, `the plan asks for ${tool}`);
      return callTool(found, input, asked, { chosenBy: 'plan', timeoutMs });
    }),
  );
  const answers = calls.map(({ answer }) => answer);
  const missing = answers.flatMap((answer, index): Missing[] => {
    const step = plan[index];
    return answer.ok || step === undefined
      ? []
      : [{ tool: step.tool, code: answer.code, required: step.required }];
  });
  const found = answers.filter((answer) => answer.ok);
  const spoke = calls.some(({ tool, answer }) => tool === 'price_forecast' && answer.ok);
  const { mid, levels } = pricesNow(scope, timeframe);
  return {
    at: scope.now,
    mid: mid === null ? null : formatFixed(mid),
    facts: found.reduce<readonly Fact[]>((facts, answer) => merged(facts, answer.facts), []),
    levels,
    ids: [...new Set(found.flatMap(({ evidence }) => evidence))].slice(0, EVIDENCE_MAX),
    calls,
    texts: found.flatMap(({ texts }) => texts),
    forecast: spoke ? heard.forecast() : null,
    missing,
    complete: mid !== null && missing.every(({ required }) => !required),
  };
}

/** The price model, with its last word kept: the tool's answer carries facts, and the order wants the forecast itself. */
function hearing(
  model: PriceModel | null,
): Readonly<{ model: PriceModel | null; forecast(): Forecast | null }> {
  let last: Forecast | null = null;
  if (model === null) return { model, forecast: () => null };
  return {
    model: {
      id: model.id,
      artefact: model.artefact,
      timeframeMs: model.timeframeMs,
      barsMin: model.barsMin,
      close: () => model.close(),
      async forecast(symbol, candles, now, signal) {
        const result = await model.forecast(symbol, candles, now, signal);
        if (result.ok) last = result.forecast;
        return result;
      },
    },
    forecast: () => last,
  };
}

type Prices = Readonly<{ mid: Price | null; levels: readonly Level[] }>;

/** The middle and the levels around it; nothing where the market cannot be read or runs ahead of the decision. */
function pricesNow(scope: ToolScope, timeframe: Timeframe): Prices {
  const { ports, symbol, now } = scope;
  try {
    const view = ports.market.view(symbol, now, []);
    const mid = view === null ? null : midOf(view, now);
    const tick = view?.instrument?.tick ?? null;
    if (mid === null || tick === null) return { mid, levels: [] };
    const known = barsBefore(scope, timeframe, LEVEL_BARS);
    const ahead = known.some(({ closeAt }) => closeAt > now);
    return { mid, levels: ahead ? [] : levelsOf(known, { mid, tick }) };
  } catch {
    return { mid: null, levels: [] };
  }
}

function midOf({ book }: MarketView, now: TimeMs): Price | null {
  const [bid, ask] = [book?.bids[0]?.price, book?.asks[0]?.price];
  if (book === null || book.receivedAt > now || bid === undefined || ask === undefined) return null;
  return bid > 0n && bid < ask ? (((bid + ask) / 2n) as Price) : null;
}
