/** Market events on the wire: one canonical JSON line each, closed shapes, refused as a whole when anything is off. */
import {
  bookCodec,
  count,
  decodeText,
  fixed,
  integer,
  list,
  name,
  oneOf,
  record,
  refuseAt,
  symbolName,
  textOf,
  time,
  variant,
  VENUE_STATUSES,
  type Codec,
  type Decoded,
  type Funding,
  type Ppm,
  type Price,
  type Qty,
  type Reference,
  type SpanMs,
} from '#firewall';
import type { Candle, MarketEvent, NewsItem, Print } from './contract.ts';

const price = fixed<Price>(1n);
const qty = fixed<Qty>(0n);

/** Untrusted text may hold anything that is text; only its length is bounded, so that a line stays a line. */
const text = (lengthMax: number): Codec<string> => ({
  read: (value, at) =>
    typeof value === 'string' && value.length <= lengthMax && value.isWellFormed()
      ? value
      : refuseAt(at, `text of at most ${lengthMax} characters`),
  write: (value) => value,
});

const candleShape: Codec<Candle> = record<Candle>({
  symbol: symbolName,
  timeframeMs: integer<SpanMs>(1),
  openAt: time,
  closeAt: time,
  open: price,
  high: price,
  low: price,
  close: price,
  volume: qty,
});

/** A candle whose numbers contradict each other is no candle. */
const candleCodec: Codec<Candle> = {
  read: (value, at) => {
    const candle = candleShape.read(value, at);
    const { open, high, low, close } = candle;
    if (low > open || low > close || high < open || high < close)
      return refuseAt(at, 'a low below and a high above every price');
    if (candle.closeAt !== candle.openAt + candle.timeframeMs)
      return refuseAt(`${at}.closeAt`, 'the opening plus the timeframe');
    return candle;
  },
  write: candleShape.write,
};

const printCodec: Codec<Print> = record<Print>({
  symbol: symbolName,
  at: time,
  price,
  qty,
  taker: oneOf(['buy', 'sell']),
});

const newsCodec: Codec<NewsItem> = record<NewsItem>({
  id: name,
  headline: text(1_000),
  body: text(20_000),
  source: text(200),
  symbols: list(symbolName, 64),
  publishedAt: time,
  availableAt: time,
});

const addressed = { symbol: symbolName, at: time };

const marketEventCodec: Codec<MarketEvent> = variant<MarketEvent>({
  book: record({ kind: oneOf(['book']), ...addressed, book: bookCodec }),
  print: record({ kind: oneOf(['print']), at: time, print: printCodec }),
  candle: record({ kind: oneOf(['candle']), at: time, candle: candleCodec }),
  funding: record({
    kind: oneOf(['funding']),
    ...addressed,
    funding: record<Funding>({
      rate: integer<Ppm>(-1_000_000, 1_000_000),
      nextAt: time,
      everyMs: count as Codec<SpanMs>,
    }),
  }),
  reference: record({
    kind: oneOf(['reference']),
    ...addressed,
    reference: record<Reference>({ price, at: time }),
  }),
  status: record({ kind: oneOf(['status']), ...addressed, status: oneOf(VENUE_STATUSES) }),
  news: record({ kind: oneOf(['news']), at: time, item: newsCodec }),
  heartbeat: record({ kind: oneOf(['heartbeat']), at: time }),
});

/** A deep book of a thousand levels a side fits; a longer line is refused before it is parsed. */
export const EVENT_LINE_MAX = 131_072;

/** Without the line's end. */
export const eventLine = (event: MarketEvent): string => textOf(marketEventCodec, event);

export const readEventLine = (line: unknown): Decoded<MarketEvent> =>
  decodeText(marketEventCodec, line, EVENT_LINE_MAX);
