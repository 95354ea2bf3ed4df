/** What every implementation of `Lanes` must do, whatever carries it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lanes } from '../../gate/contract.ts';

export type Carrier = Readonly<{
  url: string;
  open(): Lanes;
  /** Takes the carrier away and brings it back, with what was in it. */
  interrupt: (() => Promise<void>) | null;
}>;

/** A worker that takes a message and never finishes it. */
const HOG = join(import.meta.dirname, 'lane-hog.ts');

const until = async (done: () => boolean, ms = 20_000): Promise<void> => {
  const end = performance.now() + ms;
  while (!done()) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await sleep(20);
  }
};

export function lanesConformance(label: string, carrier: () => Promise<Carrier>): void {
  describe(`lanes on ${label}`, () => {
    let lanes: Lanes;
    let made: Carrier;
    let serial = 0;
    const fresh = (): string => `lane-${(serial += 1)}-${process.pid}`;

    beforeAll(async () => {
      made = await carrier();
      lanes = made.open();
    }, 60_000);
    afterAll(() => lanes.close());

    it('delivers in order, one at a time', async () => {
      const name = fresh();
      const seen: unknown[] = [];
      let running = 0;
      let together = 0;
      const worker = lanes.work(name, async (payload) => {
        running += 1;
        together = Math.max(together, running);
        await sleep(2);
        seen.push(payload);
        running -= 1;
      });
      for (let n = 0; n < 30; n += 1) await lanes.lane(name).send(`key-${n}`, { n });
      await until(() => seen.length === 30);
      expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => ({ n })));
      expect(together).toBe(1);
      await worker.close();
    });

    it('keeps what was sent before anyone listened', async () => {
      const name = fresh();
      await lanes.lane(name).send('early', { n: 1 });
      expect(await lanes.depth(name)).toBe(1);
      const seen: unknown[] = [];
      const worker = lanes.work(name, async (payload, key) => {
        seen.push([key, payload]);
      });
      await until(() => seen.length === 1);
      expect(seen).toEqual([['early', { n: 1 }]]);
      await worker.close();
    });

    it('holds one message per key while it waits, and the first one stays', async () => {
      const name = fresh();
      await lanes.lane(name).send('same', { n: 1 });
      await lanes.lane(name).send('same', { n: 2 });
      const seen: unknown[] = [];
      const worker = lanes.work(name, async (payload) => {
        seen.push(payload);
      });
      await until(() => seen.length > 0);
      await sleep(300);
      expect(seen).toEqual([{ n: 1 }]);
      await worker.close();
    });

    it('takes the same key again once it was handled, so that an outbox can publish anew', async () => {
      const name = fresh();
      let count = 0;
      const worker = lanes.work(name, async () => {
        count += 1;
      });
      await lanes.lane(name).send('again', { n: 1 });
      await until(() => count === 1);
      await sleep(200);
      await lanes.lane(name).send('again', { n: 1 });
      await until(() => count === 2);
      await worker.close();
    });

    it('brings a message back when its handler throws', async () => {
      const name = fresh();
      let tries = 0;
      const worker = lanes.work(name, async () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
      });
      await lanes.lane(name).send('stubborn', { n: 1 });
      await until(() => tries === 3);
      await worker.close();
      expect(tries).toBe(3);
    });

    it('gives the message of a killed worker to the next one', async () => {
      const name = fresh();
      await lanes.lane(name).send('orphan', { n: 1 });
      const hog = spawn(process.execPath, [HOG, made.url, name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((resolve) => hog.stdout.once('data', resolve));
      hog.kill('SIGKILL');
      const seen: unknown[] = [];
      const worker = lanes.work(name, async (payload) => {
        seen.push(payload);
      });
      await until(() => seen.length === 1, 30_000);
      expect(seen).toEqual([{ n: 1 }]);
      await worker.close();
    }, 60_000);

    it('loses nothing when the queue goes away and comes back', async () => {
      if (made.interrupt === null) return;
      const name = fresh();
      const seen = new Set<unknown>();
      const worker = lanes.work(name, async (payload) => {
        seen.add((payload as { n: number }).n);
      });
      await lanes.lane(name).send('before', { n: 0 });
      await until(() => seen.size === 1);
      await made.interrupt();
      for (let n = 1; n <= 5; n += 1) {
        // A producer hears that the queue is away; its own record lets it send again.
        const again = async (): Promise<void> => {
          try {
            await lanes.lane(name).send(`after-${n}`, { n });
          } catch {
            await sleep(200);
            await again();
          }
        };
        await again();
      }
      await until(() => seen.size === 6);
      await worker.close();
    }, 60_000);
  });
}
