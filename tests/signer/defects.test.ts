/** Defects of others that became our tests: 10 and 15 of the list in tests/firewall/defects.test.ts. */
import { describe, expect, it } from 'vitest';
import * as f from '#firewall';
import { approve, NOW, orderNumber } from './letters.ts';
import { baseConfig, liveIn, untilQuiet, World } from './courier-kit.ts';

const letters = (n: number, now: f.TimeMs = NOW) =>
  approve(orderNumber(n, now), n, baseConfig.policyHash);

describe('defect 10: an exception while placing an order was taken for its refusal', () => {
  it.each([
    ['throws', () => Promise.reject(new Error('socket hang up'))],
    ['says nothing in time', () => Promise.resolve({ kind: 'timeout' } as const)],
    [
      'answers that it saw these bytes before',
      () => Promise.resolve({ kind: 'rejected', code: 'NONCE_REPLAYED' } as const),
    ],
  ])('a venue that %s after it took the order: UNKNOWN, asked about, found', async (_, lost) => {
    const world = new World();
    const send = world.venue.send.bind(world.venue);
    world.venue.manner = () => 'rests';
    world.venue.send = async (request) => {
      await send(request);
      return lost();
    };
    const life = liveIn(world);
    await life.runtime.resume();
    // Without the private stream only the question is left.
    await life.take(letters(1));
    await untilQuiet(life, world);
    expect(world.told(letters(1))).toEqual(['unknown', 'acked']);
    expect([...world.venue.executed.values()]).toEqual([1]);
  });

  it('and one that it never took: UNKNOWN, then not placed, and never sent again', async () => {
    const world = new World();
    let sent = 0;
    world.venue.send = () => {
      sent += 1;
      return Promise.reject(new Error('ECONNREFUSED'));
    };
    const life = liveIn(world);
    await life.runtime.resume();
    await life.take(letters(1));
    await untilQuiet(life, world);
    await life.take(letters(1));
    await untilQuiet(life, world);
    expect(world.told(letters(1))).toEqual(['unknown', 'not-placed']);
    expect(sent).toBe(1);
  });

  it('a cleared rejection is a rejection, and an answer is believed once', async () => {
    const world = new World();
    world.venue.manner = () => 'reject';
    const life = liveIn(world);
    await life.runtime.resume();
    life.runtime.listen();
    await life.take(letters(1));
    await untilQuiet(life, world);
    expect(world.outcomes).toMatchObject([{ outcome: 'rejected', code: 'VENUE_REJECTED' }]);
  });
});

describe('defect 15: after five refusals by the venue the own position was closed in the books', () => {
  it('an acknowledged order stays open however often the venue cannot be asked or does not know it', async () => {
    const world = new World();
    world.venue.manner = () => 'rests';
    const life = liveIn(world);
    await life.runtime.resume();
    life.runtime.listen();
    await life.take(letters(1));
    await untilQuiet(life, world);
    const { approvalId } = { approvalId: letters(1).id };
    for (let time = 0; time < 20; time += 1)
      await life.runtime.feed({ kind: 'checked', approvalId, found: null });
    expect(world.told(letters(1))).toEqual(['acked']);
    expect(life.runtime.state.errands.get(approvalId)?.stage).toBe('ACKED');
  });

  it('an unknown order stays unknown while the venue is away, for as long as it takes', async () => {
    const world = new World();
    world.venue.manner = () => 'timeout-after';
    const life = liveIn(world);
    await life.runtime.resume();
    await life.take(letters(1));
    world.venue.away = true;
    await untilQuiet(life, world);
    expect(world.told(letters(1))).toEqual(['unknown']);
    world.venue.away = false;
    await untilQuiet(life, world);
    expect(world.told(letters(1))).toEqual(['unknown', 'acked']);
  });

  it('positions change by fills only: nothing else in the journal moves them', async () => {
    const world = new World();
    const life = liveIn(world);
    await life.runtime.resume();
    life.runtime.listen();
    await life.take(letters(1));
    await untilQuiet(life, world);
    const held = [...life.runtime.state.positions];
    expect(held).toEqual([...world.venue.held]);
    await life.runtime.feed({ kind: 'compared', status: 'mismatch', detail: 'venue has none' });
    await life.runtime.feed({ kind: 'checked', approvalId: letters(1).id, found: null });
    expect([...life.runtime.state.positions]).toEqual(held);
  });

  it('an order told not placed that the venue fills after all is reopened, and said aloud', async () => {
    const world = new World();
    world.venue.manner = () => 'timeout-before';
    const life = liveIn(world);
    await life.runtime.resume();
    life.runtime.listen();
    await life.take(letters(1));
    await untilQuiet(life, world);
    const clientId = f.clientIdOf(letters(1).id);
    const { symbol } = letters(1).value;
    const report = { kind: 'report', clientId, symbol, reason: null } as const;
    await life.runtime.feed({ kind: 'fact', sequence: 1, fact: { ...report, state: 'resting' } });
    await life.runtime.feed({ kind: 'fact', sequence: 2, fact: { ...report, state: 'filled' } });
    await untilQuiet(life, world);
    expect(world.told(letters(1))).toEqual(['unknown', 'not-placed', 'acked', 'done']);
    expect(world.notes).toContainEqual(expect.objectContaining({ code: 'ORDER_AFTER_ALL' }));
  });
});
