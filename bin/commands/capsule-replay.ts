/** `airlock capsule replay`: judges a capsule's case again; one different bit is said and fails. */
import { readFileSync } from 'node:fs';
import { readCapsule, replay, type Capsule, type Difference } from '../../ledger/capsule.ts';
import { UsageError, type Command, type Io } from '../command.ts';
import { readTranscript, recheckCalls, type CallProblem } from '../transcript-reading.ts';

export const command: Command = {
  name: 'capsule replay',
  summary: 'judge a recorded decision again and compare it bit for bit',
  usage: 'FILE',
  options: {},
  run([file], options, io) {
    if (file === undefined)
      throw new UsageError(
        'USAGE_INVALID',
        'which capsule?',
        'make one with: airlock capsule show ID --out FILE',
      );
    const capsule = readCapsule(documentOf(file));
    if (!capsule.ok)
      throw new UsageError(
        'CAPSULE_MALFORMED',
        `${file} at ${capsule.at}: want ${capsule.want}`,
        'a capsule that was changed by hand is no capsule',
      );
    const outcome = judgedAgain(capsule.value);
    if (options['json'] === true) io.out(JSON.stringify(outcome));
    else print(outcome, io);
    return Promise.resolve(outcome.same ? 0 : 1);
  },
};

type Outcome = Readonly<{
  sequence: number;
  verdict: string;
  rules: number;
  /** Recorded calls of a model whose answers were read again; null where the capsule holds none. */
  calls: number | null;
  same: boolean;
  differences: readonly Difference[];
  problems: readonly CallProblem[];
}>;

function judgedAgain(capsule: Capsule): Outcome {
  const differences = replay(capsule);
  const read = readTranscript(capsule.transcript);
  const problems = read === null ? [] : recheckCalls(read.calls);
  return {
    sequence: capsule.sequence,
    verdict: capsule.verdict.kind,
    rules: capsule.verdict.checks.length,
    calls: read?.calls.length ?? null,
    same: differences.length === 0 && problems.length === 0,
    differences,
    problems,
  };
}

function print({ sequence, verdict, rules, calls, same, differences, problems }: Outcome, io: Io) {
  const read = calls === null ? '' : `, ${calls} recorded answers read again`;
  if (same)
    io.out(`decision ${sequence}: ${verdict}, ${rules} rules judged again${read}, no difference`);
  for (const { at, recorded, replayed } of differences)
    io.out(`decision ${sequence} differs at ${at}\n  recorded ${recorded}\n  replayed ${replayed}`);
  for (const { call, agent, problem } of problems)
    io.out(`decision ${sequence}, call ${call} of ${agent}: ${problem}`);
}

function documentOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : 'it cannot be read';
    throw new UsageError('CAPSULE_UNREADABLE', detail, 'name a capsule file', cause);
  }
}
