/** One rule's answer to a case, out of the whole verdict. */
import { judge, RULES, type Case, type Check } from '#firewall';

export function checkOf(c: Case, id: string): Check {
  const check = judge(c).checks[RULES.findIndex((rule) => rule.id === id)];
  if (check === undefined) throw new Error(`no rule ${id}`);
  return check;
}

/** What a row of a table says about an answer: its code, or why the rule has nothing to say. */
export function outcomeOf(c: Case, id: string): string {
  const check = checkOf(c, id);
  if (check.status === 'fail')
    return `${check.code}${check.note === null ? '' : ` (${check.note})`}`;
  return check.status;
}
