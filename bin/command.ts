/** What a command of the `airlock` line is: its words, its options, and a run that returns the exit code. */
import { parseArgs } from 'node:util';

type OptionSpec = Readonly<{
  type: 'string' | 'boolean';
  short?: string;
  multiple?: boolean;
  /** What it is for, in a few words. */
  help: string;
  /** Name of the value in the usage text. */
  value?: string;
}>;

/** Parsed options by name; repeated ones are lists. */
export type Options = Readonly<
  Record<string, string | boolean | readonly (string | boolean)[] | undefined>
>;

export type Io = Readonly<{
  out(line: string): void;
  err(line: string): void;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Aborted on the first Ctrl-C or SIGTERM. */
  signal: AbortSignal;
  terminal: boolean;
}>;

export type Command = Readonly<{
  /** Words after `airlock`, such as `firewall rules`. */
  name: string;
  summary: string;
  /** Positional arguments for the usage line, such as `FILE`. */
  usage: string;
  options: Readonly<Record<string, OptionSpec>>;
  /** Returns the exit code: 0 good, 1 the answer is no, 2 wrong usage or bad input. */
  run(positionals: readonly string[], options: Options, io: Io): Promise<number>;
}>;

/** A problem that the user can mend: a stable code, what is wrong, and what to do next. */
export class UsageError extends Error {
  readonly code: string;
  readonly hint: string;
  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'UsageError';
    this.code = code;
    this.hint = hint;
  }
}

/** Options that every command has. */
const COMMON = {
  json: { type: 'boolean', help: 'print JSON, one object a line' },
  data: {
    type: 'string',
    value: 'DIR',
    help: 'data directory (default .airlock, or AIRLOCK_HOME)',
  },
  help: { type: 'boolean', short: 'h', help: 'print this text' },
} as const satisfies Record<string, OptionSpec>;

export const optionsOf = (command: Command): Readonly<Record<string, OptionSpec>> => ({
  ...command.options,
  ...COMMON,
});

export function parse(command: Command, args: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(optionsOf(command)).map(([name, spec]) => [
      name,
      {
        type: spec.type,
        ...(spec.short !== undefined && { short: spec.short }),
        ...(spec.multiple !== undefined && { multiple: spec.multiple }),
      },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : 'the options could not be read';
    // The rest of what Node says is about its own API.
    const detail = said.split('. ')[0] ?? said;
    throw new UsageError('USAGE_INVALID', detail, `airlock ${command.name} --help`, cause);
  }
}

export function helpText(command: Command): string {
  const rows = Object.entries(optionsOf(command)).map(([name, spec]) => {
    const short = spec.short === undefined ? '    ' : `-${spec.short}, `;
    const value = spec.type === 'string' ? ` ${spec.value ?? 'VALUE'}` : '';
    return `  ${`${short}--${name}${value}`.padEnd(28)} ${spec.help}`;
  });
  const usage = ['airlock', command.name, command.usage, '[options]'].filter((part) => part !== '');
  return [command.summary, '', `Usage: ${usage.join(' ')}`, '', 'Options:', ...rows].join('\n');
}
