/** `airlock firewall explain`: one rule or one code, with its limits, its reason, and a case on either side of it. */
import {
  CHECK_THREW,
  checkCodec,
  FAMILIES,
  policyReport,
  refusalCodes,
  type Check,
  type CodeRow,
  type Family,
  type Json,
  type ReportRow,
  type TimeMs,
} from '#firewall';
import { proveOne, type Proven } from '../../firewall/prove.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { table } from '../table.ts';
import { POLICY_OPTION, policyFor, policyLine } from './firewall-policy.ts';
import { CHECK_HEAD, checkCells, limitsText, ruleOf } from './firewall-values.ts';

/** The rows that a word is about: a rule's id or name, or any code that names one. */
function find(word: string, rows: readonly ReportRow[]): readonly ReportRow[] {
  const asked = word.toUpperCase();
  const plain = asked.endsWith(CHECK_THREW) ? asked.slice(0, -CHECK_THREW.length) : asked;
  const owner = refusalCodes().find(({ code }) => code === plain)?.rule ?? null;
  return rows.filter(
    ({ id, code, name }) =>
      id === asked || name.toUpperCase() === asked || code === plain || id === owner,
  );
}

function describe(row: ReportRow, proven: Proven | null, io: Io): void {
  io.out(`${row.id}  ${row.code}   (${row.family}: ${FAMILIES[row.family as Family]})`);
  io.out(row.title);
  if (row.notApplicable !== null) io.out(`Not applicable: ${row.notApplicable}`);
  else if (row.rule === null) io.out(`Done in ${row.where.join(', ')}`);
  if (row.rule === null) return;
  const { section, limits, why, breach, reducing, cancels, temporary } = row.rule;
  io.out(`\nLimits   ${limitsText(limits)}   (${section})`);
  io.out(`Why      ${temporary === null ? why : `${temporary.why} (${temporary.by}, for a time)`}`);
  io.out(
    `Applies  to entries${reducing === 'applies' ? ', exits' : ''}${cancels ? ' and cancels' : ''}; a breach means ${breach}`,
  );
  io.out(`Codes    ${row.code}, ${row.code}_INPUT_MISSING, ${row.code}${CHECK_THREW}`);
  const rule = ruleOf(row.id);
  if (proven === null || rule === null) return;
  io.out(`\nExample  ${proven.step}`);
  const both = [proven.passing, proven.refusing].flatMap((check) =>
    check === null ? [] : [checkCells(check, rule)],
  );
  for (const line of table([CHECK_HEAD, ...both], '  ')) io.out(line);
}

const written = (check: Check | null): Json => (check === null ? null : checkCodec.write(check));
const jsonOf = (row: ReportRow, proven: Proven | null): string =>
  JSON.stringify({
    ...row,
    step: proven?.step ?? null,
    passing: written(proven?.passing ?? null),
    refusing: written(proven?.refusing ?? null),
  });

async function run(words: readonly string[], options: Options, io: Io): Promise<number> {
  const [word, ...rest] = words;
  if (word === undefined || rest.length > 0)
    throw new UsageError('USAGE_INVALID', 'one rule or code is wanted', 'airlock firewall rules');
  const chosen = policyFor(options, io);
  const found = find(word, policyReport(chosen.policy, Date.now() as TimeMs));
  const general: CodeRow | undefined = refusalCodes().find(
    ({ code, rule }) => rule === null && code === word.toUpperCase(),
  );
  if (found.length === 0 && general === undefined)
    throw new UsageError('RULE_UNKNOWN', `no rule or code "${word}"`, 'airlock firewall rules');
  const json = options['json'] === true;
  if (!json) io.out(`${policyLine(chosen)}\n`);
  if (general !== undefined)
    io.out(json ? JSON.stringify(general) : `${general.code}: ${general.meaning}`);
  for (const row of found) {
    const rule = row.rule === null ? null : ruleOf(row.id);
    const proven = rule === null ? null : proveOne(rule, chosen.policy);
    if (json) io.out(jsonOf(row, proven));
    else describe(row, proven, io);
  }
  return 0;
}

export const command: Command = {
  name: 'firewall explain',
  summary: 'what one rule or refusal code means, and a case on either side of its limit',
  usage: 'RULE-OR-CODE',
  options: POLICY_OPTION,
  run,
};
