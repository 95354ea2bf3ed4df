/** Defects of other engines that this ledger must not have, by their numbers in the specification. */
import { describe, expect, test } from 'vitest';
import { approvalIdOf, clientIdOf, type Money, type Qty, type TimeMs } from '#firewall';
import { NOW, SYMBOL } from '../../firewall/proofs/amounts.ts';
import { baseMarket } from '../../firewall/proofs/views.ts';
import { EQUITY_GRACE_MS } from '../../gate/step.ts';
import { hashOfProposal, orderAt, sealed, World } from '../gate/world.ts';
import { at, coins, deposit, dollars, foldAccount, opened } from './history.ts';

/** A funded account that holds 0.05 BTC long from 60,000. */
function holding(): World {
  const world = new World().fund();
  const proposal = orderAt(world.now, { qty: 5_000_000n as Qty });
  world.gate.receiveProposal(sealed(proposal));
  const approvalId = approvalIdOf(hashOfProposal(proposal));
  const clientId = clientIdOf(approvalId);
  const word = { approvalId, clientId, at: world.now, code: null, kind: 'outcome' };
  world.hear({ ...word, outcome: 'acked', sequence: 1 });
  world.hear({
    kind: 'fill',
    at: world.now,
    tradeId: 't1',
    clientId,
    symbol: SYMBOL,
    side: 'buy',
    price: '60000',
    qty: '0.05',
    fee: '1.5',
    liquidity: 'taker',
  });
  world.hear({ ...word, outcome: 'done', sequence: 2 });
  world.gate.mark();
  return world;
}

const viewOf = (world: World) => world.gate.fold.view(world.now as TimeMs, baseMarket.marks, null);

/** The price of the held symbol falls by a share of it. */
function fall(world: World, percent: bigint): void {
  const price = baseMarket.marks[SYMBOL]?.price ?? (0n as never);
  const mark = { price: ((price * (100n - percent)) / 100n) as typeof price, at: NOW };
  world.market = { ...baseMarket, marks: { [SYMBOL]: mark } };
}

describe('defect 5: a warm restart books an opposite synthetic fill', () => {
  test('a restart with an open position folds to exactly what the venue filled', () => {
    const world = holding();
    const before = viewOf(world);
    const entries = world.disk.lines.length;
    world.restart().restart();
    expect(viewOf(world)).toEqual(before);
    expect(viewOf(world).positions).toMatchObject([{ qty: coins(0.05) }]);
    // Reading a ledger writes nothing into it.
    expect(world.disk.lines).toHaveLength(entries);
  });

  test('the courier tells all of it again after its own restart, and it counts once', () => {
    const world = holding();
    const before = viewOf(world);
    const told = world.seen
      .map(({ event }) => event)
      .filter(({ kind }) => ['fill', 'outcome', 'cash'].includes(kind));
    expect(told).toHaveLength(4);
    world.hear({ kind: 'cash', at: NOW, id: 'deposit-1', amount: '100000', reason: 'deposit' });
    expect(viewOf(world)).toEqual(before);
  });
});

describe('defect 9: the high-water mark is reset on a breach', () => {
  test('the latch survives, the mark stays, and nothing is entered again', () => {
    const world = holding();
    const { marks } = viewOf(world);
    fall(world, 90n);
    world.gate.mark();
    const latches = world.events('latched').length;
    expect(latches).toBeGreaterThan(0);
    expect(viewOf(world).marks?.highWater).toBe(marks?.highWater);
    world.market = baseMarket;
    world.restart();
    world.gate.mark();
    world.gate.receiveProposal(sealed(orderAt(world.now)));
    expect(world.events('decision').at(-1)?.verdict.kind).toBe('refused');
    expect(viewOf(world).marks?.highWater).toBe(marks?.highWater);
  });

  test('only a human starts it anew, and the breach does not fire again by itself', () => {
    const world = holding();
    fall(world, 60n);
    world.gate.mark();
    world.now += 1;
    const resume = { kind: 'resume', scope: 'account', key: 'main', by: 'ada', reason: 'seen' };
    world.gate.receiveCommand(JSON.stringify({ ...resume, at: world.now }));
    const { marks, equity } = world.gate.fold.view(
      world.now as TimeMs,
      world.market?.marks ?? {},
      null,
    );
    expect(marks?.highWater).toBe(equity);
  });
});

describe('defect 12: an error in the profit goes on, and a kill switch forgets', () => {
  test('equity that cannot be computed halts, and a restart stays halted', () => {
    const world = holding();
    world.market = { ...baseMarket, marks: {} };
    world.gate.mark();
    world.now += EQUITY_GRACE_MS + 1;
    world.gate.mark();
    expect(world.gate.fold.account.equityFault).toBe(true);
    world.market = baseMarket;
    world.restart();
    world.gate.mark();
    expect(world.gate.fold.account.equityFault).toBe(true);
    expect(world.gate.fold.controls.latch('account', 'main')?.state).toBe('HALTED');
    world.gate.receiveProposal(sealed(orderAt(world.now)));
    expect(world.events('decision').at(-1)?.verdict.kind).toBe('refused');
  });
});

describe('defect 16: what is not a number becomes the high-water mark', () => {
  const marked = (equity: Money | null, when: number) =>
    ({ kind: 'marked', at: at(when), equity, marks: {} }) as const;
  const highWater = (events: Parameters<typeof foldAccount>[0]) =>
    foldAccount(events).equity.view(at(10), dollars(100), 1_000)?.highWater;

  test.each([null, dollars(1_000_000), (dollars(100) + 1n) as Money, dollars(-5)])(
    'a mark of %s leaves it where it was and is a fault',
    (equity) => {
      const good = [opened, deposit(100), marked(dollars(100), 1)];
      expect(highWater(good)).toBe(dollars(100));
      const after = [...good, marked(equity, 2)];
      expect(highWater(after)).toBe(dollars(100));
      expect(foldAccount(after).equityFault).toBe(true);
      // And a good mark afterwards does not make the fault undone.
      expect(foldAccount([...after, marked(dollars(100), 3)]).equityFault).toBe(true);
    },
  );

  test('as the first mark of all it is no mark', () => {
    expect(highWater([opened, deposit(100), marked(null, 1)])).toBeUndefined();
  });
});
