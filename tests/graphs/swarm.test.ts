/** Many desks beside one another: bounded, fair, each at its own pace, and none in the way of another. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SpanMs } from '#firewall';
import { runSwarm, waitFor, type SwarmDesk, type SwarmEvent } from '../../graphs/swarm.ts';
import { VirtualTime } from './virtual-time.ts';

type Planned = Readonly<{ everyMs: number; tookMs: number; fails?: boolean }>;

/** A swarm in virtual time; what happened, and how many turns were ever under way at once. */
async function swarmOf(
  planned: readonly Planned[],
  { concurrency = 4, backOffMsMax = 60_000, forMs = 60_000 } = {},
) {
  const time = new VirtualTime();
  const events: SwarmEvent[] = [];
  const stop = new AbortController();
  let under = 0;
  let most = 0;
  const desks = planned.map(({ everyMs, tookMs, fails }, index): SwarmDesk => ({
    name: `desk-${index}`,
    everyMs: everyMs as SpanMs,
    async act(signal) {
      under += 1;
      most = Math.max(most, under);
      await time.wait(tookMs, signal);
      under -= 1;
      if (fails) throw new Error('this desk is broken');
      return 'NOTHING';
    },
  }));
  const running = runSwarm(
    desks,
    { concurrency, backOffMsMax: backOffMsMax as SpanMs },
    {
      clock: time,
      wait: (ms, signal) => time.wait(ms, signal),
      progress: (event) => events.push(event),
    },
    stop.signal,
  );
  await time.pass(forMs);
  const underAtStop = under;
  stop.abort();
  await time.pass(0);
  const tally = await running;
  const turns = tally.map((desk) => desk.turns);
  return { events, most, tally, turns, underAtStop, under };
}

describe('pace', () => {
  test('each desk keeps its own, from a first turn of its own', async () => {
    const { events, turns } = await swarmOf([
      { everyMs: 10_000, tookMs: 100 },
      { everyMs: 20_000, tookMs: 100 },
    ]);
    const starts = (name: string) =>
      events
        .filter(({ kind, desk }) => kind === 'started' && desk === name)
        .map(({ at }) => at - 1_700_000_000_000);
    expect(starts('desk-0')).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
    expect(starts('desk-1')).toEqual([10_000, 30_000, 50_000]);
    expect(turns).toEqual([7, 3]);
  });

  test('a turn longer than the period is followed by one, not by all that it missed', async () => {
    const { events } = await swarmOf([{ everyMs: 1_000, tookMs: 25_000 }]);
    expect(events.filter(({ kind }) => kind === 'started')).toHaveLength(3);
  });
});

describe('a desk that fails', () => {
  test('waits twice as long each time, up to the most', async () => {
    const { events } = await swarmOf([{ everyMs: 1_000, tookMs: 0, fails: true }], {
      backOffMsMax: 8_000,
      forMs: 40_000,
    });
    const failed = events.filter((event) => event.kind === 'failed');
    expect(failed.slice(0, 5).map(({ at, nextAt }) => nextAt - at)).toEqual([
      2_000, 4_000, 8_000, 8_000, 8_000,
    ]);
  });

  test('never stops the others', async () => {
    const desk = { everyMs: 1_000, tookMs: 10 };
    const { turns, tally } = await swarmOf([desk, { ...desk, fails: true }, desk]);
    expect(turns[0]).toBeGreaterThanOrEqual(60);
    expect(turns[2]).toBeGreaterThanOrEqual(60);
    expect(tally[1]?.failures).toBe(tally[1]?.turns);
  });
});

describe('turns', () => {
  test('with too few places for all, everyone gets the same share', async () => {
    const desks = Array.from({ length: 12 }, () => ({ everyMs: 1_000, tookMs: 700 }));
    const { turns, most } = await swarmOf(desks, { concurrency: 2 });
    expect(most).toBe(2);
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1);
  });

  test('property: never more at once than allowed, and a free place never waits for a due desk', async () => {
    const planned = fc.record({
      everyMs: fc.integer({ min: 50, max: 2_000 }),
      tookMs: fc.integer({ min: 0, max: 3_000 }),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(planned, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        async (desks, concurrency) => {
          const { most, events, under } = await swarmOf(desks, { concurrency, forMs: 5_000 });
          expect(most).toBeLessThanOrEqual(concurrency);
          expect(under).toBe(0);
          // With a place for each, nobody is ever late.
          if (desks.length <= concurrency)
            for (const event of events) if (event.kind === 'started') expect(event.lateMs).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('stopping', () => {
  test('tells those under way, waits for them, and starts no more', async () => {
    const { events, underAtStop, under } = await swarmOf(
      Array.from({ length: 3 }, () => ({ everyMs: 1_000, tookMs: 1_000_000 })),
      { forMs: 5_000 },
    );
    expect(underAtStop).toBe(3);
    expect(under).toBe(0);
    expect(events.filter(({ kind }) => kind === 'started')).toHaveLength(3);
    expect(events.filter(({ kind }) => kind === 'ended')).toHaveLength(3);
  });

  test('a swarm without desks, and one that was stopped before it began', async () => {
    expect((await swarmOf([])).tally).toEqual([]);
    const stopped = runSwarm(
      [{ name: 'a', everyMs: 1 as SpanMs, act: () => Promise.resolve('') }],
      { concurrency: 1, backOffMsMax: 1 as SpanMs },
      { clock: new VirtualTime(), wait: waitFor, progress: () => undefined },
      AbortSignal.abort(),
    );
    expect(await stopped).toEqual([{ desk: 'a', turns: 0, failures: 0 }]);
  });

  test('the wait of the real world ends when it is told to, and when its time is up', async () => {
    const stop = new AbortController();
    const waiting = waitFor(Number.MAX_SAFE_INTEGER, stop.signal);
    stop.abort();
    await waiting;
    await waitFor(0, new AbortController().signal);
  });
});
