/** What the loss rules look back to: each mark against a search through all that ever was. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, type Money, type TimeMs } from '#firewall';
import { EquityHistory } from '../../ledger/equity-history.ts';
import { Recent } from '../../ledger/recent.ts';
import { SequencesSeen } from '../../ledger/sequences-seen.ts';

const WINDOW = 600_000;
const time = (ms: number): TimeMs => ms as TimeMs;
const money = (units: number): Money => BigInt(units) as Money;

describe('equity history', () => {
  const marks = fc.array(
    fc.record({
      gap: fc.integer({ min: 1, max: 3 * DAY_MS }),
      equity: fc.integer({ max: 1e6, min: -1e6 }),
    }),
    { minLength: 1, maxLength: 60 },
  );

  test('highest ever, highest of the window and open of the day, by slow search', () => {
    fc.assert(
      fc.property(marks, fc.boolean(), (steps, dense) => {
        const history = new EquityHistory();
        let now = 0;
        const all = steps.map(({ gap, equity }) => {
          now += dense ? gap % 400_000 : gap;
          history.mark(time(now), money(equity), money(0), WINDOW);
          return { at: now, equity };
        });
        const view = history.view(time(now), money(0), WINDOW);
        const high = (of: typeof all) => money(Math.max(...of.map(({ equity }) => equity)));
        expect(view?.highWater).toBe(high(all));
        expect(view?.windowHigh).toBe(high(all.filter(({ at }) => at >= now - WINDOW)));
        const day = Math.floor(now / DAY_MS);
        const before = all.findLast(({ at }) => Math.floor(at / DAY_MS) < day);
        expect(view?.dayOpen).toBe(money((before ?? all[0])?.equity ?? 0));
      }),
    );
  });

  test('a week and a month ago within the hour, and the first mark before that', () => {
    const history = new EquityHistory();
    for (let hour = 0; hour <= 40 * 24; hour += 1)
      history.mark(time(hour * 3_600_000), money(hour), money(0), WINDOW);
    const now = time(40 * DAY_MS);
    expect(history.view(now, money(0), WINDOW)).toMatchObject({
      weekAgo: money(33 * 24),
      monthAgo: money(10 * 24),
    });
    const young = new EquityHistory();
    young.mark(time(5), money(7), money(0), WINDOW);
    expect(young.view(time(9), money(0), WINDOW)).toMatchObject({
      weekAgo: money(7),
      monthAgo: money(7),
    });
  });

  test('money paid in is neither a gain nor a loss', () => {
    const history = new EquityHistory();
    history.mark(time(1), money(100), money(100), WINDOW);
    history.mark(time(2), money(1_090), money(1_100), WINDOW);
    const view = history.view(time(2), money(1_100), WINDOW);
    expect(view?.highWater).toBe(money(1_100));
    expect(view?.dayOpen).toBe(money(1_100));
  });

  test('on a new day without a mark the day opens where the last one ended', () => {
    const history = new EquityHistory();
    history.mark(time(1), money(100), money(0), WINDOW);
    history.mark(time(2), money(90), money(0), WINDOW);
    expect(history.view(time(3), money(0), WINDOW)?.dayOpen).toBe(money(100));
    expect(history.view(time(DAY_MS), money(0), WINDOW)?.dayOpen).toBe(money(90));
  });

  test('nothing is known before the first mark', () => {
    const history = new EquityHistory();
    history.rebase();
    expect(history.view(time(0), money(0), WINDOW)).toBeNull();
  });

  test('a human who resumes starts the drawdown anew, and not the day', () => {
    const history = new EquityHistory();
    history.mark(time(1), money(100), money(0), WINDOW);
    history.mark(time(2), money(50), money(0), WINDOW);
    history.rebase();
    expect(history.view(time(2), money(0), WINDOW)).toEqual({
      dayOpen: money(100),
      weekAgo: money(50),
      monthAgo: money(50),
      windowHigh: money(50),
      highWater: money(50),
    });
  });
});

describe('recent lists', () => {
  test('forget what is older than their window, and keep all that is not', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000)), fc.integer({ min: 1, max: 5_000 }), (gaps, window) => {
        const recent = new Recent<number>((at) => at);
        const all: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          all.push(now);
          recent.push(now);
          recent.prune(time(now - window));
          const alive = all.filter((at) => at >= now - window);
          expect(recent.since(now - window)).toEqual(alive);
          // It may lag behind, by less than as much again.
          expect(recent.length).toBeLessThanOrEqual(2 * alive.length + 1);
        }
      }),
    );
  });

  test('what was given out never changes', () => {
    const recent = new Recent<number>((at) => at);
    recent.push(1);
    const given = recent.since(0);
    recent.push(2);
    recent.prune(time(3));
    expect(given).toEqual([1]);
  });
});

test('sequences are applied once, in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 })), (numbers) => {
      const seen = new SequencesSeen();
      const slow = new Set<number>();
      for (const number of numbers) {
        expect(seen.add(number)).toBe(!slow.has(number));
        slow.add(number);
        expect(seen.has(number)).toBe(true);
        let upTo = 0;
        while (slow.has(upTo + 1)) upTo += 1;
        expect(seen.upTo).toBe(upTo);
      }
    }),
  );
});
