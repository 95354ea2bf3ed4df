/** What every venue must keep to, whatever is behind it; run against each implementation of the port. */
import { expect, it } from 'vitest';
import type * as f from '#firewall';
import type { SignedRequest, Venue, VenueFact } from '../../signer/contract.ts';

export type Bench = Readonly<{
  venue: Venue;
  /** A small buy that can only rest, by its client id, signed for this venue. */
  resting(clientId: string, deadline?: f.TimeMs): SignedRequest;
  /** A small buy that is filled at once. */
  taking(clientId: string): SignedRequest;
  cancelling(clientId: string): SignedRequest;
  /** Makes the next requests get lost on their way there, or their answers on the way back. */
  lose(what: 'requests' | 'answers'): void;
  /** Lets the market move on, so that what can be filled is. */
  tick(): Promise<void>;
  /** Takes the whole venue away. */
  leave(): Promise<void>;
  close(): Promise<void>;
}>;

/** `0x` and 32 digits, as our own ids are. */
export const clientId = (n: number): string => `0x${n.toString(16).padStart(32, '0')}`;

async function heard(venue: Venue, since: number, count: number): Promise<[number, VenueFact][]> {
  const facts: [number, VenueFact][] = [];
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stream = venue.follow(() => facts.at(-1)?.[0] ?? since, {
    fact(sequence, fact) {
      facts.push([sequence, fact]);
      if (facts.length >= count) resolve(undefined);
    },
    up: () => undefined,
    down: () => undefined,
  });
  if (facts.length < count) await promise;
  stream.close();
  return facts;
}

export function venueConformance(make: () => Promise<Bench>): void {
  const on = async (work: (bench: Bench) => Promise<void>): Promise<void> => {
    const bench = await make();
    try {
      await work(bench);
    } finally {
      await bench.close();
    }
  };

  it('takes an order, knows it by its id, and lists it', () =>
    on(async ({ venue, resting }) => {
      const id = clientId(1);
      expect(await venue.send(resting(id))).toMatchObject({ kind: 'acked', state: 'resting' });
      expect(await venue.query(id)).toMatchObject({ clientId: id, state: 'resting' });
      expect((await venue.standing()).open).toMatchObject([{ clientId: id }]);
    }));

  it('knows nothing of an id that it never saw', () =>
    on(async ({ venue }) => expect(await venue.query(clientId(2))).toBeNull()));

  it('executes the same bytes once, however often they come', () =>
    on(async ({ venue, taking, tick }) => {
      const request = taking(clientId(3));
      expect((await venue.send(request)).kind).toBe('acked');
      await tick();
      expect(await venue.send(request)).toMatchObject({ kind: 'rejected' });
      await tick();
      const before = await venue.standing();
      expect(before.positions).toHaveLength(1);
      expect(before.positions[0]?.qty).toBe(10_000_000n);
    }));

  it('refuses what comes behind its deadline', () =>
    on(async ({ venue, resting }) => {
      const deadline = ((await venue.now()) - 1) as f.TimeMs;
      const reply = await venue.send(resting(clientId(4), deadline));
      expect(reply).toEqual({ kind: 'rejected', code: 'DEADLINE_PASSED' });
    }));

  it('takes an order back', () =>
    on(async ({ venue, resting, cancelling }) => {
      const id = clientId(5);
      await venue.send(resting(id));
      expect((await venue.send(cancelling(id))).kind).toBe('acked');
      expect((await venue.query(id))?.state).toBe('cancelled');
      expect((await venue.standing()).open).toEqual([]);
    }));

  it.each([
    ['requests', false],
    ['answers', true],
  ] as const)('says nothing when %s are lost, and only a question tells', (what, there) =>
    on(async ({ venue, resting, lose }) => {
      lose(what);
      expect(await venue.send(resting(clientId(6)))).toEqual({ kind: 'timeout' });
      expect((await venue.query(clientId(6))) !== null).toBe(there);
    }),
  );

  it('tells each fact once, in order, and again only to who asks from before it', () =>
    on(async ({ venue, taking, tick }) => {
      await venue.send(taking(clientId(7)));
      await tick();
      const facts = (await heard(venue, 0, 3)).slice(-3);
      const sequences = facts.map(([sequence]) => sequence);
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
      const last = await heard(venue, sequences[1] ?? 0, 1);
      expect(last[0]?.[0]).toBe(sequences[2]);
      expect(last[0]?.[1]).toEqual(facts[2]?.[1]);
    }));

  it('that is away is a timeout to who sends, and an error to who asks', () =>
    on(async ({ venue, resting, leave }) => {
      const request = resting(clientId(8));
      await leave();
      expect(await venue.send(request)).toEqual({ kind: 'timeout' });
      await expect(venue.query(clientId(8))).rejects.toThrow();
      await expect(venue.now()).rejects.toThrow();
    }));
}
