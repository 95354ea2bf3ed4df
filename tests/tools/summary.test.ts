/** The last hour in numbers: what lies within it, at its edges and one step past. */
import { describe, expect, it } from 'vitest';
import type { TimeMs } from '#firewall';
import type { Candle } from '../../tools/contract.ts';
import { hourSummary, type Hour } from '../../tools/summary.ts';
import * as s from '../market/samples.ts';
import { past, priceOf } from './world.ts';

const END = s.at(7_200_000);
const minute = (
  ago: number,
  [open, high, low, close]: readonly [number, number, number, number],
): Candle => ({
  symbol: s.PERP,
  timeframeMs: s.MINUTE,
  openAt: (END - (ago + 1) * s.MINUTE) as TimeMs,
  closeAt: (END - ago * s.MINUTE) as TimeMs,
  open: priceOf(open),
  high: priceOf(high),
  low: priceOf(low),
  close: priceOf(close),
  volume: s.qty(1),
});

const summed = (changes: Partial<Hour>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    hourSummary({
      symbol: s.PERP,
      now: END,
      candles: [],
      news: [],
      decisions: [],
      ...changes,
    }).map(({ name, value }) => [name, value]),
  );

describe('hourSummary', () => {
  it('sums up prices, the biggest move and when it was', () => {
    const candles = [
      minute(3, [100, 102, 99, 100]),
      minute(2, [100, 101, 100, 101]),
      minute(1, [101, 101, 97, 98]),
      minute(0, [98, 99, 98, 99]),
    ];
    expect(summed({ candles })).toEqual({
      'last_hour.bars': '4',
      'last_hour.biggest': '-297',
      'last_hour.biggest_minutes': '1',
      'last_hour.change': '-100',
      'last_hour.close': '99',
      'last_hour.decisions': '0',
      'last_hour.high': '102',
      'last_hour.low': '97',
      'last_hour.news': '0',
      'last_hour.open': '100',
      'last_hour.refusals': '0',
      'last_hour.volatility': '1490.8',
    });
  });

  it('takes the whole hour and not a minute more, nor a bar that is not closed', () => {
    const flat = [100, 100, 100, 100] as const;
    const candles = [minute(60, flat), minute(59, flat), minute(0, flat), minute(-1, flat)];
    expect(summed({ candles })['last_hour.bars']).toBe('2');
    expect(summed({ candles: [minute(60, flat)] })).toMatchObject({ 'last_hour.bars': '0' });
  });

  it('has no move with one bar', () => {
    const facts = summed({ candles: [minute(0, [100, 101, 99, 100])] });
    expect(facts).not.toHaveProperty(['last_hour.biggest']);
    expect(facts).not.toHaveProperty(['last_hour.volatility']);
  });

  it('of equal moves names the latest', () => {
    const candles = [
      minute(2, [100, 100, 100, 100]),
      minute(1, [100, 100, 100, 100]),
      minute(0, [100, 100, 100, 100]),
    ];
    expect(summed({ candles })).toMatchObject({
      'last_hour.biggest': '0',
      'last_hour.biggest_minutes': '0',
      'last_hour.volatility': '0',
    });
  });

  it('counts news of the coin, and the own decisions and refusals of this symbol', () => {
    const at = (ago: number): TimeMs => (END - ago) as TimeMs;
    const hour = 3_600_000;
    const news = [
      s.news('a', at(0)),
      s.news('b', at(hour - 1)),
      s.news('c', at(hour)),
      s.news('d', at(-1)),
      { ...s.news('e', at(0)), symbols: ['ETH/USDT'] },
      { ...s.news('f', at(0)), symbols: [] },
    ];
    const decisions = [
      past(0, { at: at(0) }),
      past(0, { at: at(hour - 1), verdict: 'refused' }),
      past(0, { at: at(hour), verdict: 'refused' }),
      past(0, { at: at(-1) }),
      past(0, { at: at(5), symbol: 'ETH/USDT' }),
    ];
    expect(summed({ news, decisions })).toMatchObject({
      'last_hour.news': '2',
      'last_hour.decisions': '2',
      'last_hour.refusals': '1',
    });
  });
});
