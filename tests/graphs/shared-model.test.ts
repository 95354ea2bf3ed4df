/** A swarm of real decisions beside one model: turns by desk, one broken desk, and a clean stop. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { SpanMs } from '#firewall';
import { Decider } from '../../graphs/decider.ts';
import { SqliteSaver } from '../../graphs/sqlite-saver.ts';
import { runSwarm, waitFor, type SwarmDesk, type SwarmEvent } from '../../graphs/swarm.ts';
import { deskOf, RULES, SpokenRuntime, type Line, type Script } from './desk.ts';

const dir = mkdtempSync(join(tmpdir(), 'airlock-swarm-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;

/** Desks with deciders and savers of their own, as far as `turns` turns of each that is whole; the first is broken where that is wanted. */
async function swarm({
  desks,
  turns,
  broken = false,
  script = {},
}: Readonly<{ desks: number; turns: number; broken?: boolean; script?: Script }>) {
  const runtime = new SpokenRuntime(script, 1);
  const { ports } = deskOf({ runtime });
  const stop = new AbortController();
  const events: SwarmEvent[] = [];
  let ids = 0;
  const all = Array.from({ length: desks }, (_, index): SwarmDesk => {
    const desk = `desk-${index}`;
    const saver = new SqliteSaver(join(dir, `swarm-${(files += 1)}.sqlite`));
    onTestFinished(() => saver.close());
    const rules = { ...RULES, address: { ...RULES.address, desk } };
    const decider = new Decider({ ...ports, rules }, saver);
    if (broken && index === 0) saver.close();
    return {
      name: desk,
      everyMs: 1 as SpanMs,
      async act(signal) {
        const { end } = await decider.decide((ids += 1).toString(16).padStart(32, '0'), signal);
        return end.kind === 'none' ? end.code : `propose ${end.by}`;
      },
    };
  });
  const done = new Map<string, number>();
  const tally = await runSwarm(
    all,
    { concurrency: desks, backOffMsMax: 4 as SpanMs },
    {
      clock: { now: () => Date.now() as never },
      wait: waitFor,
      progress(event) {
        events.push(event);
        if (event.kind === 'started') return;
        done.set(event.desk, (done.get(event.desk) ?? 0) + 1);
        if (done.size === desks && Math.min(...done.values()) >= turns) stop.abort();
      },
    },
    stop.signal,
  );
  return { runtime, events, tally, lanes: runtime.asked.map(({ ask }) => ask.lane) };
}

test('the desks take turns at the model', async () => {
  const { events, lanes, tally } = await swarm({ desks: 4, turns: 3 });
  expect(events.flatMap((event) => (event.kind === 'ended' ? [event.said] : []))).toContain(
    'propose model',
  );
  expect(events.some(({ kind }) => kind === 'failed')).toBe(false);
  const turns = tally.map((desk) => desk.turns);
  expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(2);
  // While all of them want something, nobody is served twice before everybody was served once.
  const counts = [...new Set(lanes)].map((lane) => lanes.filter((one) => one === lane).length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(6);
});

test('a desk that cannot write its checkpoints fails alone', async () => {
  const { events, tally } = await swarm({ desks: 3, turns: 2, broken: true });
  const failed = events.filter(({ kind }) => kind === 'failed');
  expect(new Set(failed.map(({ desk }) => desk))).toEqual(new Set(['desk-0']));
  expect(tally.map(({ failures }) => failures > 0)).toEqual([true, false, false]);
});

test('a stop takes back what is under way, and returns when that has ended', async () => {
  const hang: Line = { hang: true };
  const runtime = new SpokenRuntime({ technical: hang, sentiment: hang }, 4);
  const { ports } = deskOf({ runtime });
  const decider = new Decider(ports, null);
  const stop = new AbortController();
  const said: string[] = [];
  const running = runSwarm(
    [
      {
        name: 'desk-a',
        everyMs: 1 as SpanMs,
        async act(signal) {
          const { end } = await decider.decide('0'.repeat(32), signal);
          return end.kind === 'none' ? end.code : end.by;
        },
      },
    ],
    { concurrency: 1, backOffMsMax: 1 as SpanMs },
    {
      clock: { now: () => Date.now() as never },
      wait: waitFor,
      progress: (event) => event.kind === 'ended' && said.push(event.said),
    },
    stop.signal,
  );
  while (runtime.asked.length < 2) await new Promise(setImmediate);
  stop.abort();
  await running;
  expect(said).toEqual(['DECISION_CANCELLED']);
});
