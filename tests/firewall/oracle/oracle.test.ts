/** The firewall and an independent judge of the same specification answer alike, in every row and in the verdict. */
import { describe, expect, test } from 'vitest';
import { RULES, type Qty } from '#firewall';
import { baseCase, exitCase } from '../../../firewall/proofs/base.ts';
import { withCancel, withOrder, withWorking } from '../../../firewall/proofs/vary.ts';
import { qty } from '../../../firewall/proofs/amounts.ts';
import { defaultPolicy } from '../policy-fixture.ts';
import { caseOf, drawCase } from './cases.ts';
import { hunt, told, type Counts } from './hunt.ts';
import { answerAt, judgedIds, largestQty, opinionOf } from './oracle.ts';
import { atMost, by, dec, down, over, plus, up, whole, wholeBelow } from './rational.ts';
import { reducesWhateverFills } from './world.ts';

const SEED = 1;
const CASES = 5_000;

/** Answers that a row cannot give, and why. */
const NEVER: Readonly<Record<string, readonly (keyof Counts)[]>> = {
  // A shape is there or it is not, and is asked for first.
  A1: ['missing', 'na'],
  // These read nothing that the contract lets be unknown.
  A2: ['missing'],
  A7: ['missing'],
  B12: ['missing'],
  C13: ['missing'],
  G3: ['missing'],
  G5: ['missing'],
  G8: ['missing'],
  H8: ['missing'],
};
const ANSWERS = ['pass', 'fail', 'missing', 'na'] as const;
const LEAST = 5;

describe(`${CASES} cases of seed ${SEED}`, () => {
  const tally = hunt({ seed: SEED, cases: CASES, keep: 20 });

  test('both judges agree', () => {
    expect(tally.found.map(told).join('\n')).toBe('');
    expect(tally.disagreements).toBe(0);
  });
  test.each(judgedIds)('%s is met with every answer that it can give', (id) => {
    const counts = tally.rules[id];
    for (const answer of ANSWERS)
      if (NEVER[id]?.includes(answer) === true) expect(counts?.[answer], answer).toBe(0);
      else expect(counts?.[answer], answer).toBeGreaterThanOrEqual(LEAST);
  });
  test('every verdict is met, and reducing orders, and largest quantities', () => {
    expect(Object.values(tally.kinds).every((n) => n >= LEAST)).toBe(true);
    expect(tally.kinds.reducing).toBeGreaterThan(CASES / 50);
    expect(tally.kinds.maxQty).toBeGreaterThan(CASES);
  });
});

describe('the oracle', () => {
  test('judges every row that applies', () => {
    const opinion = opinionOf(baseCase(defaultPolicy()));
    expect(opinion).toMatchObject({ kind: 'approved', reducing: false });
    expect(Object.keys(opinion.answers)).toEqual(
      RULES.filter(({ notApplicable }) => notApplicable === null).map(({ id }) => id),
    );
    expect(Object.values(opinion.answers)).not.toContain('fail');
  });
  test('knows an exit, and a cancel', () => {
    expect(opinionOf(exitCase(defaultPolicy()))).toMatchObject({
      kind: 'approved',
      reducing: true,
    });
    expect(opinionOf(withCancel(baseCase(defaultPolicy())))).toMatchObject({ kind: 'approved' });
  });
  test('lets an order reduce only when it does so whatever fills', () => {
    const exit = exitCase(defaultPolicy());
    const beside = withWorking(exit, { side: 'sell', qty: qty('0.00000001') });
    expect(reducesWhateverFills(exit)).toBe(true);
    expect(reducesWhateverFills(beside)).toBe(false);
    expect(reducesWhateverFills(withWorking(exit, { side: 'buy' }))).toBe(true);
    expect(reducesWhateverFills(withOrder(exit, { side: 'buy' }))).toBe(false);
    expect(reducesWhateverFills(withOrder(exit, { qty: 0n as Qty }))).toBe(false);
  });
  test('finds the largest quantity by bisection', () => {
    const c = baseCase(defaultPolicy());
    const largest = largestQty('E1', c, false);
    expect(largest).toBe(qty('0.2'));
    expect(answerAt('E1', c, qty('0.2'), false)).toBe('pass');
    expect(largestQty('A7', c, false)).toBeNull();
  });
  test('draws the same case from the same seed', () => {
    const twice = [drawCase(7, 11), drawCase(7, 11)].map(({ from, steps }) => caseOf(from, steps));
    expect(twice[0]).toEqual(twice[1]);
  });
  test('counts in exact fractions', () => {
    const third = by(whole(1), whole(3));
    expect(atMost(plus(third, third, third), whole(1))).toBe(true);
    expect([down(third).n, up(third).n]).toEqual([33_333_333n, 33_333_334n]);
    expect([down(over(-1n, 3n)).n, up(over(-1n, 3n)).n]).toEqual([-33_333_334n, -33_333_333n]);
    expect(wholeBelow(over(7n, -2n))).toBe(-4n);
    expect(dec(1n).d).toBe(100_000_000n);
    expect(() => over(1n, 0n)).toThrow('zero');
  });
});
