#!/usr/bin/env node
/** The command line: finds the command, hands it its options, turns what goes wrong into words and an exit code. */
import { helpText, parse, UsageError, type Command, type Io } from './command.ts';
import { COMMANDS } from './commands.ts';
import { stayLocal } from './stay-local.ts';
import { forTerminal } from './terminal.ts';

async function main(args: readonly string[], io: Io): Promise<number> {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const found = [2, 1]
    .map((count) => words.slice(0, count).join(' '))
    .find((name) => Object.hasOwn(COMMANDS, name));
  const entry = found === undefined ? undefined : COMMANDS[found];
  if (entry === undefined) return overview(args, words, io);
  const command: Command = await entry.load();
  const rest = [...args];
  for (const word of command.name.split(' ')) rest.splice(rest.indexOf(word), 1);
  const { values, positionals } = parse(command, rest);
  if (values['help'] === true) {
    io.out(helpText(command));
    return 0;
  }
  return command.run(positionals, values, io);
}

function overview(args: readonly string[], words: readonly string[], io: Io): number {
  const asked =
    args.length === 0 || args.includes('--help') || args.includes('-h') || words[0] === 'help';
  if (!asked) {
    const family = Object.keys(COMMANDS).filter((name) => name.startsWith(`${words[0] ?? ''} `));
    throw new UsageError(
      'COMMAND_UNKNOWN',
      `airlock has no command "${words.join(' ')}"`,
      family.length === 0 ? 'airlock --help lists them' : `one of: ${family.join(', ')}`,
    );
  }
  io.out(
    'airlock: a local-first trading desk behind two doors. Paper trading by default. Not investment advice.\n',
  );
  for (const [name, { summary }] of Object.entries(COMMANDS))
    io.out(`  ${name.padEnd(20)} ${summary}`);
  io.out('\nairlock COMMAND --help says more.');
  return 0;
}

/** What the system says when the data directory is not ours to write. */
const PLACE_REFUSED: readonly string[] = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'];

function report(error: unknown, json: boolean): number {
  const say = (text: string): boolean => process.stderr.write(forTerminal(text));
  if (error instanceof UsageError) {
    const { code, message, hint } = error;
    say(
      json ? `${JSON.stringify({ code, message, hint })}\n` : `${code}: ${message}\n  → ${hint}\n`,
    );
    return 2;
  }
  const { code, message: said, stack } = error as Error & { code?: string };
  const stable = typeof code === 'string' ? code : 'INTERNAL_ERROR';
  // The system's own errors begin with their code already.
  const message = said.startsWith(`${stable}: `) ? said.slice(stable.length + 2) : said;
  const hint = PLACE_REFUSED.includes(stable)
    ? 'give a directory that you may write: --data DIR'
    : null;
  say(
    json
      ? `${JSON.stringify({ code: stable, message, ...(hint !== null && { hint }) })}\n`
      : `${stable}: ${message}\n${hint === null ? '' : `  → ${hint}\n`}`,
  );
  if (stable === 'INTERNAL_ERROR' && stack !== undefined) say(`${stack}\n`);
  return 2;
}

const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // A second Ctrl-C means now.
    if (controller.signal.aborted) process.exit(130);
    controller.abort(signal);
  });
process.stdout.on('error', () => process.exit(0));

stayLocal(process.env);
const args = process.argv.slice(2);
try {
  process.exitCode = await main(args, {
    out: (line) => process.stdout.write(`${forTerminal(line)}\n`),
    err: (line) => process.stderr.write(`${forTerminal(line)}\n`),
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
    terminal: process.stdout.isTTY,
  });
} catch (error) {
  process.exitCode = report(error, args.includes('--json'));
}
