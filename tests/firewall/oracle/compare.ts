/** Where the firewall and the oracle differ about one case, in words and numbers. */
import { judge, RULES, type Case, type Check } from '#firewall';
import { answerAt, judgedIds, largestQty, opinionOf, type Opinion } from './oracle.ts';

export type Disagreement = Readonly<{
  rule: string;
  firewall: string;
  oracle: string;
  numbers: string;
}>;

const text = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v)) ?? 'undefined';

const CODE_OF = new Map(RULES.map((rule) => [rule.id, rule]));
function answerOfCheck(check: Check): string {
  if (check.status !== 'fail') return check.status;
  const rule = CODE_OF.get(check.rule);
  if (check.code === rule?.code) return 'fail';
  return check.code === rule?.codeMissing ? 'missing' : (check.code ?? 'no code');
}

/** Rows with a least quantity as well: below it nothing passes, so bisection from zero does not find the largest. */
const TWO_ENDED = new Set(['B3', 'B4', 'E19']);

function maxQtyFault(c: Case, check: Check, reducing: boolean): Disagreement | null {
  const { rule, maxQty } = check;
  if (maxQty === null || check.status === 'na' || c.proposal.kind !== 'order') return null;
  const say = (oracle: string): Disagreement => ({
    rule: `${rule} maxQty`,
    firewall: `${maxQty}`,
    oracle,
    numbers: text(check),
  });
  const refuses = (qty: bigint): boolean =>
    ['fail', 'missing'].includes(answerAt(rule, c, qty, reducing));
  if (!refuses(maxQty + 1n)) return say('one unit more passes');
  if (maxQty === 0n || !refuses(maxQty)) return null;
  if (TWO_ENDED.has(rule) || largestQty(rule, c, reducing) === 0n) return null;
  return say(`refuses it; the largest is ${largestQty(rule, c, reducing)}`);
}

export type Comparison = Readonly<{
  opinion: Opinion;
  disagreements: readonly Disagreement[];
  /** How many largest quantities were checked. */
  sized: number;
}>;

export function compare(c: Case): Comparison {
  const opinion = opinionOf(c);
  const verdict = judge(c);
  const found: Disagreement[] = [];
  const say = (rule: string, firewall: string, oracle: string, numbers: unknown = ''): void => {
    if (firewall !== oracle) found.push({ rule, firewall, oracle, numbers: text(numbers) });
  };
  say(
    'verdict',
    verdict.kind,
    opinion.kind,
    verdict.kind === 'refused' ? verdict.codes.join(' ') : '',
  );
  // What is no proposal reduces nothing, and nobody asks.
  if (opinion.answers['A1'] === 'pass')
    say('reducing', `${verdict.reducing}`, `${opinion.reducing}`);
  const checks = new Map(verdict.checks.map((check) => [check.rule, check]));
  for (const id of judgedIds) {
    const check = checks.get(id);
    if (check === undefined) say(id, 'no check', opinion.answers[id] ?? 'na');
    else say(id, answerOfCheck(check), opinion.answers[id] ?? 'na', check);
  }
  // Without a well-formed order on a sane book there is no quantity to speak of.
  const sound = ['A1', 'A2', 'C2'].every((id) => opinion.answers[id] === 'pass');
  let sized = 0;
  for (const check of sound ? verdict.checks : []) {
    if (check.maxQty !== null) sized += 1;
    const fault = maxQtyFault(c, check, opinion.reducing);
    if (fault !== null) found.push(fault);
  }
  return { opinion, disagreements: found, sized };
}
