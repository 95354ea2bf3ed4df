/** `airlock capsule show`: one decision whole, as a file or in words, from its ledger. */
import { writeFileSync } from 'node:fs';
import { formatFixed, RULES, type Check } from '#firewall';
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import { openTranscripts, TranscriptError } from '../../infra/transcripts.ts';
import {
  capsuleOf,
  capsuleText,
  transcriptHashOf,
  withTranscript,
  type Capsule,
} from '../../ledger/capsule.ts';
import type { Entry } from '../../ledger/contract.ts';
import { readJournalFile } from '../../ledger/journal-file.ts';
import { entriesOf } from '../../ledger/ledger.ts';
import { UsageError, type Command, type Io } from '../command.ts';
import { ledgerOf } from '../ledgers.ts';
import { transcriptLines } from '../transcript-lines.ts';
import { shown } from './firewall-values.ts';

export const command: Command = {
  name: 'capsule show',
  summary: 'show one decision whole: reasons, proposal, every check, approval, outcomes, fills',
  usage: 'ID',
  options: {
    account: { type: 'string', value: 'NAME', help: 'whose ledger, where there is more than one' },
    ledger: { type: 'string', value: 'FILE', help: 'another ledger file' },
    out: { type: 'string', short: 'o', value: 'FILE', help: 'write the capsule to a file' },
    whole: {
      type: 'boolean',
      help: 'the transcript word for word: prompts, tool results, answers',
    },
  },
  run(positionals, options, io) {
    const [id] = positionals;
    if (id === undefined)
      throw new UsageError(
        'USAGE_INVALID',
        'which decision?',
        'name a proposal id (its first digits will do), approval id, proposal hash, or the sequence of the entry',
      );
    const root = dataRoot(options['data'], io.env, io.cwd);
    const { account, ledger, out } = options;
    const file =
      typeof ledger === 'string'
        ? ledger
        : ledgerOf(root, typeof account === 'string' ? account : undefined);
    const whole = wholeId(file, id);
    const found = capsuleOf(entriesOf(readJournalFile(file)), (entry) => isAbout(entry, whole));
    if (found === null)
      throw new UsageError(
        'DECISION_UNKNOWN',
        `no decision ${id} in ${file}`,
        'airlock up shows the beginning of each id in [ ]; airlock status --json has the last of each desk',
      );
    const capsule = withReasons(found, dataDir(root).transcripts);
    if (typeof out === 'string') writeFileSync(out, `${capsuleText(capsule)}\n`);
    if (options['json'] === true) io.out(capsuleText(capsule));
    else print(capsule, io, options['whole'] === true);
    return Promise.resolve(0);
  },
};

/** With what the desk wrote down, where it is still there. A changed transcript is worse than none. */
function withReasons(capsule: Capsule, transcripts: string): Capsule {
  const hash = transcriptHashOf(capsule);
  if (hash === null) return capsule;
  try {
    return withTranscript(capsule, openTranscripts(transcripts).get(hash));
  } catch (error) {
    if (!(error instanceof TranscriptError)) throw error;
    throw new UsageError(
      error.code,
      error.message,
      `somebody has changed a file below ${transcripts}; the ledger itself: airlock audit verify`,
      error,
    );
  }
}

function isAbout({ event, sequence }: Entry, id: string): boolean {
  if (event.kind !== 'decision') return false;
  return [event.proposal.id, event.proposalHash, event.approval?.id, `${sequence}`].includes(id);
}

const BEGINNING_MIN = 6;

/** The proposal's whole id, where a few digits name only one; else what was asked. */
function wholeId(file: string, asked: string): string {
  if (asked.length < BEGINNING_MIN) return asked;
  const found = new Set<string>();
  for (const entry of entriesOf(readJournalFile(file))) {
    if (isAbout(entry, asked)) return asked;
    if (entry.event.kind === 'decision' && entry.event.proposal.id.startsWith(asked))
      found.add(entry.event.proposal.id);
  }
  if (found.size > 1)
    throw new UsageError('DECISION_AMBIGUOUS', `${asked} begins ${found.size} ids`, 'add digits');
  const [only] = found;
  return only ?? asked;
}

const utc = (at: number): string => new Date(at).toISOString();

function print(capsule: Capsule, io: Io, whole: boolean): void {
  const { proposal, now, policy } = capsule.case;
  const { verdict } = capsule;
  io.out(`decision ${capsule.sequence} at ${utc(now)}: ${verdict.kind.toUpperCase()}`);
  io.out(
    `  proposal ${proposal.id} by ${proposal.provenance.desk}/${proposal.provenance.strategy}`,
  );
  if (proposal.kind === 'order') {
    const price = proposal.limitPrice === null ? 'market' : formatFixed(proposal.limitPrice);
    io.out(`  ${proposal.side} ${formatFixed(proposal.qty)} ${proposal.symbol} at ${price}`);
  } else {
    io.out(`  cancel ${proposal.target} in ${proposal.symbol}`);
  }
  io.out(`  policy ${policy.name} v${policy.version} ${policy.hash.slice(0, 16)}`);
  for (const line of reasons(capsule, whole)) io.out(`  ${line}`);
  for (const check of verdict.checks) if (check.status !== 'na') io.out(`  ${row(check)}`);
  const na = verdict.checks.filter((check) => check.status === 'na').length;
  if (na > 0) io.out(`  ${na} more rules do not apply`);
  if (capsule.approval !== null) io.out(`  approval ${capsule.approval.id}`);
  for (const event of capsule.after) io.out(`  ${after(event)}`);
  io.out(`  entry hash ${capsule.hash}`);
}

function reasons(capsule: Capsule, whole: boolean): readonly string[] {
  if (capsule.transcript !== null) return transcriptLines(capsule.transcript, { whole });
  const hash = transcriptHashOf(capsule);
  return hash === null ? [] : [`transcript ${hash.slice(0, 16)} is not kept here`];
}

const unitOf = (id: string) => RULES.find((rule) => rule.id === id)?.unit ?? 'code';

function row({ rule, status, code, observed, limit }: Check): string {
  const [seen, bound] = [observed, limit].map((value) =>
    value === null ? 'unknown' : shown(value, unitOf(rule)),
  );
  return `${status === 'pass' ? 'pass' : 'FAIL'} ${rule.padEnd(4)} ${seen}, limit ${bound}${code === null ? '' : `  ${code}`}`;
}

function after(event: Capsule['after'][number]): string {
  if (event.kind === 'fill')
    return `${utc(event.at)} filled ${formatFixed(event.qty)} at ${formatFixed(event.price)}, fee ${formatFixed(event.fee)}`;
  if (event.kind === 'outcome')
    return `${utc(event.at)} ${event.outcome}${event.code === null ? '' : ` ${event.code}`}`;
  return `${utc(event.at)} ${event.kind}`;
}
