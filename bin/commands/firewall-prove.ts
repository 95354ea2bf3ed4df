/** `airlock firewall prove`: shows of each rule that it passes its own limit and refuses one step past it. */
import { proveAll, type Proven } from '../../firewall/prove.ts';
import { checkCodec, type Check } from '#firewall';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { table } from '../table.ts';
import { POLICY_OPTION, policyFor, policyLine } from './firewall-policy.ts';

const written = (check: Check | null) => (check === null ? null : checkCodec.write(check));

function lineOf({ rule, name, code, step, bites, alsoRefusedBy }: Proven): readonly string[] {
  const note = alsoRefusedBy.length === 0 ? '' : `not alone: ${alsoRefusedBy.join(', ')}`;
  return [bites ? 'bites' : 'TOOTHLESS', rule, name, code, step, note];
}

async function run(wanted: readonly string[], options: Options, io: Io): Promise<number> {
  const chosen = policyFor(options, io);
  const all = proveAll(chosen.policy);
  for (const id of wanted)
    if (!all.some(({ rule }) => rule === id.toUpperCase()))
      throw new UsageError('RULE_UNKNOWN', `no rule "${id}" judges`, 'airlock firewall rules');
  const asked = new Set(wanted.map((id) => id.toUpperCase()));
  const proven = all.filter(({ rule }) => asked.size === 0 || asked.has(rule));
  const toothless = proven.filter(({ bites }) => !bites).length;
  if (options['json'] === true)
    for (const each of proven)
      io.out(
        JSON.stringify({
          ...each,
          passing: written(each.passing),
          refusing: written(each.refusing),
        }),
      );
  else {
    io.out(`${policyLine(chosen)}\n`);
    for (const line of table(proven.map(lineOf))) io.out(line);
    io.out(`\n${proven.length} rules, ${proven.length - toothless} bite, ${toothless} do not.`);
  }
  return toothless === 0 ? 0 : 1;
}

export const command: Command = {
  name: 'firewall prove',
  summary: 'show of each rule that it refuses one step past its limit',
  usage: '[RULE…]',
  options: POLICY_OPTION,
  run,
};
