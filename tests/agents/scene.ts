/** One moment of a market, and a desk that looks at it: what the tests of the agents start from. */
import type { Ppm, TimeMs } from '#firewall';
import type {
  AgentScope,
  Budget,
  Evidence,
  ModelSettings,
  PlannerInput,
  Sentiment,
  Technical,
} from '../../agents/contract.ts';
import { openPurse } from '../../agents/purse.ts';
import type { ChatRuntime } from '../../agents/runtimes/chat-runtime.ts';
import type { Fact, UntrustedText } from '../../tools/contract.ts';

export const AT = 1_790_000_000_000 as TimeMs;
export const SYMBOL = 'BTC/USDT:USDT';

export const fact = (name: string, value: string, unit: Fact['unit'] = 'ratio'): Fact => ({
  name,
  value,
  unit,
});

export const evidence: Evidence = {
  at: AT,
  mid: '60000',
  facts: [
    fact('candles.change_20', '85.5', 'bps'),
    fact('indicators.ema_gap', '12.5', 'bps'),
    fact('indicators.rsi14', '61.2', 'percent'),
    fact('order_book.spread', '0.17', 'bps'),
    fact('portfolio.equity', '100000', 'money'),
    fact('portfolio.side', 'flat', 'word'),
  ],
  levels: [
    { name: 'atr2_below', price: '59400' },
    { name: 'atr1_below', price: '59700' },
    { name: 'atr1_above', price: '60300' },
    { name: 'atr2_above', price: '60600' },
  ],
  ids: ['book:BTC/USDT:USDT:7'],
  calls: [],
  forecast: null,
};

export const story = (
  id: string,
  text: string,
  minutesAgo = 5,
  source = 'reuters',
): UntrustedText => ({
  id,
  source,
  availableAt: (AT - minutesAgo * 60_000) as TimeMs,
  text,
});

export const upbeat: Sentiment = {
  direction: 'up',
  strength: 60,
  confidence: 50,
  volatility: 30,
  catalyst: 'regulation',
  items: [1],
};
export const bullish: Technical = {
  bias: 'long',
  strength: 60,
  confidence: 70,
  invalidation: 'atr1_below',
  cites: ['indicators.rsi14'],
};

export const plannerInput = (change: Partial<PlannerInput> = {}): PlannerInput => ({
  symbol: SYMBOL,
  evidence,
  sentiment: upbeat,
  technical: bullish,
  actions: ['long', 'short', 'none'],
  contributions: [{ voice: 'technical', signal: 420_000, weight: 500_000 as Ppm }],
  signal: 210_000,
  limits: [fact('limits.order_share', '5', 'percent')],
  ...change,
});

export const SETTINGS: ModelSettings = {
  seed: 7,
  temperature: 0,
  contextTokens: 4_096,
  answerTokensMax: 160,
  think: false,
  deadlineMs: 30_000,
};
export const BUDGET: Budget = { calls: 4, tokens: 20_000, ms: 60_000 };

/** A desk with a full purse and a clock that stands still. */
export const scopeOf = (
  runtime: ChatRuntime,
  { budget = BUDGET, settings = SETTINGS, signal = new AbortController().signal } = {},
): AgentScope => ({ runtime, settings, purse: openPurse(budget, () => 0), lane: 'desk-a', signal });

export const json = (value: unknown): string => JSON.stringify(value);
