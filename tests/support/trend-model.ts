/** A price model without weights: what went up last goes up next. For tests that need some forecast and know which. */
import { hashText, type Ppm, type SpanMs, type TimeMs } from '#firewall';
import type { Forecast, PriceModel } from '../../tools/contract.ts';

export const trendModel = (timeframeMs: SpanMs, changes: Partial<Forecast> = {}): PriceModel => ({
  id: 'trend@1',
  artefact: hashText('trend'),
  timeframeMs,
  barsMin: 2,
  async forecast(_, candles, now) {
    const [before, last] = candles.slice(-2);
    if (before === undefined || last === undefined)
      return { ok: false, code: 'MODEL_REFUSED', hint: 'too few bars' };
    const up = last.close > before.close;
    return {
      ok: true,
      forecast: {
        modelId: 'trend@1',
        artefact: hashText('trend'),
        direction: up ? 'up' : 'down',
        probability: 600_000 as Ppm,
        intervalWidth: 4_000 as Ppm,
        expectedMove: (up ? 500 : -500) as Ppm,
        horizonMs: 3_600_000 as SpanMs,
        expiresAt: (now + 60_000) as TimeMs,
        outOfDistribution: false,
        dissimilarity: 100_000 as Ppm,
        ...changes,
      },
    };
  },
  close: async () => {},
});
