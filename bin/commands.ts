/** The commands by name, loaded only when asked for. */
import type { Command } from './command.ts';

type Listed = Readonly<{ summary: string; load(): Promise<Command> }>;

export const COMMANDS: Readonly<Record<string, Listed>> = {
  'audit verify': {
    summary: 'recompute the hash chain and re-judge every recorded decision',
    load: async () => (await import('./commands/audit-verify.ts')).command,
  },
  'capsule replay': {
    summary: 'judge a recorded decision again and compare it bit for bit',
    load: async () => (await import('./commands/capsule-replay.ts')).command,
  },
  'capsule show': {
    summary: 'show one decision whole: proposal, every check, approval, outcomes, fills',
    load: async () => (await import('./commands/capsule-show.ts')).command,
  },
};
