/** Many desks beside one runtime: each at its own pace, a bounded number at a time, and none in the way of another. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpanMs, TimeMs } from '#firewall';

/** A desk as the swarm sees it: what it decides, and how, is its own business. */
export type SwarmDesk = Readonly<{
  name: string;
  everyMs: SpanMs;
  /** One turn. What it resolves with is told to whoever watches; a rejection is a failure. */
  act(signal: AbortSignal): Promise<string>;
}>;

export type SwarmEvent =
  | Readonly<{ kind: 'started'; desk: string; at: TimeMs; lateMs: number }>
  | Readonly<{ kind: 'ended'; desk: string; at: TimeMs; tookMs: number; said: string }>
  | Readonly<{
      kind: 'failed';
      desk: string;
      at: TimeMs;
      failures: number;
      nextAt: TimeMs;
      error: unknown;
    }>;

export type SwarmPorts = Readonly<{
  clock: Readonly<{ now(): TimeMs }>;
  /** Resolves after that time, or at once when the signal says so; it never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  progress(event: SwarmEvent): void;
}>;

const SLEEP_MS_MAX = 2_147_483_647;

/** The wait of the real world. */
export async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.min(ms, SLEEP_MS_MAX), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

export type SwarmOptions = Readonly<{
  /** Turns at the same time. Twice what the runtime speaks at once keeps it busy while others gather. */
  concurrency: number;
  /** A desk that fails waits twice as long each time, up to this. */
  backOffMsMax: SpanMs;
}>;

export type DeskTally = Readonly<{ desk: string; turns: number; failures: number }>;

type Seat = {
  readonly desk: SwarmDesk;
  dueAt: number;
  turns: number;
  failures: number;
  /** In a row. */
  failing: number;
  busy: boolean;
};

/** Runs until the signal says stop, and then until every turn under way has ended. */
export async function runSwarm(
  desks: readonly SwarmDesk[],
  options: SwarmOptions,
  ports: SwarmPorts,
  signal: AbortSignal,
): Promise<readonly DeskTally[]> {
  const start = ports.clock.now();
  const seats: readonly Seat[] = desks.map((desk, index) => ({
    desk,
    // Spread over their first period, so that they do not come all at once.
    dueAt: start + Math.floor((desk.everyMs * index) / desks.length),
    turns: 0,
    failures: 0,
    failing: 0,
    busy: false,
  }));
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    const now = ports.clock.now();
    for (const seat of dueSeats(seats, now)) {
      if (running.size >= options.concurrency) break;
      const turn = takeTurn(seat, options, ports, signal).finally(() => running.delete(turn));
      running.add(turn);
    }
    await nextMoment({ seats, running, options, ports, signal });
  }
  await Promise.all(running);
  return seats.map(({ desk, turns, failures }) => ({ desk: desk.name, turns, failures }));
}

/** Longest overdue first: a desk that waited is not passed by one that is quicker to come back. */
const dueSeats = (seats: readonly Seat[], now: number): readonly Seat[] =>
  seats
    .filter(({ busy, dueAt }) => !busy && dueAt <= now)
    .toSorted((a, b) => a.dueAt - b.dueAt || a.turns - b.turns);

async function takeTurn(
  seat: Seat,
  { backOffMsMax }: SwarmOptions,
  { clock, progress }: SwarmPorts,
  signal: AbortSignal,
): Promise<void> {
  const { desk } = seat;
  const startedAt = clock.now();
  seat.busy = true;
  progress({ kind: 'started', desk: desk.name, at: startedAt, lateMs: startedAt - seat.dueAt });
  try {
    const said = await desk.act(signal);
    const at = clock.now();
    seat.failing = 0;
    // A turn that took longer than the period is followed by the next, not by those that it missed.
    seat.dueAt = Math.max(startedAt + desk.everyMs, at);
    progress({ kind: 'ended', desk: desk.name, at, tookMs: at - startedAt, said });
  } catch (error) {
    const at = clock.now();
    seat.failing += 1;
    seat.failures += 1;
    seat.dueAt =
      at + Math.max(desk.everyMs, Math.min(backOffMsMax, desk.everyMs * 2 ** seat.failing));
    progress({
      kind: 'failed',
      desk: desk.name,
      at,
      failures: seat.failing,
      nextAt: seat.dueAt as TimeMs,
      error,
    });
  } finally {
    seat.turns += 1;
    seat.busy = false;
  }
}

type Moment = Readonly<{
  seats: readonly Seat[];
  running: ReadonlySet<Promise<void>>;
  options: SwarmOptions;
  ports: SwarmPorts;
  signal: AbortSignal;
}>;

/** Sleeps until a turn ends, the next desk is due, or it is time to stop. */
async function nextMoment({ seats, running, options, ports, signal }: Moment): Promise<void> {
  const idle = seats.filter(({ busy }) => !busy).map(({ dueAt }) => dueAt);
  const full = running.size >= options.concurrency;
  const woken = new AbortController();
  const either = AbortSignal.any([signal, woken.signal]);
  const waits: Promise<void>[] = [...running];
  if (!full && idle.length > 0)
    waits.push(ports.wait(Math.max(0, Math.min(...idle) - ports.clock.now()), either));
  if (waits.length === 0) waits.push(ports.wait(Number.MAX_SAFE_INTEGER, either));
  await Promise.race(waits);
  woken.abort();
}
