/** The market and the account that one decision rests on, taken at one moment, and written so that a checkpoint can hold it. */
import * as f from '#firewall';
import type { Sight } from '../agents/algorithmic.ts';
import type { HouseCode } from './contract.ts';
import type { AccountReader, Candle, MarketReader } from '../tools/contract.ts';

export type Basis = Readonly<{
  at: f.TimeMs;
  instrument: f.Instrument;
  bid: f.Price;
  ask: f.Price;
  sequence: number;
  bookAt: f.TimeMs;
  /** Closed minutes, oldest first. */
  candles: readonly Candle[];
  /** Null while nobody knows it: then nothing can be opened, but a position can be left. */
  equity: f.Money | null;
  accountVersion: number;
  /** Signed, of this desk's own strategy. */
  position: f.Qty;
  stopPrice: f.Price | null;
  leave: boolean;
  pending: boolean;
}>;

const candleCodec: f.Codec<Candle> = f.record<Candle>({
  symbol: f.symbolName,
  timeframeMs: f.integer<f.SpanMs>(1),
  openAt: f.time,
  closeAt: f.time,
  open: f.fixed<f.Price>(),
  high: f.fixed<f.Price>(),
  low: f.fixed<f.Price>(),
  close: f.fixed<f.Price>(),
  volume: f.fixed<f.Qty>(),
});

export const basisCodec: f.Codec<Basis> = f.record<Basis>({
  at: f.time,
  instrument: f.instrumentCodec,
  bid: f.fixed<f.Price>(),
  ask: f.fixed<f.Price>(),
  sequence: f.count,
  bookAt: f.time,
  candles: f.list(candleCodec, 1_000),
  equity: f.nullable(f.fixed<f.Money>()),
  accountVersion: f.count,
  position: f.fixed<f.Qty>(),
  stopPrice: f.nullable(f.fixed<f.Price>()),
  leave: f.flag,
  pending: f.flag,
});

const MINUTE = 60_000 as f.SpanMs;
/** More than the algorithmic agent's slow average asks for. */
const BARS = 30;

type Wanted = Readonly<{ symbol: string; strategy: string; now: f.TimeMs }>;
type Eyes = Readonly<{ market: MarketReader; account: AccountReader }>;

type BasisTaken = Readonly<{ ok: true; basis: Basis }> | Readonly<{ ok: false; code: HouseCode }>;

/** What can be seen at this moment; what is missing is named, never taken as zero. */
export function takeBasis(eyes: Eyes, wanted: Wanted): BasisTaken {
  try {
    return look(eyes, wanted);
  } catch {
    // Whatever broke out there has said so in its own log; here it means that nothing was seen.
    return { ok: false, code: 'BASIS_UNREADABLE' };
  }
}

function look({ market, account }: Eyes, { symbol, strategy, now }: Wanted): BasisTaken {
  const view = market.view(symbol, now, []);
  const book = view?.book ?? null;
  const [bid, ask] = [book?.bids[0]?.price, book?.asks[0]?.price];
  if (!view?.instrument || book === null || bid === undefined || ask === undefined)
    return { ok: false, code: 'MARKET_UNKNOWN' };
  // Eyes that are still getting used to the light see shadows.
  if (view.feed?.warm !== true || view.clock === null)
    return { ok: false, code: 'MARKET_NOT_WARM' };
  const summary = account.account(now);
  if (summary === null) return { ok: false, code: 'ACCOUNT_UNKNOWN' };
  const held = summary.positions.find(
    (position) => position.strategy === strategy && position.symbol === symbol,
  );
  if (summary.equity === null && (held?.qty ?? 0n) === 0n)
    return { ok: false, code: 'ACCOUNT_UNKNOWN' };
  return {
    ok: true,
    basis: {
      at: now,
      instrument: view.instrument,
      bid,
      ask,
      sequence: book.sequence,
      bookAt: book.receivedAt,
      candles: market.candles(symbol, MINUTE, now, BARS),
      equity: summary.equity,
      accountVersion: summary.version,
      position: held?.qty ?? (0n as f.Qty),
      stopPrice: held?.stopPrice ?? null,
      leave: held?.leave ?? false,
      pending: summary.working.includes(strategy),
    },
  };
}

export const midOf = ({ bid, ask }: Basis): f.Price => ((bid + ask) / 2n) as f.Price;

/** The same moment as the algorithmic agent looks at it. */
export const sightOf = (basis: Basis): Sight => ({
  instrument: basis.instrument,
  bars: basis.candles,
  bid: basis.bid,
  ask: basis.ask,
  equity: basis.equity ?? (0n as f.Money),
  position: basis.position,
  stopPrice: basis.stopPrice,
  leave: basis.leave,
  pending: basis.pending,
});

/** The basis that an earlier step wrote. */
export function basisOf({ basis }: Readonly<{ basis: unknown }>): Basis {
  const decoded = f.decode(basisCodec, basis);
  f.assert(decoded.ok, 'what one step wrote, the next can read');
  return decoded.value;
}
