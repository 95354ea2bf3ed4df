/** `airlock models check`: whether a model does what the desks need of it, kept as a scorecard for these weights and this runtime. */
import type { TimeMs } from '#firewall';
import { checkModel } from '../../agents/conformance.ts';
import { RuntimeError } from '../../agents/runtimes/contract.ts';
import type { Scorecard } from '../../agents/scorecard.ts';
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { configured } from '../configured.ts';
import { settingsOf } from '../model-desks.ts';
import { cardsOf, modelSpecOf, openModel, openaiKeyOf } from '../model-pin.ts';
import { modelIdOf } from '../pinned-model.ts';
import { table } from '../table.ts';
import { harmless } from '../transcript-lines.ts';

const WHAT: Readonly<Record<string, string>> = {
  schema: 'answers keep to the schemas of the agents',
  refuses_overlong: 'a prompt that does not fit is refused',
  reads_whole_window: 'a prompt that just fits is read to its end',
  determinism: 'the same question has the same answer',
  tools: 'tools are asked for as they are offered',
  deadline: 'a deadline is kept',
  cancel: 'a call that is taken back ends',
};

export const command: Command = {
  name: 'models check',
  summary: 'ask a model everything that the desks rely on, and keep its scorecard',
  usage: '[SPEC]',
  options: {},
  run,
};

async function run([named, ...rest]: readonly string[], options: Options, io: Io): Promise<number> {
  if (rest.length > 0)
    throw new UsageError('USAGE_INVALID', 'one model at a time', 'airlock models check gguf:FILE');
  const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
  const config = configured(dir, io.env, options);
  const text = named ?? config.model;
  if (text === null)
    throw new UsageError(
      'MODEL_MISSING',
      'no model is configured',
      'name one: airlock models check gguf:FILE',
    );
  const json = options['json'] === true;
  try {
    const runtime = await openModel(modelSpecOf(text, io.cwd), {
      ...config,
      openaiKey: openaiKeyOf(io.env),
    });
    try {
      const card = await checkModel({
        runtime,
        settings: settingsOf(config),
        at: Date.now() as TimeMs,
        signal: io.signal,
        progress: (check, done, of) => {
          if (!json && (done === 0 || io.terminal)) io.err(`${check} ${done}/${of}`);
        },
      });
      cardsOf(dir).put(card);
      if (json) io.out(JSON.stringify(card));
      else print(card, io);
      return card.fit ? 0 : 1;
    } finally {
      await runtime.close();
    }
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new UsageError(
      error.code,
      `the model ${text} cannot be used: ${error.message}`,
      'airlock doctor',
      error,
    );
  }
}

function print(card: Scorecard, io: Io): void {
  const { identity, checks, tokensPerSecond, firstTokenMs, answerMs } = card;
  io.out(
    harmless(
      `${modelIdOf(identity)} on ${identity.runtime} ${identity.runtimeVersion}, ${identity.quantisation ?? 'quantisation unknown'}`,
    ),
  );
  const rows = checks.map(({ name, ok, passed, of, codes }) => [
    ok === null ? 'noted' : ok ? 'pass' : 'FAIL',
    name,
    `${passed}/${of}`,
    WHAT[name] ?? '',
    codes.join(', '),
  ]);
  for (const line of table(rows)) io.out(line);
  const shown = (value: number | null): string =>
    value === null ? 'unknown' : `${Math.round(value)}`;
  io.out(
    `speed: ${shown(tokensPerSecond)} tokens/s, first token after ${shown(firstTokenMs)} ms, answer after ${shown(answerMs)} ms`,
  );
  io.out(card.mayChooseTools ? 'it may choose its tools itself' : 'a fixed plan chooses its tools');
  if (card.thinksAnyway) io.out('it thinks aloud although it is told not to');
  io.out(
    card.fit
      ? 'FIT for the desks'
      : 'NOT FIT: the desks refuse it, unless --model-forced true insists',
  );
}
