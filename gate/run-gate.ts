/** The gate as a process: lanes and timers bring the inputs, one at a time, and what it hands out is sent. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Mailbox } from './command-files.ts';
import { laneNames, type Lanes } from './contract.ts';
import type { Gate, Outgoing } from './gate.ts';

export type RunningGate = Readonly<{
  close(): Promise<void>;
  /** Rejects when the gate can no longer keep its record; the process must end then. */
  failed: Promise<never>;
}>;

export type GateProcess = Readonly<{
  gate: Gate;
  lanes: Lanes;
  account: string;
  mailbox: Mailbox;
  /** The queue is away or slow: what could not be sent is sent again later. */
  onUndelivered(approvalId: string, error: unknown): void;
  markEveryMs?: number;
}>;

const BEAT_MS = 500;
const MARK_EVERY_MS = 5_000;

export function runGate(parts: GateProcess): RunningGate {
  const { gate, lanes, account } = parts;
  const names = laneNames(account);
  const approvals = lanes.lane(names.approvals);
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // Whoever closes in good order never looks at it.
  failed.catch(() => {});

  /** Runs one input to its end. Whatever it throws means that the record can no longer be trusted. */
  const run = (input: () => readonly Outgoing[]): readonly Outgoing[] => {
    try {
      return input();
    } catch (cause) {
      fail(cause);
      throw cause;
    }
  };
  const send = async (outgoing: readonly Outgoing[]): Promise<void> => {
    for (const { key, message } of outgoing) {
      try {
        await approvals.send(key, message);
        gate.sent(key);
      } catch (error) {
        // The approval is on record; the outbox says it again until the courier answers.
        parts.onUndelivered(key, error);
      }
    }
  };

  const proposals = lanes.work(names.proposals, (payload) =>
    send(run(() => gate.receiveProposal(payload))),
  );
  const outcomes = lanes.work(names.outcomes, (payload) =>
    send(run(() => gate.receiveOutcome(payload))),
  );
  const stop = new AbortController();
  const beating = beat(parts, { run, send, signal: stop.signal }).catch(fail);
  return {
    failed,
    async close() {
      stop.abort();
      await Promise.allSettled([beating, proposals.close(), outcomes.close()]);
      gate.close();
    },
  };
}

type Beat = Readonly<{
  run(input: () => readonly Outgoing[]): readonly Outgoing[];
  send(outgoing: readonly Outgoing[]): Promise<void>;
  signal: AbortSignal;
}>;

async function beat(parts: GateProcess, { run, send, signal }: Beat): Promise<void> {
  const { gate, mailbox, markEveryMs = MARK_EVERY_MS } = parts;
  for (let elapsed = markEveryMs; !signal.aborted; elapsed += BEAT_MS) {
    run(() => {
      if (mailbox.haltFile()) gate.haltFileSeen();
      return [];
    });
    for (const name of mailbox.waiting()) {
      await send(run(() => gate.receiveCommand(mailbox.read(name))));
      mailbox.done(name);
    }
    if (elapsed >= markEveryMs) {
      await send(run(() => gate.mark()));
      elapsed = 0;
    }
    await send(run(() => gate.outbox()));
    await wait(BEAT_MS, undefined, { signal }).catch(() => {});
  }
}
