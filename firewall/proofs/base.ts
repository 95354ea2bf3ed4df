/** The case that every proof starts from: a small order on a calm market, which passes every rule of the policy. */
import type { AccountView, Position, RecentDecision, WorkingOrder } from '../account-view.ts';
import { assert } from '../assert.ts';
import { hashOf } from '../canonical.ts';
import type { Controls, Runtime } from '../controls.ts';
import type { Book, Instrument, MarketView } from '../market-view.ts';
import { limitsAt, type Policy } from '../policy.ts';
import { proposalCodec } from '../proposal-codec.ts';
import type { CancelProposal, Network, OrderProposal, Proposal } from '../proposal.ts';
import { RULES } from '../rules.ts';
import {
  parseFixed,
  type Factor,
  type Hash,
  type Money,
  type Ppm,
  type Price,
  type Qty,
  type SpanMs,
  type TimeMs,
} from '../units.ts';
import type { Case } from '../verdict.ts';

/** A decimal of this file; a slip of the pen fails the first test that loads it. */
const fixed = (text: string): bigint => {
  const value = parseFixed(text);
  assert(value !== null, `${text} is a canonical decimal`);
  return value;
};
export const price = (text: string): Price => fixed(text) as Price;
export const qty = (text: string): Qty => fixed(text) as Qty;
export const money = (text: string): Money => fixed(text) as Money;
export const factor = (text: string): Factor => fixed(text) as Factor;
export const ppm = (value: number): Ppm => value as Ppm;
export const span = (value: number): SpanMs => value as SpanMs;
export const time = (value: number): TimeMs => value as TimeMs;
/** A digest that stands for some text which no rule reads. */
export const digest = (digit: string): Hash => digit.repeat(64) as Hash;

/** 2026-11-21T09:30:00Z. */
export const NOW = 1_795_253_400_000 as TimeMs;
export const ago = (ms: number): TimeMs => (NOW - ms) as TimeMs;
export const ahead = (ms: number): TimeMs => (NOW + ms) as TimeMs;

const HOUR = 3_600_000;
const DAY = 86_400_000;
export const SYMBOL = 'BTC/USDT:USDT';

export const baseInstrument: Instrument = {
  symbol: SYMBOL,
  venue: 'paper',
  kind: 'perp',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  inverse: false,
  quanto: false,
  multiplier: factor('1'),
  tick: price('0.1'),
  lot: qty('0.0001'),
  qtyMin: qty('0.001'),
  qtyMax: qty('500'),
  marketQtyMax: qty('100'),
  notionalMin: money('5'),
  notionalMax: money('20000000'),
  priceMin: price('100'),
  priceMax: price('1000000'),
  priceBandUp: ppm(50_000),
  priceBandDown: ppm(50_000),
  positionMax: qty('400'),
  openOrdersMax: 200,
  orderTypes: ['limit', 'market'],
  tifs: ['gtc', 'ioc', 'fok', 'gtd'],
  postOnly: true,
  reduceOnly: true,
  clientIdLengthMax: 36,
  shortable: true,
  marginMode: 'cross',
  brackets: [
    { notionalMax: money('100000'), leverageMax: 50, maintenance: ppm(5_000) },
    { notionalMax: money('1000000'), leverageMax: 20, maintenance: ppm(10_000) },
    { notionalMax: money('20000000'), leverageMax: 5, maintenance: ppm(50_000) },
  ],
  listedAt: ago(1_500 * DAY),
  expiresAt: null,
  costs: {
    maker: ppm(200),
    taker: ppm(500),
    impactTemporary: ppm(20_000),
    impactPermanent: ppm(10_000),
  },
};

/** Twenty levels a side, half a dollar apart, two coins each, around 60,000. */
export const baseBook: Book = {
  bids: Array.from({ length: 20 }, (_, step) => ({
    price: (price('59999.5') - BigInt(step) * price('0.5')) as Price,
    qty: qty('2'),
  })),
  asks: Array.from({ length: 20 }, (_, step) => ({
    price: (price('60000') + BigInt(step) * price('0.5')) as Price,
    qty: qty('2'),
  })),
  sequence: 1_000,
  exchangeAt: ago(120),
  receivedAt: ago(100),
};
const MID = price('59999.75');

export const baseOrder: OrderProposal = {
  kind: 'order',
  id: '0123456789abcdef0123456789abcdef',
  createdAt: ago(2_000),
  provenance: {
    desk: 'desk-1',
    strategy: 'trend',
    agent: 'planner',
    agentVersion: '1',
    graphVersion: '1',
    modelId: 'words-1',
  },
  account: 'main',
  venue: 'paper',
  network: 'paper',
  symbol: SYMBOL,
  side: 'buy',
  type: 'limit',
  tif: 'ioc',
  qty: qty('0.01'),
  limitPrice: price('60000'),
  expiresAt: null,
  postOnly: false,
  reduceOnly: false,
  stopPrice: price('59100'),
  targetPrice: price('61800'),
  horizonMs: span(4 * HOUR),
  confidence: ppm(700_000),
  expectedMove: ppm(30_000),
  basisAt: ago(3_000),
  basisMid: MID,
  basisVersion: 42,
  claims: { notional: money('600'), riskReward: ppm(2_000_000) },
  evidence: ['bar:BTC-1h:497014'],
  taint: 'none',
  votes: [
    { agent: 'technical', side: 'buy' },
    { agent: 'sentiment', side: 'buy' },
  ],
  transcript: digest('a'),
  inference: {
    modelId: 'price-1',
    artefact: digest('b'),
    probability: ppm(640_000),
    intervalWidth: ppm(20_000),
    outOfDistribution: false,
    dissimilarity: ppm(100_000),
  },
  telemetry: { steps: 6, tokens: 4_000, toolErrors: 0 },
};

export const baseMarket: MarketView = {
  symbol: SYMBOL,
  asOf: ago(100),
  instrument: baseInstrument,
  status: 'trading',
  book: baseBook,
  motion: {
    midPrevious: price('59998.75'),
    zScore: ppm(800_000),
    ticksSinceJump: 500,
    spreadMedian: ppm(9),
  },
  bar: { timeframeMs: span(HOUR), closedAt: ago(HOUR / 2), closed: true, gapsInLookback: 0 },
  volume: { dayQty: qty('20000'), recentQty: qty('140'), dayNotional: money('1200000000') },
  volatility: { realised: ppm(25_000), interruption: false },
  reference: { price: price('59999'), at: ago(200) },
  funding: { rate: ppm(100), nextAt: ahead(6.5 * HOUR), everyMs: span(8 * HOUR) },
  feed: { gap: false, resyncing: false, heartbeatAt: ago(150), warm: true },
  clock: { skewMs: 4, monotonic: true, persistent: false },
  rates: {},
  marks: { [SYMBOL]: { price: MID, at: ago(100) } },
  evidence: [{ id: 'bar:BTC-1h:497014', availableAt: ago(HOUR / 2) }],
};

const FUNDS = money('100000');
export const baseAccount: AccountView = {
  account: 'main',
  venue: 'paper',
  network: 'paper',
  currency: 'USDT',
  asOf: ago(50),
  version: 42,
  ledgerHead: digest('c'),
  equity: FUNDS,
  equityFault: false,
  cash: FUNDS,
  free: FUNDS,
  balances: { USDT: qty('100000') },
  marginUsed: money('0'),
  maintenance: money('0'),
  positions: [],
  working: [],
  marks: { dayOpen: FUNDS, weekAgo: FUNDS, monthAgo: FUNDS, windowHigh: FUNDS, highWater: FUNDS },
  day: {
    day: Math.floor(NOW / DAY),
    ordersByAccount: 0,
    ordersBySymbol: {},
    ordersByStrategy: {},
    turnover: money('0'),
    fees: money('0'),
  },
  strategies: {
    trend: {
      exposure: money('0'),
      profit: money('0'),
      profitPeak: money('0'),
      capital: money('50000'),
      fillsWithoutHuman: 0,
    },
  },
  decisions: [],
  trades: [],
  fills: [],
  flow: {
    cancelsLastMinute: 0,
    ordersBySymbolToday: {},
    fillsBySymbolToday: {},
    cancelsBySymbolToday: {},
    rejectStreak: 0,
    slippageExcess: ppm(0),
    anomalies: [],
  },
  decidedBefore: false,
  unexplained: money('0'),
};

/** One limit of one rule, as the policy has it at the moment of the base case. The caller knows its type. */
export function limitOf(policy: Policy, id: string, name: string): unknown {
  const limits = limitsAt(policy, NOW)[RULES.findIndex((rule) => rule.id === id)];
  assert(limits !== undefined && Object.hasOwn(limits, name), `${id} has a limit ${name}`);
  return limits[name];
}

const baseControls = (policy: Policy): Controls => ({
  latches: [],
  locks: [],
  modes: [],
  desks: [
    {
      desk: 'desk-1',
      publicKey: `${'A'.repeat(43)}=`,
      strategies: ['trend', 'carry'],
      accounts: ['main'],
      symbols: ['BTC/USDT:USDT', 'ETH/USDT:USDT', 'SOL/USDT:USDT', 'BTC/USDT'],
      stage: 'full',
      enabled: true,
    },
  ],
  models: [
    {
      id: 'price-1',
      artefact: digest('b'),
      role: 'champion',
      trainedUntil: ago(10 * DAY),
      drift: 'ok',
    },
    {
      id: 'words-1',
      artefact: digest('d'),
      role: 'champion',
      trainedUntil: ago(10 * DAY),
      drift: 'ok',
    },
  ],
  arms: [],
  approvals: [],
  blackouts: [],
  operatorExit: false,
  runtime: {
    publicStreamAt: ago(150),
    privateStreamAt: ago(300),
    deadManArmed: null,
    auditDurable: true,
    reconciliation: { status: 'clean', since: ago(HOUR), checkedAt: ago(5_000) },
    unresolved: [],
    host: { diskFreeMb: 50_000, memoryFreeMb: 4_000, loopLagMs: 2 },
    apiWeightLeft: 1_000,
    builds: [
      { worker: 'gate', build: 'b1', policy: policy.hash },
      { worker: 'signer', build: 'b1', policy: policy.hash },
    ],
    stateVersion: 42,
    policyApproved: policy.hash,
  },
});

type Named = Readonly<{ account: string; venue: string; network: Network; strategy: string }>;
const NAMED: Named = { account: 'main', venue: 'paper', network: 'paper', strategy: 'trend' };

/** Who trades where in the base case: our own names where the policy routes them, else its first route. */
function namedBy(policy: Policy): Named {
  const routes = limitOf(policy, 'B12', 'routes') as readonly (Omit<Named, 'strategy'> &
    Readonly<{ strategies: readonly string[] }>)[];
  const { account, venue, network, strategy } = NAMED;
  const open = routes.filter((route) => route.strategies.length > 0);
  const first =
    open.find(
      (route) =>
        route.account === account &&
        route.venue === venue &&
        route.network === network &&
        route.strategies.includes(strategy),
    ) ?? open[0];
  if (first === undefined || first.strategies.includes(strategy)) return { ...NAMED, ...first };
  return { ...first, strategy: first.strategies[0] ?? strategy };
}

/** A case that every rule of the policy passes. */
export function baseCase(policy: Policy): Case {
  const { account, venue, network, strategy } = namedBy(policy);
  const proposal: OrderProposal = {
    ...baseOrder,
    account,
    venue,
    network,
    provenance: { ...baseOrder.provenance, strategy },
  };
  const controls = baseControls(policy);
  const standing = baseAccount.strategies[NAMED.strategy];
  return {
    proposal,
    proposalHash: hashOf(proposalCodec, proposal),
    market: { ...baseMarket, instrument: { ...baseInstrument, venue } },
    account: {
      ...baseAccount,
      account,
      venue,
      network,
      strategies: standing === undefined ? {} : { [strategy]: standing },
    },
    controls: {
      ...controls,
      desks: (controls.desks ?? []).map((desk) => ({
        ...desk,
        accounts: [account],
        strategies: [...new Set([...desk.strategies, strategy])],
      })),
      // A real network needs a human's arm before anything else can be asked about it.
      arms: network === 'paper' ? [] : [{ network, account, by: 'ana', expiresAt: ahead(HOUR) }],
    },
    policy,
    now: NOW,
  };
}

export const withProposal = (c: Case, proposal: Proposal): Case => ({
  ...c,
  proposal,
  proposalHash: hashOf(proposalCodec, proposal),
});
/** Another order. A case that holds a cancel gets the base order first. */
export const withOrder = (c: Case, change: Partial<OrderProposal>): Case =>
  withProposal(c, { ...(c.proposal.kind === 'order' ? c.proposal : baseOrder), ...change });
/** The same desk takes back a working order instead. */
export const withCancel = (c: Case, change: Partial<CancelProposal> = {}): Case => {
  const { id, createdAt, provenance, account, venue, network, symbol } = c.proposal;
  const addressed = { id, createdAt, provenance, account, venue, network, symbol };
  return withProposal(c, { kind: 'cancel', ...addressed, target: 'order-1', ...change });
};
export const withMarket = (c: Case, change: Partial<MarketView>): Case => ({
  ...c,
  market: { ...c.market, ...change },
});
export const withInstrument = (c: Case, change: Partial<Instrument>): Case =>
  withMarket(c, { instrument: { ...(c.market.instrument ?? baseInstrument), ...change } });
export const withBook = (c: Case, change: Partial<Book>): Case =>
  withMarket(c, { book: { ...(c.market.book ?? baseBook), ...change } });
export const withAccount = (c: Case, change: Partial<AccountView>): Case => ({
  ...c,
  account: { ...c.account, ...change },
});
export const withControls = (c: Case, change: Partial<Controls>): Case => ({
  ...c,
  controls: { ...c.controls, ...change },
});
export const withRuntime = (c: Case, change: Partial<Runtime>): Case =>
  withControls(c, { runtime: { ...c.controls.runtime, ...change } });
export const withNow = (c: Case, now: TimeMs): Case => ({ ...c, now });

export const basePosition: Position = {
  symbol: SYMBOL,
  strategy: 'trend',
  base: 'BTC',
  settle: 'USDT',
  qty: qty('0.02'),
  multiplier: factor('1'),
  entryPrice: price('59900'),
  openedAt: ago(HOUR),
  entries: 1,
  profitPeak: money('2'),
  stopPrice: price('59000'),
};
/** One more position beside those already held; long by default. */
export const withPosition = (c: Case, change: Partial<Position> = {}): Case =>
  withAccount(c, {
    positions: [...(c.account.positions ?? []), { ...basePosition, ...change }],
  });

export const baseWorking: WorkingOrder = {
  clientId: 'order-1',
  symbol: SYMBOL,
  strategy: 'trend',
  base: 'BTC',
  settle: 'USDT',
  multiplier: factor('1'),
  side: 'buy',
  qty: qty('0.01'),
  price: price('59950'),
  reduceOnly: false,
  placedAt: ago(10 * 60_000),
  state: 'working',
};
/** One more working order beside those already there; a buy below the market by default. */
export const withWorking = (c: Case, change: Partial<WorkingOrder> = {}): Case =>
  withAccount(c, { working: [...(c.account.working ?? []), { ...baseWorking, ...change }] });

export const baseDecision: RecentDecision = {
  at: ago(5 * 60_000),
  proposalId: 'f'.repeat(32),
  desk: 'desk-1',
  strategy: 'trend',
  agent: 'planner',
  symbol: SYMBOL,
  kind: 'order',
  side: 'buy',
  type: 'limit',
  qty: qty('0.01'),
  price: price('60000'),
  notional: money('600'),
  verdict: 'approved',
  reducing: false,
};
/** One more decision after those already taken. */
export const withDecision = (c: Case, change: Partial<RecentDecision> = {}): Case =>
  withAccount(c, {
    decisions: [...(c.account.decisions ?? []), { ...baseDecision, ...change }],
  });

/** The base case the other way round: a small short with its stop above and its target below. */
export const sellCase = (policy: Policy): Case =>
  withOrder(baseCase(policy), {
    side: 'sell',
    limitPrice: price('59999.5'),
    stopPrice: price('60899.5'),
    targetPrice: price('58199.5'),
    claims: { notional: null, riskReward: ppm(2_000_000) },
    votes: [
      { agent: 'technical', side: 'sell' },
      { agent: 'sentiment', side: 'sell' },
    ],
  });

/** A long position and the order that closes all of it: the plainest reducing case. */
export const exitCase = (policy: Policy): Case =>
  withOrder(withPosition(baseCase(policy)), {
    side: 'sell',
    qty: basePosition.qty,
    limitPrice: price('59999.5'),
    reduceOnly: true,
    stopPrice: null,
    targetPrice: null,
    claims: { notional: null, riskReward: null },
  });
