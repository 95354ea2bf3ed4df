/** `airlock resume`: loosen what was tightened, by name and with a reason; the only way back. */
import { rmSync } from 'node:fs';
import type { TimeMs } from '#firewall';
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import type { Command, Io, Options } from '../command.ts';
import { deliver, saidBy, scopeHere } from '../operator-commands.ts';

export const command: Command = {
  name: 'resume',
  summary: 'End a halt or a reduce-only state, by name and with a reason.',
  usage: '[SCOPE NAME]',
  options: {
    by: { type: 'string', value: 'NAME', help: 'who answers for it (required)' },
    reason: { type: 'string', value: 'TEXT', help: 'why it is safe now (required)' },
  },
  run: resume,
};

async function resume(positionals: readonly string[], options: Options, io: Io): Promise<number> {
  const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
  const { by, reason } = saidBy(options);
  const { scope, key } = scopeHere(positionals, dir, io.env);
  // With the file still there the gate would only halt again.
  if (scope === 'global') rmSync(dir.halt, { force: true });
  const taken = await deliver(dir, {
    kind: 'resume',
    by,
    reason,
    at: Date.now() as TimeMs,
    scope,
    key,
  });
  const answer = { scope, key, by, reason, recorded: taken };
  if (options['json'] === true) io.out(JSON.stringify(answer));
  else
    io.out(
      `resume ${scope} ${key} by ${by}${taken ? ', recorded by the gate' : '; no gate is running, it will be taken within ten minutes or not at all'}`,
    );
  return taken ? 0 : 1;
}
