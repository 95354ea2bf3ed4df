/** `airlock capsule replay`: judges a capsule's case again; one different bit is said and fails. */
import { readFileSync } from 'node:fs';
import { readCapsule, replay } from '../../ledger/capsule.ts';
import { UsageError, type Command } from '../command.ts';

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
    const differences = replay(capsule.value);
    const { sequence, verdict } = capsule.value;
    const { length: rules } = verdict.checks;
    if (options['json'] === true)
      io.out(
        JSON.stringify({
          sequence,
          verdict: verdict.kind,
          rules,
          same: differences.length === 0,
          differences,
        }),
      );
    else if (differences.length === 0)
      io.out(`decision ${sequence}: ${verdict.kind}, ${rules} rules judged again, no difference`);
    else
      for (const { at, recorded, replayed } of differences)
        io.out(
          `decision ${sequence} differs at ${at}\n  recorded ${recorded}\n  replayed ${replayed}`,
        );
    return Promise.resolve(differences.length === 0 ? 0 : 1);
  },
};

function documentOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : 'it cannot be read';
    throw new UsageError('CAPSULE_UNREADABLE', detail, 'name a capsule file', cause);
  }
}
