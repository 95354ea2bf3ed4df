/** Keeps processes running: restart with backoff, clean stop in reverse order, nothing left behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Json } from '#firewall';
import type { Log } from './log.ts';

/** A process that must not be started again: what it refused would only be refused again. */
export const EXIT_REFUSED = 78;
const BACKOFF_FIRST_MS = 250;
/** After this long without an exit a process counts as healthy again. */
const HEALTHY_MS = 30_000;
const STOP_GRACE_MS = 8_000;

export type RoleSpec = Readonly<{
  name: string;
  /** The TypeScript file that the role's process runs. */
  file: string;
  /** First message to the process; secrets travel here, never in its arguments or environment. */
  start: Readonly<Record<string, Json>>;
  logFile: string;
  /** Longest wait before it is started again. */
  restartMsMax: number;
}>;

export type RoleState = Readonly<{
  name: string;
  pid: number | null;
  status: 'starting' | 'ready' | 'waiting' | 'refused' | 'stopped';
  restarts: number;
}>;

type Watch = Readonly<{
  log: Log;
  onEvent(role: string, event: Json): void;
  /** A role refused to run: the house should come down rather than limp. */
  onRefused(role: string): void;
}>;

export type Supervised = Readonly<{
  ready: Promise<void>;
  state(): RoleState;
  stop(): Promise<void>;
}>;

/** Runs one role until it is stopped. */
export function supervise(spec: RoleSpec, watch: Watch): Supervised {
  let child: ChildProcess | null = null;
  let status: RoleState['status'] = 'starting';
  let restarts = 0;
  let backoffMs = BACKOFF_FIRST_MS;
  let timer: NodeJS.Timeout | undefined;
  let ended: Promise<void> = Promise.resolve();
  const first = Promise.withResolvers<void>();

  const onExit = (code: number | null, startedAt: number): void => {
    child = null;
    if (status === 'stopped') return;
    if (code === EXIT_REFUSED) {
      status = 'refused';
      first.reject(new Error(`${spec.name} refused to run`));
      watch.onRefused(spec.name);
      return;
    }
    if (performance.now() - startedAt > HEALTHY_MS) backoffMs = BACKOFF_FIRST_MS;
    status = 'waiting';
    watch.log('warn', 'ROLE_RESTARTING', {
      name: spec.name,
      code,
      inMs: Math.min(backoffMs, spec.restartMsMax),
    });
    timer = setTimeout(run, backoffMs);
    backoffMs = Math.min(backoffMs * 2, spec.restartMsMax);
    restarts += 1;
  };

  const run = (): void => {
    const startedAt = performance.now();
    status = 'starting';
    const started = launch(spec, watch, () => {
      // A word that crossed with the order to stop changes nothing.
      if (status === 'starting') status = 'ready';
      first.resolve();
    });
    child = started;
    ended = new Promise((resolve) => {
      started.once('exit', (code) => {
        onExit(code, startedAt);
        resolve();
      });
    });
  };
  run();
  return {
    ready: first.promise,
    state: () => ({ name: spec.name, pid: child?.pid ?? null, status, restarts }),
    async stop() {
      clearTimeout(timer);
      status = 'stopped';
      if (child !== null) await stopChild(child, ended);
    },
  };
}

function launch(spec: RoleSpec, watch: Watch, onReady: () => void): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', spec.file], {
    // Its own group: a Ctrl-C in the terminal is the supervisor's to pass on, in its order.
    detached: true,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null)
      createInterface({ input: stream }).on('line', (line) =>
        appendFileSync(spec.logFile, `${line}\n`),
      );
  child.on('message', (message: Json) => {
    const kind = kindOf(message);
    if (kind === 'ready') onReady();
    else if (kind === 'event') watch.onEvent(spec.name, message);
  });
  child.on('error', (error) =>
    watch.log('error', 'ROLE_FAILED', { name: spec.name, message: error.message }),
  );
  child.send({ kind: 'start', ...spec.start }, () => undefined);
  return child;
}

const kindOf = (message: Json): Json =>
  typeof message === 'object' && message !== null && 'kind' in message
    ? (message['kind'] ?? null)
    : null;

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.send({ kind: 'stop' }, () => undefined);
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await ended;
  clearTimeout(killer);
}
