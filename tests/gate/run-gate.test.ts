/** The gate on its lanes and timers: the queue goes away and comes back, commands arrive, a dead disk ends it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { laneNames } from '../../gate/contract.ts';
import { openMailbox } from '../../gate/command-files.ts';
import { runGate, type RunningGate } from '../../gate/run-gate.ts';
import { SimLanes } from './sim-lanes.ts';
import { courierSays, orderAt, sealed, World } from './world.ts';

const names = laneNames('main');
let folder = '';
let world: World;
let lanes: SimLanes;
let running: RunningGate;
let undelivered: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-gate-'));
  world = new World().fund();
  lanes = new SimLanes();
  undelivered = [];
  running = runGate({
    gate: world.gate,
    lanes,
    account: 'main',
    mailbox: openMailbox(folder),
    onUndelivered: (id) => undelivered.push(id),
  });
});
afterEach(async () => {
  await running.close();
  rmSync(folder, { recursive: true, force: true });
});

const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 });

test('an approval reaches the lane of approvals under its own id', async () => {
  await lanes.deliver(names.proposals, sealed(orderAt(world.now)));
  const [message] = lanes.take(names.approvals);
  expect(message?.key).toBe(world.events('decision')[0]?.approval?.id);
});

test('the queue goes away and comes back, and nothing is lost', async () => {
  lanes.away = true;
  await lanes.deliver(names.proposals, sealed(orderAt(world.now)));
  expect(undelivered).toHaveLength(1);
  expect(lanes.take(names.approvals)).toEqual([]);
  lanes.away = false;
  await eventually(() => expect(lanes.waiting.get(names.approvals)).toHaveLength(1));
});

test('outcomes are recorded, forged ones are not', async () => {
  await lanes.deliver(
    names.outcomes,
    courierSays({ kind: 'noted', at: world.now, code: 'X', detail: 'y', qty: null }),
  );
  await lanes.deliver(names.outcomes, { from: 'courier', body: '{}', signature: 'AAAA' });
  expect(world.events('noted')).toHaveLength(1);
  expect(world.events('malformed')).toHaveLength(1);
});

test('the HALT file and commands are taken within a beat', async () => {
  writeFileSync(join(folder, 'HALT'), '');
  const command = { kind: 'halt', by: 'ada', reason: 'x', at: world.now };
  const text = JSON.stringify({ ...command, scope: 'account', key: 'main', state: 'CANCEL_ONLY' });
  writeFileSync(join(folder, 'commands', '1.json'), text);
  await eventually(() => {
    const { controls } = world.gate.fold;
    expect(controls.latch('global', '*')?.state).toBe('HALTED');
    expect(controls.latch('account', 'main')?.state).toBe('CANCEL_ONLY');
  });
  expect(openMailbox(folder).waiting()).toEqual([]);
});

test('a disk that fails ends the gate, and the message stays with the queue', async () => {
  world.disk.failWith = 'LEDGER_DISK_FULL';
  const failed = expect(running.failed).rejects.toMatchObject({ code: 'LEDGER_DISK_FULL' });
  await expect(lanes.deliver(names.proposals, sealed(orderAt(world.now)))).rejects.toThrow();
  await failed;
  expect(lanes.take(names.approvals)).toEqual([]);
});
