/** Turns at a shared runtime: never more than there are places, none lost, and no lane before its time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../../agents/runtimes/fair-queue.ts';

const never = (): AbortSignal => new AbortController().signal;
const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('turns', () => {
  test('go from lane to lane, however long one of them is', async () => {
    const queue = new FairQueue(1);
    const order: string[] = [];
    const back = await queue.take('busy', never());
    const calls = ['busy', 'busy', 'busy', 'calm', 'quiet', 'calm'].map(async (lane, at) => {
      const done = await queue.take(lane, never());
      order.push(`${lane}${at}`);
      done();
    });
    back();
    await Promise.all(calls);
    expect(order).toEqual(['busy0', 'calm3', 'quiet4', 'busy1', 'calm5', 'busy2']);
    expect(queue.size).toBe(0);
  });

  test('given back twice count once', async () => {
    const queue = new FairQueue(1);
    const back = await queue.take('a', never());
    back();
    back();
    await queue.take('a', never());
    let third = false;
    void queue.take('a', never()).then(() => {
      third = true;
    });
    await settled();
    expect([third, queue.size]).toEqual([false, 2]);
  });

  test('are not waited for after the end', async () => {
    const queue = new FairQueue(1);
    const back = await queue.take('a', never());
    const stop = new AbortController();
    const waiting = queue.take('b', stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow('the wait was ended');
    await expect(queue.take('b', stop.signal)).rejects.toThrow('the wait was ended');
    expect(queue.size).toBe(1);
    back();
    expect(queue.size).toBe(0);
  });

  test('once taken are not taken back by the signal of the wait', async () => {
    const queue = new FairQueue(1);
    const stop = new AbortController();
    const back = await queue.take('a', stop.signal);
    stop.abort();
    expect(queue.size).toBe(1);
    back();
    expect(queue.size).toBe(0);
  });
});

type Step = Readonly<{ lane: string; end: 'back' | 'stop' }>;

test('whatever comes and goes, places are never exceeded and none is lost', async () => {
  const steps = fc.array(
    fc.record<Step>({ lane: fc.constantFrom('a', 'b', 'c'), end: fc.constantFrom('back', 'stop') }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (places, list) => {
      const queue = new FairQueue(places);
      let taken = 0;
      let most = 0;
      const calls = list.map(async ({ lane, end }) => {
        const stop = new AbortController();
        const turn = queue.take(lane, stop.signal).then(
          async (back) => {
            taken += 1;
            most = Math.max(most, taken);
            await settled();
            taken -= 1;
            back();
            return 'had';
          },
          () => 'ended',
        );
        if (end === 'stop') stop.abort();
        return turn;
      });
      const ends = await Promise.all(calls);
      expect(most).toBeLessThanOrEqual(places);
      expect(queue.size).toBe(0);
      list.forEach(({ end }, at) => {
        if (end === 'back') expect(ends[at]).toBe('had');
      });
    }),
    { numRuns: 60 },
  );
});
