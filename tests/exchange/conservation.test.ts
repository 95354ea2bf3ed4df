/** Whatever happens, in whatever order: nothing is made, nothing is lost, and the same story gives the same end. */
import type { Book, Price, Qty, Side } from '#firewall';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { VenueEvent, VenueOrder } from '../../exchange/contract.ts';
import type { ExchangeOptions } from '../../exchange/core.ts';
import { MatchingEngine } from '../../exchange/engine.ts';
import type { EngineRecord } from '../../exchange/records.ts';
import {
  at,
  book,
  expectBalanced,
  money,
  OPTIONS,
  order,
  price,
  qty,
  SPOT,
  withImpact,
} from './fixtures.ts';

const SYMBOLS = ['BTC/USDT:USDT', 'BTC/USDT'] as const;
const ACCOUNTS = ['main', 'other'] as const;
const IDS = ['a', 'b', 'c', 'd'] as const;

type Command =
  | Readonly<{ do: 'book'; symbol: string; book: Book }>
  | Readonly<{ do: 'print'; symbol: string; price: Price; qty: Qty; taker: Side }>
  | Readonly<{ do: 'submit'; order: VenueOrder }>
  | Readonly<{ do: 'cancel'; account: string; clientId: string }>
  | Readonly<{ do: 'cancel-all'; account: string }>
  | Readonly<{ do: 'funding'; ppm: number; mark: Price }>
  | Readonly<{ do: 'deposit'; account: string }>
  | Readonly<{ do: 'wait' }>;

const symbol = fc.constantFrom(...SYMBOLS);
const account = fc.constantFrom(...ACCOUNTS);
const side = fc.constantFrom<Side>('buy', 'sell');
const ticks = fc.integer({ min: 990, max: 1_010 }).map((tick) => price(tick / 10));
const size = fc.integer({ min: 1, max: 60 }).map((tenths) => qty(tenths / 10));

const books: fc.Arbitrary<Book> = fc
  .record({
    mid: fc.integer({ min: 995, max: 1_005 }),
    sizes: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 8 }),
  })
  .map(({ mid, sizes }) => {
    const half = Math.ceil(sizes.length / 2);
    const level = (sign: number) => (each: number, index: number) =>
      [(mid + sign * (index + 1)) / 10, each] as const;
    return book(sizes.slice(0, half).map(level(-1)), sizes.slice(half).map(level(1)));
  });

const orders: fc.Arbitrary<VenueOrder> = fc
  .record({
    account,
    clientId: fc.constantFrom(...IDS),
    symbol,
    side,
    market: fc.boolean(),
    tif: fc.constantFrom('gtc', 'gtc', 'ioc', 'fok', 'gtd' as const),
    qty: size,
    limit: ticks,
    postOnly: fc.boolean(),
    reduceOnly: fc.boolean(),
    lasts: fc.integer({ min: 1, max: 400 }),
  })
  .map(({ market, limit, lasts, postOnly, ...rest }) =>
    order({
      ...rest,
      type: market ? 'market' : 'limit',
      limitPrice: market ? null : limit,
      expiresAt: rest.tif === 'gtd' ? at(lasts) : null,
      postOnly: postOnly && !market && rest.tif === 'gtc',
    }),
  );

const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('book' as const), symbol, book: books }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('print' as const),
      symbol,
      price: ticks,
      qty: size,
      taker: side,
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('submit' as const), order: orders }) },
  fc.record({ do: fc.constant('cancel' as const), account, clientId: fc.constantFrom(...IDS) }),
  fc.record({ do: fc.constant('cancel-all' as const), account }),
  fc.record({
    do: fc.constant('funding' as const),
    ppm: fc.integer({ min: -500, max: 500 }),
    mark: ticks,
  }),
  fc.record({ do: fc.constant('deposit' as const), account }),
  fc.record({ do: fc.constant('wait' as const) }),
);
const stories = fc.record({
  steps: fc.array(fc.tuple(commands, fc.integer({ min: 0, max: 15 })), { maxLength: 60 }),
  seed: fc.nat(1_000),
  slow: fc.boolean(),
  power: fc.boolean(),
  cash: fc.constantFrom(1_000, 100_000),
});
type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never;

const optionsOf = (story: Story): ExchangeOptions => ({
  ...OPTIONS,
  instruments: [withImpact(50_000), SPOT],
  latency: (story.slow
    ? { entryMs: 5, cancelMs: 3, jitterMs: 10 }
    : OPTIONS.latency) as ExchangeOptions['latency'],
  queue: story.power ? { kind: 'power', exponent: 2 } : { kind: 'risk-averse' },
  seed: story.seed,
});

function apply(ex: MatchingEngine, command: Command, ms: number): readonly VenueEvent[] {
  const now = at(ms);
  switch (command.do) {
    case 'book':
      return ex.book(command.symbol, command.book, now);
    case 'print':
      return ex.print(command.symbol, command.price, command.qty, command.taker, now);
    case 'submit':
      return ex.submit(command.order, now);
    case 'cancel':
      return ex.cancel(command.account, command.clientId, now);
    case 'cancel-all':
      return ex.cancelAll(command.account, now);
    case 'funding':
      return ex.funding(SYMBOLS[0], command.ppm, command.mark, now);
    case 'deposit':
      ex.deposit(command.account, money(10), now);
      return [];
    case 'wait':
      return ex.advance(now);
  }
}

/** Plays a story and hands every step to a witness. */
function play(
  story: Story,
  witness: (ex: MatchingEngine, events: readonly VenueEvent[], command: Command) => void,
) {
  const records: EngineRecord[] = [];
  const ex = new MatchingEngine({
    ...optionsOf(story),
    record: (record) => records.push(record),
  });
  for (const name of ACCOUNTS) ex.deposit(name, money(story.cash), at(0));
  let ms = 1;
  for (const [command, passed] of story.steps) {
    ms += passed;
    witness(ex, apply(ex, command, ms), command);
  }
  return { ex, records };
}

const endOf = (ex: MatchingEngine) => ({
  accounts: ACCOUNTS.map((name) => ex.account(name)),
  fills: ACCOUNTS.map((name) => ex.fills(name, at(0))),
  orders: ACCOUNTS.map((name) =>
    ex.orders(name).toSorted((a, b) => (a.venueOrderId < b.venueOrderId ? -1 : 1)),
  ),
  totals: ex.totals(),
});

it('after every event the books balance, holdings are the fills, and nobody has less than nothing', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const held = new Map<string, bigint>();
      const filled = new Map<string, bigint>();
      play(story, (ex, events, command) => {
        expectBalanced(ex);
        const trades = new Set<string>();
        for (const event of events) {
          if (event.kind !== 'fill') continue;
          const { fill } = event;
          expect(trades.has(fill.tradeId)).toBe(false);
          trades.add(fill.tradeId);
          const signed = fill.side === 'buy' ? fill.qty : -BigInt(fill.qty);
          const key = `${fill.account} ${fill.symbol}`;
          held.set(key, (held.get(key) ?? 0n) + signed);
          filled.set(fill.venueOrderId, (filled.get(fill.venueOrderId) ?? 0n) + fill.qty);
          expect(command.do === 'book' || command.do === 'print').toBe(true);
        }
        for (const event of events)
          if (event.kind === 'report') {
            const { report } = event;
            expect(report.filled).toBeLessThanOrEqual(report.qty < 0n ? 0n : report.qty);
            expect(report.filled === report.qty && report.qty > 0n).toBe(report.state === 'filled');
          }
        for (const name of ACCOUNTS) {
          const state = ex.account(name);
          for (const sym of SYMBOLS) {
            const position = state?.positions.find((each) => each.symbol === sym)?.qty ?? 0n;
            expect(position).toBe(held.get(`${name} ${sym}`) ?? 0n);
            if (sym === 'BTC/USDT') expect(position).toBeGreaterThanOrEqual(0n);
          }
          for (const open of state?.open ?? [])
            expect(open.filled).toBe(filled.get(open.venueOrderId) ?? 0n);
        }
      });
    }),
    { numRuns: 150 },
  );
});

it('who only owns things never spends what he does not have', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const spot = {
        ...story,
        steps: story.steps.filter(
          ([command]) => command.do !== 'submit' || command.order.symbol === 'BTC/USDT',
        ),
      };
      play(spot, (ex) => {
        for (const name of ACCOUNTS) expect(ex.account(name)?.cash).toBeGreaterThanOrEqual(0n);
      });
    }),
    { numRuns: 80 },
  );
});

it('the same story has the same end, and the same events on the way', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const once: VenueEvent[] = [];
      const twice: VenueEvent[] = [];
      const first = play(story, (_, events) => once.push(...events));
      const second = play(story, (_, events) => twice.push(...events));
      expect(twice).toEqual(once);
      expect(endOf(second.ex)).toEqual(endOf(first.ex));
    }),
    { numRuns: 40 },
  );
});

it('the records give it all back', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const { ex, records } = play(story, () => undefined);
      const back = new MatchingEngine(optionsOf(story));
      back.restore(records);
      expect(endOf(back)).toEqual(endOf(ex));
      // And it can go on: the clock runs out on everything that ends by itself.
      back.advance(at(1_000));
      expectBalanced(back);
    }),
    { numRuns: 100 },
  );
});
