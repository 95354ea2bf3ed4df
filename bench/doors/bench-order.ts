/** The order that the benchmark sends again and again: a thousandth of a coin, taken at the touch. */
import { randomBytes } from 'node:crypto';
import {
  hashText,
  SCALE,
  type OrderProposal,
  type Ppm,
  type Price,
  type Qty,
  type Side,
  type SpanMs,
  type TimeMs,
} from '#firewall';
import type { MarketEyes } from '../../infra/market-eyes.ts';

export const SYMBOL = 'BTC/USDT:USDT';
export const DESK = 'bench';
const now = (): TimeMs => Date.now() as TimeMs;

export function proposalFor(eyes: MarketEyes, side: Side, basisVersion: number): OrderProposal {
  const market = eyes.view(SYMBOL, []);
  const candle = eyes.candles(SYMBOL, 60_000 as SpanMs, 1)[0];
  const [bid, ask] = [market?.book?.bids[0]?.price, market?.book?.asks[0]?.price];
  if (bid === undefined || ask === undefined || candle === undefined)
    throw new Error('the market is not there yet');
  const buy = side === 'buy';
  const at = now();
  const near = (price: bigint, percent: bigint): Price =>
    (((price * percent) / 100n / SCALE) * SCALE) as Price;
  return {
    kind: 'order',
    id: randomBytes(16).toString('hex'),
    createdAt: at,
    provenance: {
      desk: DESK,
      strategy: DESK,
      agent: DESK,
      agentVersion: '1',
      graphVersion: 'none',
      modelId: null,
    },
    account: 'paper',
    venue: 'paper',
    network: 'paper',
    symbol: SYMBOL,
    side,
    type: 'limit',
    tif: 'ioc',
    qty: (SCALE / 1_000n) as Qty,
    limitPrice: buy ? ask : bid,
    expiresAt: null,
    postOnly: false,
    reduceOnly: false,
    stopPrice: near(bid, buy ? 98n : 102n),
    targetPrice: near(ask, buy ? 105n : 95n),
    horizonMs: 1_800_000 as SpanMs,
    confidence: 900_000 as Ppm,
    expectedMove: 50_000 as Ppm,
    basisAt: at,
    basisMid: ((bid + ask) / 2n) as Price,
    basisVersion,
    claims: { notional: null, riskReward: null },
    evidence: [`candle:${SYMBOL}:60000:${candle.closeAt}`],
    taint: 'none',
    votes: [{ agent: DESK, side }],
    transcript: hashText(`bench ${at}`),
    inference: null,
    telemetry: { steps: 1, tokens: 0, toolErrors: 0 },
  };
}
