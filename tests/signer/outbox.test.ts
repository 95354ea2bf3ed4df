/** The outbox over a queue that goes away for a moment: what was said first arrives first. */
import { expect, it } from 'vitest';
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
