/** What the courier says when the venue holds something else than it thinks. */
import { describe, expect, it } from 'vitest';
import { Comparison } from '../../signer/compare.ts';
import { approve, NOW, orderNumber, SYMBOL } from './letters.ts';
import { baseConfig, liveIn, untilQuiet, World, type Life } from './courier-kit.ts';

const letters = approve(orderNumber(1), 1, baseConfig.policyHash);

async function running(world: World): Promise<Life> {
  const life = liveIn(world);
  await life.runtime.resume();
  life.runtime.listen();
  await life.take(letters);
  await untilQuiet(life, world);
  return life;
}
/** The kit's ports are private to it; the comparison needs the same venue and a wait. */
const comparison = (life: Life, world: World): Comparison =>
  new Comparison(life.runtime, {
    venue: world.venue,
    now: () => world.clock.now,
    wait: () => new Promise((resolve) => setImmediate(resolve)),
  });
const told = (world: World): readonly unknown[] =>
  world.notes.filter((event) => event.kind === 'reconciled');

describe('compared with the venue', () => {
  it('a filled order agrees, and is said once until it is stale', async () => {
    const world = new World();
    const life = await running(world);
    const compare = comparison(life, world);
    expect(await compare.compare(1_000)).toBe('clean');
    expect(await compare.compare(1_000)).toBe('clean');
    await life.runtime.close();
    expect(told(world)).toMatchObject([{ status: 'clean' }]);
    expect(NOW).toBeLessThanOrEqual(world.clock.now);
  });

  it.each<readonly [string, (world: World) => void, RegExp]>([
    [
      'a position that no fill of ours explains',
      (world) => world.venue.held.set(SYMBOL, 5n),
      /venue 0.00000005, own fills 0.01/,
    ],
    ['a position that is gone', (world) => world.venue.held.delete(SYMBOL), /venue 0, own fills/],
    [
      'an order that nobody of us placed',
      (world) => {
        const order = { clientId: '0xdead', venueOrderId: 'V-9', symbol: SYMBOL } as const;
        world.venue.orders.set('0xdead', { ...order, state: 'resting' });
      },
      /0xdead is open at the venue only/,
    ],
  ])('%s is a mismatch', async (_, spoil, words) => {
    const world = new World();
    const life = await running(world);
    spoil(world);
    expect(await comparison(life, world).compare(0)).toBe('mismatch');
    await life.runtime.close();
    expect(told(world)).toMatchObject([
      { status: 'mismatch', detail: expect.stringMatching(words) as string },
    ]);
  });

  it('an acknowledged order that ended unheard is asked for by name, and ended', async () => {
    const world = new World();
    world.venue.manner = () => 'rests';
    const life = await running(world);
    const [order] = world.venue.orders.values();
    if (order === undefined) throw new Error('resting');
    world.venue.orders.set(order.clientId, { ...order, state: 'expired' });
    expect(await comparison(life, world).compare(0)).toBe('mismatch');
    expect(await comparison(life, world).compare(0)).toBe('clean');
    await life.runtime.close();
    expect(world.told(letters)).toEqual(['acked', 'done']);
  });

  it('a gate that does not hold what it was told does not agree with the venue', async () => {
    const world = new World();
    // Somebody takes the fill out of the queue, again and again; all else arrives.
    const ledger = world.ledger.set.bind(world.ledger);
    world.ledger.set = (key, event) => (event.kind === 'fill' ? world.ledger : ledger(key, event));
    const life = liveIn(world);
    await life.runtime.resume();
    life.runtime.listen();
    await life.take(letters);
    const compare = comparison(life, world);
    expect(await compare.compare(0)).toBe('clean');
    await untilQuiet(life, world);
    expect(await compare.compare(0)).toBe('mismatch');
    await life.runtime.close();
    expect(told(world).at(-1)).toMatchObject({
      status: 'mismatch',
      detail: "the gate's ledger lacks what it was told",
    });
  });

  it('nothing is said while the private stream is down', async () => {
    const world = new World();
    const life = liveIn(world);
    await life.runtime.resume();
    world.venue.held.set(SYMBOL, 5n);
    expect(await comparison(life, world).compare(0)).toBe('moving');
    expect(told(world)).toEqual([]);
  });
});
