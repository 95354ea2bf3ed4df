/** Seeded cases: a start that is known to pass or to be refused, and a few changes on top of it. */
import { inspect } from 'node:util';
import type { Case, Proof, Prover } from '#firewall';
import { baseCase, exitCase, sellCase } from '../../../firewall/proofs/base.ts';
import { PROVERS } from '../../../firewall/proofs.ts';
import { withCancel } from '../../../firewall/proofs/vary.ts';
import { Draw } from './draw.ts';
import { leafStep, unknownStep, type Step } from './leaves.ts';
import { POLICIES } from './policies.ts';
import { forHuman } from './house-steps.ts';
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

/** A limit that cannot be reached under a policy has no proof there. */
function provedBy(prove: Prover, policy: Case['policy']): Proof | null {
  try {
    return prove(policy);
  } catch {
    return null;
  }
}

function startsOf(policy: Case['policy'], name: string): readonly Start[] {
  const starts: Start[] = [
    { name: `${name} base`, from: baseCase(policy) },
    { name: `${name} sell`, from: sellCase(policy) },
    { name: `${name} exit`, from: exitCase(policy) },
    { name: `${name} cancel`, from: withCancel(baseCase(policy)) },
  ];
  for (const [id, prove] of Object.entries(PROVERS)) {
    const proof = provedBy(prove, policy);
    if (proof === null) continue;
    starts.push({ name: `${name} ${id} passes`, from: proof.passes });
    starts.push({ name: `${name} ${id} refuses`, from: proof.refuses });
  }
  return starts;
}
const STARTS = POLICIES.map(({ name, policy }) => startsOf(policy, name));

export function drawCase(seed: number, index: number): Drawn {
  const draw = new Draw(seed, index);
  const starts = STARTS[index % STARTS.length] ?? [];
  const human = draw.chance(20);
  const plain = human || draw.chance(3);
  const { name, from } = plain ? draw.of(starts.slice(0, human ? 3 : 4)) : draw.of(starts);
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
      name: `proposal ${inspect(change)}`,
      apply: (c) => ({ ...c, proposal: Object.assign({ ...c.proposal }, change) }),
    });
    return { index, start: name, from, steps };
  }
  if (human) {
    take(forHuman(draw, current));
    if (!draw.chance(3)) return { index, start: name, from, steps };
  }
  const count = draw.of([0, 1, 1, 1, 2, 2, 3, 3, 4, 6, 8]);
  for (let i = 0; i < count; i += 1)
    take(
      draw.chance(12)
        ? unknownStep(draw)
        : draw.chance(2)
          ? leafStep(current, draw)
          : draw.of(MAKERS)(draw, current),
    );
  if (draw.chance(3)) take(atTheEdge(draw, current));
  return { index, start: name, from, steps };
}

export const caseOf = (from: Case, steps: readonly Step[]): Case =>
  steps.reduce((c, step) => step.apply(c), from);
