/** `airlock firewall rules`: every row of the specification with its limits in force. */
import { FAMILIES, policyReport, type Family, type ReportRow, type TimeMs } from '#firewall';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { table } from '../table.ts';
import { POLICY_OPTION, policyFor, policyLine } from './firewall-policy.ts';
import { limitsText } from './firewall-values.ts';

function lineOf(row: ReportRow): readonly string[] {
  const said =
    row.notApplicable !== null
      ? `not applicable: ${row.notApplicable}`
      : row.rule === null
        ? `in ${row.where.join(', ')}`
        : limitsText(row.rule.limits) + (row.rule.temporary === null ? '' : ' (temporary)');
  return [row.id, row.code, said];
}

function familyOf(options: Options): string | null {
  const asked = options['family'];
  if (typeof asked !== 'string') return null;
  if (Object.hasOwn(FAMILIES, asked.toUpperCase())) return asked.toUpperCase();
  throw new UsageError(
    'FAMILY_UNKNOWN',
    `there is no family "${asked}"`,
    `one of ${Object.keys(FAMILIES).join(', ')}`,
  );
}

async function run(_: readonly string[], options: Options, io: Io): Promise<number> {
  const family = familyOf(options);
  const chosen = policyFor(options, io);
  const rows = policyReport(chosen.policy, Date.now() as TimeMs).filter(
    (row) => family === null || row.family === family,
  );
  if (options['json'] === true) {
    for (const row of rows) io.out(JSON.stringify(row));
    return 0;
  }
  io.out(policyLine(chosen));
  for (const letter of Object.keys(FAMILIES) as Family[]) {
    const own = rows.filter((row) => row.family === letter);
    if (own.length === 0) continue;
    io.out(`\n${letter}  ${FAMILIES[letter]}`);
    for (const line of table(own.map(lineOf), '  ')) io.out(line);
  }
  const idle = rows.filter((row) => row.notApplicable !== null).length;
  io.out(`\n${rows.length} rows, ${rows.length - idle} in force, ${idle} not applicable here.`);
  return 0;
}

export const command: Command = {
  name: 'firewall rules',
  summary: 'every rule of both doors, with its limits in force',
  usage: '',
  options: {
    ...POLICY_OPTION,
    family: { type: 'string', value: 'LETTER', help: 'one family only, such as E' },
  },
  run,
};
