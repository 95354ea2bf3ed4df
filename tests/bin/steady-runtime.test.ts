/** The house's hold on its model: opened when it can be, never with other weights, and closed whenever that comes. */
import { describe, expect, test } from 'vitest';
import type { AgentCall } from '../../agents/contract.ts';
import type { Timer } from '../../agents/monitor.ts';
import { RuntimeError, type Ask } from '../../agents/runtimes/contract.ts';
import { SteadyRuntime } from '../../bin/steady-runtime.ts';
import { watchModel } from '../../bin/watched-model.ts';
import { ScriptedRuntime, type Line } from '../support/scripted-runtime.ts';

const NEVER = new AbortController().signal;
const { identity } = new ScriptedRuntime([]);
const ask: Ask = {
  messages: [{ role: 'user', content: 'up?' }],
  schema: null,
  tools: [],
  seed: 1,
  temperature: 0,
  contextTokens: 1_000,
  answerTokensMax: 100,
  think: false,
  deadlineMs: 5_000,
  lane: 'test',
};

/** A model server that is there or not, and may have changed its weights. */
class Server {
  there = true;
  opened = 0;
  closed = 0;
  digest = identity.digest;
  readonly lines: Line[] = [];

  open = async (): Promise<ScriptedRuntime> => {
    if (!this.there) throw new RuntimeError('RUNTIME_DOWN', 'nobody answers');
    this.opened += 1;
    const runtime = new ScriptedRuntime(this.lines);
    Object.assign(runtime, { identity: { ...identity, digest: this.digest } });
    runtime.close = async () => {
      this.closed += 1;
    };
    return runtime;
  };
}
const failing = (call: Promise<unknown>) => expect(call).rejects;

describe('opening', () => {
  test('nothing is asked before it is open, and one opening serves all who wait', async () => {
    const server = new Server();
    server.lines.push('yes');
    const runtime = new SteadyRuntime(identity, server.open);
    await failing(runtime.ask(ask, NEVER)).toMatchObject({ code: 'RUNTIME_DOWN' });
    await failing(runtime.measure(ask.messages)).toMatchObject({ code: 'RUNTIME_DOWN' });
    await Promise.all([runtime.heartbeat(NEVER), runtime.heartbeat(NEVER)]);
    expect(server.opened).toBe(1);
    expect((await runtime.ask(ask, NEVER)).text).toBe('yes');
  });
  test('a server that is away is tried again with the next heartbeat', async () => {
    const server = new Server();
    server.there = false;
    const runtime = new SteadyRuntime(identity, server.open);
    await failing(runtime.heartbeat(NEVER)).toMatchObject({ code: 'RUNTIME_DOWN' });
    server.there = true;
    await runtime.heartbeat(NEVER);
    expect(server.opened).toBe(1);
  });
  test('other weights than the pinned ones are closed again, unasked', async () => {
    const server = new Server();
    server.digest = 'b'.repeat(64);
    const runtime = new SteadyRuntime(identity, server.open);
    await failing(runtime.heartbeat(NEVER)).toMatchObject({ code: 'MODEL_NOT_FIT' });
    await failing(runtime.ask(ask, NEVER)).toMatchObject({ code: 'RUNTIME_DOWN' });
    expect([server.opened, server.closed]).toEqual([1, 1]);
  });
});

describe('closing', () => {
  test('closes what is open, and what is only just opening', async () => {
    const [open, opening] = [new Server(), new Server()];
    const first = new SteadyRuntime(identity, open.open);
    await first.heartbeat(NEVER);
    await first.close();
    const second = new SteadyRuntime(identity, opening.open);
    const beat = second.heartbeat(NEVER).catch(() => undefined);
    await second.close();
    await beat;
    expect([open.closed, opening.closed]).toEqual([1, 1]);
  });
  test('what was never opened has nothing to close', async () => {
    const server = new Server();
    await new SteadyRuntime(identity, server.open).close();
    expect(server.opened).toBe(0);
  });
});

describe('under watch', () => {
  /** What waits for its time, until the test says that it has come. */
  const due = new Map<number, () => void>();
  const timer: Timer = {
    now: () => 0,
    every(ms, work) {
      due.set(ms, work);
      return () => due.delete(ms);
    },
    limit: () => NEVER,
  };
  const settings = {
    seed: 1,
    temperature: 0,
    contextTokens: 1_000,
    answerTokensMax: 100,
    think: false,
    deadlineMs: 5_000,
  };
  const watched = (server: Server) => {
    const notices: string[] = [];
    const model = watchModel({
      runtime: new SteadyRuntime(identity, server.open),
      settings,
      log: () => undefined,
      notice: (code, message) => notices.push(`${code} ${message}`),
      name: 'm',
      timer,
    });
    return { model, notices };
  };
  const call = (code: string | null): AgentCall => ({ code, metrics: null }) as AgentCall;

  test('it is fit once it was heard, unfit when a call finds it gone, and people are told once of each', async () => {
    const { model, notices } = watched(new Server());
    expect(model.fit()).toBe('MODEL_UNHEALTHY');
    await model.heard;
    expect(model.fit()).toBeNull();
    model.report([call(null), call('RUNTIME_DOWN'), call('RUNTIME_DOWN')]);
    expect(model.fit()).toBe('MODEL_UNHEALTHY');
    expect(notices).toEqual(['MODEL_AWAY m is down: RUNTIME_DOWN']);
    due.get(2_000)?.();
    await expect.poll(() => model.fit()).toBeNull();
    expect(due.has(2_000)).toBe(false);
    expect(notices).toEqual(['MODEL_AWAY m is down: RUNTIME_DOWN', 'MODEL_BACK m answers again']);
    await model.close();
  });
  test('one that cannot be opened is unfit from the start', async () => {
    const server = new Server();
    server.there = false;
    const { model } = watched(server);
    await model.heard;
    expect(model.fit()).toBe('MODEL_UNHEALTHY');
    await model.close();
  });
});
