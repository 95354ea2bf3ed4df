/** The account fold against a slow recomputation that knows nothing of averages, orders of events or increments. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCALE, type Money, type Price, type Reference, type TimeMs } from '#firewall';
import { applyToAccount, UNEXPLAINED } from '../../ledger/account-fold.ts';
import { emptyAccount } from '../../ledger/account-state.ts';
import { equityOf } from '../../ledger/account-valuation.ts';
import { accountView, heldSymbols, unresolvedSymbols } from '../../ledger/account-view-of.ts';
import type { LedgerEvent } from '../../ledger/contract.ts';
import { NO_HASH } from '../../ledger/head-anchor.ts';
import { FENCE_MS } from '../../ledger/orders.ts';
import {
  approvalOf,
  at,
  clientOf,
  coins,
  decided,
  deposit,
  dollars,
  entriesFrom,
  eventsOf,
  fill,
  foldAccount,
  life,
  opened,
  order,
  outcome,
  priced,
  SYMBOLS,
} from './history.ts';

const MARK = priced(60_000);
const marks: Readonly<Record<string, Reference>> = Object.fromEntries(
  SYMBOLS.map((symbol) => [symbol, { price: MARK, at: at(0) }]),
);
const view = (events: readonly LedgerEvent[], now = at(100_000)) =>
  accountView(foldAccount(events), { now, marks, head: NO_HASH, proposal: null });

type Fill = Extract<LedgerEvent, { kind: 'fill' }>;
const fillsOf = (events: readonly LedgerEvent[]): Fill[] =>
  events.filter((event): event is Fill => event.kind === 'fill');

describe('against a slow recomputation', () => {
  test('equity is what was paid in, plus what flowed, plus what is held at its mark', () => {
    fc.assert(
      fc.property(life, (steps) => {
        const events = eventsOf(steps);
        const fills = fillsOf(events);
        let exact = 0n;
        for (const event of events) if (event.kind === 'cash') exact += event.amount;
        let flow = 0n;
        for (const { side, qty, price, fee } of fills) {
          flow += side === 'buy' ? qty * (MARK - price) : qty * (price - MARK);
          exact -= fee;
        }
        const equity = view(events).equity ?? -1n;
        // Every fill may round a few eighth decimals, always against us.
        const off = exact + flow / SCALE - equity;
        expect(off).toBeGreaterThanOrEqual(-1n);
        expect(off).toBeLessThanOrEqual(BigInt(fills.length * 4 + 4));
      }),
    );
  });

  test('positions are the sums of their fills, and their cost lies between the prices paid', () => {
    fc.assert(
      fc.property(life, (steps) => {
        const events = eventsOf(steps);
        const strategyOf = new Map<string, string>();
        for (const event of events)
          if (event.kind === 'decision')
            strategyOf.set(clientOf(event), event.proposal.provenance.strategy);
        const sums = new Map<string, bigint>();
        const prices = new Map<string, bigint[]>();
        for (const { symbol, clientId, side, qty, price } of fillsOf(events)) {
          const key = `${symbol} ${strategyOf.get(clientId)}`;
          sums.set(key, (sums.get(key) ?? 0n) + (side === 'buy' ? qty : 0n - qty));
          prices.set(key, [...(prices.get(key) ?? []), price]);
        }
        const found = view(events).positions ?? [];
        expect(found.length).toBe([...sums.values()].filter((qty) => qty !== 0n).length);
        for (const { symbol, strategy, qty, entryPrice } of found) {
          const key = `${symbol} ${strategy}`;
          expect(qty).toBe(sums.get(key));
          const paid = (prices.get(key) ?? []).toSorted((a, b) => (a < b ? -1 : 1));
          expect(entryPrice >= (paid[0] ?? 0n) - 1n).toBe(true);
          expect(entryPrice <= (paid.at(-1) ?? 0n) + 1n).toBe(true);
        }
      }),
    );
  });

  test("the strategies' profits add up to the account's", () => {
    fc.assert(
      fc.property(life, (steps) => {
        const events = eventsOf(steps);
        const { equity, strategies } = view(events);
        const paidIn = events.reduce(
          (sum, event) =>
            event.kind === 'cash' && event.reason !== 'funding' ? sum + event.amount : sum,
          0n,
        );
        // Funding of a symbol that nobody holds any more is nobody's profit.
        fc.pre(events.every((event) => event.kind !== 'cash' || event.reason !== 'funding'));
        const profits = Object.values(strategies).reduce((sum, { profit }) => sum + profit, 0n);
        const off = (equity ?? 0n) - paidIn - profits;
        const bound = BigInt(fillsOf(events).length * 6 + 6);
        expect(off <= bound && off >= 0n - bound).toBe(true);
      }),
    );
  });

  test('what may still fill is what was approved, less what filled, unless the courier ended it', () => {
    fc.assert(
      fc.property(life, (steps) => {
        const events = eventsOf(steps);
        let expected = 0n;
        for (const event of events) {
          if (event.kind !== 'decision' || event.proposal.kind !== 'order') continue;
          const id = approvalOf(event);
          const ended = events.some(
            (other) =>
              other.kind === 'outcome' &&
              other.approvalId === id &&
              ['done', 'rejected'].includes(other.outcome),
          );
          const filled = fillsOf(events)
            .filter((part) => part.clientId === clientOf(event))
            .reduce((sum, part) => sum + part.qty, 0n);
          if (!ended) expected += event.proposal.qty - filled;
        }
        const working = view(events).working ?? [];
        expect(working.reduce((sum, { qty }) => sum + qty, 0n)).toBe(expected);
      }),
    );
  });

  test('folding on from anywhere gives what folding from scratch gives', () => {
    fc.assert(
      fc.property(life, fc.nat(100), (steps, cut) => {
        const entries = entriesFrom(eventsOf(steps));
        const state = emptyAccount();
        entries.forEach((entry, index) => {
          // Looking in between must change nothing.
          if (index === cut)
            accountView(state, { now: at(index), marks, head: NO_HASH, proposal: null });
          applyToAccount(state, entry);
        });
        const looked = { now: at(1e6), marks, head: NO_HASH, proposal: null };
        expect(accountView(state, looked)).toEqual(
          view(
            entries.map(({ event }) => event),
            at(1e6),
          ),
        );
      }),
    );
  });

  test('a message that comes twice changes nothing', () => {
    fc.assert(
      fc.property(life, (steps) => {
        const events = eventsOf(steps);
        const twice = events.flatMap((event) =>
          ['fill', 'outcome', 'cash'].includes(event.kind) ? [event, event] : [event],
        );
        expect(view(twice)).toEqual(view(events));
      }),
    );
  });
});

const buy = decided(order({ qty: coins(1), stopPrice: priced(59_000) }));
const START = [opened, deposit(100_000)];

describe('reservations', () => {
  test('an approval is reserved at once, and only the courier frees it', () => {
    expect(view([...START, buy], at(1)).working).toMatchObject([
      { state: 'reserved', qty: coins(1) },
    ]);
    for (const end of ['signer-refused', 'expired', 'rejected', 'not-placed', 'done'] as const)
      expect(view([...START, buy, outcome(buy, end, 1)]).working).toEqual([]);
    expect(view([...START, buy, outcome(buy, 'acked', 1)]).working).toMatchObject([
      { state: 'working' },
    ]);
    expect(view([...START, buy, outcome(buy, 'unknown', 1)]).working).toMatchObject([
      { state: 'unknown' },
    ]);
  });

  test('silence past the end of the approval is called unknown, one millisecond past the fence', () => {
    const state = foldAccount([...START, buy]);
    const fence = (3_000 + FENCE_MS) as TimeMs;
    expect(unresolvedSymbols(state, at(fence))).toEqual([]);
    expect(unresolvedSymbols(state, at(fence + 1))).toEqual([buy.proposal.symbol]);
    expect(view([...START, buy], at(fence + 1)).working).toMatchObject([{ state: 'unknown' }]);
  });

  test.each(['signer-refused', 'expired', 'rejected', 'not-placed'] as const)(
    'an order that was told %s and that the venue has after all counts again, and halts',
    (end) => {
      const events = [...START, buy, outcome(buy, end, 1), outcome(buy, 'acked', 2)];
      const { working, flow } = view(events);
      expect(working).toMatchObject([{ qty: coins(1), state: 'working' }]);
      expect(flow?.anomalies).toEqual(['ORDER_AFTER_ALL']);
      expect(view([...events, outcome(buy, 'done', 3)]).working).toEqual([]);
    },
  );

  test('what the courier said earlier says nothing after what it said later', () => {
    const late = view([...START, buy, outcome(buy, 'acked', 2), outcome(buy, 'unknown', 1)]);
    expect(late.working).toMatchObject([{ state: 'working' }]);
  });

  test('a partial fill leaves the rest working, and cash is tied up for it', () => {
    const part = fill(buy, { qty: coins(0.4), price: priced(60_000) });
    const { working, free, cash } = view([...START, buy, outcome(buy, 'acked', 1), part]);
    expect(working).toMatchObject([{ qty: coins(0.6), state: 'working' }]);
    expect(free ?? 0n).toBeLessThan(cash ?? 0n);
  });

  test('an approval that the courier never saw is freed by a clean comparison long after it ended', () => {
    const clean = (after: number): LedgerEvent => ({
      kind: 'reconciled',
      at: at(3_000 + after),
      status: 'clean',
      detail: 'equal',
    });
    expect(view([...START, buy, clean(900_000)]).working).toHaveLength(1);
    expect(view([...START, buy, clean(900_001)]).working).toHaveLength(0);
    expect(foldAccount([...START, buy, clean(900_001)]).unanswered.size).toBe(0);
  });

  test('nothing is reserved for what was refused, held, or judged in shadow mode', () => {
    for (const options of [
      { kind: 'refused' },
      { kind: 'held' },
      { kind: 'approved', approved: false },
    ] as const)
      expect(view([...START, decided(order(), options)]).working).toEqual([]);
    const shadow = decided(order(), { approved: false });
    expect(view([...START, shadow]).decisions).toMatchObject([{ verdict: 'held' }]);
    expect(view([...START, shadow]).day?.ordersByAccount).toBe(0);
  });
});

describe('anomalies', () => {
  const one = { qty: coins(1), price: priced(60_000) };
  const done = [...START, buy, outcome(buy, 'done', 1)];
  const rows: [string, LedgerEvent[]][] = [
    ['FILL_OF_UNKNOWN_ORDER', [...START, fill(decided(order()), one)]],
    ['FILL_ON_WRONG_SIDE', [...START, buy, fill(buy, { ...one, side: 'sell' })]],
    ['FILL_OF_WRONG_SYMBOL', [...START, buy, { ...fill(buy, one), symbol: 'ETH/USDT:USDT' }]],
    [
      'FILL_ABOVE_ORDER',
      [...START, buy, fill(buy, { ...one, qty: (coins(1) + 1n) as typeof one.qty })],
    ],
    ['FILL_AFTER_END', [...done, { ...fill(buy, one), at: at(1_001) }]],
    [
      'FILL_AFTER_END',
      [...START, buy, outcome(buy, 'rejected', 1), { ...fill(buy, one), at: at(0) }],
    ],
    ['OUTCOME_OF_UNKNOWN_APPROVAL', [...START, outcome(buy, 'acked', 1)]],
  ];
  test.each(rows)('%s is recorded, and the fact counts all the same', (code, events) => {
    const { flow, positions } = view(events);
    expect(flow?.anomalies).toEqual([code]);
    if (events.some((event) => event.kind === 'fill')) expect(positions).not.toEqual([]);
  });

  test('a fill to the last unit is none, and neither is a word about a filled order', () => {
    const events = [
      ...START,
      buy,
      outcome(buy, 'acked', 1),
      fill(buy, one),
      outcome(buy, 'done', 2),
    ];
    expect(view(events).flow?.anomalies).toEqual([]);
  });

  test('a fill from before the end of a cancelled order may be told after it', () => {
    expect(view([...done, { ...fill(buy, one), at: at(1_000) }]).flow?.anomalies).toEqual([]);
  });

  test('only a named human clears them', () => {
    const bad = [...START, fill(decided(order()), one)];
    const resumed = (scope: 'account' | 'symbol', key: string): LedgerEvent => ({
      kind: 'resumed',
      at: at(5_000),
      scope,
      key,
      by: 'ada',
      reason: 'looked',
    });
    expect(view([...bad, resumed('symbol', 'main')]).flow?.anomalies).toHaveLength(1);
    expect(view([...bad, resumed('account', 'other')]).flow?.anomalies).toHaveLength(1);
    expect(view([...bad, resumed('account', 'main')]).flow?.anomalies).toEqual([]);
  });
});

describe('trades', () => {
  const sell = decided(order({ side: 'sell', qty: coins(3) }), { at: at(10) });
  const opening = fill(buy, { qty: coins(1), price: priced(60_000), fee: dollars(6) });
  const closing = fill(sell, { qty: coins(1), price: priced(59_000), fee: dollars(6) });

  test('a closed position is a trade with its profit after fees, by its stop when at the stop', () => {
    const { trades, positions, cash } = view([...START, buy, opening, sell, closing]);
    expect(positions).toEqual([]);
    expect(trades).toMatchObject([
      { side: 'buy', qty: coins(1), profit: dollars(-1_012), byStop: true },
    ]);
    expect(cash).toBe(dollars(98_988));
  });

  test('one tick above the stop it was not the stop', () => {
    const above = { ...closing, price: (priced(59_000) + 1n) as Price };
    expect(view([...START, buy, opening, sell, above]).trades).toMatchObject([{ byStop: false }]);
  });

  test('a flip closes one life and opens another', () => {
    const flip = { ...closing, qty: coins(3) };
    const { trades, positions } = view([...START, buy, opening, sell, flip]);
    expect(trades).toHaveLength(1);
    expect(positions).toMatchObject([
      { qty: coins(-2), entryPrice: priced(59_000), entries: 1, openedAt: closing.at },
    ]);
  });

  test('two fills of one order are one entry, fills of two orders are two', () => {
    const half = { qty: coins(0.5), price: priced(60_000) };
    const again = decided(order({ qty: coins(1) }), { at: at(20) });
    expect(view([...START, buy, fill(buy, half), fill(buy, half)]).positions).toMatchObject([
      { entries: 1 },
    ]);
    expect(
      view([...START, buy, fill(buy, half), again, fill(again, half)]).positions,
    ).toMatchObject([{ entries: 2 }]);
  });
});

describe('equity', () => {
  const long = [...START, buy, fill(buy, { qty: coins(1), price: priced(60_000) })];
  test('without a mark of what is held nothing is known', () => {
    const state = foldAccount(long);
    expect(equityOf(state, () => null)).toBeNull();
    const { equity, free, marginUsed } = accountView(state, {
      now: at(5),
      marks: {},
      head: NO_HASH,
      proposal: null,
    });
    expect([equity, free, marginUsed]).toEqual([null, null, null]);
    expect(heldSymbols(state)).toEqual([buy.proposal.symbol]);
  });

  test('a mark that contradicts the books is a fault, and no high-water mark', () => {
    const marked: LedgerEvent = {
      kind: 'marked',
      at: at(10),
      equity: (dollars(100_000) + 1n) as Money,
      marks: {},
    };
    const { equityFault, equity, marks: found } = view([...START, marked]);
    expect([equityFault, equity, found]).toEqual([true, null, null]);
  });

  test('the venue says another balance: the difference stands until it agrees again', () => {
    const note: LedgerEvent = {
      kind: 'noted',
      at: at(10),
      code: UNEXPLAINED,
      detail: 'other',
      qty: coins(5),
    };
    const clean: LedgerEvent = { kind: 'reconciled', at: at(20), status: 'clean', detail: 'equal' };
    expect(view([...START, note]).unexplained).toBe(coins(5));
    expect(view([...START, note, clean]).unexplained).toBe(0n);
  });
});
