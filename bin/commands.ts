/** The commands by name, loaded only when asked for. */
import type { Command } from './command.ts';

type Listed = Readonly<{ summary: string; load(): Promise<Command> }>;

export const COMMANDS: Readonly<Record<string, Listed>> = {
  up: {
    summary: 'start the house: venue, both doors and the desks, on simulated money',
    load: async () => (await import('./commands/up.ts')).command,
  },
  status: {
    summary: 'what the house is doing now',
    load: async () => (await import('./commands/status.ts')).command,
  },
  halt: {
    summary: 'halt everything, or one scope',
    load: async () => (await import('./commands/halt.ts')).command,
  },
  resume: {
    summary: 'loosen a halt, by name and with a reason',
    load: async () => (await import('./commands/resume.ts')).command,
  },
  approve: {
    summary: 'agree to a held proposal, or list what is held',
    load: async () => (await import('./commands/approve.ts')).command,
  },
  decide: {
    summary: 'let the agents make one decision on a simulated or recorded market',
    load: async () => (await import('./commands/decide.ts')).command,
  },
  'desk run': {
    summary: 'let desks trade a simulated or recorded market for a while, faster than time',
    load: async () => (await import('./commands/desk-run.ts')).command,
  },
  review: {
    summary: "put a person's idea of a trade to the agents and the rules",
    load: async () => (await import('./commands/review.ts')).command,
  },
  doctor: {
    summary: 'look at this machine, its models and their speed, and say what to change',
    load: async () => (await import('./commands/doctor.ts')).command,
  },
  'models check': {
    summary: 'ask a model everything that the desks rely on, and keep its scorecard',
    load: async () => (await import('./commands/models-check.ts')).command,
  },
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
  'signer init': {
    summary: 'make the vault: its key, its journal and what it pins',
    load: async () => (await import('./commands/signer-init.ts')).command,
  },
  'signer address': {
    summary: 'the address whose key the vault holds',
    load: async () => (await import('./commands/signer-address.ts')).command,
  },
  'signer status': {
    summary: 'the vault: its pins, its journal, its caps and what is open',
    load: async () => (await import('./commands/signer-status.ts')).command,
  },
  'signer pin': {
    summary: 'make the policy and the keys of today the ones that the vault trusts',
    load: async () => (await import('./commands/signer-pin.ts')).command,
  },
  'signer resume': {
    summary: "loosen the vault's halt, by name and for a reason",
    load: async () => (await import('./commands/signer-resume.ts')).command,
  },
};
