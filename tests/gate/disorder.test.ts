/** A queue that repeats, reorders, delays and drops: what the courier says again and again arrives once, and adds up. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TimeMs } from '#firewall';
import { NOW } from '../../firewall/proofs/amounts.ts';
import { baseMarket } from '../../firewall/proofs/views.ts';
import { dayOf, Drive, type Input } from './scenario.ts';

const { inputs } = dayOf(NOW);
const before = inputs.slice(0, 4);
const outcomes = inputs.filter((input) => input.lane === 'outcomes').slice(2);

const viewOf = (drive: Drive) => {
  const {
    version: _version,
    ledgerHead: _head,
    ...view
  } = drive.world.gate.fold.view(drive.world.now as TimeMs, baseMarket.marks, null);
  return view;
};
const end = (messages: readonly Input[]): Drive => new Drive().run([...before, ...messages], []);
const calm = viewOf(end(outcomes));

test('outcomes in any order, any number of times, some only when they are said again', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(outcomes, { minLength: 0 }),
      fc.shuffledSubarray(outcomes, { minLength: 0 }),
      (first, second) => {
        // At last the outbox brings all of them, in order.
        const drive = end([...first, ...second, ...outcomes]);
        expect(viewOf(drive)).toEqual(calm);
        expect(drive.audited.fault).toBeNull();
      },
    ),
    { numRuns: 40 },
  );
});

test('approvals that the queue drops are said again until they are answered', () => {
  const drive = new Drive();
  drive.queue.drops = 5;
  drive.run(before, []);
  expect(drive.queue.received).toEqual([]);
  for (let beat = 0; beat < 6; beat += 1) drive.drain();
  expect(new Set(drive.queue.received.map(({ key }) => key)).size).toBe(1);
  drive.run(outcomes, []).drain();
  const count = drive.queue.received.length;
  drive.drain();
  expect(drive.queue.received).toHaveLength(count);
});

test('a stale letter of yesterday under the same id is answered, and refused when it is another', () => {
  const drive = new Drive().run(inputs, []);
  const decisions = drive.world.events('decision').length;
  drive.world.now += 86_400_000;
  drive.run(
    inputs.filter(({ lane }) => lane === 'proposals'),
    [],
  );
  expect(drive.world.events('decision')).toHaveLength(decisions);
});
