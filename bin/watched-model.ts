/** The house's model under watch: opened in the background, asked for signs of life, and told of each call that went wrong. */
import type { AgentCall, ModelSettings } from '../agents/contract.ts';
import type { Health } from '../agents/health.ts';
import { RuntimeMonitor, systemTimer, type Timer } from '../agents/monitor.ts';
import type { Log } from '../infra/log.ts';
import type { SteadyRuntime } from './steady-runtime.ts';

/** A model that has just gone may be back at once: nobody waits for the next regular heartbeat to see. */
const AGAIN_MS = 2_000;

export type WatchOptions = Readonly<{
  runtime: SteadyRuntime;
  settings: ModelSettings;
  log: Log;
  /** Told when the model goes and when it is back, for people. */
  notice(code: 'MODEL_AWAY' | 'MODEL_BACK', message: string): void;
  name: string;
  timer?: Timer;
}>;

export type WatchedModel = Readonly<{
  runtime: SteadyRuntime;
  /** Resolves after the first sign of life, or the lack of one; opening it may go on. */
  heard: Promise<void>;
  fit(): string | null;
  report(calls: readonly AgentCall[]): void;
  close(): Promise<void>;
}>;

export function watchModel(options: WatchOptions): WatchedModel {
  const { runtime, settings, log, notice, name, timer = systemTimer } = options;
  let waiting: (() => void) | null = null;
  let away = false;
  const onChange = ({ state, reason }: Health, before: Health | null): void => {
    log(state === 'up' ? 'info' : 'warn', 'MODEL_HEALTH', {
      model: name,
      state,
      reason,
      pid: runtime.processId,
    });
    if (before === null) return;
    const unfit = state === 'down' || state === 'failing';
    if (unfit && !away) notice('MODEL_AWAY', `${name} is ${state}: ${reason ?? 'no reason given'}`);
    if (!unfit && away) notice('MODEL_BACK', `${name} answers again`);
    away = unfit;
    if (state !== 'down' || before.state === 'down') return;
    waiting?.();
    const stop = timer.every(AGAIN_MS, () => {
      stop();
      void monitor.beat();
    });
    waiting = stop;
  };
  const monitor = new RuntimeMonitor({ runtime, settings, timer, onChange });
  return {
    runtime,
    heard: monitor.start(),
    fit: () => monitor.fit(),
    report(calls) {
      for (const call of calls) monitor.report(call);
    },
    async close() {
      waiting?.();
      monitor.stop();
      await runtime.close();
    },
  };
}
