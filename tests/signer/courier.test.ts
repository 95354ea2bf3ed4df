/** The courier: sends once, knows or asks, tells the gate, and dies well at every touch of the world. */
import { describe, expect, it } from 'vitest';
import * as f from '#firewall';
import { BAD_LETTERS_MAX } from '../../signer/courier-state.ts';
import { approve, cancelNumber, keysOf, NOW, orderNumber, seal, type Letters } from './letters.ts';
import { baseConfig, liveIn, orDeath, untilQuiet, World, type Life } from './courier-kit.ts';
import { MANNERS, type Manner } from './sim-venue.ts';

const HASH = baseConfig.policyHash;
const order = (n: number, now: f.TimeMs = NOW) => approve(orderNumber(n, now), n, HASH);

async function start(world: World, dieAt = Infinity): Promise<Life> {
  const life = liveIn(world, dieAt);
  await orDeath(life, life.runtime.resume());
  if (!life.dead()) life.runtime.listen();
  return life;
}

async function through(world: World, letters: readonly Letters[]): Promise<Life> {
  const life = await start(world);
  for (const letter of letters) await life.take(letter);
  await untilQuiet(life, world);
  return life;
}

/** What may be told for each manner, and how often the venue has the order. */
const endings: Readonly<Record<Manner, readonly [readonly string[][], number]>> = {
  ok: [[['done'], ['acked', 'done']], 1],
  rests: [[['acked']], 1],
  reject: [[['rejected']], 0],
  'timeout-before': [[['unknown', 'not-placed']], 0],
  'timeout-after': [[['done'], ['acked', 'done'], ['unknown', 'done'], ['unknown', 'acked']], 1],
  duplicate: [[['done'], ['acked', 'done']], 1],
  late: [[['unknown', 'not-placed']], 0],
};

describe('with a venue that behaves like', () => {
  it.each(MANNERS)('%s, it tells the truth and sends once', async (manner) => {
    const world = new World();
    world.venue.manner = () => manner;
    const letters = order(1);
    await through(world, [letters]);
    // Late bytes arrive behind their deadline, and the venue must not take them.
    world.venue.arrive();
    const [told, count] = endings[manner];
    expect(told).toContainEqual(world.told(letters));
    expect(world.venue.executed.get(f.clientIdOf(letters.id)) ?? 0).toBe(count);
  });
});

describe('the approvals lane', () => {
  it('may deliver twice, out of order, and long after: one order each', async () => {
    const world = new World();
    const [one, two, three] = [order(1), order(2), order(3)] as const;
    const life = await start(world);
    for (const letters of [one, one, three, two, three]) await life.take(letters);
    await untilQuiet(life, world);
    expect(world.told(one)).toContain('done');
    expect(world.told(three)).toContain('done');
    // What comes behind a later one is refused, and said to be.
    expect(world.told(two)).toEqual(['signer-refused']);
    expect([...world.venue.executed.values()]).toEqual([1, 1]);
    const before = world.outcomes.length;
    world.clock.now = (NOW + 3_600_000) as f.TimeMs;
    for (const letters of [one, two, three]) await life.take(letters);
    await untilQuiet(life, world);
    expect(world.outcomes).toHaveLength(before);
  });

  it.each<readonly [string, (letters: Letters) => unknown, string]>([
    ['no letters at all', () => ({ hello: 1 }), 'APPROVAL_UNREADABLE'],
    ['a letter too few', ({ approval }) => ({ approval }), 'APPROVAL_UNREADABLE'],
    [
      "a stranger's seal",
      ({ approval, proposal }) => ({
        approval: seal('approval', approval.body, { ...keysOf('x'), name: 'gate' }),
        proposal,
      }),
      'APPROVAL_FORGED',
    ],
    [
      'a changed body',
      ({ approval, proposal }) => ({
        approval: { ...approval, body: approval.body.replace('"sequence":1', '"sequence":2') },
        proposal,
      }),
      'APPROVAL_FORGED',
    ],
  ])('may bring %s: noted, and nothing signed', async (_, change, code) => {
    const world = new World();
    const life = await start(world);
    await life.runtime.take(change(order(1)));
    await untilQuiet(life, world);
    await life.runtime.close();
    expect(world.notes).toMatchObject([{ kind: 'noted', code }]);
    expect(world.vaultDisk.lines).toHaveLength(1);
    expect(world.outcomes).toEqual([]);
  });

  it('may bring an approval of another account: noted', async () => {
    const world = new World();
    const life = await start(world);
    await life.take(approve(orderNumber(1, NOW, { account: 'other' }), 1, HASH));
    await life.runtime.close();
    expect(world.notes).toMatchObject([{ code: 'APPROVAL_FOREIGN' }]);
  });

  it.each([
    ['what another desk wants', order(2).proposal],
    // Six characters each once they are escaped: more than a line of the journal may hold.
    ['what no journal could hold', { ...order(1).proposal, body: '\u0001'.repeat(65_000) }],
  ])('may bring an approval beside %s: noted, and not used up', async (_, proposal) => {
    const world = new World();
    const life = await start(world);
    await life.take({ ...order(1), proposal });
    await untilQuiet(life, world);
    life.stop();
    expect(world.notes).toMatchObject([{ kind: 'noted', code: 'PROPOSAL_MISMATCH' }]);
    expect(world.told(order(1))).toEqual([]);
    const now = world.clock.now;
    await through(world, [order(1, now)]);
    expect(world.told(order(1, now)).at(-1)).toBe('done');
  });

  it('may bring any number of bad letters: the journal takes a hundred an hour', async () => {
    const world = new World();
    const life = await start(world);
    const bad = async (count: number): Promise<number> => {
      for (let n = 0; n < count; n += 1) await life.runtime.take({ hello: n });
      return life.runtime.state.messages;
    };
    expect(await bad(BAD_LETTERS_MAX + 20)).toBe(BAD_LETTERS_MAX);
    world.clock.now = (world.clock.now + 3_600_000) as f.TimeMs;
    expect(await bad(1)).toBe(BAD_LETTERS_MAX + 1);
    await life.take(order(1, world.clock.now));
    await untilQuiet(life, world);
    expect(world.told(order(1, (NOW + 3_600_000) as f.TimeMs)).at(-1)).toBe('done');
  });

  it('may bring a second approval of one proposal: the vault halts', async () => {
    const world = new World();
    const life = await start(world);
    await life.take(order(1));
    await life.take(approve(orderNumber(1), 2, HASH));
    await life.take(order(3));
    await untilQuiet(life, world);
    expect(world.vaultDisk.bytes.toString()).toContain('APPROVAL_CONFLICT');
    expect(world.told(order(3))).toEqual(['signer-refused']);
    expect([...world.venue.executed.values()]).toEqual([1]);
  });
});

describe('nothing is sent', () => {
  it('when there is no market view', async () => {
    const world = new World();
    world.blind = true;
    await through(world, [order(1)]);
    expect(world.outcomes).toMatchObject([{ outcome: 'signer-refused', code: 'MARKET_UNKNOWN' }]);
  });

  it('while the kill switch is thrown, but cancels are', async () => {
    const world = new World();
    world.venue.manner = () => 'rests';
    const resting = order(1);
    const life = await start(world);
    await life.take(resting);
    await untilQuiet(life, world);
    world.stopped = true;
    await life.take(order(2, world.clock.now));
    const cancel = approve(cancelNumber(3, f.clientIdOf(resting.id), world.clock.now), 3, HASH);
    await life.take(cancel);
    await untilQuiet(life, world);
    expect(world.outcomes).toContainEqual(
      expect.objectContaining({ outcome: 'signer-refused', code: 'SIGNER_HALTED' }),
    );
    expect(world.told(cancel)).toEqual(['done']);
    expect(world.told(resting)).toEqual(['acked', 'done']);
  });

  it('when the approval has expired on its way', async () => {
    const world = new World();
    const late = order(1);
    world.clock.now = (late.value.expiresAt + 1) as f.TimeMs;
    await through(world, [late]);
    expect(world.told(late)).toEqual(['expired']);
  });
});

describe('what the venue says', () => {
  it('of an order that filled says so, so that the gate waits for the fills', async () => {
    const world = new World();
    await through(world, [order(1)]);
    expect(world.outcomes.at(-1)).toMatchObject({ outcome: 'done', code: 'FILLED' });
  });

  it('twice under one number is told once', async () => {
    const world = new World();
    const life = await start(world);
    await life.take(order(1));
    await untilQuiet(life, world);
    const told = life.runtime.state.messages;
    const [fill] = [...world.ledger.values()].filter((event) => event.kind === 'fill');
    if (fill === undefined) throw new Error('filled');
    const { cursor } = life.runtime.state;
    const fact = { kind: 'fill', fill } as const;
    await life.runtime.feed({ kind: 'fact', sequence: cursor, fact });
    expect(life.runtime.state.messages).toBe(told);
    await life.runtime.feed({ kind: 'fact', sequence: cursor + 1, fact });
    expect(life.runtime.state.messages).toBe(told + 1);
  });

  it('in two ways past the fence is asked again until both agree', async () => {
    const world = new World();
    world.venue.manner = () => 'timeout-after';
    const query = world.venue.query.bind(world.venue);
    let asked = 0;
    world.venue.query = (clientId) => {
      asked += 1;
      return asked === 2 ? Promise.resolve(null) : query(clientId);
    };
    const life = liveIn(world);
    await life.runtime.resume();
    await life.take(order(1));
    await untilQuiet(life, world);
    expect(world.told(order(1))).toEqual(['unknown', 'acked']);
    expect(asked).toBe(4);
  });
});

describe('a start', () => {
  it('refuses a vault that knows less than the courier saw of it', async () => {
    const world = new World();
    const begun = world.vaultDisk.copy();
    await through(world, [order(1)]);
    world.vaultDisk = begun;
    const life = liveIn(world);
    await expect(life.runtime.resume()).rejects.toMatchObject({ code: 'JOURNAL_ROLLED_BACK' });
  });

  it('asks about what the vault signed and the courier lost, and sends nothing', async () => {
    const world = new World();
    world.venue.manner = () => 'timeout-before';
    const begun = world.courierDisk.copy();
    const life = await start(world);
    await life.take(order(1));
    life.stop();
    world.courierDisk = begun;
    await through(world, []);
    expect(world.notes).toContainEqual(expect.objectContaining({ code: 'ORDER_ADOPTED' }));
    expect(world.told(order(1))).toEqual(['unknown', 'not-placed']);
    expect(world.venue.executed.size).toBe(0);
  });
});

/** Two orders and a cancel, with one answer lost and one order resting. */
async function scenario(world: World, dieAt: number): Promise<Life> {
  const life = await start(world, dieAt);
  const letters = [order(1), order(2)];
  for (const letter of letters) if (!life.dead()) await orDeath(life, life.take(letter));
  await untilQuiet(life, world);
  return life;
}

function manners(world: World): void {
  world.venue.manner = ({ clientId }) =>
    clientId === f.clientIdOf(order(1).id) ? 'timeout-after' : 'ok';
}

function mustBeWhole(world: World): void {
  // I1: at most one execution per approval, whatever died when.
  for (const count of world.venue.executed.values()) expect(count).toBe(1);
  for (const letters of [order(1), order(2)]) {
    const told = world.told(letters);
    const placed = world.venue.executed.has(f.clientIdOf(letters.id));
    // I8: everything ends, and the ledger says what the venue did.
    if (placed) expect(told.at(-1)).toBe('done');
    else expect(['expired', 'not-placed', 'signer-refused']).toContain(told.at(-1));
  }
  const sequences = world.outcomes.map((event) => event.sequence).toSorted((a, b) => a - b);
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  const fills = [...world.ledger.keys()].filter((key) => key.startsWith('fill'));
  expect(fills).toHaveLength(world.venue.executed.size);
}

describe('a courier that dies', () => {
  it('at every touch of the world, comes back to the same truth', { timeout: 90_000 }, async () => {
    const whole = new World();
    manners(whole);
    const touches = (await scenario(whole, Infinity)).touches();
    mustBeWhole(whole);
    expect(touches).toBeGreaterThan(30);
    for (let dieAt = 1; dieAt <= touches; dieAt += 1) {
      const world = new World();
      manners(world);
      await scenario(world, dieAt);
      await scenario(world, Infinity);
      mustBeWhole(world);
    }
  });

  it('and dies again while it recovers, too', { timeout: 90_000 }, async () => {
    for (let dieAt = 2; dieAt <= 40; dieAt += 3)
      for (let again = 1; again <= 24; again += 2) {
        const world = new World();
        manners(world);
        await scenario(world, dieAt);
        await scenario(world, again);
        await scenario(world, Infinity);
        mustBeWhole(world);
      }
  });
});
