/** `airlock halt`: stop everything, at once, whether or not anything is running. */
import { userInfo } from 'node:os';
import { mkdirSync, writeFileSync } from 'node:fs';
import { decode, name, words, type TimeMs } from '#firewall';
import { dataDir, dataRoot } from '../../infra/data-dir.ts';
import { UsageError, type Command, type Io, type Options } from '../command.ts';
import { deliver, scopeHere } from '../operator-commands.ts';

export const command: Command = {
  name: 'halt',
  summary: 'Halt: nothing more is approved or signed, until a named person resumes.',
  usage: '[SCOPE NAME]',
  options: {
    by: {
      type: 'string',
      value: 'NAME',
      help: 'who halts (default: the account that you are logged in as)',
    },
    reason: { type: 'string', value: 'TEXT', help: 'why (optional: a halt needs no excuse)' },
    state: { type: 'string', value: 'STATE', help: 'REDUCE_ONLY, CANCEL_ONLY or HALTED (default)' },
  },
  run: halt,
};

const TIGHT = ['REDUCE_ONLY', 'CANCEL_ONLY', 'HALTED'] as const;

function stateOf(wanted: Options[string]): (typeof TIGHT)[number] {
  if (wanted === undefined) return 'HALTED';
  const state = TIGHT.find((known) => known === wanted);
  if (state !== undefined) return state;
  throw new UsageError('STATE_UNKNOWN', 'no such state', `--state is one of ${TIGHT.join(', ')}`);
}

async function halt(positionals: readonly string[], options: Options, io: Io): Promise<number> {
  const dir = dataDir(dataRoot(options['data'], io.env, io.cwd));
  const { scope, key } = scopeHere(positionals, dir, io.env);
  const state = stateOf(options['state']);
  const named = decode(name, options['by'] ?? userInfo().username);
  const by = named.ok ? named.value : 'operator';
  const said = decode(words(400), options['reason']);
  const reason = said.ok ? said.value : 'halted by hand';
  const whole = scope === 'global' && state === 'HALTED';
  if (whole) {
    // The file alone halts: gate, courier and vault look for it themselves, and it outlives them all.
    mkdirSync(dir.root, { recursive: true });
    writeFileSync(dir.halt, `${JSON.stringify({ by, reason, at: new Date().toISOString() })}\n`);
  }
  const at = Date.now() as TimeMs;
  mkdirSync(dir.commands, { recursive: true, mode: 0o700 });
  const taken = await deliver(dir, { kind: 'halt', by, reason, at, scope, key, state });
  const answer = { state, scope, key, by, reason, file: whole, recorded: taken };
  if (options['json'] === true) io.out(JSON.stringify(answer));
  else
    io.out(
      `${state} ${scope} ${key}${taken ? ', recorded by the gate' : whole ? '; no gate is running, the HALT file holds until one starts' : '; no gate is running, it will take effect when one starts'}`,
    );
  return taken || whole ? 0 : 1;
}
