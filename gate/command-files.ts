/** The operator's mailbox: command files that are read once each, and the HALT file whose mere presence halts. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { COMMAND_TEXT_MAX } from './commands.ts';

export type Mailbox = Readonly<{
  haltFile(): boolean;
  /** Waiting commands in the order of their names. */
  waiting(): readonly string[];
  /** The text of a waiting command; text that is too long to be one comes back empty. */
  read(name: string): string;
  /** Puts a command away once it was acted on. */
  done(name: string): void;
}>;

/** `HALT` and `commands/*.json` in a data folder; commands that were acted on move to `commands/done`. */
export function openMailbox(folder: string): Mailbox {
  const commands = join(folder, 'commands');
  const done = join(commands, 'done');
  mkdirSync(done, { recursive: true });
  return {
    haltFile: () => existsSync(join(folder, 'HALT')),
    waiting: () =>
      readdirSync(commands)
        .filter((name) => name.endsWith('.json'))
        .toSorted(),
    read(name) {
      const file = join(commands, name);
      return statSync(file).size > COMMAND_TEXT_MAX ? '' : readFileSync(file, 'utf8');
    },
    done: (name) => renameSync(join(commands, name), join(done, name)),
  };
}
