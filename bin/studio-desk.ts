/** The desk that LangGraph Studio shows: a simulated market that runs with the clock, a paper account, and the configured model. */
import { randomBytes } from 'node:crypto';
import type { Money, Ppm, SpanMs, TimeMs } from '#firewall';
import { WEIGHTS } from '../agents/ensemble.ts';
import { SIZING } from '../agents/order.ts';
import type { ChatRuntime } from '../agents/runtimes/chat-runtime.ts';
import { RuntimeError, type ModelIdentity } from '../agents/runtimes/contract.ts';
import { OPENAI_KEY_VARIABLE, openRuntime, parseModelSpec } from '../agents/runtimes/open.ts';
import type { ReviewPorts } from '../graphs/contract.ts';
import { simulate } from '../market/simulator/simulator.ts';
import { createMarketStore, type LocalMarketStore } from '../market/store.ts';
import type { AccountReader, MarketReader } from '../tools/contract.ts';
import { SteadyRuntime } from './steady-runtime.ts';

const SYMBOLS = ['BTC/USDT:USDT', 'ETH/USDT:USDT'];
const SYMBOL = 'BTC/USDT:USDT';
const HISTORY_MS = 86_400_000 as SpanMs;
const STEP_MS = 1_000 as SpanMs;
const SEED = 7;
/** There is no first door in the studio: nothing is judged, and nothing can be sent. */
const NO_GATE = 'STUDIO_HAS_NO_GATE';

const NOBODY: ModelIdentity = {
  runtime: 'recorded',
  runtimeVersion: '0',
  model: 'none',
  digest: null,
  quantisation: null,
  parameters: null,
  contextMax: null,
};

/** The model of `AIRLOCK_MODEL`; without one every decision falls back, which is worth seeing too. */
async function studioRuntime(
  env: NodeJS.ProcessEnv,
): Promise<Readonly<{ runtime: ChatRuntime; unfit: string | null }>> {
  const said = env['AIRLOCK_MODEL'] ?? '';
  const none = (): Promise<never> =>
    Promise.reject(new RuntimeError('MODEL_NOT_FOUND', 'no model is configured'));
  if (said === '') return { runtime: new SteadyRuntime(NOBODY, none), unfit: 'MODEL_NOT_FOUND' };
  const read = parseModelSpec(said);
  if (!read.ok) throw new Error(`AIRLOCK_MODEL: ${read.hint}`);
  const runtime = await openRuntime(read.spec, {
    concurrency: 1,
    keepAliveMs: null,
    ollamaUrl: env['AIRLOCK_OLLAMA_URL'] ?? 'http://127.0.0.1:11434',
    openaiKey: env[OPENAI_KEY_VARIABLE] ?? null,
  });
  return { runtime, unfit: null };
}

/** A simulated market that is always as far as the clock. */
function livingMarket(now: () => TimeMs): MarketReader {
  const startAt = now();
  const feed = simulate({
    preset: 'calm',
    seed: SEED,
    symbols: SYMBOLS,
    stepMs: STEP_MS,
    startAt,
    historyMs: HISTORY_MS,
  });
  const store: LocalMarketStore = createMarketStore({
    instruments: feed.instruments,
    currency: 'USDT',
  });
  store.observeClock({ skewMs: 0, monotonic: true, persistent: true }, startAt);
  const caughtUp = (): LocalMarketStore => {
    for (const event of feed.advance(now())) store.apply(event, event.at);
    return store;
  };
  caughtUp();
  return {
    symbols: store.symbols,
    view: (symbol, asOf, evidence) => caughtUp().view(symbol, asOf, evidence),
    candles: (symbol, timeframeMs, asOf, count) =>
      caughtUp().candles(symbol, timeframeMs, asOf, count),
    news: (asOf, sinceMs) => caughtUp().news(asOf, sinceMs),
  };
}

const flatAccount: AccountReader = {
  account: (asOf) => ({
    at: asOf,
    version: 0,
    equity: 10_000_000_000_000n as Money,
    cash: 10_000_000_000_000n as Money,
    state: 'ACTIVE',
    positions: [],
    working: [],
  }),
  recent: () => [],
};

export async function studioDesk(env: NodeJS.ProcessEnv): Promise<ReviewPorts> {
  const now = (): TimeMs => Date.now() as TimeMs;
  const { runtime, unfit } = await studioRuntime(env);
  return {
    runtime,
    clock: { now },
    fit: () => unfit,
    tools: {
      market: livingMarket(now),
      account: flatAccount,
      memory: null,
      forecast: null,
      embed: null,
    },
    rules: {
      address: {
        desk: 'studio',
        strategy: 'studio',
        symbol: SYMBOL,
        account: 'studio',
        venue: 'paper',
        network: 'paper',
      },
      modelId: runtime.identity.model.slice(0, 64),
      model: {
        seed: SEED,
        temperature: 0,
        contextTokens: 4_096,
        answerTokensMax: 512,
        think: false,
        deadlineMs: 60_000,
      },
      budget: { calls: 6, tokens: 20_000, ms: 120_000 },
      weights: WEIGHTS,
      sizing: SIZING,
      fallback: 'algorithmic',
      basisAgeMsMax: 120_000 as SpanMs,
      toolMsMax: 5_000 as SpanMs,
      limits: [],
    },
    approval: { ageMsMax: 300_000 as SpanMs, driftMax: 5_000 as Ppm },
    dryJudge: () => Promise.resolve({ kind: 'held', codes: [NO_GATE], margins: [] }),
    submit: () => Promise.resolve({ ok: false, code: NO_GATE }),
    newId: () => randomBytes(16).toString('hex'),
  };
}
