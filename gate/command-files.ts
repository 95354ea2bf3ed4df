/** The operator's mailbox: command files that are read once each, and the HALT file whose mere presence halts. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { COMMAND_TEXT_MAX } from './commands.ts';

export type Mailbox = Readonly<{
  haltFile(): boolean;
  /** Waiting commands in the order of their names. */
  waiting(): readonly string[];
  /** The text of a waiting command; empty for what is too long to be one, or cannot be read. */
  read(name: string): string;
  /** Puts a command away once it was acted on. */
  done(name: string): void;
}>;

/** `HALT` and `commands/*.json` in a data folder; commands that were acted on move to `commands/done`. */
export function openMailbox(folder: string): Mailbox {
  const commands = join(folder, 'commands');
  const done = join(commands, 'done');
  mkdirSync(done, { recursive: true });
  /** Acted on, and still there because they could not be moved: not to be acted on again. */
  const stuck = new Set<string>();
  return {
    // Whatever lies there under that name halts, a link to nowhere too.
    haltFile: () => lstatSync(join(folder, 'HALT'), { throwIfNoEntry: false }) !== undefined,
    waiting: () =>
      readdirSync(commands)
        .filter((name) => name.endsWith('.json') && !stuck.has(name))
        .toSorted(),
    read(name) {
      const file = join(commands, name);
      try {
        // Only a plain file: a pipe or a device would never end, and the gate would wait for it.
        const stat = lstatSync(file);
        return stat.isFile() && stat.size <= COMMAND_TEXT_MAX ? readFileSync(file, 'utf8') : '';
      } catch {
        // A file that cannot be read is a command that nobody understands, and never the end of the gate.
        return '';
      }
    },
    done(name) {
      try {
        renameSync(join(commands, name), join(done, name));
      } catch {
        // It stays where it is, for a human to look at.
        stuck.add(name);
      }
    },
  };
}
