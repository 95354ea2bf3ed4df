/** What every memory of situations promises, whatever it is made of. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ppm, TimeMs } from '#firewall';
import type { Fact, Situation, SituationMemory } from '../../tools/contract.ts';
import { START } from '../market/samples.ts';
import { PlainMemory } from '../support/plain-memory.ts';

export const DIMENSIONS = 4;
export const at = (ms: number): TimeMs => (START + ms) as TimeMs;
export const vector = (...values: readonly number[]): Float32Array =>
  Float32Array.from({ length: DIMENSIONS }, (_, index) => values[index] ?? 0);

const FACT: Fact = { name: 'indicators.rsi14', value: '54.3', unit: 'percent' };
export const situation = (id: string, changes: Partial<Situation> = {}): Situation => ({
  id,
  desk: 'one',
  symbol: 'BTC/USDT',
  availableAt: at(0),
  facts: [FACT],
  action: 'long',
  outcome: null,
  outcomeAt: null,
  ...changes,
});

const anywhere = { asOf: at(1_000), count: 10, symbol: null } as const;
const idsOf = (
  memory: SituationMemory,
  asked: Float32Array,
  options: Partial<Parameters<SituationMemory['nearest']>[1]> = {},
): readonly string[] =>
  memory.nearest(asked, { ...anywhere, ...options }).map(({ situation: { id } }) => id);

export function conforms(name: string, open: () => SituationMemory): void {
  describe(`${name} as a memory`, () => {
    it('finds the nearest first, no more than asked for, with their distances', () => {
      const memory = open();
      for (const place of [5, 1, 3, 2, 4]) memory.put(situation(`s${place}`), vector(place));
      const found = memory.nearest(vector(2.2), { ...anywhere, count: 3 });
      expect(found.map(({ situation: { id } }) => id)).toEqual(['s2', 's3', 's1']);
      for (const [index, distance] of [0.2, 0.8, 1.2].entries())
        expect(found[index]?.distance).toBeCloseTo(distance, 5);
      expect(memory.count()).toBe(5);
      expect(idsOf(memory, vector(2.2), { count: 0 })).toEqual([]);
      memory.close();
    });

    it('gives back what was put in, whole', () => {
      const memory = open();
      const given = situation('a', { outcome: -250 as Ppm, outcomeAt: at(5) });
      memory.put(given, vector(1));
      expect(memory.nearest(vector(1), anywhere)).toEqual([{ situation: given, distance: 0 }]);
      memory.close();
    });

    it('knows a situation from the moment on at which it was there', () => {
      const memory = open();
      memory.put(situation('a', { availableAt: at(100) }), vector(1));
      expect(idsOf(memory, vector(1), { asOf: at(99) })).toEqual([]);
      expect(idsOf(memory, vector(1), { asOf: at(100) })).toEqual(['a']);
      memory.close();
    });

    it('is not crowded out by what came later', () => {
      const memory = open();
      memory.put(situation('old'), vector(9));
      for (let index = 0; index < 50; index += 1)
        memory.put(situation(`new${index}`, { availableAt: at(500) }), vector(1));
      expect(idsOf(memory, vector(1), { asOf: at(499), count: 1 })).toEqual(['old']);
      memory.close();
    });

    it('knows an outcome from the moment on at which it was known', () => {
      const memory = open();
      memory.put(situation('a'), vector(1));
      memory.learn('a', 700 as Ppm, at(200));
      const outcomeAt = (asOf: TimeMs) =>
        memory.nearest(vector(1), { ...anywhere, asOf })[0]?.situation;
      expect(outcomeAt(at(199))).toMatchObject({ outcome: null, outcomeAt: null });
      expect(outcomeAt(at(200))).toMatchObject({ outcome: 700, outcomeAt: at(200) });
      memory.close();
    });

    it('lets the first record and the first outcome stand', () => {
      const memory = open();
      memory.put(situation('a'), vector(1));
      memory.put(situation('a', { action: 'short' }), vector(7));
      memory.learn('a', 700 as Ppm, at(200));
      memory.learn('a', -700 as Ppm, at(300));
      memory.learn('nobody', 1 as Ppm, at(300));
      expect(memory.count()).toBe(1);
      expect(memory.nearest(vector(1), anywhere)).toMatchObject([
        { situation: { action: 'long', outcome: 700, outcomeAt: at(200) }, distance: 0 },
      ]);
      memory.close();
    });

    it('keeps symbols apart where it is asked to', () => {
      const memory = open();
      memory.put(situation('b'), vector(1));
      memory.put(situation('e', { symbol: 'ETH/USDT' }), vector(1));
      expect(idsOf(memory, vector(1), { symbol: 'ETH/USDT' })).toEqual(['e']);
      expect(idsOf(memory, vector(1), { symbol: 'SOL/USDT' })).toEqual([]);
      expect(idsOf(memory, vector(1)).toSorted()).toEqual(['b', 'e']);
      memory.close();
    });

    it('refuses vectors of another length, and numbers that are none', () => {
      const memory = open();
      for (const bad of [new Float32Array(DIMENSIONS + 1), vector(Number.NaN), vector(Infinity)]) {
        expect(() => memory.put(situation('a'), bad)).toThrow();
        expect(() => memory.nearest(bad, anywhere)).toThrow();
      }
      expect(memory.count()).toBe(0);
      memory.close();
    });

    it('answers like plain lists, whatever is put in and asked', () => {
      const place = fc.integer({ min: 0, max: 20 });
      const row = fc.record({
        place,
        when: fc.integer({ min: 0, max: 30 }),
        symbol: fc.constantFrom('BTC/USDT', 'ETH/USDT'),
        learnt: fc.option(fc.integer({ min: 0, max: 30 }), { nil: null }),
      });
      const question = fc.record({
        place,
        asOf: fc.integer({ min: 0, max: 60 }),
        count: fc.integer({ min: 1, max: 5 }),
        symbol: fc.constantFrom('BTC/USDT', 'ETH/USDT', null),
      });
      fc.assert(
        fc.property(
          fc.array(row, { maxLength: 12 }),
          fc.array(question, { maxLength: 4 }),
          (rows, asked) => {
            const [memory, plain] = [open(), new PlainMemory(DIMENSIONS)];
            for (const [index, { place: where, when, symbol, learnt }] of rows.entries()) {
              // A little apart from each other, so that no two are equally near.
              const spot = vector(where + index * 0.013);
              for (const one of [memory, plain]) {
                one.put(situation(`s${index}`, { availableAt: at(when), symbol }), spot);
                if (learnt !== null) one.learn(`s${index}`, index as Ppm, at(when + learnt));
              }
            }
            for (const { place: where, asOf, count, symbol } of asked) {
              const options = { asOf: at(asOf), count, symbol };
              const answer = (one: SituationMemory) =>
                one.nearest(vector(where), options).map(({ situation: found }) => found);
              expect(answer(memory)).toEqual(answer(plain));
            }
            memory.close();
          },
        ),
        { numRuns: 25 },
      );
    });
  });
}
