/** The comparison look by look, over a courier's reducer and a venue that says what the test wants. */
import { describe, expect, test } from 'vitest';
import type { TimeMs } from '#firewall';
import type { VenueOrderState, VenueStanding } from '../../signer/contract.ts';
import { Comparison, differences } from '../../signer/compare.ts';
import type { CourierState } from '../../signer/courier-state.ts';
import { step, type CourierEvent } from '../../signer/courier.ts';
import { qty } from '../../firewall/proofs/amounts.ts';
import {
  acked,
  at,
  begun,
  bring,
  cancel,
  clientId,
  order,
  parts,
  received,
  replied,
  sent,
  signed,
  there,
  unknown,
} from './courier-step-kit.ts';
import { approve, cancelNumber, NOW, SYMBOL } from './letters.ts';
import { baseConfig } from './vault-kit.ts';

const standing = (...open: readonly string[]): VenueStanding => ({
  open: open.map((id) => ({ clientId: id, symbol: SYMBOL })),
  positions: [],
});
const lost = `order ${clientId} is not open at the venue`;
const foreign = `order ${clientId} is open at the venue only`;
const NO = { kind: 'rejected', code: 'TOO_SMALL' } as const;
const withdrawal = approve(cancelNumber(3, clientId), 3, baseConfig.policyHash);

describe('orders', () => {
  test.each<readonly [string, CourierState, VenueStanding, readonly string[]]>([
    ['acknowledged and open', acked, standing(clientId), []],
    ['acknowledged and not open', acked, standing(), [lost]],
    ['only received', received, standing(), []],
    ['ended', replied(sent, order, NO).state, standing(), []],
    ['under way and not open', sent, standing(), []],
    ['under way and open already', sent, standing(clientId), []],
    ['unknown and not open', unknown, standing(), []],
    ['unknown and open', unknown, standing(clientId), []],
    ['not ours and open', begun, standing(clientId), [foreign]],
    [
      'being cancelled and gone already',
      signed(bring(acked, withdrawal).state, withdrawal).state,
      standing(),
      [],
    ],
    [
      'to be cancelled, not asked yet, and gone',
      bring(acked, withdrawal).state,
      standing(),
      [lost],
    ],
    ['not ours, nor its cancel', signed(bring(begun, cancel).state, cancel).state, standing(), []],
  ])('%s', (_, state, venue, found) => {
    expect(differences(state, venue)).toEqual(found);
  });

  test('and positions agree where they are the same', () => {
    const positions = new Map<string, bigint>([[SYMBOL, qty('2')]]);
    const held = (amount: string): VenueStanding => ({
      open: [],
      positions: [{ symbol: SYMBOL, qty: qty(amount) }],
    });
    expect(differences({ ...begun, positions }, held('2'))).toEqual([]);
    const words = `${SYMBOL}: venue 2.00000001, own fills 2`;
    expect(differences({ ...begun, positions }, held('2.00000001'))).toEqual([words]);
  });

  test('and positions come in one order', () => {
    const venue = { open: [], positions: [{ symbol: 'A/B', qty: qty('1') }] };
    expect(differences(acked, venue)).toEqual(['A/B: venue 1, own fills 0', lost]);
  });
});

/** A comparison over a state, with what it said and asked. */
function comparing(state: CourierState, looks: readonly VenueStanding[]) {
  const seen = {
    now: NOW as number,
    looks: 0,
    asked: [] as string[],
    events: [] as CourierEvent[],
    waits: [] as number[],
    found: null as VenueOrderState | null,
    /** Called while the venue is asked. */ meanwhile: () => undefined as void,
  };
  const runtime = {
    over: false,
    streaming: true,
    state,
    feed: (event: Parameters<Feed>[0]) => {
      const timed = { ...event, now: seen.now as TimeMs } as CourierEvent;
      seen.events.push(timed);
      runtime.state = step(runtime.state, timed, parts).state;
      return Promise.resolve();
    },
  };
  const comparison = new Comparison(runtime, {
    venue: {
      standing: () => {
        seen.looks += 1;
        seen.meanwhile();
        return Promise.resolve(looks[seen.looks - 1] ?? looks.at(-1) ?? standing());
      },
      query: (id: string) => {
        seen.asked.push(id);
        seen.meanwhile();
        return Promise.resolve(seen.found);
      },
    } as never,
    now: () => seen.now as TimeMs,
    wait: (ms) => {
      seen.waits.push(ms);
      return Promise.resolve();
    },
  });
  return { seen, runtime, comparison };
}
type Feed = ConstructorParameters<typeof Comparison>[0]['feed'];
const words = (events: readonly CourierEvent[]): readonly string[] =>
  events.map((event) => (event.kind === 'compared' ? event.detail : event.kind));
const AGREE = 'orders and positions agree';

describe('what is looked at', () => {
  test('once is enough where it agrees', async () => {
    const { seen, comparison } = comparing(begun, [standing()]);
    expect(await comparison.compare(0)).toBe('clean');
    expect(seen).toMatchObject({ looks: 1, waits: [], asked: [] });
    expect(seen.events).toMatchObject([{ kind: 'compared', status: 'clean', detail: AGREE }]);
  });

  test('twice in the same words is a mismatch, and acknowledged orders are asked for', async () => {
    const { seen, comparison } = comparing(acked, [standing('0x1')]);
    expect(await comparison.compare(0)).toBe('mismatch');
    expect(seen).toMatchObject({ looks: 2, waits: [250], asked: [clientId] });
    const detail = `order 0x1 is open at the venue only; ${lost}`;
    expect(seen.events).toMatchObject([
      { kind: 'compared', status: 'mismatch', detail },
      { kind: 'checked', approvalId: order.id, found: null },
    ]);
  });

  test('in other words each time is moving, after five looks', async () => {
    const many = Array.from({ length: 6 }, (_, n) => standing(`0x${n}`));
    const { seen, comparison } = comparing(begun, many);
    expect(await comparison.compare(0)).toBe('moving');
    expect(seen).toMatchObject({ looks: 5, waits: [250, 250, 250, 250, 250], events: [] });
  });

  test('first different and then the same agrees', async () => {
    const { seen, comparison } = comparing(begun, [standing('0x1'), standing()]);
    expect(await comparison.compare(0)).toBe('clean');
    expect(seen.looks).toBe(2);
  });

  test('while the stream moved proves nothing', async () => {
    const { seen, runtime, comparison } = comparing(begun, [standing()]);
    seen.meanwhile = () => {
      if (seen.looks < 3) runtime.state = { ...runtime.state, cursor: seen.looks };
    };
    expect(await comparison.compare(0)).toBe('clean');
    expect(seen.looks).toBe(3);
  });

  test('while the stream was down proves nothing, nor does the same difference before and after', async () => {
    const { seen, runtime, comparison } = comparing(begun, [standing('0x1')]);
    seen.meanwhile = () => {
      runtime.streaming = seen.looks !== 2;
    };
    expect(await comparison.compare(0)).toBe('mismatch');
    expect(seen.looks).toBe(4);
    runtime.streaming = false;
    seen.meanwhile = () => undefined;
    expect(await comparison.compare(0)).toBe('moving');
  });

  test('is nothing once the courier is over', async () => {
    const { seen, runtime, comparison } = comparing(begun, [standing()]);
    runtime.over = true;
    expect(await comparison.compare(0)).toBe('moving');
    expect(seen.looks).toBe(0);
  });
});

describe('what is said', () => {
  test('is said again when it is stale, or new', async () => {
    const { seen, comparison } = comparing(begun, [standing(), standing(), standing()]);
    await comparison.compare(1_000);
    seen.now = NOW + 999;
    await comparison.compare(1_000);
    expect(words(seen.events)).toEqual([AGREE]);
    seen.now = NOW + 1_000;
    await comparison.compare(1_000);
    expect(words(seen.events)).toEqual([AGREE, AGREE]);
  });

  test('of a gate that has not heard begins one millisecond past half a minute', async () => {
    const told = acked;
    const { seen, comparison } = comparing(told, [standing(clientId)]);
    seen.now = NOW + 30_000;
    expect(await comparison.compare(0)).toBe('clean');
    seen.now = NOW + 30_001;
    expect(await comparison.compare(0)).toBe('mismatch');
    expect(seen.events.findLast((event) => event.kind === 'compared')).toMatchObject({
      detail: "the gate's ledger lacks what it was told",
    });
  });

  test('is not about notes, of which the gate keeps none', async () => {
    const noted = step(begun, { kind: 'unreadable', detail: 'x', now: NOW }, parts).state;
    const { seen, comparison } = comparing(noted, [standing()]);
    seen.now = NOW + 60_000;
    expect(await comparison.compare(0)).toBe('clean');
  });
});

describe('who is asked for by name', () => {
  test('is acknowledged, and no cancel', async () => {
    const both = signed(bring(acked, cancel).state, cancel).state;
    const { seen, comparison } = comparing(both, [standing('0x1')]);
    await comparison.compare(0);
    expect(seen.asked).toEqual([clientId]);
    const none = comparing(sent, [standing('0x1')]);
    expect(await none.comparison.compare(0)).toBe('mismatch');
    expect(none.seen.asked).toEqual([]);
  });

  test('is nobody where all agrees', async () => {
    const { seen, comparison } = comparing(acked, [standing(clientId)]);
    expect(await comparison.compare(0)).toBe('clean');
    expect(seen.asked).toEqual([]);
  });

  test('is not heard of when the stream moved meanwhile', async () => {
    const { seen, runtime, comparison } = comparing(acked, [standing()]);
    seen.found = there('filled');
    seen.meanwhile = () => {
      if (seen.asked.length > 0) runtime.state = { ...runtime.state, cursor: at(0) };
    };
    await comparison.compare(0);
    expect(words(seen.events)).toEqual([lost]);
  });
});
