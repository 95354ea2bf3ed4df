/** The outbox over a queue that goes away for a moment: what was said first arrives first, and until it is known to be there. */
import { describe, expect, it } from 'vitest';
import type { TimeMs } from '#firewall';
import { Outbox } from '../../signer/outbox.ts';
import type { OutcomeEvent } from '../../signer/outcome.ts';
import { NOW } from './letters.ts';

const note = (n: number): OutcomeEvent => {
  return { kind: 'noted', at: NOW, code: `N${n}`, detail: 'x', qty: null };
};

it('keeps the order of messages when one of them could not be sent', async () => {
  const arrived: string[] = [];
  let fails = 1;
  const outbox = new Outbox({
    lane: {
      send: (key) => {
        fails -= 1;
        if (fails === 0) return Promise.reject(new Error('away'));
        arrived.push(key.split('-')[1] ?? '');
        return Promise.resolve();
      },
    },
    seal: (body) => ({ from: 'courier', body, signature: 'AAAA' }),
    receipts: { read: (offset) => ({ found: [], offset }) },
    now: () => NOW,
    failed: () => undefined,
  });
  const pending = new Map([1, 2, 3].map((n) => [n, note(n)]));
  for (const [message, event] of pending) outbox.publish(message, event);
  await outbox.close();
  expect(arrived).toEqual([]);
  // What was never sent is not taken for acknowledged.
  expect(outbox.acknowledged(pending, 0)).toBeNull();
  outbox.republish(pending);
  await outbox.close();
  expect(arrived).toEqual(['1', '2', '3']);
  expect(outbox.acknowledged(pending, 0)).toMatchObject({ upTo: 3 });
});

const done = (sequence: number): OutcomeEvent => ({
  kind: 'outcome',
  at: NOW,
  approvalId: 'ab'.repeat(16),
  clientId: `0x${'12'.repeat(16)}`,
  outcome: 'done',
  code: null,
  sequence,
});
const told = (...numbers: readonly number[]) => new Map(numbers.map((n) => [n, done(n)]));
const AWAY = new Error('away');

/** An outbox with a clock, a queue and a ledger of the test's own. */
function desk() {
  const world = {
    now: NOW as number,
    away: false,
    keys: [] as string[],
    failures: [] as unknown[],
    found: [] as string[],
    end: 0,
  };
  const outbox = new Outbox({
    lane: {
      send: (key) => {
        if (world.away) return Promise.reject(AWAY);
        world.keys.push(key);
        return Promise.resolve();
      },
    },
    seal: (body) => ({ from: 'courier', body, signature: 'AAAA' }),
    receipts: { read: () => ({ found: world.found.splice(0), offset: world.end }) },
    now: () => world.now as TimeMs,
    failed: (error) => world.failures.push(error),
  });
  const tell = async (pending: ReadonlyMap<number, OutcomeEvent>): Promise<readonly string[]> => {
    outbox.republish(pending);
    await outbox.close();
    return world.keys.splice(0).map((key) => key.split('-')[1] ?? '');
  };
  return { world, outbox, tell };
}

describe('a message is told', () => {
  it('under a key of its own each time', async () => {
    const { world, outbox } = desk();
    outbox.publish(4, done(1));
    outbox.publish(4, done(1));
    await outbox.close();
    expect(world.keys).toEqual([`outcome-4-1-${NOW}`, `outcome-4-2-${NOW}`]);
  });

  it('again after five seconds without a receipt, and not one millisecond sooner', async () => {
    const { world, outbox, tell } = desk();
    outbox.publish(1, done(1));
    await outbox.close();
    world.keys.length = 0;
    world.now = NOW + 4_999;
    expect(await tell(told(1))).toEqual([]);
    world.now = NOW + 5_000;
    expect(await tell(told(1))).toEqual(['1']);
    world.now = NOW + 9_999;
    expect(await tell(told(1))).toEqual([]);
  });

  it('once in a round, though the queue is slower than the rounds', async () => {
    const { world, outbox } = desk();
    outbox.republish(told(1));
    outbox.republish(told(1));
    await outbox.close();
    expect(world.keys).toHaveLength(1);
  });

  it('no more when its receipt is there, however long ago it was sent', async () => {
    const { world, outbox, tell } = desk();
    world.found = ['outcome 2'];
    expect(outbox.acknowledged(told(1, 2), 0)).toBeNull();
    expect(await tell(told(1, 2))).toEqual(['1']);
  });

  it('at once in the next round when the queue was away, and so is what stood behind it', async () => {
    const { world, tell } = desk();
    world.away = true;
    expect(await tell(told(1, 2))).toEqual([]);
    expect(world.failures).toEqual([AWAY]);
    world.away = false;
    expect(await tell(told(1, 2))).toEqual(['1', '2']);
  });

  it('in rounds of two hundred at most', async () => {
    const { tell } = desk();
    const many = told(...Array.from({ length: 201 }, (_, n) => n + 1));
    expect(await tell(many)).toHaveLength(200);
    expect(await tell(many)).toEqual(['201']);
  });
});

describe('a message is acknowledged', () => {
  it('by its receipt alone, not by having been sent', async () => {
    const { outbox, tell } = desk();
    expect(await tell(told(1))).toEqual(['1']);
    expect(outbox.acknowledged(told(1), 0)).toBeNull();
  });

  it('up to the first gap; the ledger is read on only when nothing behind the gap was found', () => {
    const { world, outbox } = desk();
    world.found = ['outcome 1', 'outcome 3'];
    world.end = 70;
    expect(outbox.acknowledged(told(1, 2, 3), 10)).toEqual({ upTo: 1, offset: 10 });
    world.found = ['outcome 2'];
    world.end = 90;
    expect(outbox.acknowledged(told(2, 3), 10)).toEqual({ upTo: 3, offset: 90 });
  });

  it('also when its receipt was read while another was awaited', () => {
    const { world, outbox } = desk();
    world.found = ['outcome 2'];
    expect(outbox.acknowledged(told(1, 2), 0)).toBeNull();
    world.found = ['outcome 1'];
    expect(outbox.acknowledged(told(1, 2), 0)).toEqual({ upTo: 2, offset: 0 });
  });

  it('not by what was read while nothing was pending', () => {
    const { world, outbox } = desk();
    world.found = ['outcome 1'];
    expect(outbox.acknowledged(told(), 0)).toBeNull();
    expect(outbox.acknowledged(told(1), 0)).toBeNull();
  });

  it('and then forgotten: a later one under its number is another', async () => {
    const { outbox, tell } = desk();
    const pending = new Map([[1, note(1)]]);
    expect(await tell(pending)).toEqual(['1']);
    expect(outbox.acknowledged(pending, 0)).toEqual({ upTo: 1, offset: 0 });
    expect(outbox.acknowledged(pending, 0)).toBeNull();
  });
});
