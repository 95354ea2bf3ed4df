/** How many market events the exchange takes in a second, beside a plain loop over the same events. */
import type {
  Book,
  Factor,
  Instrument,
  Level,
  Money,
  Ppm,
  Price,
  Qty,
  SpanMs,
  TimeMs,
} from '#firewall';
import type { Bench, Figure } from '../contract.ts';
import { atLeast, sideBySide } from '../measure.ts';
import { MatchingEngine } from '../../exchange/engine.ts';

const EVENTS = 100_000;
const TARGET = 500_000;
const E8 = 100_000_000n;
const TICK = E8 / 10n;
const SYMBOL = 'BTC/USDT:USDT';

const INSTRUMENT: Instrument = {
  symbol: SYMBOL,
  venue: 'paper',
  kind: 'perp',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  inverse: false,
  quanto: false,
  multiplier: E8 as Factor,
  tick: TICK as Price,
  lot: (E8 / 1_000n) as Qty,
  qtyMin: (E8 / 1_000n) as Qty,
  qtyMax: (1_000n * E8) as Qty,
  marketQtyMax: (1_000n * E8) as Qty,
  notionalMin: (5n * E8) as Money,
  notionalMax: null,
  priceMin: E8 as Price,
  priceMax: (1_000_000n * E8) as Price,
  priceBandUp: null,
  priceBandDown: null,
  positionMax: null,
  openOrdersMax: 1_000,
  orderTypes: ['limit', 'market'],
  tifs: ['gtc', 'ioc', 'fok', 'gtd'],
  postOnly: true,
  reduceOnly: true,
  clientIdLengthMax: 36,
  shortable: true,
  marginMode: 'cross',
  brackets: [
    { notionalMax: (10_000_000n * E8) as Money, leverageMax: 10, maintenance: 5_000 as Ppm },
  ],
  listedAt: 0 as TimeMs,
  expiresAt: null,
  costs: {
    maker: 200 as Ppm,
    taker: 500 as Ppm,
    impactTemporary: 10_000 as Ppm,
    impactPermanent: 10_000 as Ppm,
  },
};

type Event = Readonly<{
  at: TimeMs;
  book: Book | null;
  price: Price;
  qty: Qty;
  taker: 'buy' | 'sell';
}>;

/** Three books of ten levels a side to each print, the middle walking within fifty ticks. */
function events(): readonly Event[] {
  let state = 7;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let mid = 640_000;
  return Array.from({ length: EVENTS }, (_, index) => {
    mid = Math.min(640_050, Math.max(639_950, mid + draw(3) - 1));
    const level = (tick: number): Level => ({
      price: (BigInt(tick) * TICK) as Price,
      qty: (BigInt(1 + draw(500)) * (E8 / 100n)) as Qty,
    });
    const side = (sign: number) =>
      Array.from({ length: 10 }, (_level, depth) => level(mid + sign * (depth + 1)));
    const time = index as TimeMs;
    const book = { sequence: index, exchangeAt: time, receivedAt: time };
    return {
      at: time,
      book: index % 4 === 3 ? null : { ...book, bids: side(-1), asks: side(1) },
      ...level(mid + (draw(2) === 0 ? -1 : 1)),
      taker: draw(2) === 0 ? ('buy' as const) : ('sell' as const),
    };
  });
}

function venue(resting: number, first: Book): MatchingEngine {
  const engine = new MatchingEngine({
    instruments: [INSTRUMENT],
    currency: 'USDT',
    latency: { entryMs: 0 as SpanMs, cancelMs: 0 as SpanMs, jitterMs: 0 as SpanMs },
    queue: { kind: 'risk-averse' },
    impactHalfLifeMs: 60_000 as SpanMs,
    dailyVolume: { [SYMBOL]: (10_000n * E8) as Qty },
    seed: 1,
  });
  engine.deposit('bench', (100_000_000n * E8) as Money, 0 as TimeMs);
  engine.book(SYMBOL, first, 0 as TimeMs);
  for (let order = 0; order < resting; order += 1) {
    const buys = order % 2 === 0;
    const away = BigInt(60 + order) * TICK;
    engine.submit(
      {
        account: 'bench',
        clientId: `r${order}`,
        symbol: SYMBOL,
        side: buys ? 'buy' : 'sell',
        type: 'limit',
        tif: 'gtc',
        qty: E8 as Qty,
        limitPrice: (640_000n * TICK + (buys ? -away : away)) as Price,
        expiresAt: null,
        postOnly: true,
        reduceOnly: false,
      },
      0 as TimeMs,
    );
  }
  return engine;
}

/** A fresh order every `every` events keeps matching, money and impact in the figure. */
function drive(engine: MatchingEngine, story: readonly Event[], every: number): number {
  let told = 0;
  for (let index = 0; index < story.length; index += 1) {
    const { at, book, price, qty, taker } = story[index] as Event;
    if (index % every === every - 1)
      engine.submit(
        {
          account: 'bench',
          clientId: 'taker',
          symbol: SYMBOL,
          side: taker,
          type: 'market',
          tif: 'ioc',
          qty: (E8 / 100n) as Qty,
          limitPrice: null,
          expiresAt: null,
          postOnly: false,
          reduceOnly: false,
        },
        at,
      );
    told += (
      book === null ? engine.print(SYMBOL, price, qty, taker, at) : engine.book(SYMBOL, book, at)
    ).length;
  }
  return told;
}

/** What any program must at least do with the same events: look at each and compare its best prices. */
function plain(story: readonly Event[]): number {
  let crossed = 0;
  const limit = 630_000n * TICK;
  for (const { book, price } of story) {
    const best = book === null ? price : (book.asks[0] as Level).price;
    if (best <= limit) crossed += 1;
  }
  return crossed;
}

const measure = async (
  name: string,
  { resting, every }: Readonly<{ resting: number; every: number }>,
): Promise<readonly Figure[]> => {
  const story = events();
  const engines = Array.from({ length: 10 }, () => venue(resting, story[0]?.book as Book));
  const { subject, floor } = await sideBySide(
    { rounds: 7, warmup: 3 },
    () => drive(engines.pop() as MatchingEngine, story, every),
    () => plain(story),
  );
  const rate = (ns: number): number => Math.round((EVENTS * 1e9) / ns);
  return [
    atLeast({ name, value: rate(subject), unit: 'events/s', floor: rate(floor), target: TARGET }),
  ];
};

export const benchmarks: readonly Bench[] = [
  {
    name: 'exchange: no orders',
    unit: 'events/s',
    run: () => measure('exchange: books and prints, no orders', { resting: 0, every: Infinity }),
  },
  {
    name: 'exchange: resting orders',
    unit: 'events/s',
    run: () => measure('exchange: books and prints, 10 resting', { resting: 10, every: Infinity }),
  },
  {
    name: 'exchange: resting and taking',
    unit: 'events/s',
    run: () =>
      measure('exchange: 10 resting, a market order every 100 events', { resting: 10, every: 100 }),
  },
];
