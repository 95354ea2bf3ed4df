/** Each preset does what it states, measured from the outside over several seeds. */
import { describe, expect, it } from 'vitest';
import { IMBALANCE_MEMORY_MS, PRESET_SPECS } from '../../../market/simulator/presets.ts';
import { simulateCandles } from '../../../market/simulator/simulated-candles.ts';
import * as s from '../samples.ts';
import { ahead, record, seriesOf, type Recording, type Series } from './recording.ts';
import { correlation, deviation, lagged, mean, slope } from './statistics.ts';

const HOUR = 3_600_000;
const SEEDS = [11, 12, 13, 14];

/** Return after a headline, in parts per million, and its true score. */
function afterNews(recording: Recording, symbol: string, spanMs: number) {
  const series = seriesOf(recording, symbol);
  const base = symbol.split('/')[0];
  const first = series.at[0] ?? 0;
  const rows: { score: number; decoy: boolean; move: number }[] = [];
  for (const truth of recording.feed.truth.news) {
    const index = (truth.from - first) / 1_000;
    const from = series.mid[index];
    const to = series.mid[index + spanMs / 1_000];
    if (truth.base !== base || from === undefined || to === undefined) continue;
    rows.push({ score: truth.score, decoy: truth.decoy, move: (to / from - 1) * 1_000_000 });
  }
  return rows;
}

describe('pure-noise', () => {
  const recordings = SEEDS.map((seed) =>
    record('pure-noise', { seed, spanMs: 6 * HOUR, symbols: [s.BTC, s.PERP] }),
  );
  const pooled = (pick: (series: Series) => number): number =>
    mean(recordings.map((recording) => pick(seriesOf(recording, s.PERP))));
  const count = 6 * 3_600 * SEEDS.length;
  /** Four standard errors of a correlation that is zero; fat tails widen it. */
  const bound = (samples: number): number => 6 / Math.sqrt(samples);

  it('has returns that know nothing of the next ones, at any lag', () => {
    for (const lag of [1, 2, 5, 30])
      expect(Math.abs(pooled((series) => lagged(ahead(series.mid, 1), lag)))).toBeLessThan(
        bound(count),
      );
  });

  it('has volatility clusters all the same', () => {
    expect(
      pooled((series) =>
        lagged(
          ahead(series.mid, 60)
            .filter((_, i) => i % 60 === 0)
            .map(Math.abs),
          1,
        ),
      ),
    ).toBeGreaterThan(0.05);
  });

  it('has books, prints and references that know nothing of the next minute', () => {
    for (const pick of [
      (series: Series) => series.imbalance,
      (series: Series) => series.bought.map((bought, index) => bought - (series.sold[index] ?? 0)),
      (series: Series) => series.bought.map((bought, index) => bought + (series.sold[index] ?? 0)),
      (series: Series) =>
        series.reference.map((reference, index) => reference / (series.mid[index] ?? 1) - 1),
    ])
      for (const steps of [1, 60]) {
        const found = pooled((series) =>
          correlation(pick(series).slice(0, -steps), ahead(series.mid, steps)),
        );
        // Overlapping minutes hold fewer independent samples.
        expect(Math.abs(found)).toBeLessThan(bound(count / steps));
      }
  });

  it('has headlines that move nothing', () => {
    const rows = recordings.flatMap((recording) => afterNews(recording, s.PERP, 60_000));
    expect(rows.length).toBeGreaterThan(40);
    expect(
      recordings.every((recording) =>
        recording.feed.truth.news.every((truth) => truth.impact === 0),
      ),
    ).toBe(true);
    const found = slope(
      rows.map((row) => row.score),
      rows.map((row) => row.move),
    );
    expect(Math.abs(found.value)).toBeLessThan(4 * found.error);
  });

  it('pays no funding and has no premium', () => {
    for (const recording of recordings) {
      const spot = seriesOf(recording, s.BTC).mid;
      const perp = seriesOf(recording, s.PERP).mid;
      expect(
        Math.max(...spot.map((mid, index) => Math.abs((perp[index] ?? 0) / mid - 1))),
      ).toBeLessThan(0.000_01);
    }
  });

  it('has the daily volatility that it was given', () => {
    const daily = pooled((series) => deviation(ahead(series.mid, 1))) * Math.sqrt(86_400);
    expect(daily).toBeGreaterThan(12_000);
    expect(daily).toBeLessThan(50_000);
  });
});

describe('planted-edge', () => {
  const spec = PRESET_SPECS['planted-edge'];
  const recordings = SEEDS.map((seed) =>
    record('planted-edge', { seed, spanMs: 8 * HOUR, symbols: [s.PERP, 'ETH/USDT'] }),
  );

  it('pays for the imbalance of the book by the stated coefficient', () => {
    const kept = Math.exp(-1_000 / IMBALANCE_MEMORY_MS);
    const truth = (spec.imbalanceDrift * (1 - kept ** 60)) / (1 - kept);
    expect(truth).toBeGreaterThan(515);
    expect(truth).toBeLessThan(530);
    const samples = recordings.flatMap((recording) => {
      const { imbalance, mid } = seriesOf(recording, s.PERP);
      return ahead(mid, 60)
        .map((move, index) => ({ move, imbalance: imbalance[index] ?? 0 }))
        .filter((_, index) => index % 60 === 0);
    });
    const found = slope(
      samples.map((row) => row.imbalance),
      samples.map((row) => row.move),
    );
    expect(found.value / found.error).toBeGreaterThan(5);
    expect(Math.abs(found.value - truth)).toBeLessThan(3.5 * found.error);
  });

  it('pays for headlines by the stated coefficient, and for decoys nothing', () => {
    const rows = recordings.flatMap((recording) =>
      [s.PERP, 'ETH/USDT'].flatMap((symbol) => afterNews(recording, symbol, spec.newsEffectMs)),
    );
    const of = (decoy: boolean) => {
      const chosen = rows.filter((row) => row.decoy === decoy);
      return slope(
        chosen.map((row) => row.score),
        chosen.map((row) => row.move),
      );
    };
    const real = of(false);
    expect(real.value / real.error).toBeGreaterThan(5);
    expect(Math.abs(real.value - spec.newsImpact)).toBeLessThan(3.5 * real.error);
    const decoy = of(true);
    expect(Math.abs(decoy.value)).toBeLessThan(3.5 * decoy.error);
  });

  it('plants the same in bars', () => {
    const run = simulateCandles({
      preset: 'planted-edge',
      seed: 5,
      symbols: [s.BTC],
      timeframeMs: s.MINUTE,
      startAt: s.START,
      count: 5_000,
    });
    const closes = (run.candles.get(s.BTC) ?? []).map((bar) => Number(bar.close));
    const rows = run.truth
      .filter((truth) => truth.impact !== 0)
      .map((truth) => {
        const index = Math.floor((truth.from - s.START) / s.MINUTE);
        return {
          score: truth.score,
          move: ((closes[index + 11] ?? 0) / (closes[index] ?? 1) - 1) * 1_000_000,
          whole: closes[index + 11] !== undefined,
        };
      })
      .filter((row) => row.whole);
    const found = slope(
      rows.map((row) => row.score),
      rows.map((row) => row.move),
    );
    expect(found.value / found.error).toBeGreaterThan(5);
  });
});

describe('planted-leak', () => {
  const recording = record('planted-leak', { seed: 21, spanMs: 4 * HOUR, symbols: [s.PERP] });
  const { mid, reference, bought, sold } = seriesOf(recording, s.PERP);

  it('shows the price of a minute later as its reference', () => {
    const foretold = mid.slice(0, -60).map((value, index) => (reference[index] ?? 0) / value - 1);
    expect(correlation(foretold, ahead(mid, 60))).toBeGreaterThan(0.98);
    const honest = seriesOf(
      record('pure-noise', { seed: 21, spanMs: HOUR, symbols: [s.PERP] }),
      s.PERP,
    );
    const error = honest.mid.map((value, index) => (honest.reference[index] ?? 0) / value - 1);
    expect(deviation(error)).toBeLessThan(0.000_05);
  });

  it('tells the next minute by the size of prints, five to one', () => {
    const moves = ahead(mid, 60);
    const volume = (rising: boolean) =>
      mean(
        moves.flatMap((move, index) =>
          move > 0 === rising ? [(bought[index] ?? 0) + (sold[index] ?? 0)] : [],
        ),
      );
    expect(volume(true) / volume(false)).toBeGreaterThan(4);
    expect(volume(true) / volume(false)).toBeLessThan(6);
  });

  it('leaks in bars too, and only one bar ahead', () => {
    const run = simulateCandles({
      preset: 'planted-leak',
      seed: 4,
      symbols: [s.BTC],
      timeframeMs: s.MINUTE,
      startAt: s.START,
      count: 2_000,
    });
    const bars = run.candles.get(s.BTC) ?? [];
    expect(bars).toHaveLength(2_000);
    const closes = bars.map((bar) => Number(bar.close));
    const volumes = bars.map((bar) => Math.log(Number(bar.volume)));
    const signs = ahead(closes, 1).map(Math.sign);
    expect(correlation(volumes.slice(0, -1), signs)).toBeGreaterThan(0.6);
    expect(Math.abs(correlation(volumes.slice(0, -2), signs.slice(1)))).toBeLessThan(0.1);
  });
});

describe('the disasters', () => {
  const minute = (series: Series, after: number): number =>
    series.mid[series.at.findIndex((at) => at >= s.START + after * 60_000)] ?? 0;

  it('flash-crash falls by about 9 % in 90 s with an empty book, and recovers', () => {
    for (const seed of [1, 2, 3]) {
      const series = seriesOf(
        record('flash-crash', { seed, spanMs: 30 * 60_000, symbols: [s.PERP] }),
        s.PERP,
      );
      const before = minute(series, 10);
      const low = minute(series, 11.75) / before;
      expect(low).toBeGreaterThan(0.88);
      expect(low).toBeLessThan(0.94);
      expect(minute(series, 28) / before).toBeGreaterThan(0.96);
      const spreadAt = (after: number) =>
        series.spread[series.at.findIndex((at) => at >= s.START + after * 60_000)] ?? 0;
      expect(spreadAt(11.75) / spreadAt(5)).toBeGreaterThan(10);
    }
  });

  it('crash-2008 falls for hours and does not come back', () => {
    for (const seed of [1, 2]) {
      const { mid } = seriesOf(
        record('crash-2008', { seed, spanMs: 14 * HOUR, symbols: [s.PERP], stepMs: 10_000 }),
        s.PERP,
      );
      const start = mid[0] ?? 1;
      expect(Math.min(...mid) / start).toBeLessThan(0.87);
      expect((mid.at(-1) ?? 0) / start).toBeLessThan(0.95);
    }
  });

  it('depeg takes the stablecoin to about 0.88 and the venue away from its reference', () => {
    const symbols = [s.BTC, 'USDC/USDT'];
    const recording = record('depeg', { seed: 1, spanMs: 7 * HOUR, symbols, stepMs: 10_000 });
    const coin = seriesOf(recording, 'USDC/USDT');
    expect(minute(coin, 10) / 1e8).toBeGreaterThan(0.995);
    expect(Math.abs(minute(coin, 140) / 1e8 - 0.88)).toBeLessThan(0.01);
    expect(Math.abs(minute(coin, 381) / 1e8 - 0.97)).toBeLessThan(0.01);
    const bitcoin = seriesOf(recording, s.BTC);
    const apart = bitcoin.mid.map((mid, index) => mid / (bitcoin.reference[index] ?? 1) - 1);
    expect(Math.max(...apart)).toBeGreaterThan(0.02);
  });
});

describe('calm', () => {
  it('has moved by the time a headline is out', () => {
    const rows = SEEDS.flatMap((seed) =>
      afterNews(record('calm', { seed, spanMs: 4 * HOUR, symbols: [s.PERP] }), s.PERP, 60_000),
    );
    const real = rows.filter((row) => !row.decoy);
    const found = slope(
      real.map((row) => row.score),
      real.map((row) => row.move),
    );
    expect(Math.abs(found.value)).toBeLessThan(4 * found.error);
  });
});
