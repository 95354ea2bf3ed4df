/** What the local price model expects, and whether it knows what it is looking at. */
import { z } from 'zod';
import type { Fact, Forecast, Tool } from './contract.ts';
import { citedBar } from './evidence.ts';
import { numberFact, sorted, wordFact } from './facts.ts';

const input = z.strictObject({});
type Input = z.infer<typeof input>;

const BPS = { unit: 'bps', digits: 1 } as const;
const COUNT = { unit: 'count', digits: 0 } as const;
const PERCENT = { unit: 'percent', digits: 1 } as const;
const RATIO = { unit: 'ratio', digits: 2 } as const;

export const priceForecast: Tool<Input> = {
  name: 'price_forecast',
  description: 'Direction, probability and expected move of the price by the local price model.',
  effect: 'read',
  reads: 'typed',
  input,
  facts: {
    direction: ['word', 'up, down or none'],
    dissimilarity: ['ratio', 'from 0, like the training data, to 1, nothing like them'],
    expected_move: ['bps', 'with its sign'],
    familiar: ['word', 'no when the model never saw such inputs'],
    interval: ['bps', 'width that held four of five moves'],
    minutes: ['count', 'that the forecast is about'],
    probability: ['percent', 'of the direction'],
  },
  codes: ['MODEL_NOT_LOADED', 'MODEL_REFUSED', 'HISTORY_TOO_SHORT'],
  async run(_, scope) {
    const { ports, symbol, now, signal } = scope;
    const model = ports.forecast;
    if (model === null) return { ok: false, code: 'MODEL_NOT_LOADED', hint: 'go on without it' };
    const known = ports.market.candles(symbol, model.timeframeMs, now, model.barsMin);
    const last = known.at(-1);
    if (last === undefined || known.length < model.barsMin)
      return {
        ok: false,
        code: 'HISTORY_TOO_SHORT',
        hint: 'too few bars for it; go on without it',
      };
    const result = await model.forecast(symbol, known, now, signal);
    if (!result.ok) return { ok: false, code: result.code, hint: 'go on without it' };
    if (result.forecast.expiresAt <= now)
      return {
        ok: false,
        code: 'MODEL_REFUSED',
        hint: 'its answer is out of date; go on without it',
      };
    return {
      ok: true,
      asOf: last.closeAt,
      facts: forecastFacts(result.forecast),
      evidence: citedBar(scope, known),
      texts: [],
    };
  },
};

const forecastFacts = (forecast: Forecast): readonly Fact[] =>
  sorted([
    wordFact('price_forecast.direction', forecast.direction),
    numberFact('price_forecast.dissimilarity', forecast.dissimilarity / 1_000_000, RATIO),
    numberFact('price_forecast.expected_move', forecast.expectedMove / 100, BPS),
    wordFact('price_forecast.familiar', forecast.outOfDistribution ? 'no' : 'yes'),
    numberFact('price_forecast.interval', forecast.intervalWidth / 100, BPS),
    numberFact('price_forecast.minutes', forecast.horizonMs / 60_000, COUNT),
    numberFact('price_forecast.probability', forecast.probability / 10_000, PERCENT),
  ]);
