/** Asks the firewall and the oracle about many cases, counts what was met, and cuts each disagreement to its cause. */
import { caseOf, drawCase, type Drawn } from './cases.ts';
import { compare, type Disagreement } from './compare.ts';
import { judgedIds } from './oracle.ts';
import type { Answer } from './world.ts';

export type Found = Disagreement &
  Readonly<{ index: number; start: string; steps: readonly string[] }>;
export type Counts = Record<Answer, number>;
export type Tally = Readonly<{
  cases: number;
  rules: Readonly<Record<string, Counts>>;
  kinds: Record<'approved' | 'held' | 'refused' | 'reducing' | 'maxQty', number>;
  found: readonly Found[];
  disagreements: number;
}>;

/** Leaves out every change without which the same row still disagrees. */
function minimised(drawn: Drawn, rule: string): Found {
  const still = (steps: Drawn['steps']): Disagreement | undefined =>
    compare(caseOf(drawn.from, steps)).disagreements.find((d) => d.rule === rule);
  let steps = drawn.steps;
  for (let i = steps.length - 1; i >= 0; i -= 1) {
    const fewer = steps.toSpliced(i, 1);
    if (still(fewer) !== undefined) steps = fewer;
  }
  const left = still(steps) ?? { rule, firewall: '?', oracle: '?', numbers: 'not repeatable' };
  return { ...left, index: drawn.index, start: drawn.start, steps: steps.map(({ name }) => name) };
}

export type Hunt = Readonly<{
  seed: number;
  cases: number;
  keep: number;
  progress?: (done: number, disagreements: number) => void;
}>;

export function hunt({ seed, cases, keep, progress }: Hunt): Tally {
  const rules: Record<string, Counts> = Object.fromEntries(
    judgedIds.map((id) => [id, { pass: 0, fail: 0, missing: 0, na: 0 }]),
  );
  const kinds = { approved: 0, held: 0, refused: 0, reducing: 0, maxQty: 0 };
  const found: Found[] = [];
  let disagreements = 0;
  for (let index = 0; index < cases; index += 1) {
    const drawn = drawCase(seed, index);
    const { opinion, disagreements: here, sized } = compare(caseOf(drawn.from, drawn.steps));
    for (const id of judgedIds) {
      const counts = rules[id];
      if (counts !== undefined) counts[opinion.answers[id] ?? 'na'] += 1;
    }
    kinds[opinion.kind] += 1;
    kinds.maxQty += sized;
    if (opinion.reducing) kinds.reducing += 1;
    disagreements += here.length;
    for (const { rule } of here)
      if (found.length < keep && found.filter((f) => f.rule === rule).length < 3)
        found.push(minimised(drawn, rule));
    if (index % 5_000 === 4_999) progress?.(index + 1, disagreements);
  }
  return { cases, rules, kinds, found, disagreements };
}

/** One disagreement as a reader needs it: the row, both answers, the numbers, and what it takes. */
export const told = ({ rule, firewall, oracle, numbers, index, start, steps }: Found): string =>
  [
    `${rule}: the firewall says ${firewall}, the oracle ${oracle} (case ${index}, from ${start})`,
    ...steps.map((name) => `    ${name}`),
    `    ${numbers}`,
  ].join('\n');
