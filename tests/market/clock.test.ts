/** Clocks never run back, and the watch tells a bad clock from one slow answer. */
import { describe, expect, it } from 'vitest';
import type { SpanMs, TimeMs } from '#firewall';
import { ClockWatch, ManualClock, ReplayClock, type ClockSample } from '../../market/clock.ts';
import * as s from './samples.ts';

const sample = (askedAt: number, skew: number, trip = 0): ClockSample => ({
  venueAt: (askedAt + trip / 2 - skew) as TimeMs,
  askedAt: askedAt as TimeMs,
  heardAt: (askedAt + trip) as TimeMs,
});

describe('clocks', () => {
  it('the manual clock is set and passes, but never back', () => {
    const clock = new ManualClock(s.at(0));
    clock.pass(5 as SpanMs);
    expect(clock.now()).toBe(s.at(5));
    expect(() => clock.set(s.at(4))).toThrow('time never runs back');
  });

  it('the replay clock is as late as the latest event', () => {
    const clock = new ReplayClock(s.at(10));
    clock.follow(s.book(1, 1, s.at(30)));
    clock.follow(s.book(1, 2, s.at(20)));
    expect(clock.now()).toBe(s.at(30));
  });
});

describe('the watch', () => {
  it('takes half of the round trip off, and the median over five', () => {
    const watch = new ClockWatch();
    expect(watch.sample(sample(0, 40, 100)).skewMs).toBe(40);
    for (const [at, skew] of [
      [200, 41],
      [400, 39],
      [600, 5_000],
    ] as const)
      watch.sample(sample(at, skew));
    expect(watch.sample(sample(800, 40)).skewMs).toBe(40);
  });

  it('calls a skew persistent at the fifth bad median, not at the fourth', () => {
    const watch = new ClockWatch();
    const states = [0, 1, 2, 3, 4].map((turn) => watch.sample(sample(turn * 10, 1_001)));
    expect(states.map((state) => state.persistent)).toEqual([false, false, false, false, true]);
    const good = new ClockWatch();
    for (let turn = 0; turn < 9; turn += 1)
      expect(good.sample(sample(turn * 10, 1_000)).persistent).toBe(false);
  });

  it('remembers that the local clock ran back', () => {
    const watch = new ClockWatch();
    expect(watch.sample(sample(100, 0)).monotonic).toBe(true);
    expect(watch.sample(sample(99, 0)).monotonic).toBe(false);
    expect(watch.sample(sample(200, 0)).monotonic).toBe(false);
  });
});
