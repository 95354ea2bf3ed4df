/** A desk for the tests of the graphs: a simulated market in a real store, an account, and a model server that says what it is told to. */
import type { SpanMs, TimeMs } from '#firewall';
import { WEIGHTS } from '../../agents/ensemble.ts';
import { SIZING } from '../../agents/order.ts';
import { ChatRuntime, type PromptSize, type Spoken } from '../../agents/runtimes/chat-runtime.ts';
import {
  RuntimeError,
  type Ask,
  type Message,
  type ModelIdentity,
  type RuntimeCode,
} from '../../agents/runtimes/contract.ts';
import type { DecidePorts, DeskRules } from '../../graphs/contract.ts';
import { createMarketStore, type LocalMarketStore } from '../../market/store.ts';
import type { MarketEvent, NewsItem } from '../../market/contract.ts';
import type { AccountSummary, ToolPorts } from '../../tools/contract.ts';
import * as samples from '../market/samples.ts';
import { accountOf, feedEvents, NOW, summary } from '../tools/world.ts';

export { NOW };
export const SYMBOL = samples.PERP;
export const MINUTES_AFTER = 4;
export const DECISION_ID = '0123456789abcdef0123456789abcdef';

export type Speaker = 'sentiment' | 'technical' | 'planner';
/** What comes back to one call. */
export type Line =
  | string
  | Readonly<{ fail: RuntimeCode }>
  | Readonly<{ cut: string }>
  | Readonly<{ hang: true }>;
export type Script = Partial<Record<Speaker, Line | readonly Line[]>>;

export const IDENTITY: ModelIdentity = {
  runtime: 'recorded',
  runtimeVersion: '1',
  model: 'scripted',
  digest: 'a'.repeat(64),
  quantisation: null,
  parameters: null,
  contextMax: 8_192,
};

/** Who asks, told by the shape of the answer that is asked for. */
export function speakerOf({ schema }: Pick<Ask, 'schema'>): Speaker {
  const properties = Object.keys(schema?.['properties'] ?? {});
  if (properties.includes('catalyst')) return 'sentiment';
  return properties.includes('cites') ? 'technical' : 'planner';
}

/** A server that answers each agent with its own lines; the last of them is repeated. */
export class SpokenRuntime extends ChatRuntime {
  override readonly identity: ModelIdentity = IDENTITY;
  readonly asked: Readonly<{ speaker: Speaker; ask: Ask }>[] = [];
  readonly #script: Script;
  readonly #turns = new Map<Speaker, number>();

  constructor(script: Script, concurrency = 4) {
    super({ concurrency, keepAliveMs: null });
    this.#script = script;
  }

  get speakers(): readonly Speaker[] {
    return this.asked.map(({ speaker }) => speaker);
  }

  override measure(messages: readonly Message[]): Promise<PromptSize> {
    const tokens = messages.reduce((sum, { content }) => sum + Math.ceil(content.length / 4), 0);
    return Promise.resolve({ atLeast: tokens, atMost: tokens });
  }

  override heartbeat(): Promise<void> {
    return Promise.resolve();
  }

  override embed(): Promise<readonly Float32Array[]> {
    return Promise.reject(new RuntimeError('MODEL_NOT_FIT', 'it does not embed'));
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  protected override speak(ask: Ask, size: PromptSize, signal: AbortSignal): Promise<Spoken> {
    const speaker = speakerOf(ask);
    this.asked.push({ speaker, ask });
    const turn = this.#turns.get(speaker) ?? 0;
    this.#turns.set(speaker, turn + 1);
    const said = this.#script[speaker] ?? GOOD[speaker];
    const lines = typeof said === 'object' && 'at' in said ? said : [said];
    const line = lines.at(Math.min(turn, lines.length - 1)) ?? '';
    if (typeof line === 'object' && 'hang' in line) return hung(signal);
    if (typeof line === 'object' && 'fail' in line)
      return Promise.reject(new RuntimeError(line.fail, 'as the script says'));
    const text = typeof line === 'string' ? line : line.cut;
    return Promise.resolve({
      text,
      thoughts: '',
      toolRequests: [],
      done: typeof line === 'string' ? ('stop' as const) : ('length' as const),
      promptTokens: size.atMost,
      answerTokens: Math.ceil(text.length / 4),
      loadMs: null,
      firstTokenMs: 1,
      answerMs: 2,
    });
  }
}

function hung(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new RuntimeError('CALL_CANCELLED', 'stopped')));
  return promise;
}

export const says = (value: unknown): string => JSON.stringify(value);

const SENTIMENT = {
  direction: 'up',
  strength: 60,
  confidence: 60,
  volatility: 30,
  catalyst: 'flows',
  items: [1],
};
const TECHNICAL = {
  bias: 'long',
  strength: 60,
  confidence: 60,
  invalidation: 'atr1_below',
  cites: ['indicators.rsi14'],
};
const PLAN = {
  action: 'long',
  thesis: 'trend',
  confidence: 60,
  size: 'full',
  horizon: '30m',
  stop: 'atr2_below',
  target: 'atr3_above',
};
export const GOOD: Readonly<Record<Speaker, string>> = {
  sentiment: says(SENTIMENT),
  technical: says(TECHNICAL),
  planner: says(PLAN),
};
export const sentiment = (changes: Partial<typeof SENTIMENT>): string =>
  says({ ...SENTIMENT, ...changes });
export const technical = (changes: Partial<typeof TECHNICAL>): string =>
  says({ ...TECHNICAL, ...changes });
export const plan = (changes: Partial<typeof PLAN>): string => says({ ...PLAN, ...changes });

export const RULES: DeskRules = {
  address: {
    desk: 'desk-a',
    strategy: 'trend',
    symbol: SYMBOL,
    account: 'paper-1',
    venue: 'paper',
    network: 'paper',
  },
  modelId: 'scripted@aaaaaaaaaaaa',
  model: {
    seed: 7,
    temperature: 0,
    contextTokens: 4_096,
    answerTokensMax: 256,
    think: false,
    deadlineMs: 30_000,
  },
  budget: { calls: 6, tokens: 20_000, ms: 60_000 },
  weights: WEIGHTS,
  sizing: SIZING,
  fallback: 'algorithmic',
  basisAgeMsMax: 30_000 as SpanMs,
  toolMsMax: 5_000 as SpanMs,
  limits: [{ name: 'limits.order_share', value: '5', unit: 'percent' }],
};

export const newsItem = (id: string, headline: string, minutesAgo = 5): NewsItem => ({
  ...samples.news(id, (NOW - minutesAgo * 60_000) as TimeMs),
  headline,
  symbols: [SYMBOL],
});

const EVENTS = feedEvents(7, (NOW + MINUTES_AFTER * 60_000) as TimeMs).filter(
  ({ kind }) => kind !== 'news',
);

export type DeskOptions = Readonly<{
  script?: Script;
  runtime?: ChatRuntime;
  rules?: Partial<DeskRules>;
  account?: Partial<AccountSummary> | null;
  news?: readonly NewsItem[];
  fit?: () => string | null;
  /** Changes to what the tools may reach. */
  tools?: Partial<ToolPorts>;
  warm?: boolean;
}>;

export type Desk = Readonly<{
  ports: DecidePorts;
  runtime: SpokenRuntime;
  clock: { at: number; now(): TimeMs };
}>;

const usual = ({ news, warm }: DeskOptions): boolean => news === undefined && warm !== false;
/** Nobody writes into it after it is made. */
let shared: LocalMarketStore | null = null;

function storeOf(options: DeskOptions): LocalMarketStore {
  const store = createMarketStore({
    instruments: [samples.instrument(SYMBOL)],
    currency: 'USDT',
  });
  const items = options.news ?? [newsItem('n1', 'Funds see inflows')];
  const told: readonly MarketEvent[] = [
    ...EVENTS,
    ...items.map((item) => ({ kind: 'news' as const, at: item.availableAt, item })),
  ];
  for (const event of told.toSorted((a, b) => a.at - b.at)) store.apply(event, event.at);
  if (options.warm !== false)
    store.observeClock({ skewMs: 0, monotonic: true, persistent: true }, samples.START);
  return store;
}

export function deskOf(options: DeskOptions = {}): Desk {
  const clock = {
    at: NOW as number,
    now(): TimeMs {
      return this.at as TimeMs;
    },
  };
  const store = usual(options) ? (shared ??= storeOf(options)) : storeOf(options);
  const account = options.account === null ? null : summary(options.account);
  const runtime = new SpokenRuntime(options.script ?? {});
  const ports: DecidePorts = {
    runtime: options.runtime ?? runtime,
    tools: {
      market: store,
      account: accountOf(account),
      memory: null,
      forecast: null,
      embed: null,
      ...options.tools,
    },
    clock,
    fit: options.fit ?? (() => null),
    rules: { ...RULES, ...options.rules },
  };
  return { ports, runtime, clock };
}
