/** The oracle: every row's answer and the verdict, from the specification alone. */
import { RULES, type Case, type OrderProposal } from '#firewall';
import { atMost, dec } from './rational.ts';
import { identity, type Judgement } from './rules-a-b.ts';
import { market } from './rules-c-d.ts';
import { sizes } from './rules-e.ts';
import { breakersAndTempo } from './rules-f.ts';
import { house, modeOver } from './rules-g-i.ts';
import { wellNumbered, wellShaped } from './shape.ts';
import { Limits, worldOf, type Answer, type World } from './world.ts';

const JUDGEMENTS: Readonly<Record<string, Judgement>> = {
  ...identity,
  ...market,
  ...sizes,
  ...breakersAndTempo,
  ...house,
};

const span = (family: string, from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${family}${from + i}`);
/** Semantics 4 of the specification, word for word; C3 has a wider cap instead, and so is judged. */
const EXEMPT = new Set([
  'B4',
  ...span('B', 8, 10),
  ...span('C', 8, 10),
  ...span('E', 1, 18),
  ...span('F', 1, 10),
  ...span('F', 19, 21),
  ...span('G', 1, 6),
]);
/** Whose these rows are, how old, whether seen before, along which route, recorded, and under which policy. */
const CANCELS = new Set(['A1', 'A2', 'A7', 'A8', 'A9', 'B12', 'H6', 'H7']);

export const judgedIds: readonly string[] = RULES.filter((r) => r.notApplicable === null).map(
  (r) => r.id,
);

/** One row, for a well-formed proposal. */
export function answerOf(id: string, w: World): Answer {
  const judgement = JUDGEMENTS[id];
  if (judgement === undefined) throw new Error(`the oracle does not know ${id}`);
  if (w.order === null && !CANCELS.has(id)) return 'na';
  if (w.reducing && EXEMPT.has(id)) return 'na';
  return judgement(w, new Limits(w.c, id));
}

export type Opinion = Readonly<{
  answers: Readonly<Record<string, Answer>>;
  kind: 'approved' | 'held' | 'refused';
  reducing: boolean;
}>;

export function opinionOf(c: Case): Opinion {
  const answers: Record<string, Answer> = Object.fromEntries(judgedIds.map((id) => [id, 'na']));
  answers['A1'] = wellShaped(c.proposal) ? 'pass' : 'fail';
  if (answers['A1'] === 'fail') return { answers, kind: 'refused', reducing: false };
  answers['A2'] = wellNumbered(c) ? 'pass' : 'fail';
  const w = worldOf(c);
  if (answers['A2'] === 'fail') return { answers, kind: 'refused', reducing: w.reducing };
  for (const id of judgedIds) if (id !== 'A1' && id !== 'A2') answers[id] = answerOf(id, w);
  const refused = Object.values(answers).some((a) => a === 'fail' || a === 'missing');
  return { answers, kind: refused ? 'refused' : heldOrNot(w), reducing: w.reducing };
}

function heldOrNot({ c, order, reducing, notional }: World): 'approved' | 'held' {
  const mode = modeOver(c);
  if (order === null || mode === 'shadow') return 'approved';
  const { hold } = c.policy;
  const { volatility } = c.market;
  const large =
    !reducing &&
    (notional === null ||
      !atMost(notional, dec(hold.notionalAbove)) ||
      volatility === null ||
      volatility.realised > hold.volatilityAbove ||
      order.confidence < hold.confidenceBelow);
  if (!large && mode !== 'review') return 'approved';
  const agreed = c.controls.approvals.filter(
    ({ proposalHash, at, expiresAt }) =>
      proposalHash === c.proposalHash &&
      at <= c.now &&
      c.now < expiresAt &&
      expiresAt - at <= hold.approvalTtlMs,
  );
  return agreed.length > 0 ? 'approved' : 'held';
}

const withQty = (c: Case, order: OrderProposal, qty: bigint): Case => ({
  ...c,
  proposal: { ...order, qty: qty as OrderProposal['qty'] },
});
/** Only E19 asks whether another quantity would reduce; to every other row the order stays the kind that it is. */
export function answerAt(id: string, c: Case, qty: bigint, reducing: boolean): Answer {
  if (c.proposal.kind !== 'order') return 'na';
  const changed = withQty(c, c.proposal, qty);
  return answerOf(id, id === 'E19' ? worldOf(changed) : worldOf(changed, { reducing }));
}

/** The largest quantity that a row lets pass, by bisection; zero when it passes none, null when it passes all. */
export function largestQty(id: string, c: Case, reducing: boolean): bigint | null {
  const passes = (qty: bigint): boolean => ['pass', 'na'].includes(answerAt(id, c, qty, reducing));
  let low = 0n;
  let high = 10n ** 26n;
  if (passes(high)) return null;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (passes(middle)) low = middle;
    else high = middle;
  }
  return low;
}
