/** Power cuts after every single effect of a day, and again during recovery: nothing is lost, doubled or invented. */
import { describe, expect, test } from 'vitest';
import { approvalCodec, textOf } from '#firewall';
import { dayOf, Drive } from './scenario.ts';
import { NOW } from '../../firewall/proofs/amounts.ts';
import { Fuse, opener, DESK, GATE } from './world.ts';

const { inputs } = dayOf(NOW);

function effectsOf(): number {
  const drive = new Drive();
  drive.world.disk.fuse = new Fuse();
  drive.run(inputs, []);
  return drive.world.disk.fuse.passed;
}

/** What must be true of every ledger and queue, however often the power failed. */
function invariants(drive: Drive, calm: Drive): void {
  expect(drive.audited.fault).toBeNull();
  const approvals = drive.approvals();
  // One approval per proposal, sequences without a repeat, and the same decisions as on a calm day.
  expect(approvals.map(({ proposalId }) => proposalId)).toEqual(
    calm.approvals().map(({ proposalId }) => proposalId),
  );
  expect(approvals.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  expect(new Set(approvals.map(({ nonce }) => nonce)).size).toBe(approvals.length);
  const story = (of: Drive) =>
    of.world.events('decision').map(({ proposal, verdict }) => [proposal.id, verdict.kind]);
  expect(story(drive)).toEqual(story(calm));
  expect(drive.world.events('malformed').map(({ code }) => code)).toEqual([
    'SEAL_INVALID',
    'ENVELOPE_MALFORMED',
  ]);
  // Every fact once.
  expect(drive.world.events('fill')).toHaveLength(1);
  expect(drive.world.events('cash')).toHaveLength(1);
  expect(drive.world.events('outcome').map(({ sequence }) => sequence)).toEqual([1, 2]);
  // Whatever was approved and not answered has reached the signer; nothing else has.
  const known = new Map(
    approvals.map((approval) => [approval.id, textOf(approvalCodec, approval)]),
  );
  for (const { key, message } of drive.queue.received) {
    expect(message.approval.body).toBe(known.get(key));
    expect(opener.opens('approval', message.approval, GATE.publicKey)).toBe(true);
    expect(opener.opens('proposal', message.proposal, DESK.publicKey)).toBe(true);
  }
  const reached = new Set(drive.queue.received.map(({ key }) => key));
  for (const id of drive.world.gate.fold.account.unanswered.keys())
    expect(reached.has(id)).toBe(true);
  // A human's halt outlives every restart.
  expect(drive.world.gate.fold.controls.latch('account', 'main')?.state).toBe('HALTED');
  const { positions, working } = drive.world.gate.fold.view(
    drive.world.gate.fold.account.now,
    {},
    null,
  );
  expect(positions).toHaveLength(1);
  expect(working).toHaveLength(2);
}

describe('power cuts', () => {
  const count = effectsOf();
  const calm = new Drive().run(inputs, []).drain();

  test('a calm day keeps the invariants', () => {
    expect(count).toBeGreaterThan(40);
    invariants(calm, calm);
  });

  test('after every effect', { timeout: 60_000 }, () => {
    for (let k = 0; k < count; k += 1) {
      const drive = new Drive().run(inputs, [k]).drain();
      expect(drive.crashes).toBe(1);
      invariants(drive, calm);
    }
  });

  test('after every effect, and again while recovering', { timeout: 60_000 }, () => {
    for (let k = 0; k < count; k += 4)
      for (const again of [0, 1, 2, 4]) {
        const drive = new Drive().run(inputs, [k, again]).drain();
        invariants(drive, calm);
      }
  });
});
