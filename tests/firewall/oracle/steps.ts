/** Changes that one field cannot make: positions, working orders, histories, latches, other instruments and other sides. */
import { judge, type Case, type OrderProposal, type Price, type Qty, type Side } from '#firewall';
import {
  ago,
  ahead,
  factor,
  money,
  NOW,
  ppm,
  price,
  qty,
} from '../../../firewall/proofs/amounts.ts';
import {
  withAccount,
  withControls,
  withInstrument,
  withMarket,
  withPosition,
  withWorking,
} from '../../../firewall/proofs/vary.ts';
import { baseOrder } from '../../../firewall/proofs/views.ts';
import type { Draw } from './draw.ts';
import { HOUSE } from './house-steps.ts';
import type { Step } from './leaves.ts';
import { HERE, order, step, STRATEGIES, type Maker } from './step.ts';

const MARKETS = [
  { symbol: HERE, base: 'BTC', settle: 'USDT', at: 60_000 },
  { symbol: HERE, base: 'BTC', settle: 'USDT', at: 60_000 },
  { symbol: 'BTC/USDT', base: 'BTC', settle: 'USDT', at: 60_000 },
  { symbol: 'ETH/USDT:USDT', base: 'ETH', settle: 'USDT', at: 3_000 },
  { symbol: 'SOL/USDT:USDT', base: 'SOL', settle: 'USDT', at: 150 },
  { symbol: 'XMR/EUR', base: 'XMR', settle: 'EUR', at: 140 },
] as const;
const cents = (draw: Draw, at: number, oneIn: number): Price =>
  (BigInt(Math.round(at * 100)) * 1_000_000n +
    BigInt(draw.below(oneIn) - Math.floor(oneIn / 2))) as Price;
/** Worth about so many units of account currency. */
const worth = (draw: Draw, at: number, value: number): Qty =>
  ((BigInt(value) * 10n ** 8n) / BigInt(Math.max(1, Math.round(at))) +
    BigInt(draw.below(3)) -
    1n) as Qty;
const VALUES = [1, 60, 600, 1200, 1200, 5000, 9000, 30_000, 200_000] as const;

/** A mark for every symbol that is held or worked, and a rate for its currency, as the feed has them. */
const marked = (c: Case, { symbol, settle, at }: (typeof MARKETS)[number]): Case =>
  withMarket(c, {
    marks: {
      ...c.market.marks,
      ...(Object.hasOwn(c.market.marks, symbol)
        ? {}
        : { [symbol]: { price: price(`${at}`), at: ago(1_000) } }),
    },
    rates:
      settle === 'EUR'
        ? { ...c.market.rates, EUR: { factor: factor('1.08'), at: ago(1_000) } }
        : c.market.rates,
  });

const position: Maker = (draw) => {
  const at = draw.of(MARKETS);
  const long = draw.chance(2) ? 1n : -1n;
  const change = {
    symbol: at.symbol,
    base: at.base,
    settle: at.settle,
    strategy: draw.of(STRATEGIES),
    qty: (worth(draw, at.at, draw.of(VALUES)) * long) as Qty,
    entryPrice: cents(draw, at.at * draw.of([0.9, 0.99, 1, 1.01, 1.1]), 3),
    multiplier: factor(draw.of(['1', '1', '1', '0.1', '10'])),
    stopPrice: draw.chance(2) ? null : cents(draw, at.at * (long > 0n ? 0.95 : 1.05), 3),
    entries: draw.below(4),
    openedAt: ago(draw.of([3_600_000, 259_200_000, 259_200_001, 1000])),
    profitPeak: money(draw.of(['0', '2', '200', '500'])),
  };
  return step(`position ${at.symbol} ${change.strategy} ${change.qty}`, (c) =>
    marked(withPosition(c, change), at),
  );
};

const working: Maker = (draw) => {
  const at = draw.of(MARKETS);
  const side = draw.of(['buy', 'sell'] as const);
  const change = {
    clientId: `order-${draw.below(1_000_000)}`,
    symbol: at.symbol,
    base: at.base,
    settle: at.settle,
    strategy: draw.of(STRATEGIES),
    side,
    qty: worth(draw, at.at, draw.of(VALUES)),
    price: cents(
      draw,
      at.at * draw.of(side === 'buy' ? [0.98, 0.999, 1] : [1.0001, 1.001, 1.02]),
      3,
    ),
    multiplier: factor('1'),
    reduceOnly: draw.chance(6),
    state: draw.of(['working', 'working', 'working', 'reserved', 'reserved', 'unknown'] as const),
  };
  return step(
    `working ${at.symbol} ${change.strategy} ${side} ${change.qty} at ${change.price} ${change.state}`,
    (c) => marked(withWorking(c, change), at),
  );
};

const sides: Maker = (draw, c) => {
  if (c.proposal.kind !== 'order') return step('nothing', (same) => same);
  const side: Side = c.proposal.side === 'buy' ? 'sell' : 'buy';
  const sells = side === 'sell';
  const change = {
    side,
    limitPrice: price(sells ? '59999.5' : '60000'),
    stopPrice: price(sells ? '60899.5' : '59100'),
    targetPrice: price(sells ? '58199.5' : '61800'),
    claims: { notional: null, riskReward: draw.chance(2) ? null : ppm(2_000_000) },
    votes: c.proposal.votes.map((vote) => ({ ...vote, side })),
  } as const;
  return step(`side ${side}`, (to) => order(to, change));
};

/** Closes, nearly closes or flips what is held. */
const close: Maker = (draw, c) => {
  const held = (c.account.positions ?? [])
    .filter((p) => p.symbol === c.proposal.symbol)
    .reduce((sum, p) => sum + p.qty, 0n);
  const size = held < 0n ? -held : held;
  const amount = draw.of([size, size - 1n, size + 1n, size / 2n, size * 2n]);
  const side = held < 0n ? 'buy' : 'sell';
  const reduceOnly = draw.chance(2);
  const limitPrice = price(side === 'sell' ? '59999.5' : '60000');
  const claims = { notional: null, riskReward: null };
  return step(`${side} ${amount} of ${held} held, reduceOnly ${reduceOnly}`, (to) =>
    size === 0n
      ? to
      : order(to, {
          side,
          qty: amount as Qty,
          reduceOnly,
          limitPrice,
          stopPrice: null,
          targetPrice: null,
          claims,
        }),
  );
};

const anyQty: Maker = (draw) => {
  const amount = worth(draw, 60_000, draw.of(VALUES));
  return step(`qty ${amount}, any quantity on the grid`, (c) =>
    order(withInstrument(c, { lot: 1n as Qty, qtyMin: 1n as Qty }), {
      qty: amount,
      claims: { notional: null, riskReward: null },
    }),
  );
};

const kindOfOrder: Maker = (draw) => {
  const change = draw.of<Partial<OrderProposal>>([
    { type: 'market', limitPrice: null },
    { type: 'market', limitPrice: null },
    { type: 'market', limitPrice: null, tif: 'fok' },
    { tif: 'gtc', postOnly: true, limitPrice: price('59999.5') },
    { tif: 'gtc', postOnly: true, limitPrice: price('60000') },
    { tif: 'gtc', limitPrice: price('59990') },
    { tif: 'gtd', expiresAt: ahead(draw.of([0, 1, 86_400_000, 86_400_001, 60_000])) },
    { tif: 'gtd', expiresAt: null },
    { tif: 'ioc', expiresAt: ahead(1000) },
    { postOnly: true },
    { reduceOnly: true },
    { inference: null },
    { inference: null, provenance: { ...baseOrder.provenance, modelId: null } },
    { taint: draw.of(['news', 'web', 'chat'] as const) },
    { evidence: ['bar:BTC-1h:497014', 'bar:BTC-1h:497014'] },
    { evidence: ['bar:BTC-1h:497014', 'nowhere'] },
    {
      votes: [
        { agent: 'a', side: 'buy' },
        { agent: 'a', side: 'sell' },
        { agent: 'b', side: 'sell' },
        { agent: 'b', side: 'sell' },
      ],
    },
    {
      votes: [
        { agent: 'a', side: 'buy' },
        { agent: 'b', side: 'buy' },
        { agent: 'c', side: 'buy' },
      ],
    },
  ]);
  return step(
    `order ${Object.entries(change)
      .map(
        ([k, v]) =>
          `${k} ${JSON.stringify(v, (_, x: unknown) => (typeof x === 'bigint' ? `${x}n` : x))}`,
      )
      .join(', ')}`,
    (c) => order(c, change),
  );
};

/** Another instrument under the same order: spot of the coin, one that expires, one in another currency. */
const instrument: Maker = (draw) => {
  const spot =
    (symbol: string, quote: string) =>
    (c: Case): Case => {
      const changed = withInstrument(c, {
        kind: 'spot',
        symbol,
        quote,
        settle: quote,
        marginMode: 'none',
        shortable: false,
      });
      const routed = order(
        withMarket(changed, {
          symbol,
          marks: { ...c.market.marks, [symbol]: { price: price('60000'), at: ago(100) } },
        }),
        { symbol },
      );
      const balances = { ...c.account.balances, BTC: qty(draw.of(['0.009', '0.01', '0.02'])) };
      return withAccount(withMarket(routed, { funding: null }), { balances });
    };
  const desks = (c: Case): Case =>
    withControls(c, {
      desks: c.controls.desks?.map((d) => ({ ...d, symbols: [...d.symbols, 'BTC/EUR'] })) ?? null,
    });
  const rate = draw.of(['1.08', '0.5', '150', '0']);
  const euros = (c: Case): Case =>
    desks(
      withAccount(
        withMarket(spot('BTC/EUR', 'EUR')(c), {
          rates: {
            EUR: { factor: factor(rate), at: ago(draw.of([1000, 60_000, 60_001, -60_001])) },
          },
        }),
        { balances: { USDT: qty('100000'), EUR: qty('20000'), BTC: qty('0.02') } },
      ),
    );
  const all: readonly Step[] = [
    step('spot', spot('BTC/USDT', 'USDT')),
    step('spot', spot('BTC/USDT', 'USDT')),
    step(`spot in euros at ${rate}`, euros),
    step('expires', (c) =>
      withInstrument(c, { expiresAt: ahead(draw.of([172_800_000, 172_799_999, 0, 400_000_000])) }),
    ),
    step('contract of a tenth', (c) => withInstrument(c, { multiplier: factor('0.1') })),
    step('one bracket', (c) =>
      withInstrument(c, {
        brackets: [{ notionalMax: money('2000'), leverageMax: 3, maintenance: ppm(20_000) }],
      }),
    ),
    step('steep brackets', (c) =>
      withInstrument(c, {
        brackets: [
          { notionalMax: money('700'), leverageMax: 20, maintenance: ppm(5_000) },
          { notionalMax: money('3000'), leverageMax: 5, maintenance: ppm(90_000) },
          { notionalMax: money('90000'), leverageMax: 1, maintenance: ppm(400_000) },
        ],
      }),
    ),
    step('no bracket', (c) => withInstrument(c, { brackets: [] })),
    step('no venue maximum', (c) => withInstrument(c, { positionMax: null, notionalMax: null })),
    step('rebate', (c) => withInstrument(c, { costs: { ...baseCosts(c), maker: ppm(-100) } })),
  ];
  return draw.of(all);
};
const baseCosts = (c: Case) =>
  c.market.instrument?.costs ?? {
    maker: ppm(0),
    taker: ppm(0),
    impactTemporary: ppm(0),
    impactPermanent: ppm(0),
  };

const funding: Maker = (draw) => {
  const change = {
    rate: ppm(draw.of([100, -100, 300, 301, 1500, 1501, 750, 751, 0])),
    nextAt: ahead(
      draw.of([
        0, 1, 119_999, 120_000, 120_001, 3_600_000, 28_769_999, 28_770_000, 28_770_001, 28_800_000,
        14_400_000, 14_400_001, -1,
      ]),
    ),
    everyMs: 28_800_000 as NonNullable<Case['market']['funding']>['everyMs'],
  };
  return step(`funding ${change.rate} in ${change.nextAt - NOW}`, (c) =>
    withMarket(c, { funding: change }),
  );
};

/** At the edge of some row: its own largest quantity, one unit more, one unit less. */
const edge: Maker = (draw, c) => {
  const bounded = judge(c).checks.flatMap(({ rule, maxQty }) =>
    maxQty === null ? [] : [{ rule, maxQty }],
  );
  if (bounded.length === 0 || c.proposal.kind !== 'order') return step('nothing', (same) => same);
  const { rule, maxQty } = draw.of(bounded);
  const amount = maxQty + draw.of([0n, 1n, -1n]);
  return step(`qty ${amount}, by ${rule} at most ${maxQty}`, (to) =>
    order(to, { qty: amount as Qty, claims: { notional: null, riskReward: null } }),
  );
};

/** A market order into a book that nobody sees. */
const blind: Maker = () =>
  step('market order, no book', (c) =>
    order(withMarket(c, { book: null }), { type: 'market', limitPrice: null }),
  );

/** Sells coins that are paid for, beside another sale of the same coins. */
const spotSale: Maker = (draw) => {
  const symbol = 'BTC/USDT';
  const sold = qty(draw.of(['0.01', '0.01000001', '0.00999999']));
  const beside = qty(draw.of(['0', '0.01']));
  const spot = {
    kind: 'spot',
    symbol,
    marginMode: 'none',
    lot: 1n as Qty,
    qtyMin: 1n as Qty,
  } as const;
  return step(`spot sale of ${sold} beside ${beside}`, (c) => {
    const there = withMarket(withInstrument(c, spot), { symbol, funding: null });
    const owned = withAccount(there, { balances: { ...c.account.balances, BTC: qty('0.02') } });
    const sale = withWorking(owned, { symbol, side: 'sell', qty: beside, price: price('60600') });
    const claims = { notional: null, riskReward: null };
    return order(sale, { symbol, side: 'sell', qty: sold, limitPrice: price('59999.5'), claims });
  });
};

export const MAKERS: readonly Maker[] = [
  spotSale,
  blind,
  position,
  position,
  position,
  working,
  working,
  working,
  sides,
  close,
  anyQty,
  anyQty,
  kindOfOrder,
  kindOfOrder,
  instrument,
  funding,
  edge,
  ...HOUSE,
];
export const atTheEdge = edge;
