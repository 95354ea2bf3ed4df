/** What the tools about the market say of a market that is known, and what they refuse. */
import { describe, expect, it } from 'vitest';
import type { Book, Funding, MarketView, Ppm, SpanMs, TimeMs } from '#firewall';
import { candles } from '../../tools/candles.ts';
import type { Candle, MarketReader, Tool, ToolScope } from '../../tools/contract.ts';
import { funding } from '../../tools/funding.ts';
import { indicators } from '../../tools/indicators.ts';
import { lastHour } from '../../tools/last-hour.ts';
import { bookFacts, orderBook } from '../../tools/order-book.ts';
import { priceForecast } from '../../tools/price-forecast.ts';
import * as s from '../market/samples.ts';
import { trendModel } from '../support/trend-model.ts';
import { wavyCandles } from './wavy-candles.ts';
import { codeOf, emptyStore, factsIn, marketAtNow, NOW, priceOf, scopeOf } from './world.ts';

const FIVE = 300_000 as SpanMs;
const elsewhere = scopeOf({ market: emptyStore() }, { symbol: 'DOGE/USDT' });
const dark = scopeOf({ market: emptyStore() });

/** A reader over given bars, for numbers that can be checked by hand. */
const readerOf = (known: readonly Candle[], view: Partial<MarketView> = {}): MarketReader => {
  const real = marketAtNow();
  return {
    symbols: real.symbols,
    view: (symbol, asOf, ids) => {
      const seen = real.view(symbol, asOf, ids);
      return seen === null ? null : { ...seen, ...view };
    },
    candles: (_, length, asOf, count) =>
      known
        .filter(({ timeframeMs, closeAt }) => timeframeMs === length && closeAt <= asOf)
        .slice(-count),
    news: () => [],
  };
};

const bar = (
  index: number,
  [open, high, low, close]: readonly [number, number, number, number],
  volume = 1,
): Candle => ({
  symbol: s.PERP,
  timeframeMs: FIVE,
  openAt: (s.START - (6 - index) * FIVE) as TimeMs,
  closeAt: (s.START - (5 - index) * FIVE) as TimeMs,
  open: priceOf(open),
  high: priceOf(high),
  low: priceOf(low),
  close: priceOf(close),
  volume: s.qty(volume),
});

describe('candles', () => {
  const six = [
    bar(0, [100, 101, 99, 100]),
    bar(1, [100, 103, 100, 102]),
    bar(2, [102, 104, 101, 103]),
    bar(3, [103, 103, 98, 99]),
    bar(4, [99, 100, 97, 98]),
    bar(5, [98, 102, 98, 101], 3),
  ];

  it('sums up the bars that it was asked for', async () => {
    const scope = scopeOf({ market: readerOf(six) });
    const answer = await candles.run({ timeframe: '5m', bars: 6 }, scope);
    expect(factsIn(answer)).toEqual({
      'candles.age_bars': '0',
      'candles.bars': '6',
      'candles.change_1': '306.1',
      'candles.change_5': '100',
      'candles.change_all': '100',
      'candles.close_0': '101',
      'candles.close_1': '98',
      'candles.close_2': '99',
      'candles.close_3': '103',
      'candles.close_4': '102',
      'candles.high': '104',
      'candles.low': '97',
      'candles.place': '0.57',
      'candles.range': '721.6',
      'candles.volume_ratio': '3',
    });
    expect(answer).toMatchObject({ ok: true, asOf: s.START });
  });

  it('names bars of another length so', async () => {
    const answer = await candles.run({ timeframe: '1h', bars: 6 }, scopeOf());
    const names = Object.keys(factsIn(answer));
    expect(names.every((name) => name.startsWith('candles.1h.'))).toBe(true);
  });

  it('tells how old the last bar is', async () => {
    const scope = scopeOf({ market: readerOf(six) }, { now: (s.START + 3 * FIVE - 1) as TimeMs });
    const at = await candles.run({ timeframe: '5m', bars: 6 }, scope);
    expect(factsIn(at)['candles.age_bars']).toBe('2');
  });

  it('refuses a symbol nobody follows, and fewer than five bars', async () => {
    const input = { timeframe: '5m', bars: 6 } as const;
    expect(codeOf(await candles.run(input, elsewhere))).toBe('SYMBOL_NOT_KNOWN');
    expect(codeOf(await candles.run(input, dark))).toBe('HISTORY_TOO_SHORT');
    const four = scopeOf({ market: readerOf(six.slice(2)) });
    expect(codeOf(await candles.run(input, four))).toBe('HISTORY_TOO_SHORT');
    const five = scopeOf({ market: readerOf(six.slice(1)) });
    expect(codeOf(await candles.run(input, five))).toBe('ok');
  });

  it('cites the bar that its own store can resolve', async () => {
    const answer = await candles.run({ timeframe: '5m', bars: 6 }, scopeOf());
    // The store keeps minutes: the last of them ended the five.
    expect(answer).toMatchObject({ evidence: [`candle:${s.PERP}:60000:${s.START}`] });
  });
});

describe('indicators', () => {
  const wavy = (count: number) =>
    scopeOf({ market: readerOf(wavyCandles({ symbol: s.PERP, count, timeframeMs: FIVE })) });

  it('gives all of them where there are bars enough', async () => {
    const facts = factsIn(await indicators.run({ timeframe: '5m' }, wavy(120)));
    expect(Object.keys(facts)).toHaveLength(Object.keys(indicators.facts).length);
    expect(facts).toMatchSnapshot();
  });

  it('leaves out what needs more bars, and refuses where next to nothing is left', async () => {
    const facts = factsIn(await indicators.run({ timeframe: '5m' }, wavy(22)));
    expect(facts).toHaveProperty(['indicators.rsi14']);
    for (const name of ['sma50_gap', 'macd', 'macd_signal', 'adx14'])
      expect(facts).not.toHaveProperty([`indicators.${name}`]);
    expect(codeOf(await indicators.run({ timeframe: '5m' }, wavy(21)))).toBe('HISTORY_TOO_SHORT');
    expect(codeOf(await indicators.run({ timeframe: '5m' }, elsewhere))).toBe('SYMBOL_NOT_KNOWN');
  });

  it('writes a market that stands still without an infinity', async () => {
    const still = Array.from({ length: 60 }, (_, index) => ({
      ...bar(index, [100, 100, 100, 100], 0),
      openAt: (s.START - (60 - index) * FIVE) as TimeMs,
      closeAt: (s.START - (59 - index) * FIVE) as TimeMs,
    }));
    const answer = await indicators.run({ timeframe: '5m' }, scopeOf({ market: readerOf(still) }));
    expect(factsIn(answer)).toMatchObject({
      'indicators.rsi14': '50',
      'indicators.atr14': '0',
      'indicators.adx14': '0',
      'indicators.volatility_day': '0',
    });
    expect(factsIn(answer)).not.toHaveProperty(['indicators.band_place']);
    expect(factsIn(answer)).not.toHaveProperty(['indicators.vwap_gap']);
  });
});

const level = (price: number, qty: number) => ({ price: priceOf(price), qty: s.qty(qty) });
const book = (changes: Partial<Book> = {}): Book => ({
  bids: [level(99.95, 3), level(99.9, 2), level(99, 50)],
  asks: [level(100.05, 1), level(100.1, 2), level(101, 50)],
  sequence: 5,
  exchangeAt: NOW,
  receivedAt: (NOW - 50) as TimeMs,
  ...changes,
});

describe('order_book', () => {
  it('measures a book that can be checked by hand', () => {
    const facts = Object.fromEntries(bookFacts(book(), 2).map(({ name, value }) => [name, value]));
    expect(facts).toEqual({
      'order_book.ask': '100.05',
      'order_book.bid': '99.95',
      // Ten basis points either side of 100: the first two levels, the second exactly at the edge.
      'order_book.depth_ask': '3',
      'order_book.depth_bid': '5',
      'order_book.imbalance': '0.25',
      'order_book.imbalance_1': '0.5',
      // (99.95 · 1 + 100.05 · 3) / 4 lies two and a half basis points above the middle.
      'order_book.micro': '2.5',
      'order_book.mid': '100',
      'order_book.spread': '10',
    });
  });

  const withBook = (known: Book | null): ToolScope =>
    scopeOf({ market: readerOf([], { book: known }) });

  it('refuses what is no two-sided book', async () => {
    const ask = async (known: Book | null) =>
      codeOf(await orderBook.run({ levels: 2 }, withBook(known)));
    expect(await ask(book())).toBe('ok');
    expect(await ask(null)).toBe('BOOK_NOT_KNOWN');
    expect(await ask(book({ bids: [] }))).toBe('BOOK_NOT_KNOWN');
    expect(await ask(book({ asks: [] }))).toBe('BOOK_NOT_KNOWN');
    expect(await ask(book({ asks: [level(99.95, 1)] }))).toBe('BOOK_NOT_KNOWN');
    expect(codeOf(await orderBook.run({ levels: 2 }, elsewhere))).toBe('SYMBOL_NOT_KNOWN');
  });

  it('cites a book that has settled, and not one that came in this moment', async () => {
    const settled = await orderBook.run({ levels: 5 }, scopeOf());
    expect(settled).toMatchObject({ evidence: [`book:${s.PERP}:180`] });
    const fresh = await orderBook.run({ levels: 5 }, scopeOf({}, { now: s.at(120_000) }));
    expect(fresh).toMatchObject({ ok: true, evidence: [] });
  });
});

describe('funding', () => {
  const withFunding = (known: Funding | null): ToolScope =>
    scopeOf({ market: readerOf([], { funding: known }) });
  const eightHours = 28_800_000 as SpanMs;

  it('says who pays, how much and when', async () => {
    const due = (NOW + 119_000) as TimeMs;
    const rate = { rate: -150 as Ppm, nextAt: due, everyMs: eightHours };
    expect(factsIn(await funding.run({}, withFunding(rate)))).toEqual({
      'funding.minutes': '1',
      'funding.payer': 'shorts',
      'funding.per_day': '-4.5',
      'funding.rate': '-1.5',
    });
    const none = { rate: 0 as Ppm, nextAt: NOW, everyMs: 0 as SpanMs };
    expect(factsIn(await funding.run({}, withFunding(none)))).toEqual({
      'funding.minutes': '0',
      'funding.payer': 'nobody',
      'funding.rate': '0',
    });
  });

  it('refuses where there is none', async () => {
    expect(codeOf(await funding.run({}, withFunding(null)))).toBe('FUNDING_NOT_KNOWN');
    expect(codeOf(await funding.run({}, elsewhere))).toBe('SYMBOL_NOT_KNOWN');
  });
});

describe('price_forecast', () => {
  const ask = (changes: Parameters<typeof trendModel>[1] = {}) =>
    priceForecast.run({}, scopeOf({ forecast: trendModel(FIVE, changes) }));

  it('gives the forecast as facts', async () => {
    expect(factsIn(await ask({ direction: 'up', expectedMove: -250 as Ppm }))).toEqual({
      'price_forecast.direction': 'up',
      'price_forecast.dissimilarity': '0.1',
      'price_forecast.expected_move': '-2.5',
      'price_forecast.familiar': 'yes',
      'price_forecast.interval': '40',
      'price_forecast.minutes': '60',
      'price_forecast.probability': '60',
    });
    expect(factsIn(await ask({ outOfDistribution: true }))['price_forecast.familiar']).toBe('no');
  });

  it('refuses without a model, without bars, and what is out of date', async () => {
    expect(await priceForecast.run({}, scopeOf())).toEqual({
      ok: false,
      code: 'MODEL_NOT_LOADED',
      hint: 'go on without it',
    });
    const blind = scopeOf({ market: emptyStore(), forecast: trendModel(FIVE) });
    expect(codeOf(await priceForecast.run({}, blind))).toBe('HISTORY_TOO_SHORT');
    expect(codeOf(await ask({ expiresAt: NOW }))).toBe('MODEL_REFUSED');
    expect(codeOf(await ask({ expiresAt: (NOW + 1) as TimeMs }))).toBe('ok');
    const refusing = {
      ...trendModel(FIVE),
      forecast: async () => ({ ok: false, code: 'MODEL_REFUSED', hint: 'stale' }) as const,
    };
    const answer = await priceForecast.run({}, scopeOf({ forecast: refusing }));
    expect(answer).toEqual({ ok: false, code: 'MODEL_REFUSED', hint: 'go on without it' });
  });
});

describe('last_hour', () => {
  it('refuses a symbol nobody follows, and an hour without minutes', async () => {
    const ask = async (tool: Tool, scope: ToolScope) => codeOf(await tool.run({}, scope));
    expect(await ask(lastHour, elsewhere)).toBe('SYMBOL_NOT_KNOWN');
    expect(await ask(lastHour, dark)).toBe('HISTORY_TOO_SHORT');
    expect(await ask(lastHour, scopeOf())).toBe('ok');
  });
});
