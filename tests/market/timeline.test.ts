/** The timeline answers with what was available, and forgets only the oldest. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimeMs } from '#firewall';
import { Timeline } from '../../market/timeline.ts';

const t = (value: number): TimeMs => value as TimeMs;

describe('timeline', () => {
  it('answers at, and one step before, the availability of a value', () => {
    const line = new Timeline<string>(3);
    expect(line.at(t(100))).toBeNull();
    line.push(t(10), 'a');
    line.push(t(20), 'b');
    expect([line.at(t(9)), line.at(t(10)), line.at(t(19)), line.at(t(20))]).toEqual([
      null,
      'a',
      'a',
      'b',
    ]);
    expect(line.availableAt(t(19))).toBe(10);
    expect(line.availableAt(t(9))).toBeNull();
  });

  it('gives what it forgets, and answers a question older than its memory with nothing', () => {
    const line = new Timeline<string>(2);
    expect(line.push(t(1), 'a')).toBeNull();
    expect(line.push(t(2), 'b')).toBeNull();
    expect(line.push(t(3), 'c')).toBe('a');
    expect(line.at(t(1))).toBeNull();
    expect(line.last(5, t(3))).toEqual(['b', 'c']);
    expect(line.last(1, t(2))).toEqual(['b']);
    expect(line.size).toBe(2);
  });

  it('refuses availability that runs back, and a memory of nothing', () => {
    const line = new Timeline<string>(2);
    line.push(t(5), 'a');
    expect(() => line.push(t(4), 'b')).toThrow('availability never runs back');
    expect(() => new Timeline(0)).toThrow('at least one');
  });

  it('agrees with a plain list, whatever its capacity', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }),
        fc.integer({ min: -1, max: 60 }),
        (capacity, gaps, asOf) => {
          const line = new Timeline<number>(capacity);
          const plain: { at: number; value: number }[] = [];
          let now = 0;
          for (const [value, gap] of gaps.entries()) {
            now += gap;
            line.push(t(now), value);
            plain.push({ at: now, value });
          }
          const known = plain.slice(-capacity).filter((entry) => entry.at <= asOf);
          expect(line.at(t(asOf))).toBe(known.at(-1)?.value ?? null);
          expect(line.last(3, t(asOf))).toEqual(known.slice(-3).map((entry) => entry.value));
          for (const entry of plain.slice(-capacity))
            expect(line.find((value) => value, entry.value)).toBe(entry.at);
          expect(line.find((value) => value, 1_000)).toBeNull();
        },
      ),
    );
  });
});
