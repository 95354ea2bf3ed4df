/** What the order book says now: how wide it is, which side is heavier, and how much lies close by. */
import { z } from 'zod';
import { abs, type Book } from '#firewall';
import type { Fact, Tool } from './contract.ts';
import { bookId, citable } from './evidence.ts';
import { fixedFact, numberFact, sorted } from './facts.ts';

const input = z.strictObject({ levels: z.int().min(1).max(20) });
type Input = z.infer<typeof input>;

const BPS = { unit: 'bps', digits: 2 } as const;
const RATIO = { unit: 'ratio', digits: 3 } as const;
const QUANTITY = { unit: 'quantity', digits: 4 } as const;
const NEAR_BPS = 10n;

export const orderBook: Tool<Input> = {
  name: 'order_book',
  description: 'The order book now: spread, imbalance between the sides, and depth near the price.',
  effect: 'read',
  reads: 'typed',
  input,
  facts: {
    age_ms: ['count', 'milliseconds since the book came in'],
    ask: ['price', 'lowest offer'],
    bid: ['price', 'highest bid'],
    depth_ask: ['quantity', 'offered within 10 bps of the middle'],
    depth_bid: ['quantity', 'bid for within 10 bps of the middle'],
    imbalance: ['ratio', 'from -1, only offers, to 1, only bids, over the levels asked for'],
    imbalance_1: ['ratio', 'the same at the touch'],
    micro: ['bps', 'from the middle to the price weighted by the other side’s quantity'],
    mid: ['price', 'middle of bid and ask'],
    spread: ['bps', 'from bid to ask'],
  },
  codes: ['SYMBOL_NOT_KNOWN', 'BOOK_NOT_KNOWN'],
  async run({ levels }, scope) {
    const { market } = scope.ports;
    if (!market.symbols.includes(scope.symbol))
      return { ok: false, code: 'SYMBOL_NOT_KNOWN', hint: 'this symbol is not followed here' };
    const book = market.view(scope.symbol, scope.now, [])?.book ?? null;
    const facts = book === null ? [] : bookFacts(book, levels);
    if (book === null || facts.length === 0)
      return {
        ok: false,
        code: 'BOOK_NOT_KNOWN',
        hint: 'no two-sided book is known; open nothing',
      };
    return {
      ok: true,
      asOf: book.receivedAt,
      facts: [
        numberFact('order_book.age_ms', scope.now - book.receivedAt, { unit: 'count', digits: 0 }),
        ...facts,
      ].filter((fact) => fact !== null),
      evidence: citable(scope, [bookId(scope.symbol, book.sequence)]),
      texts: [],
    };
  },
};

type Side = Book['bids'];
const quantity = (side: Side, count: number): number =>
  side.slice(0, count).reduce((sum, { qty }) => sum + Number(qty), 0);

/** Between -1 and 1: which side has more on its first levels. */
function imbalance({ bids, asks }: Book, count: number): number | null {
  const [bid, ask] = [quantity(bids, count), quantity(asks, count)];
  return bid + ask > 0 ? (bid - ask) / (bid + ask) : null;
}

/** Nothing where a side is empty or the sides cross: that is no market to look at. */
export function bookFacts(book: Book, levels: number): readonly Fact[] {
  const [bid, ask] = [book.bids[0], book.asks[0]];
  if (bid === undefined || ask === undefined || bid.price <= 0n || bid.price >= ask.price)
    return [];
  const mid = (Number(bid.price) + Number(ask.price)) / 2;
  const both = Number(bid.qty) + Number(ask.qty);
  const micro =
    both > 0
      ? (Number(bid.price) * Number(ask.qty) + Number(ask.price) * Number(bid.qty)) / both
      : null;
  const twice = bid.price + ask.price;
  // Exact, so that a level at the very edge is always in.
  const near = (price: bigint): boolean => abs(price * 2n - twice) * 10_000n <= NEAR_BPS * twice;
  const within = (side: Side): number =>
    quantity(
      side.filter(({ price }) => near(price)),
      side.length,
    ) / 1e8;
  return sorted([
    fixedFact('order_book.ask', ask.price, 'price'),
    fixedFact('order_book.bid', bid.price, 'price'),
    numberFact('order_book.depth_ask', within(book.asks), QUANTITY),
    numberFact('order_book.depth_bid', within(book.bids), QUANTITY),
    numberFact('order_book.imbalance', imbalance(book, levels), RATIO),
    numberFact('order_book.imbalance_1', imbalance(book, 1), RATIO),
    numberFact('order_book.micro', micro === null ? null : (micro / mid - 1) * 10_000, BPS),
    fixedFact('order_book.mid', twice / 2n, 'price'),
    numberFact('order_book.spread', ((Number(ask.price) - Number(bid.price)) / mid) * 10_000, BPS),
  ]);
}
