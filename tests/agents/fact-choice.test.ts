/** Which facts reach whom: market facts the chart reader, our own affairs the planner, and nobody what a lost model says. */
import { describe, expect, it } from 'vitest';
import type { Hash, Ppm, SpanMs, TimeMs } from '#firewall';
import { factsFor, levelsFor } from '../../agents/fact-choice.ts';
import type { Forecast } from '../../tools/contract.ts';
import { gatherEvidence } from '../../tools/plan.ts';
import { scopeOf } from '../tools/world.ts';
import { fact } from './scene.ts';

const { facts } = await gatherEvidence(scopeOf(), { timeoutMs: 5_000 });
const tools = (of: readonly Readonly<{ name: string }>[]): readonly string[] =>
  [...new Set(of.map(({ name }) => name.slice(0, name.indexOf('.'))))].toSorted();
const forecast: Forecast = {
  modelId: 'm',
  artefact: '0'.repeat(64) as Hash,
  direction: 'up',
  probability: 600_000 as Ppm,
  intervalWidth: 0 as Ppm,
  expectedMove: 0 as Ppm,
  horizonMs: 0 as SpanMs,
  expiresAt: 0 as TimeMs,
  outOfDistribution: false,
  dissimilarity: 0 as Ppm,
};
const spoken = [fact('price_forecast.direction', 'up', 'word'), ...facts];

describe('of everything that the plan gathers', () => {
  it('the chart reader is shown the market, and no bare price', () => {
    const shown = factsFor('technical', { facts, forecast: null });
    expect(tools(shown)).toEqual(['candles', 'funding', 'indicators', 'last_hour', 'order_book']);
    expect(shown.some(({ unit }) => unit === 'price')).toBe(false);
    expect(shown[0]!.name.startsWith('indicators.')).toBe(true);
  });
  it('the planner is shown our own affairs', () => {
    const shown = factsFor('planner', { facts, forecast: null });
    expect(tools(shown)).toEqual(['funding', 'open_risk', 'portfolio', 'recent_decisions']);
  });
});

describe('a forecast', () => {
  it.each(['technical', 'planner'] as const)('is for the %s, unless it is lost', (agent) => {
    const heard = (said: Forecast | null) =>
      tools(factsFor(agent, { facts: spoken, forecast: said })).includes('price_forecast');
    expect(heard(forecast)).toBe(true);
    expect(heard({ ...forecast, outOfDistribution: true })).toBe(false);
    expect(heard(null)).toBe(false);
  });
});

it('is of the levels the nearest, in the order of their prices', () => {
  const level = (price: number) => ({ name: `at_${price}`, price: `${price}` });
  const far = Array.from({ length: 30 }, (_, n) => level(1_000 + n * 10));
  const shown = levelsFor({ levels: far, mid: '1290' });
  expect(shown).toEqual(far.slice(10));
  expect(levelsFor({ levels: far.slice(0, 20), mid: '1290' })).toEqual(far.slice(0, 20));
});

it('is bounded', () => {
  const many = Array.from({ length: 200 }, (_, n) => fact(`indicators.x${n}`, '1'));
  expect(factsFor('technical', { facts: many, forecast: null })).toEqual(many.slice(0, 52));
});
