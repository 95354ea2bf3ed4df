/** What a decision costs beside its model's own time, step by step, and how busy a swarm of desks keeps the model. */
import { openLlamaCpp, type LlamaCppRuntime } from '../../agents/runtimes/llama-cpp.ts';
import type { Answer, Ask } from '../../agents/runtimes/contract.ts';
import { SteadyRuntime } from '../../bin/steady-runtime.ts';
import type { SpanMs } from '#firewall';
import type { DecidePorts } from '../../graphs/contract.ts';
import { decideGraph } from '../../graphs/decide.ts';
import { Decider } from '../../graphs/decider.ts';
import { runSwarm, waitFor, type SwarmDesk } from '../../graphs/swarm.ts';
import { tinyGguf } from '../../tests/support/tiny-gguf.ts';
import { deskOf } from '../../tests/graphs/desk.ts';
import type { Bench, Figure } from '../contract.ts';
import { atLeast, median } from '../measure.ts';

const DECISIONS = 12;
const DESKS = 8;
const ROUNDS = 5;
const ROUND_MS = 8_000;
const ASKS_MAX = 20;
/** As much of the model's own maximum as a swarm must reach. */
const BUSY_MIN = 0.9;
const NEVER = new AbortController().signal;

const idOf = (index: number): string => index.toString(16).padStart(32, '0');

/** The model, and every question that it answered. */
class Heard extends SteadyRuntime {
  readonly asks: Ask[] = [];
  readonly answeredAt: number[] = [];

  override async ask(ask: Ask, signal: AbortSignal): Promise<Answer> {
    const answer = await super.ask(ask, signal);
    this.asks.push(ask);
    this.answeredAt.push(performance.now());
    return answer;
  }
}

type Stage = Readonly<{
  runtime: Heard;
  model: LlamaCppRuntime;
  portsOf(desk: string): DecidePorts;
}>;

async function withStage<T>(work: (stage: Stage) => Promise<T>): Promise<T> {
  const file = await tinyGguf();
  const options = { concurrency: 1, keepAliveMs: null };
  const model = await openLlamaCpp({ file, options, threads: 1 });
  const runtime = new Heard(model.identity, () => Promise.resolve(model));
  await runtime.heartbeat(NEVER);
  const { ports } = deskOf();
  const portsOf = (desk: string): DecidePorts => ({
    ...ports,
    runtime,
    rules: { ...ports.rules, address: { ...ports.rules.address, desk } },
  });
  try {
    return await work({ runtime, model, portsOf });
  } finally {
    await model.close();
  }
}

/** Milliseconds that each step took, by the moments at which LangGraph reports their ends. */
async function stepsOf(ports: DecidePorts, index: number): Promise<ReadonlyMap<string, number>> {
  const { desk, strategy, symbol } = ports.rules.address;
  const id = idOf(index);
  const request = { run: id, id, desk, strategy, symbol, at: ports.clock.now() };
  const took = new Map<string, number>();
  const began = performance.now();
  let last = began;
  const graph = decideGraph(ports);
  for await (const ended of await graph.stream({ request }, { streamMode: 'updates' })) {
    const now = performance.now();
    const [step = ''] = Object.keys(ended);
    // A call of a model is a task, and ends like a step of its own.
    const name = step === 'call' ? 'models' : step.startsWith('read-') ? 'read' : step;
    took.set(name, (took.get(name) ?? 0) + now - last);
    if (name !== 'models') took.set('house', (took.get('house') ?? 0) + now - last);
    last = now;
  }
  return took.set('whole', last - began);
}

const STEPS = [
  'whole',
  'models',
  'house',
  'gather',
  'read',
  'weigh',
  'make-plan',
  'make-order',
  'fall-back',
  'finish',
];

async function latency(): Promise<readonly Figure[]> {
  return withStage(async ({ runtime, portsOf }) => {
    const ports = portsOf('bench');
    const desk = new Decider(ports, null);
    await desk.decide(idOf(0), NEVER);
    runtime.asks.length = 0;
    const runs: ReadonlyMap<string, number>[] = [];
    for (let index = 0; index < DECISIONS; index += 1) runs.push(await stepsOf(ports, index));
    const asked = runtime.asks.length;
    const { transcript } = await desk.decide(idOf(DECISIONS), NEVER);
    const tokens = transcript.calls.reduce(
      (sum, { metrics }) => sum + (metrics?.promptTokens ?? 0) + (metrics?.answerTokens ?? 0),
      0,
    );
    const steps = STEPS.flatMap((step): Figure[] => {
      const taken = runs.flatMap((run) => run.get(step) ?? []);
      return taken.length === 0
        ? []
        : [{ name: `decision, ${step}`, value: median(taken), unit: 'ms' }];
    });
    return [
      ...steps,
      { name: 'calls per decision', value: asked / DECISIONS, unit: 'calls' },
      { name: 'tokens per decision', value: tokens, unit: 'tokens' },
    ];
  });
}

/** Calls per second that the model answers when it never waits for a question. */
async function ceiling({ model }: Stage, asks: readonly Ask[]): Promise<number> {
  const began = performance.now();
  await Promise.all(asks.map((ask) => model.ask({ ...ask, deadlineMs: 600_000 }, NEVER)));
  return (asks.length * 1_000) / (performance.now() - began);
}

const desksOf = ({ portsOf }: Stage): readonly SwarmDesk[] => {
  let index = 0;
  return Array.from({ length: DESKS }, (_, place) => {
    const name = `desk-${place}`;
    const decider = new Decider(portsOf(name), null);
    return {
      name,
      everyMs: 1 as SpanMs,
      async act(signal) {
        const { end } = await decider.decide(idOf((index += 1)), signal);
        return end.kind;
      },
    };
  });
};

/** Calls per second that the desks get out of the model, and how their turns were shared. */
async function swarmFor(
  ms: number,
  { runtime }: Stage,
  desks: readonly SwarmDesk[],
): Promise<Readonly<{ rate: number; turns: readonly number[] }>> {
  const stop = new AbortController();
  const before = runtime.answeredAt.length;
  let rate = 0;
  setTimeout(() => {
    // From the first answer on: how long the desks took to get going is no part of how busy they keep the model.
    const first = runtime.answeredAt[before] ?? 0;
    rate = ((runtime.answeredAt.length - before - 1) * 1_000) / (performance.now() - first);
    stop.abort();
  }, ms);
  const tally = await runSwarm(
    desks,
    { concurrency: DESKS, backOffMsMax: 1_000 as SpanMs },
    { clock: { now: () => Date.now() as never }, wait: waitFor, progress: () => undefined },
    stop.signal,
  );
  return { rate, turns: tally.map((desk) => desk.turns) };
}

async function swarm(): Promise<readonly Figure[]> {
  return withStage(async (stage) => {
    const desks = desksOf(stage);
    const reached: number[] = [];
    const most: number[] = [];
    const shares: number[] = [];
    // In turns, so that a busy moment of the machine hits both alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      const { rate, turns } = await swarmFor(ROUND_MS, stage, desks);
      reached.push(rate);
      shares.push(Math.max(...turns) - Math.min(...turns));
      most.push(await ceiling(stage, stage.runtime.asks.slice(-ASKS_MAX)));
    }
    return [
      atLeast({
        name: `swarm of ${DESKS} desks`,
        value: median(reached),
        unit: 'calls/s',
        floor: median(most),
        target: median(most) * BUSY_MIN,
      }),
      {
        name: 'turns between the busiest and the least busy',
        value: median(shares),
        unit: 'turns',
      },
    ];
  });
}

export const benchmarks: readonly Bench[] = [
  { name: 'decision by step', unit: 'ms', run: latency },
  { name: 'swarm beside one model', unit: 'calls/s', run: swarm },
];
