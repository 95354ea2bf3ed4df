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
  'firewall rules': {
    summary: 'every rule of both doors, with its limits in force',
    load: async () => (await import('./commands/firewall-rules.ts')).command,
  },
  'firewall prove': {
    summary: 'show of each rule that it refuses one step past its limit',
    load: async () => (await import('./commands/firewall-prove.ts')).command,
  },
  'firewall check': {
    summary: 'judge a case, or a proposal on an example market, without sending anything',
    load: async () => (await import('./commands/firewall-check.ts')).command,
  },
  'firewall explain': {
    summary: 'what one rule or refusal code means, and a case on either side of its limit',
    load: async () => (await import('./commands/firewall-explain.ts')).command,
  },
};
