/** The monitor on a clock of its own: it beats, bars, asks its canary, and lets the model back in. */
import { expect, test } from 'vitest';
import type { Health } from '../../agents/health.ts';
import { RuntimeMonitor, systemTimer, type Timer } from '../../agents/monitor.ts';
import { RuntimeError, type RuntimeCode } from '../../agents/runtimes/contract.ts';
import { ScriptedRuntime, type Line } from '../support/scripted-runtime.ts';
import { asked } from './runtimes/conformance.ts';

/** A runtime whose heart beats as it is told to. */
class Patient extends ScriptedRuntime {
  beats: (RuntimeCode | 'hang' | null)[] = [];

  override async heartbeat(): Promise<void> {
    const next = this.beats.shift() ?? null;
    if (next === 'hang') return new Promise(() => undefined);
    if (next !== null) throw new RuntimeError(next, 'as it was told');
  }
}

class TestTimer implements Timer {
  time = 0;
  work: (() => void) | null = null;
  /** What a heartbeat is given: nothing, or a signal that has come. */
  patience = new AbortController();
  now = (): number => this.time;
  every(_: number, work: () => void): () => void {
    this.work = work;
    return () => {
      this.work = null;
    };
  }
  limit = (): AbortSignal => this.patience.signal;
}

const GOOD = '{"direction":"up"}';

function watched(lines: readonly Line[] = []) {
  const runtime = new Patient(lines);
  const timer = new TestTimer();
  const seen: string[] = [];
  const monitor = new RuntimeMonitor({
    runtime,
    settings: asked(),
    timer,
    onChange: ({ state, reason, since }: Health, before) =>
      seen.push(`${since} ${before?.state ?? ''}>${state} ${reason ?? ''}`.trim()),
  });
  const report = (code: string | null): void => monitor.report({ code, metrics: null });
  const beat = async (time: number): Promise<void> => {
    timer.time = time;
    await monitor.beat();
  };
  return { runtime, timer, seen, monitor, report, beat };
}

test('is unfit until the first heartbeat, and fit after it', async () => {
  const { monitor, seen } = watched();
  expect(monitor.fit()).toBe('MODEL_UNHEALTHY');
  await monitor.start();
  expect(monitor.fit()).toBeNull();
  expect(seen).toEqual(['0 >down RUNTIME_UNHEARD', '0 down>up']);
  monitor.stop();
});

test('goes down with a heartbeat, and comes back with one', async () => {
  const { runtime, monitor, beat, seen } = watched();
  runtime.beats = [null, 'RUNTIME_DOWN', 'RUNTIME_DOWN', 'MODEL_NOT_FIT', null];
  await monitor.start();
  for (const time of [30, 60]) await beat(time);
  expect(monitor.fit()).toBe('MODEL_UNHEALTHY');
  expect(monitor.health).toEqual({ state: 'down', reason: 'RUNTIME_DOWN', since: 30 });
  await beat(90);
  expect(monitor.health).toEqual({ state: 'down', reason: 'MODEL_NOT_FIT', since: 30 });
  await beat(120);
  expect(monitor.fit()).toBeNull();
  expect(seen.slice(2)).toEqual([
    '30 up>down RUNTIME_DOWN',
    '30 down>down MODEL_NOT_FIT',
    '120 down>up',
  ]);
});

test('a heart that hangs has stopped', async () => {
  const { runtime, timer, monitor, beat } = watched();
  runtime.beats = [null, 'hang'];
  await monitor.start();
  const beating = beat(30);
  timer.patience.abort();
  await beating;
  expect(monitor.health).toMatchObject({ state: 'down', reason: 'CALL_TIMED_OUT' });
});

test('three bad answers bar it until a canary is good', async () => {
  const { monitor, report, beat, runtime } = watched(['babble', GOOD]);
  await monitor.start();
  for (let count = 0; count < 3; count += 1) {
    expect(monitor.fit()).toBeNull();
    report('ANSWER_OFF_SCHEMA');
  }
  expect(monitor.fit()).toBe('MODEL_UNHEALTHY');
  await beat(30);
  expect(monitor.health).toMatchObject({ state: 'failing', reason: 'ANSWER_NOT_JSON', since: 0 });
  await beat(60);
  expect(monitor.fit()).toBeNull();
  expect(runtime.asked.map(({ lane }) => lane)).toEqual(['canary', 'canary']);
});

test('asks no canary of the healthy or the dead', async () => {
  const { runtime, monitor, report, beat } = watched([GOOD]);
  await monitor.start();
  await beat(30);
  for (let count = 0; count < 3; count += 1) report('ANSWER_CUT');
  runtime.beats = ['RUNTIME_DOWN'];
  await beat(60);
  expect(runtime.asked).toEqual([]);
  await beat(90);
  expect(monitor.fit()).toBeNull();
});

test('beats one at a time', async () => {
  const { runtime, timer, monitor } = watched();
  await monitor.start();
  runtime.beats = ['hang', 'RUNTIME_DOWN'];
  const [one, two] = [monitor.beat(), monitor.beat()];
  expect(two).toBe(one);
  timer.patience.abort();
  await one;
  expect(runtime.beats).toEqual(['RUNTIME_DOWN']);
});

test('is quiet once it is stopped', async () => {
  const { runtime, timer, monitor, seen } = watched();
  await monitor.start();
  runtime.beats = ['hang'];
  const beating = monitor.beat();
  monitor.stop();
  await beating;
  expect(timer.work).toBeNull();
  expect(seen).toHaveLength(2);
});

test("the machine's own timer runs, and ends", async () => {
  const ticked = Promise.withResolvers<void>();
  const before = systemTimer.now();
  const end = systemTimer.every(1, () => ticked.resolve());
  const keepAwake = setInterval(() => undefined, 10);
  await ticked.promise;
  end();
  clearInterval(keepAwake);
  expect(systemTimer.now()).toBeGreaterThanOrEqual(before);
  expect(systemTimer.limit(60_000).aborted).toBe(false);
});
