/** The catalogue: whole instruments on round ticks and lots, that cross a process unchanged. */
import { describe, expect, it } from 'vitest';
import { decode, instrumentCodec } from '#firewall';
import { systemClock } from '../../market/clock.ts';
import { INSTRUMENTS, instrumentOf } from '../../market/instruments.ts';

describe('the catalogue', () => {
  it('holds three coins twice and a stablecoin', () => {
    expect(INSTRUMENTS.map((instrument) => instrument.symbol)).toEqual([
      'BTC/USDT',
      'ETH/USDT',
      'SOL/USDT',
      'USDC/USDT',
      'BTC/USDT:USDT',
      'ETH/USDT:USDT',
      'SOL/USDT:USDT',
    ]);
    expect(instrumentOf('DOGE/USDT')).toBeNull();
  });

  it.each(INSTRUMENTS)('$symbol is consistent', (instrument) => {
    expect(decode(instrumentCodec, instrumentCodec.write(instrument))).toEqual({
      ok: true,
      value: instrument,
    });
    const { lot, qtyMin, qtyMax, marketQtyMax, tick, priceMin, kind, brackets } = instrument;
    for (const quantity of [qtyMin, qtyMax, marketQtyMax]) expect(quantity % lot).toBe(0n);
    expect(priceMin % tick).toBe(0n);
    expect(marketQtyMax <= qtyMax && qtyMin > 0n).toBe(true);
    expect(instrument.shortable && instrument.reduceOnly).toBe(kind === 'perp');
    expect(brackets.length > 0).toBe(kind === 'perp');
    expect(instrument.listedAt).toBeLessThan(systemClock.now());
  });
});
