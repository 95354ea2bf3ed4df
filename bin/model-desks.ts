/** All desks that decide through the model: one runtime, one memory, and a swarm of turns. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Policy, SpanMs, TimeMs } from '#firewall';
import type { ModelSettings } from '../agents/contract.ts';
import { SIZING } from '../agents/order.ts';
import type { DeskRules } from '../graphs/contract.ts';
import { Decider } from '../graphs/decider.ts';
import { SqliteSaver } from '../graphs/sqlite-saver.ts';
import { runSwarm, type SwarmEvent } from '../graphs/swarm.ts';
import type { Config } from '../infra/config.ts';
import type { DeskConfig } from '../infra/desk-config.ts';
import { errorFields } from '../infra/log.ts';
import type {
  AccountReader,
  MarketReader,
  PriceModel,
  SituationMemory,
} from '../tools/contract.ts';
import { limitFacts } from './limit-facts.ts';
import { openDeskMemory } from './memory.ts';
import { ModelDesk, WAITING, type ModelDeskPorts } from './model-desk.ts';
import { openModel } from './model-pin.ts';
import type { DeskPost } from './desk-post.ts';
import { writeHappening } from './happening.ts';
import type { PinnedModel } from './pinned-model.ts';
import { openPriceModel, type PinnedPriceModel } from './price-model.ts';
import type { RoleContext } from './role.ts';
import { openOrSetAside } from './set-aside.ts';
import { SteadyRuntime } from './steady-runtime.ts';
import { watchModel } from './watched-model.ts';

const TOOL_MS_MAX = 2_000 as SpanMs;
/** The longest that a timer can wait. */
const WAIT_MS_MAX = 2_147_483_647;
const BACK_OFF_MS_MAX = 120_000 as SpanMs;

export type ModelDesksPorts = Pick<ModelDeskPorts, 'standings' | 'transcripts' | 'diary' | 'now'> &
  Readonly<{
    market: MarketReader;
    account: AccountReader;
    policy: Policy;
    model: PinnedModel;
    priceModel: PinnedPriceModel | null;
  }>;

export type ModelDesks = Readonly<{
  memory: SituationMemory | null;
  /** The desk has acted without its model: what that is thinking about is over. */
  interrupt(desk: string): void;
  close(): Promise<void>;
}>;

/** Opens the model in the background: until it is there the desks go by what they fall back to. */
export async function openModelDesks(
  posts: readonly DeskPost[],
  context: RoleContext,
  ports: ModelDesksPorts,
): Promise<ModelDesks> {
  const { config, dir, log, openaiKey } = context;
  const { model, market, account, now } = ports;
  const notice = noticeOf(context, now);
  const forecast = await forecastOf(ports.priceModel, notice);
  const saver = openOrSetAside(
    join(dir.desks, 'checkpoints.db'),
    (file) => new SqliteSaver(file),
    notice,
  );
  const runtime = new SteadyRuntime(model.identity, () =>
    openModel(model.spec, { ...config, openaiKey }),
  );
  const { memory, embed } = openDeskMemory({ dir, config, model, runtime, notice });
  const settings = settingsOf(config);
  const watched = watchModel({ runtime, settings, log, notice, name: model.id });
  const desks = posts.map((post) => {
    const decider = new Decider(
      {
        runtime,
        tools: { market, account, memory, forecast, embed },
        clock: { now },
        fit: () => watched.fit(),
        rules: rulesOf(post.desk, { ...ports, config, now: now() }),
      },
      saver,
    );
    const everyMs = config.modelDeskEveryMs as SpanMs;
    return new ModelDesk(post, everyMs, {
      ...ports,
      decider,
      saver,
      memory,
      embed,
      notice,
      report: (calls) => watched.report(calls),
    });
  });
  const ending = new AbortController();
  const running = watched.heard.then(() => swarm(desks, context, now, ending.signal));
  return {
    memory,
    interrupt: (name) => desks.find((desk) => desk.name === name)?.interrupt(),
    async close() {
      ending.abort();
      await watched.close();
      await running;
      await forecast?.close();
      saver.close();
      memory?.close();
    },
  };
}

type RulesFrom = Readonly<{
  config: Config;
  model: Pick<PinnedModel, 'id' | 'choosesTools'>;
  policy: Policy;
  now: TimeMs;
}>;

export const settingsOf = (config: Config): ModelSettings => ({
  seed: config.modelSeed,
  temperature: config.temperatureMilli / 1_000,
  contextTokens: config.contextTokens,
  answerTokensMax: config.answerTokensMax,
  think: config.modelThinks,
  deadlineMs: config.callSecondsMax * 1_000,
});

/** One desk's rules, from the settings and the policy. */
export function rulesOf(
  { desk, strategy, symbol, fallback }: DeskConfig,
  { config, model, policy, now }: RulesFrom,
): DeskRules {
  return {
    address: { desk, strategy, symbol, account: config.account, venue: 'paper', network: 'paper' },
    modelId: model.id,
    choosesTools: model.choosesTools,
    model: settingsOf(config),
    budget: {
      calls: config.decisionCallsMax,
      tokens: config.decisionTokensMax,
      ms: config.decisionSecondsMax * 1_000,
    },
    weights: config.weights,
    sizing: SIZING,
    fallback,
    basisAgeMsMax: (config.decisionStaleSeconds * 1_000) as SpanMs,
    toolMsMax: TOOL_MS_MAX,
    limits: limitFacts(policy, symbol, now),
  };
}

/** A desk goes on without a forecast, and says so. */
async function forecastOf(
  pinned: PinnedPriceModel | null,
  notice: (code: string, message: string) => void,
): Promise<PriceModel | null> {
  if (pinned === null) return null;
  try {
    return await openPriceModel(pinned);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be opened';
    notice('PRICE_MODEL_AWAY', `${pinned.id}: ${why}; the desks go on without a forecast`);
    return null;
  }
}

const noticeOf =
  ({ log, tell }: RoleContext, now: () => TimeMs) =>
  (code: string, message: string): void => {
    log('warn', code, { message });
    tell('happening', writeHappening({ kind: 'notice', at: now(), code, message }));
  };

/** The decisions that the last process did not finish, and then turn after turn until it is over. */
async function swarm(
  desks: readonly ModelDesk[],
  { config, log }: RoleContext,
  now: () => TimeMs,
  signal: AbortSignal,
): Promise<void> {
  for (const desk of desks) {
    try {
      const said = await desk.finish(signal);
      if (said.length > 0) log('info', 'DESK_RESUMED', { desk: desk.name, said });
    } catch (error) {
      log('warn', 'DESK_NOT_RESUMED', { desk: desk.name, ...errorFields(error) });
    }
  }
  const progress = (event: SwarmEvent): void => {
    const { desk } = event;
    if (event.kind === 'ended') {
      const { said, tookMs } = event;
      // A turn of waiting for the first door is no decision.
      if (said !== WAITING) log('info', 'DESK_DECIDED', { desk, said, tookMs });
    } else if (event.kind === 'failed') {
      log('warn', 'DESK_FAILED', { desk, ...errorFields(event.error) });
    }
  };
  // A wait that is called off has ended: there is nothing to tell.
  const wait = (ms: number, until: AbortSignal): Promise<void> =>
    sleep(Math.min(ms, WAIT_MS_MAX), undefined, { signal: until }).catch(() => undefined);
  await runSwarm(
    desks,
    { concurrency: config.modelConcurrency * 2, backOffMsMax: BACK_OFF_MS_MAX },
    { clock: { now }, wait, progress },
    signal,
  );
}
