/** The agent without a model: when it enters, when it leaves, and when it keeps still. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Price, Qty } from '#firewall';
import { look, TUNING, type Bar, type Sight } from '../../agents/algorithmic.ts';
import { money, price, qty } from '../../firewall/proofs/amounts.ts';
import { baseInstrument } from '../../firewall/proofs/views.ts';

const bar = (close: number): Bar => ({
  high: price(`${close + 20}`),
  low: price(`${close - 20}`),
  close: price(`${close}`),
});
const bars = (step: number): Bar[] => Array.from({ length: 40 }, (_, n) => bar(60_000 + n * step));
const sight = (change: Partial<Sight> = {}): Sight => ({
  instrument: baseInstrument,
  bars: bars(10),
  bid: price('60390'),
  ask: price('60390.5'),
  equity: money('100000'),
  position: qty('0'),
  stopPrice: null,
  leave: false,
  pending: false,
  ...change,
});

describe('flat', () => {
  it('buys a rising market, with the stop below and the target above', () => {
    const intent = look(sight());
    expect(intent).toMatchObject({ why: 'ENTER_TREND', side: 'buy', reduceOnly: false });
    expect(intent!.limitPrice).toBeGreaterThanOrEqual(price('60390.5'));
    expect(
      intent!.stopPrice! < intent!.limitPrice && intent!.limitPrice < intent!.targetPrice!,
    ).toBe(true);
  });
  it('sells a falling one, where it may be short', () => {
    const falling = sight({ bars: bars(-10) });
    expect(look(falling)).toMatchObject({ side: 'sell' });
    expect(look({ ...falling, instrument: { ...baseInstrument, shortable: false } })).toBeNull();
  });
  it('never spends more than its share of equity', () => {
    const { qty: size, limitPrice } = look(sight())!;
    const spent = (size * limitPrice) / 100_000_000n;
    const share = (money('100000') * BigInt(TUNING.size + TUNING.size / 1_000)) / 1_000_000n;
    expect(spent <= share).toBe(true);
  });
  it('keeps still with too few bars, no range, too little money, or an order on its way', () => {
    expect(look(sight({ bars: bars(10).slice(0, TUNING.slow) }))).toBeNull();
    const still = { high: price('60000'), low: price('60000'), close: price('60000') };
    expect(look(sight({ bars: Array.from({ length: 40 }, () => still) }))).toBeNull();
    expect(look(sight({ equity: money('100') }))).toBeNull();
    expect(look(sight({ pending: true }))).toBeNull();
  });
});

describe('holding', () => {
  const long = { position: qty('0.1'), stopPrice: price('60000') };
  it('keeps a position whose trend holds', () => {
    expect(look(sight(long))).toBeNull();
  });
  it('leaves at the stop, with exactly what it holds', () => {
    const at = sight({ ...long, bid: price('60000') });
    expect(look(at)).toMatchObject({
      why: 'EXIT_STOP',
      side: 'sell',
      qty: qty('0.1'),
      reduceOnly: true,
    });
    expect(look(sight({ ...long, bid: price('60000.1') }))).toBeNull();
  });
  it('leaves when the trend has clearly turned', () => {
    expect(look(sight({ ...long, bars: bars(-10) }))).toMatchObject({
      why: 'EXIT_FLIP',
      side: 'sell',
    });
  });
  it('leaves when the firewall says that the position is past its own stop', () => {
    expect(look(sight({ ...long, leave: true }))).toMatchObject({
      why: 'EXIT_PROTECTIVE',
      side: 'sell',
      reduceOnly: true,
    });
  });
  it('buys back a short', () => {
    const short = { position: qty('-0.1'), stopPrice: price('60390.5') };
    expect(look(sight({ ...short, bars: bars(-10) }))).toMatchObject({
      why: 'EXIT_STOP',
      side: 'buy',
    });
  });
});

it('only ever names prices and quantities on the venue grid', () => {
  const closes = fc.array(fc.integer({ min: 50_000, max: 70_000 }), {
    minLength: 30,
    maxLength: 60,
  });
  fc.assert(
    fc.property(closes, fc.bigInt({ min: -100n, max: 100n }), (path, held) => {
      const intent = look(
        sight({
          bars: path.map(bar),
          position: (held * baseInstrument.lot) as Qty,
          stopPrice: price('60000'),
          equity: money('100000'),
        }),
      );
      if (intent === null) return true;
      const prices = [intent.limitPrice, intent.stopPrice, intent.targetPrice];
      return (
        intent.qty > 0n &&
        intent.qty % baseInstrument.lot === 0n &&
        prices.every((p: Price | null) => p === null || (p > 0n && p % baseInstrument.tick === 0n))
      );
    }),
    { numRuns: 300 },
  );
});
