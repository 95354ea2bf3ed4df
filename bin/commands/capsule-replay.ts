/** `airlock capsule replay`: judges a capsule's case again, and may ask a model again; one different bit is said and fails. */
import { readFileSync } from 'node:fs';
import type { ModelIdentity } from '../../agents/runtimes/contract.ts';
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import { readCapsule, replay, type Capsule, type Difference } from '../../ledger/capsule.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { configured } from '../configured.ts';
import { harmless } from '../transcript-lines.ts';
import {
  askAgain,
  readTranscript,
  recheckCalls,
  type AskedAgain,
  type CallProblem,
} from '../transcript-reading.ts';

export const command: Command = {
  name: 'capsule replay',
  summary: 'judge a recorded decision again and compare it bit for bit',
  usage: 'FILE',
  options: {
    model: {
      type: 'string',
      value: 'SPEC',
      help: 'put the recorded questions to this model too, and compare its answers: gguf:FILE, ollama:NAME, …',
    },
  },
  async run([file], options, io) {
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
    const outcome = judged(capsule.value, file);
    const { model } = options;
    const again =
      typeof model === 'string' ? await askedAgain(capsule.value, model, options, io) : null;
    if (options['json'] === true) io.out(JSON.stringify({ ...outcome, again }));
    else {
      print(outcome, io);
      if (again !== null) printAgain(again, io);
    }
    const other = again?.answers.some(({ same }) => same === false) ?? false;
    return outcome.same && !other ? 0 : 1;
  },
};

type Again = Readonly<{ model: ModelIdentity; answers: readonly AskedAgain[] }>;

/** The packages of the models are loaded only where one is asked. */
async function askedAgain(
  capsule: Capsule,
  model: string,
  options: Options,
  io: Io,
): Promise<Again> {
  const read = readTranscript(capsule.transcript);
  if (read === null)
    throw new UsageError(
      'CAPSULE_WITHOUT_CALLS',
      'no model was asked for this decision, or the capsule was made without its transcript',
      'leave out --model, or take a capsule of a desk with a model',
    );
  const { modelSpecOf, openModel, openaiKeyOf } = await import('../model-pin.ts');
  const config = configured(dataDir(dataRoot(options['data'], io.env, io.cwd)), io.env, {});
  const runtime = await openModel(modelSpecOf(model, io.cwd), {
    ...config,
    openaiKey: openaiKeyOf(io.env),
  });
  try {
    return { model: runtime.identity, answers: await askAgain(read.calls, runtime, io.signal) };
  } finally {
    await runtime.close();
  }
}

function printAgain({ model, answers }: Again, io: Io): void {
  const asked = answers.filter(({ same }) => same !== null);
  const same = asked.filter((each) => each.same === true).length;
  const digest = model.digest === null ? 'no digest' : model.digest.slice(0, 12);
  io.out(
    `asked ${model.runtime} ${model.model} (${digest}) again: ${same} of ${asked.length} answers are the same`,
  );
  for (const { call, agent, recorded, answer, code } of asked.filter((each) => each.same === false))
    io.out(
      `call ${call} of ${agent}\n  recorded ${harmless(recorded ?? 'none')}\n  again    ${harmless(answer ?? code ?? 'none')}`,
    );
}

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

function judged(capsule: Capsule, file: string): Outcome {
  try {
    return judgedAgain(capsule);
  } catch (cause) {
    // What no house has written may be nested beyond what any program can follow.
    if (!(cause instanceof RangeError)) throw cause;
    throw new UsageError(
      'CAPSULE_MALFORMED',
      `${file} is nested too deep`,
      'a capsule that was changed by hand is no capsule',
      cause,
    );
  }
}

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
