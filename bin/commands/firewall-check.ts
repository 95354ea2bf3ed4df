/** `airlock firewall check`: judges a case, or a proposal on a calm example market, and prints every check. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  canonicalText,
  caseCodec,
  decode,
  formatFixed,
  judge,
  proposalCodec,
  RULES,
  verdictHash,
  type Case,
  type Decoded,
  type Policy,
  type Proposal,
  type Rule,
  type TimeMs,
  type Verdict,
} from '#firewall';
import { NOW } from '../../firewall/proofs/amounts.ts';
import { baseCase } from '../../firewall/proofs/base.ts';
import { withProposal } from '../../firewall/proofs/vary.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { table } from '../table.ts';
import { POLICY_OPTION, policyFor } from './firewall-policy.ts';
import { CHECK_HEAD, checkCells, checkJson } from './firewall-values.ts';

const SIZE_MAX = 20_000_000;

function readJson(file: string, io: Io): unknown {
  const path = file === '-' ? 0 : resolve(io.cwd, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError('FILE_UNREADABLE', `cannot read ${file}`, 'name a JSON file', cause);
  }
  if (text.length > SIZE_MAX)
    throw new UsageError(
      'FILE_TOO_LARGE',
      `${file} is too large`,
      `at most ${SIZE_MAX} characters`,
    );
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new UsageError(
      'FILE_NOT_JSON',
      `${file} is not JSON`,
      'airlock firewall check --example',
      cause,
    );
  }
}

function taken<T>(decoded: Decoded<T>, what: string): T {
  if (decoded.ok) return decoded.value;
  throw new UsageError(
    'FILE_MALFORMED',
    `not a ${what}: at ${decoded.at}, want ${decoded.want}`,
    'airlock firewall check --example prints a whole case to start from',
  );
}

/** The proposal moved to the moment of the example market, which stands still. */
function moved(proposal: Proposal): Proposal {
  const by = NOW - 2_000 - proposal.createdAt;
  const later = (at: TimeMs): TimeMs => (at + by) as TimeMs;
  const createdAt = later(proposal.createdAt);
  return proposal.kind === 'cancel'
    ? { ...proposal, createdAt }
    : {
        ...proposal,
        createdAt,
        basisAt: later(proposal.basisAt),
        expiresAt: proposal.expiresAt === null ? null : later(proposal.expiresAt),
      };
}

const isCase = (document: unknown): boolean =>
  typeof document === 'object' && document !== null && Object.hasOwn(document, 'proposal');

function caseFrom(document: unknown, policy: Policy, forced: boolean): Case {
  if (!isCase(document))
    return withProposal(
      baseCase(policy),
      moved(taken(decode(proposalCodec, document), 'proposal')),
    );
  const recorded = taken(decode(caseCodec, document), 'case');
  return forced ? { ...recorded, policy } : recorded;
}

function print(verdict: Verdict, failedOnly: boolean, io: Io): void {
  const rows = verdict.checks.flatMap((check, index) => {
    const hidden = failedOnly && check.status !== 'fail';
    return hidden ? [] : [checkCells(check, RULES[index] as Rule)];
  });
  for (const line of table([CHECK_HEAD, ...rows])) io.out(line);
  const count = (status: string): number =>
    verdict.checks.filter((check) => check.status === status).length;
  const most = verdict.maxQty === null ? 'not bounded' : formatFixed(verdict.maxQty);
  io.out(`\n${verdict.kind.toUpperCase()}  ${reasons(verdict)}`.trimEnd());
  io.out(
    `${count('pass')} pass, ${count('fail')} fail, ${count('na')} do not apply · largest quantity ${most} · ${verdict.reducing ? 'only reduces' : 'adds exposure'} · ${verdictHash(verdict).slice(0, 16)}`,
  );
}

const reasons = (verdict: Verdict): string =>
  verdict.kind === 'approved'
    ? `mode ${verdict.mode}`
    : (verdict.kind === 'held' ? verdict.because : verdict.codes).join(', ');

const jsonOf = (verdict: Verdict): string =>
  canonicalText({
    kind: verdict.kind,
    reasons:
      verdict.kind === 'held' ? verdict.because : verdict.kind === 'refused' ? verdict.codes : [],
    reducing: verdict.reducing,
    maxQty: verdict.maxQty === null ? null : formatFixed(verdict.maxQty),
    hash: verdictHash(verdict),
    checks: verdict.checks.map((check, index) => checkJson(check, RULES[index] as Rule)),
  });

async function run(files: readonly string[], options: Options, io: Io): Promise<number> {
  const { policy } = policyFor(options, io);
  if (options['example'] === true) {
    io.out(canonicalText(caseCodec.write(baseCase(policy))));
    return 0;
  }
  const [file, ...rest] = files;
  if (file === undefined || rest.length > 0)
    throw new UsageError('USAGE_INVALID', 'one file is wanted', 'airlock firewall check --help');
  const forced = typeof options['policy'] === 'string';
  const verdict = judge(caseFrom(readJson(file, io), policy, forced));
  if (options['json'] === true) io.out(jsonOf(verdict));
  else print(verdict, options['failed'] === true, io);
  return verdict.kind === 'refused' ? 1 : 0;
}

export const command: Command = {
  name: 'firewall check',
  summary: 'judge a case, or a proposal on an example market, without sending anything',
  usage: 'FILE',
  options: {
    ...POLICY_OPTION,
    failed: { type: 'boolean', help: 'print only the checks that failed' },
    example: { type: 'boolean', help: 'print a whole case as JSON, to start from' },
  },
  run,
};
