/** The gate at work: one record per decision, answers to repeats, holds, halts, outbox, breakers, a failing disk. */
import { describe, expect, test } from 'vitest';
import {
  approvalIdOf,
  clientIdOf,
  type ModeSetting,
  type Ppm,
  type Qty,
  type TimeMs,
} from '#firewall';
import { NOW, SYMBOL } from '../../firewall/proofs/amounts.ts';
import { baseMarket } from '../../firewall/proofs/views.ts';
import { EQUITY_GRACE_MS } from '../../gate/step.ts';
import { LedgerError } from '../../ledger/contract.ts';
import { hashOfProposal, OPTIONS, orderAt, sealed, SimDisk, World } from './world.ts';

const withModes = (modes: readonly ModeSetting[]): World =>
  new World(new SimDisk(), {
    ...OPTIONS,
    configuration: { ...OPTIONS.configuration, modes },
  }).fund();
const command = (world: World, text: object) =>
  world.gate.receiveCommand(
    JSON.stringify({ by: 'ada', reason: 'a test', at: world.now, ...text }),
  );
const kinds = (world: World) => world.events('decision').map(({ verdict }) => verdict.kind);

describe('decisions', () => {
  test('an approval binds proposal, policy, market, ledger head and version, for a few seconds', () => {
    const world = new World().fund();
    const proposal = orderAt(world.now);
    const [out] = world.gate.receiveProposal(sealed(proposal));
    const [decision] = world.events('decision');
    expect(out?.key).toBe(approvalIdOf(hashOfProposal(proposal)));
    expect(decision?.approval).toMatchObject({
      sequence: 1,
      proposalId: proposal.id,
      policyHash: OPTIONS.configuration.policyHash,
      stateVersion: 1,
      notBefore: NOW,
      expiresAt: NOW + 3_000,
    });
    const entry = world.seen.find(({ event }) => event.kind === 'decision');
    expect(decision?.approval?.ledgerHead).toBe(entry?.previous);
  });

  test('a repeat is answered with the decision that it had', () => {
    const world = new World().fund();
    const letter = sealed(orderAt(world.now));
    const first = world.gate.receiveProposal(letter);
    expect(world.gate.receiveProposal(letter)).toEqual(first);
    expect(world.restart().gate.receiveProposal(letter)).toEqual(first);
    expect(kinds(world)).toEqual(['approved']);
  });

  test('another proposal under a used id is refused, and the first answer stands', () => {
    const world = new World().fund();
    const proposal = orderAt(world.now);
    const first = world.gate.receiveProposal(sealed(proposal));
    const other = { ...proposal, qty: (proposal.qty + 1_000_000n) as Qty };
    expect(world.gate.receiveProposal(sealed(other))).toEqual([]);
    expect(kinds(world)).toEqual(['approved', 'refused']);
    expect(world.gate.receiveProposal(sealed(proposal))).toEqual(first);
  });

  test('a symbol that the feed does not know is judged on nothing, and refused', () => {
    const world = new World().fund();
    world.market = null;
    expect(world.gate.receiveProposal(sealed(orderAt(world.now)))).toEqual([]);
    expect(kinds(world)).toEqual(['refused']);
  });

  test('a reservation counts against the next decision', () => {
    const world = new World().fund();
    const qty = 5_000_000n as Qty;
    for (let index = 0; index < 12; index += 1) {
      world.now += 20_000;
      world.clean();
      world.gate.receiveProposal(sealed(orderAt(world.now, { qty })));
    }
    expect(kinds(world)[0]).toBe('approved');
    expect(kinds(world).at(-1)).toBe('refused');
    expect(world.gate.fold.view(world.now as TimeMs, {}, null).working?.length).toBeGreaterThan(0);
  });

  test('in shadow mode everything is judged and recorded, and nothing is sent or reserved', () => {
    const world = withModes([{ scope: 'global', key: '*', mode: 'shadow' }]);
    expect(world.gate.receiveProposal(sealed(orderAt(world.now)))).toEqual([]);
    expect(world.events('decision')).toMatchObject([
      { verdict: { kind: 'approved' }, approval: null, approvalSignature: null },
    ]);
    expect(world.gate.outbox()).toEqual([]);
    expect(world.gate.fold.view(world.now as TimeMs, {}, null).working).toEqual([]);
  });
});

describe('holds', () => {
  const unsure = () => orderAt(NOW, { confidence: 250_000 as Ppm });

  test('a held proposal waits, and is judged again when a named human agrees to exactly it', () => {
    const world = new World().fund();
    const proposal = unsure();
    expect(world.gate.receiveProposal(sealed(proposal))).toEqual([]);
    expect(world.gate.receiveProposal(sealed(proposal))).toEqual([]);
    expect(kinds(world)).toEqual(['held']);
    const out = command(world, { kind: 'consent', proposalHash: hashOfProposal(proposal) });
    expect(out).toMatchObject([{ key: approvalIdOf(hashOfProposal(proposal)) }]);
    expect(kinds(world)).toEqual(['held', 'approved']);
    expect(world.gate.fold.account.held.size).toBe(0);
  });

  test('consent to what is not held is noted and does nothing', () => {
    const world = new World().fund();
    command(world, { kind: 'consent', proposalHash: hashOfProposal(unsure()) });
    expect(world.events('noted')).toMatchObject([{ code: 'CONSENT_WITHOUT_HELD_PROPOSAL' }]);
  });

  test('the market moves on: consent that comes too late is refused by the rules', () => {
    const world = new World().fund();
    const proposal = unsure();
    world.gate.receiveProposal(sealed(proposal));
    world.now += 600_000;
    world.clean();
    expect(command(world, { kind: 'consent', proposalHash: hashOfProposal(proposal) })).toEqual([]);
    expect(kinds(world)).toEqual(['held', 'refused']);
  });
});

describe('states', () => {
  test('halted stays halted over restarts, until a named human resumes', () => {
    const world = new World().fund();
    command(world, { kind: 'halt', scope: 'global', key: '*', state: 'HALTED' });
    world.restart();
    expect(world.gate.receiveProposal(sealed(orderAt(world.now)))).toEqual([]);
    world.now += 1_000;
    command(world, { kind: 'resume', scope: 'global', key: '*' });
    expect(world.gate.receiveProposal(sealed(orderAt(world.now)))).toHaveLength(1);
    expect(kinds(world)).toEqual(['refused', 'approved']);
  });

  test('the HALT file halts, also against a human who resumes while it is there', () => {
    const world = new World().fund();
    world.gate.haltFileSeen();
    world.gate.haltFileSeen();
    expect(world.events('latched')).toHaveLength(1);
    command(world, { kind: 'resume', scope: 'global', key: '*' });
    world.gate.haltFileSeen();
    expect(world.gate.fold.controls.latch('global', '*')?.state).toBe('HALTED');
  });

  test('a resume that was written before the latch does not undo it', () => {
    const world = new World().fund();
    const said = world.now;
    world.now += 1;
    command(world, { kind: 'halt', scope: 'symbol', key: SYMBOL, state: 'REDUCE_ONLY' });
    command(world, { kind: 'resume', scope: 'symbol', key: SYMBOL, at: said });
    expect(world.gate.fold.controls.latch('symbol', SYMBOL)?.state).toBe('REDUCE_ONLY');
    command(world, { kind: 'resume', scope: 'symbol', key: SYMBOL });
    expect(world.gate.fold.controls.latch('symbol', SYMBOL)).toBeNull();
  });

  test('an exit that a human asked for is recorded as such, by its hash, and only for a while', () => {
    const world = new World().fund();
    const exit = orderAt(world.now, { side: 'sell' });
    const asked = { kind: 'exit', proposalHash: hashOfProposal(exit) };
    command(world, { ...asked, expiresAt: world.now + 1_000 });
    world.gate.receiveProposal(sealed(exit));
    expect(world.events('decision')).toMatchObject([{ operatorExit: true }]);
    const late = orderAt(world.now, { side: 'sell' });
    command(world, { kind: 'exit', proposalHash: hashOfProposal(late), expiresAt: world.now + 1 });
    world.now += 1;
    world.gate.receiveProposal(sealed(late));
    expect(world.events('decision')[1]?.operatorExit).toBe(false);
  });

  test('a loss latches when nobody proposes anything', () => {
    const world = new World().fund();
    const proposal = orderAt(world.now, { qty: 6_000_000n as Qty });
    world.gate.receiveProposal(sealed(proposal));
    const clientId = clientIdOf(approvalIdOf(hashOfProposal(proposal)));
    world.hear({
      kind: 'fill',
      at: world.now,
      tradeId: 't1',
      clientId,
      symbol: SYMBOL,
      side: 'buy',
      price: '60000',
      qty: '0.06',
      fee: '1.8',
      liquidity: 'taker',
    });
    const crash = { price: (baseMarket.marks[SYMBOL]?.price ?? 0n) / 10n, at: NOW };
    world.market = { ...baseMarket, marks: { [SYMBOL]: crash as never } };
    world.gate.mark();
    expect(world.events('latched').map(({ latch }) => latch.state)).toContain('REDUCE_ONLY');
    const before = world.events('latched').length;
    world.gate.mark();
    expect(world.events('latched')).toHaveLength(before);
  });

  test('equity that stays unknown is marked as unknown after a grace, once, and halts', () => {
    const world = new World().fund();
    const proposal = orderAt(world.now);
    world.gate.receiveProposal(sealed(proposal));
    world.hear({
      kind: 'fill',
      at: world.now,
      tradeId: 't1',
      clientId: clientIdOf(approvalIdOf(hashOfProposal(proposal))),
      symbol: SYMBOL,
      side: 'buy',
      price: '60000',
      qty: '0.01',
      fee: '0',
      liquidity: 'taker',
    });
    world.market = { ...baseMarket, marks: {} };
    world.gate.mark();
    world.now += EQUITY_GRACE_MS;
    world.gate.mark();
    expect(world.gate.fold.account.equityFault).toBe(false);
    world.now += 1;
    world.gate.mark();
    world.gate.mark();
    expect(world.events('marked').filter(({ equity }) => equity === null)).toHaveLength(1);
    expect(world.gate.fold.controls.latch('account', 'main')?.state).toBe('HALTED');
  });
});

describe('the outbox', () => {
  test('says an approval again until the courier answers, also past its end', () => {
    const world = new World().fund();
    const [out] = world.gate.receiveProposal(sealed(orderAt(world.now)));
    const id = out?.key ?? '';
    world.gate.sent(id);
    expect(world.gate.outbox()).toEqual([]);
    world.now += 2_000;
    expect(world.gate.outbox()).toEqual([out]);
    world.gate.sent(id);
    world.now += 9_999;
    expect(world.gate.outbox()).toEqual([]);
    world.now += 1;
    expect(world.gate.outbox()).toEqual([out]);
    expect(world.restart().gate.outbox()).toEqual([out]);
    world.hear({
      kind: 'outcome',
      at: world.now,
      approvalId: id,
      clientId: clientIdOf(id),
      outcome: 'expired',
      code: null,
      sequence: 1,
    });
    world.now += 60_000;
    expect(world.gate.outbox()).toEqual([]);
  });

  test('a forged or repeated outcome frees nothing and counts nothing', () => {
    const world = new World().fund();
    const [out] = world.gate.receiveProposal(sealed(orderAt(world.now)));
    const word = {
      kind: 'outcome',
      at: world.now,
      approvalId: out?.key,
      clientId: clientIdOf(out?.key ?? ''),
      outcome: 'rejected',
      code: 'X',
      sequence: 1,
    };
    world.gate.receiveOutcome({ from: 'courier', body: JSON.stringify(word), signature: 'AAAA' });
    expect(world.gate.fold.account.unanswered.size).toBe(1);
    world.hear(word);
    world.hear(word);
    expect(world.events('outcome')).toHaveLength(1);
    expect(world.gate.fold.account.rejectStreak).toBe(1);
  });
});

test('a courier that counts from the start again is noticed, and a mere repeat is not', () => {
  const world = new World().fund();
  const [out] = world.gate.receiveProposal(sealed(orderAt(world.now)));
  const word = {
    kind: 'outcome',
    at: world.now,
    approvalId: out?.key,
    clientId: clientIdOf(out?.key ?? ''),
    outcome: 'acked',
    code: null,
    sequence: 1,
  };
  world.hear(word);
  world.hear({ ...word, at: world.now + 5 });
  expect(world.events('latched')).toEqual([]);
  world.hear({ ...word, outcome: 'done' });
  world.hear({ ...word, outcome: 'done' });
  expect(world.events('latched')).toMatchObject([{ latch: { reason: 'OUTCOME_NUMBER_REUSED' } }]);
});

test.each([
  ['fill', 'tradeId', { qty: '2' }, 'FILL_NUMBER_REUSED'],
  ['cash', 'id', { amount: '2' }, 'CASH_NUMBER_REUSED'],
] as const)('another %s under a used number halts the account', (kind, id, change, reason) => {
  const world = new World().fund();
  const fill = { clientId: 'c1', symbol: SYMBOL, side: 'buy', price: '100', qty: '1', fee: '0' };
  const word =
    kind === 'fill'
      ? { kind, at: world.now, [id]: 'n1', ...fill, liquidity: 'maker' }
      : { kind, at: world.now, [id]: 'n1', amount: '1', reason: 'deposit' };
  world.hear(word);
  world.hear({ ...word, at: world.now + 1 });
  const reasons = () => world.events('latched').map(({ latch }) => latch.reason);
  expect(reasons()).not.toContain(reason);
  world.hear({ ...word, ...change });
  if (kind === 'cash') expect(reasons()).toContain(reason);
  expect(world.gate.fold.controls.latch('account', 'main')?.state).toBe('HALTED');
});

test('an amount that no ledger can say makes equity unknown, and the gate goes on', () => {
  const world = new World().fund();
  const most = '99999999999999999999';
  for (const id of ['a', 'b'])
    world.hear({ kind: 'cash', at: world.now, id, amount: most, reason: 'deposit' });
  world.now += EQUITY_GRACE_MS + 1;
  world.gate.mark();
  world.now += EQUITY_GRACE_MS + 1;
  world.gate.mark();
  expect(world.events('marked').at(-1)?.equity).toBeNull();
  expect(world.restart().gate.fold.account.equityFault).toBe(true);
});

test('a market that no ledger can say is none', () => {
  const world = new World().fund();
  const { volatility } = baseMarket;
  if (volatility === null) throw new Error('the base market moves');
  world.market = { ...baseMarket, volatility: { ...volatility, realised: 1e26 as Ppm } };
  world.gate.receiveProposal(sealed(orderAt(world.now)));
  expect(kinds(world)).toEqual(['refused']);
  expect(world.restart().gate.fold.account.decided.size).toBe(1);
});

describe('the record', () => {
  test.each(['LEDGER_DISK_FULL', 'LEDGER_WRITE_FAILED'] as const)(
    '%s: nothing leaves, and nothing is done any more',
    (code) => {
      const world = new World().fund();
      world.disk.failWith = code;
      const letter = sealed(orderAt(world.now));
      expect(() => world.gate.receiveProposal(letter)).toThrow(LedgerError);
      world.disk.failWith = null;
      // A failed append leaves the disk in doubt: only a new process may go on.
      expect(() => world.gate.receiveProposal(letter)).toThrow(expect.objectContaining({ code }));
      expect(world.restart().gate.receiveProposal(letter)).toHaveLength(1);
    },
  );

  test('a ledger of another account or network is refused', () => {
    const world = new World().fund();
    for (const identity of [
      { ...OPTIONS.identity, account: 'other' },
      { ...OPTIONS.identity, network: 'main' as const },
    ])
      expect(() => new World(world.disk, { ...OPTIONS, identity })).toThrow(
        expect.objectContaining({ code: 'LEDGER_FOREIGN' }),
      );
  });

  test('a new configuration is recorded once, before anything is judged by it', () => {
    const world = new World().fund();
    world.restart();
    expect(world.events('configured')).toHaveLength(1);
    world.options = {
      ...OPTIONS,
      configuration: { ...OPTIONS.configuration, build: 'b2' },
    };
    world.restart().restart();
    expect(world.events('configured')).toHaveLength(2);
  });
});
