/** The small catalogue of the paper venue: three coins as spot and as perpetuals, and one other stablecoin. */
import {
  assert,
  DAY_MS,
  parseFixed,
  SCALE,
  type Bracket,
  type CostParameters,
  type Factor,
  type Instrument,
  type Money,
  type Ppm,
  type Price,
  type Qty,
  type TimeMs,
} from '#firewall';

const PAPER_VENUE = 'paper';

/** Reads a decimal that is written here, in the source. */
function fixed(text: string): bigint {
  const value = parseFixed(text);
  assert(value !== null, `${text} is a canonical decimal`);
  return value;
}

type Row = Readonly<{
  base: string;
  /** Small against a second's move, so that rounding to it plants no pattern in the simulator's prices. */
  tick: string;
  lot: string;
  qtyMax: string;
  listed: number;
  /** Price impact of a day's volume: temporary and lasting. */
  impact: readonly [number, number];
}>;

const SPOT: readonly Row[] = [
  {
    base: 'BTC',
    tick: '0.01',
    lot: '0.00001',
    qtyMax: '9000',
    listed: 17_395,
    impact: [25_000, 8_000],
  },
  {
    base: 'ETH',
    tick: '0.01',
    lot: '0.0001',
    qtyMax: '9000',
    listed: 17_395,
    impact: [32_000, 10_000],
  },
  {
    base: 'SOL',
    tick: '0.001',
    lot: '0.001',
    qtyMax: '90000',
    listed: 18_485,
    impact: [42_000, 14_000],
  },
  {
    base: 'USDC',
    tick: '0.0001',
    lot: '1',
    qtyMax: '9000000',
    listed: 17_880,
    impact: [2_000, 500],
  },
];
const PERPS: readonly Row[] = [
  {
    base: 'BTC',
    tick: '0.1',
    lot: '0.001',
    qtyMax: '1000',
    listed: 18_148,
    impact: [25_000, 8_000],
  },
  {
    base: 'ETH',
    tick: '0.01',
    lot: '0.001',
    qtyMax: '10000',
    listed: 18_227,
    impact: [32_000, 10_000],
  },
  {
    base: 'SOL',
    tick: '0.001',
    lot: '0.01',
    qtyMax: '100000',
    listed: 18_520,
    impact: [42_000, 14_000],
  },
];

const bracket = (notionalMax: string, leverageMax: number, maintenance: number): Bracket => ({
  notionalMax: fixed(notionalMax) as Money,
  leverageMax,
  maintenance: maintenance as Ppm,
});
const BRACKETS: readonly Bracket[] = [
  bracket('50000', 50, 4_000),
  bracket('250000', 25, 10_000),
  bracket('1000000', 10, 25_000),
  bracket('10000000', 5, 50_000),
];

const costs = (maker: number, taker: number, row: Row): CostParameters => ({
  maker: maker as Ppm,
  taker: taker as Ppm,
  impactTemporary: row.impact[0] as Ppm,
  impactPermanent: row.impact[1] as Ppm,
});

const shared = (row: Row) => ({
  venue: PAPER_VENUE,
  base: row.base,
  quote: 'USDT',
  settle: 'USDT',
  inverse: false,
  quanto: false,
  multiplier: SCALE as Factor,
  tick: fixed(row.tick) as Price,
  lot: fixed(row.lot) as Qty,
  qtyMin: fixed(row.lot) as Qty,
  qtyMax: fixed(row.qtyMax) as Qty,
  marketQtyMax: (fixed(row.qtyMax) / 10n) as Qty,
  notionalMin: fixed('5') as Money,
  notionalMax: fixed('9000000') as Money,
  priceMin: fixed(row.tick) as Price,
  priceMax: fixed('1000000') as Price,
  priceBandUp: 50_000 as Ppm,
  priceBandDown: 50_000 as Ppm,
  positionMax: null,
  openOrdersMax: 200,
  orderTypes: ['limit', 'market'] as const,
  tifs: ['gtc', 'ioc', 'fok', 'gtd'] as const,
  postOnly: true,
  clientIdLengthMax: 36,
  listedAt: (row.listed * DAY_MS) as TimeMs,
  expiresAt: null,
});

const spot = (row: Row): Instrument => ({
  ...shared(row),
  symbol: `${row.base}/USDT`,
  kind: 'spot',
  reduceOnly: false,
  shortable: false,
  marginMode: 'none',
  brackets: [],
  costs: costs(800, 1_000, row),
});

const perp = (row: Row): Instrument => ({
  ...shared(row),
  symbol: `${row.base}/USDT:USDT`,
  kind: 'perp',
  reduceOnly: true,
  shortable: true,
  marginMode: 'cross',
  brackets: BRACKETS,
  costs: costs(200, 500, row),
});

export const INSTRUMENTS: readonly Instrument[] = [...SPOT.map(spot), ...PERPS.map(perp)];

export const instrumentOf = (symbol: string): Instrument | null =>
  INSTRUMENTS.find((instrument) => instrument.symbol === symbol) ?? null;
