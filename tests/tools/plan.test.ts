/** The fixed plan of evidence: everything at once, what is missing by name, and one record of it all. */
import { describe, expect, it } from 'vitest';
import { canonicalText, hashText, parseFixed, type Ppm, type SpanMs } from '#firewall';
import { toolNamed } from '../../tools/catalogue.ts';
import type { Embedder, MarketReader, PriceModel } from '../../tools/contract.ts';
import { evidencePlan, gatherEvidence } from '../../tools/plan.ts';
import { CODE_VECTORS, vectorOf } from '../../tools/situation-vector.ts';
import * as s from '../market/samples.ts';
import { PlainMemory } from '../support/plain-memory.ts';
import { trendModel } from '../support/trend-model.ts';
import { accountOf, emptyStore, marketAtNow, NOW, past, scopeOf, summary } from './world.ts';

const FIVE = 300_000 as SpanMs;
const WAIT = { timeoutMs: 10_000 };
const full = () =>
  scopeOf({
    account: accountOf(summary(), [past(1)]),
    memory: new PlainMemory(CODE_VECTORS.dimensions),
    forecast: trendModel(FIVE),
  });

describe('gatherEvidence', () => {
  it('asks every tool of the plan once and keeps the calls in its order', async () => {
    const { calls, missing, complete, at } = await gatherEvidence(full(), WAIT);
    expect(calls.map(({ tool }) => tool)).toEqual(evidencePlan().map(({ tool }) => tool));
    expect(calls.every(({ chosenBy }) => chosenBy === 'plan')).toBe(true);
    for (const { answer, hash } of calls) expect(hash).toBe(hashText(canonicalText(answer)));
    expect({ missing, complete, at }).toEqual({ missing: [], complete: true, at: NOW });
  });

  it('asks for what is required in any case, and for the rest where it is wanted', async () => {
    const few = await gatherEvidence(full(), { ...WAIT, wants: (tool) => tool === 'funding' });
    expect(few.calls.map(({ tool }) => tool)).toEqual([
      'candles',
      'indicators',
      'order_book',
      'portfolio',
      'funding',
    ]);
    expect(few).toMatchObject({ complete: true, forecast: null, texts: [], missing: [] });
  });

  it('asks only for what each tool takes', () => {
    for (const { tool, input } of evidencePlan('1h', 6))
      expect(toolNamed(tool)?.input.safeParse(input).success, tool).toBe(true);
  });

  it('is the same again, but for the time it took', async () => {
    const timeless = async () => {
      const { calls, ...rest } = await gatherEvidence(full(), WAIT);
      return { ...rest, hashes: calls.map(({ hash }) => hash) };
    };
    expect(await timeless()).toEqual(await timeless());
  });

  it('gives facts in order and once, levels around the middle, and ids that can be resolved', async () => {
    const { facts, levels, mid, ids } = await gatherEvidence(full(), WAIT);
    const names = facts.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].toSorted());
    const middle = parseFixed(mid) ?? 0n;
    const prices = levels.map(({ price }) => parseFixed(price) ?? 0n);
    expect(prices.some((price) => price < middle)).toBe(true);
    expect(prices.some((price) => price > middle)).toBe(true);
    expect(ids.slice(0, 2)).toEqual([`candle:${s.PERP}:60000:${s.START}`, `book:${s.PERP}:180`]);
    const resolved = marketAtNow().view(s.PERP, NOW, ids)?.evidence ?? [];
    expect(resolved.every(({ availableAt }) => availableAt !== null)).toBe(true);
  });

  it('hands on the forecast that its facts are about, and none that was refused', async () => {
    const { forecast, facts } = await gatherEvidence(full(), WAIT);
    const said = facts.find(({ name }) => name === 'price_forecast.direction')?.value;
    expect(forecast).toMatchObject({ modelId: 'trend@1', direction: said });
    const late = scopeOf({ forecast: trendModel(FIVE, { expiresAt: NOW }) });
    expect((await gatherEvidence(late, WAIT)).forecast).toBeNull();
    const hanging: PriceModel = { ...trendModel(FIVE), forecast: () => new Promise(() => {}) };
    const stuck = await gatherEvidence(scopeOf({ forecast: hanging }), { timeoutMs: 50 });
    expect(stuck.forecast).toBeNull();
    expect(stuck.missing).toContainEqual({
      tool: 'price_forecast',
      code: 'TOOL_TIMED_OUT',
      required: false,
    });
  });

  it('goes on without what is optional', async () => {
    const { missing, complete } = await gatherEvidence(scopeOf(), WAIT);
    expect(missing).toEqual([
      { tool: 'price_forecast', code: 'MODEL_NOT_LOADED', required: false },
      { tool: 'memory_search', code: 'MEMORY_NOT_KNOWN', required: false },
    ]);
    expect(complete).toBe(true);
  });

  it('says what is required and not there', async () => {
    const dark = await gatherEvidence(scopeOf({ market: emptyStore() }), WAIT);
    expect(dark).toMatchObject({ complete: false, mid: null, levels: [], ids: [] });
    expect(dark.missing.filter(({ required }) => required)).toEqual([
      { tool: 'candles', code: 'HISTORY_TOO_SHORT', required: true },
      { tool: 'indicators', code: 'HISTORY_TOO_SHORT', required: true },
      { tool: 'order_book', code: 'BOOK_NOT_KNOWN', required: true },
    ]);
    const poor = await gatherEvidence(scopeOf({ account: accountOf(null) }), WAIT);
    expect(poor.complete).toBe(false);
    expect(poor.missing).toContainEqual({
      tool: 'portfolio',
      code: 'ACCOUNT_NOT_KNOWN',
      required: true,
    });
  });

  it('ends in time and in order when every port fails', async () => {
    const broken = (): never => {
      throw new Error('the disk is on fire');
    };
    const market: MarketReader = { symbols: [s.PERP], view: broken, candles: broken, news: broken };
    const account = { account: broken, recent: broken };
    const gathered = await gatherEvidence(scopeOf({ market, account }), WAIT);
    expect(gathered).toMatchObject({ complete: false, mid: null, levels: [], facts: [] });
    expect(gathered.missing).toHaveLength(evidencePlan().length);
    expect(JSON.stringify(gathered)).not.toContain('fire');
  });

  it('keeps texts apart: no word of them is in a fact', async () => {
    const { texts, facts } = await gatherEvidence(full(), WAIT);
    expect(texts.length).toBeGreaterThan(0);
    const written = JSON.stringify(facts);
    for (const { text, source } of texts) {
      expect(written).not.toContain(source);
      for (const word of text.split(/\W+/).filter(({ length }) => length > 9))
        expect(written).not.toContain(word);
    }
  });

  const spelling: Embedder = {
    id: 'spelling',
    dimensions: CODE_VECTORS.dimensions,
    embed: async (texts) =>
      texts.map((text) => {
        const vector = new Float32Array(CODE_VECTORS.dimensions);
        for (let index = 0; index < text.length; index += 1) {
          const place = index % vector.length;
          vector[place] = (vector[place] ?? 0) + text.charCodeAt(index);
        }
        return vector;
      }),
  };

  it.each([
    ['the vectors of the code', null],
    ['an embedder', spelling],
  ])('remembers a situation in the same terms in which it looks for one: %s', async (_, embed) => {
    const memory = new PlainMemory(CODE_VECTORS.dimensions);
    const first = await gatherEvidence(scopeOf({ memory, embed }), WAIT);
    const vector = await vectorOf(first.facts, embed, new AbortController().signal);
    if (vector === null) throw new Error('there is a vector');
    memory.put(
      {
        id: 'now',
        desk: 'one',
        symbol: s.PERP,
        availableAt: NOW,
        facts: first.facts,
        action: 'long',
        outcome: 700 as Ppm,
        outcomeAt: NOW,
      },
      vector,
    );
    const { facts } = await gatherEvidence(scopeOf({ memory, embed }), WAIT);
    const found = Object.fromEntries(facts.map(({ name, value }) => [name, value]));
    expect(found).toMatchObject({
      'memory_search.distance': '0',
      'memory_search.mean_outcome': '7',
    });
  });
});
