/** Seeded cases: a start that is known to pass or to be refused, and a few changes on top of it. */
import type { Case, Proposal } from '#firewall';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import { PROVERS } from '../../../firewall/proofs.ts';
import { withCancel } from '../../../firewall/proofs/vary.ts';
import { Draw } from './draw.ts';
import { leafStep, type Step } from './leaves.ts';
import { POLICIES } from './policies.ts';
import { atTheEdge, MAKERS } from './steps.ts';

export type Drawn = Readonly<{ index: number; start: string; from: Case; steps: readonly Step[] }>;
type Start = Readonly<{ name: string; from: Case }>;

/** What the types forbid, for a caller that erased them. */
const MALFORMED: readonly Readonly<Record<string, unknown>>[] = [
  { side: 'hold' },
  { qty: 1 },
  { limitPrice: '60000' },
  { kind: 'amend' },
  { id: 'short' },
  { symbol: '' },
  { transcript: 'abc' },
  { votes: [{ agent: '', side: 'buy' }] },
  { evidence: ['x'.repeat(65)] },
  { network: 'moon' },
  { qty: 0n },
  { qty: -1n },
  { limitPrice: 0n },
  { stopPrice: -1n },
  { basisMid: 0n },
  { confidence: 1_000_001 },
  { confidence: Number.NaN },
  { horizonMs: -1 },
  { createdAt: -1 },
  { createdAt: Number.POSITIVE_INFINITY },
  { expectedMove: 1e9 + 1 },
  { basisVersion: 2 ** 53 },
  { telemetry: { steps: -1, tokens: 0, toolErrors: 0 } },
  { qty: 10n ** 28n + 1n },
  { confidence: -0 },
];

function startsOf(policy: Case['policy'], name: string): readonly Start[] {
  const starts: Start[] = [
    { name: `${name} base`, from: baseCase(policy) },
    { name: `${name} sell`, from: sellCase(policy) },
    { name: `${name} exit`, from: exitCase(policy) },
    { name: `${name} cancel`, from: withCancel(baseCase(policy)) },
  ];
  for (const [id, prove] of Object.entries(PROVERS)) {
    let proof;
    try {
      proof = prove(policy);
    } catch {
      // A limit that cannot be reached under this policy has no proof there.
      continue;
    }
    starts.push({ name: `${name} ${id} passes`, from: proof.passes });
    starts.push({ name: `${name} ${id} refuses`, from: proof.refuses });
  }
  return starts;
}
const STARTS = POLICIES.map(({ name, policy }) => startsOf(policy, name));

export function drawCase(seed: number, index: number): Drawn {
  const draw = new Draw(seed, index);
  const starts = STARTS[index % STARTS.length] ?? [];
  const plain = draw.chance(3);
  const { name, from } = plain ? draw.of(starts.slice(0, 4)) : draw.of(starts);
  const steps: Step[] = [];
  let current = from;
  const take = (step: Step | null): void => {
    if (step === null) return;
    current = step.apply(current);
    steps.push(step);
  };
  if (draw.chance(60)) {
    const change = draw.of(MALFORMED);
    take({
      name: `proposal ${Object.keys(change).join()} ${Object.values(change)
        .map((v) => (typeof v === 'object' ? JSON.stringify(v) : String(v)))
        .join()}`,
      apply: (c) => ({ ...c, proposal: { ...c.proposal, ...change } as Proposal }),
    });
    return { index, start: name, from, steps };
  }
  const count = draw.of([0, 1, 1, 1, 2, 2, 3, 3, 4, 6, 8]);
  for (let i = 0; i < count; i += 1)
    take(draw.chance(2) ? leafStep(current, draw) : draw.of(MAKERS)(draw, current));
  if (draw.chance(3)) take(atTheEdge(draw, current));
  return { index, start: name, from, steps };
}

export const caseOf = (from: Case, steps: readonly Step[]): Case =>
  steps.reduce((c, step) => step.apply(c), from);
