/** Motion: moves are measured against the moves before them. */
import { describe, expect, it } from 'vitest';
import type { Motion, Ppm } from '#firewall';
import { MOTION_DEFAULTS, MotionMeter } from '../../market/motion.ts';
import { price } from './samples.ts';

const spread = 100 as Ppm;

function walk(meter: MotionMeter, steps: number): Motion | null {
  let motion: Motion | null = null;
  for (let step = 0; step < steps; step += 1)
    motion = meter.see(price(100_000 + (step % 2) * 10), spread);
  return motion;
}

describe('motion', () => {
  it('knows nothing from one book', () => {
    expect(new MotionMeter().see(price(100), spread)).toBeNull();
  });

  it('scores nothing until it has enough moves', () => {
    const meter = new MotionMeter();
    walk(meter, MOTION_DEFAULTS.movesMin);
    expect(meter.see(price(120_000), spread)?.zScore).toBe(0);
  });

  it('sees a jump, counts the books since, and forgets the score after the recent ones', () => {
    const meter = new MotionMeter();
    expect(walk(meter, 61)?.ticksSinceJump).toBe(60);
    const jump = meter.see(price(101_000), spread);
    expect(jump?.ticksSinceJump).toBe(0);
    expect(jump?.zScore).toBeGreaterThan(8_000_000);
    expect(jump?.midPrevious).toBe(price(100_000));
    const after = [1, 2, 3].map(() => meter.see(price(101_000), spread));
    expect(after.map((motion) => motion?.ticksSinceJump)).toEqual([1, 2, 3]);
    expect(after[1]?.zScore).toBe(jump?.zScore);
    expect(after[2]?.zScore).toBeLessThan(1_000_000);
  });

  it('does not call a large score a jump while the move itself is small', () => {
    const meter = new MotionMeter();
    for (let step = 0; step < 60; step += 1) meter.see(price(100_000), spread);
    const motion = meter.see(price(100_099), spread);
    expect(motion?.zScore).toBeGreaterThan(8_000_000);
    expect(motion?.ticksSinceJump).toBe(60);
  });

  it('keeps a rolling median of spreads', () => {
    const meter = new MotionMeter({ ...MOTION_DEFAULTS, window: 3 });
    const medians = [5, 1, 9, 9, 2, 2].map(
      (value) => meter.see(price(100), value as Ppm)?.spreadMedian,
    );
    expect(medians).toEqual([undefined, 5, 5, 9, 9, 2]);
  });
});
