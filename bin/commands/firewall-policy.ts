/** Which policy a firewall command is about: the flag's file, the data directory's, or the shipped one. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Policy } from '#firewall';
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import { loadPolicy, SHIPPED_POLICY } from '../../infra/policy-file.ts';
import type { Io, Options } from '../command.ts';

export const POLICY_OPTION = {
  policy: {
    type: 'string',
    value: 'FILE',
    help: 'policy file (default: policy.yaml of the data directory, or the shipped one)',
  },
} as const;

export function policyFor(options: Options, io: Io): Readonly<{ policy: Policy; file: string }> {
  const flag = options['policy'];
  const own = dataDir(dataRoot(options['data'], io.env, io.cwd)).policy;
  const file =
    typeof flag === 'string' ? resolve(io.cwd, flag) : existsSync(own) ? own : SHIPPED_POLICY;
  return { policy: loadPolicy(file).policy, file };
}

/** One line that names the policy, so that what follows can be told apart. */
export const policyLine = ({ policy, file }: Readonly<{ policy: Policy; file: string }>): string =>
  `policy ${policy.name} v${policy.version}  ${policy.hash.slice(0, 16)}  ${file}`;
