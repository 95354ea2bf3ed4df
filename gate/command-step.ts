/** What follows from a human's command. A refused command leaves a note, never silence. */
import type { TimeMs } from '#firewall';
import type { LedgerEvent } from '../ledger/contract.ts';
import { isStale, type Command } from './commands.ts';
import { policyOf, type GateState } from './gate-state.ts';
import type { GateEffect } from './step.ts';

export function stepCommand(
  state: GateState,
  command: Command,
  now: TimeMs,
): readonly GateEffect[] {
  const refusal = refusalOf(state, command, now);
  const event = refusal === null ? eventOf(state, command, now) : noted(command, refusal, now);
  const effects: GateEffect[] = [{ kind: 'append', event }];
  if (event.kind === 'consented')
    effects.push({ kind: 'again', proposalHash: event.approval.proposalHash });
  return effects;
}

const noted = ({ kind, by, reason }: Command, code: string, at: TimeMs): LedgerEvent => ({
  kind: 'noted',
  at,
  code,
  detail: `${kind} by ${by}: ${reason}`.slice(0, 400),
  qty: null,
});

function refusalOf(state: GateState, command: Command, now: TimeMs): string | null {
  // To halt later than was meant is safe, and not to halt is not.
  if (command.kind === 'halt') return null;
  if (isStale(command, now)) return 'COMMAND_STALE';
  const { account, controls } = state.fold;
  switch (command.kind) {
    case 'resume': {
      // A command that is delivered twice must not undo what latched in between.
      const latch = controls.latch(command.scope, command.key);
      return latch !== null && latch.at > command.at ? 'RESUME_OLDER_THAN_LATCH' : null;
    }
    case 'consent':
      return account.held.has(command.proposalHash) ? null : 'CONSENT_WITHOUT_HELD_PROPOSAL';
    case 'arm':
      return command.arm.account === state.account && command.arm.expiresAt > now
        ? null
        : 'ARM_FOREIGN_OR_EXPIRED';
    case 'exit':
      return command.expiresAt > now ? null : 'EXIT_EXPIRED';
  }
}

function eventOf(state: GateState, command: Command, at: TimeMs): LedgerEvent {
  const { by, reason } = command;
  switch (command.kind) {
    case 'halt': {
      const { scope, key, state: tightened } = command;
      return { kind: 'latched', at, latch: { scope, key, state: tightened, reason, by, at } };
    }
    case 'resume':
      return { kind: 'resumed', at, scope: command.scope, key: command.key, by, reason };
    case 'consent': {
      const { proposalHash } = command;
      const expiresAt = (at + policyOf(state).hold.approvalTtlMs) as TimeMs;
      return { kind: 'consented', at, approval: { proposalHash, by, at, expiresAt } };
    }
    case 'arm':
      return { kind: 'armed', at, arm: { ...command.arm, by } };
    case 'exit': {
      const { proposalHash, expiresAt } = command;
      return { kind: 'exit-asked', at, proposalHash, by, reason, expiresAt };
    }
  }
}
