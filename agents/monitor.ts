/** Watches a runtime: a heartbeat every half minute, each call's outcome, and a canary before it is trusted again. */
import { askCanary } from './canary.ts';
import type { AgentCall, ModelSettings } from './contract.ts';
import {
  afterSign,
  HEALTH_LIMITS,
  stateOf,
  UNHEARD,
  type Health,
  type HealthLimits,
  type Sign,
  type Vitals,
} from './health.ts';
import type { ChatRuntime } from './runtimes/chat-runtime.ts';
import { RuntimeError } from './runtimes/contract.ts';

/** Time, from outside: the machine's own, or a test's. */
export type Timer = Readonly<{
  /** Milliseconds that never run backwards. */
  now(): number;
  /** Runs the work again and again; the answer ends it. */
  every(ms: number, work: () => void): () => void;
  /** A signal that comes after so long. */
  limit(ms: number): AbortSignal;
}>;

export const systemTimer: Timer = {
  now: () => performance.now(),
  every(ms, work) {
    const timer = setInterval(work, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
  limit: (ms) => AbortSignal.timeout(ms),
};

export type Watch = Readonly<{
  runtime: ChatRuntime;
  /** How the canary asks. */
  settings: ModelSettings;
  timer: Timer;
  limits?: HealthLimits;
  beatEveryMs?: number;
  beatMsMax?: number;
  /** Told of each change, and of the first state. */
  onChange?(health: Health, before: Health | null): void;
}>;

const BEAT_EVERY_MS = 30_000;
const BEAT_MS_MAX = 10_000;

export class RuntimeMonitor {
  readonly #watch: Watch;
  readonly #ending = new AbortController();
  #vitals: Vitals = UNHEARD;
  #health: Health;
  #beating: Promise<void> | null = null;
  #stop: (() => void) | null = null;

  constructor(watch: Watch) {
    this.#watch = watch;
    this.#health = { ...stateOf(UNHEARD), since: watch.timer.now() };
  }

  get health(): Health {
    return this.#health;
  }

  /** Why the model should not be asked now; null when it may be. A slow one may: each call has its own deadline. */
  fit(): 'MODEL_UNHEALTHY' | null {
    const { state } = this.#health;
    return state === 'up' || state === 'slow' ? null : 'MODEL_UNHEALTHY';
  }

  /** Resolves after the first heartbeat, good or bad. */
  start(): Promise<void> {
    const { timer, beatEveryMs = BEAT_EVERY_MS, onChange } = this.#watch;
    onChange?.(this.#health, null);
    this.#stop = timer.every(beatEveryMs, () => void this.beat());
    return this.beat();
  }

  stop(): void {
    this.#stop?.();
    this.#ending.abort();
  }

  /** What came of a call, as its record says. A call that was never made has nothing to report. */
  report({ code, metrics }: Pick<AgentCall, 'code' | 'metrics'>): void {
    this.#take({ kind: 'call', code, totalMs: metrics?.totalMs ?? null });
  }

  /** One heartbeat at a time: a slow one is waited for. */
  beat(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = null;
    });
    return this.#beating;
  }

  async #beat(): Promise<void> {
    const { runtime, settings, timer, beatMsMax = BEAT_MS_MAX } = this.#watch;
    const code = await this.#outcome((signal) => runtime.heartbeat(signal), timer.limit(beatMsMax));
    if (this.#ending.signal.aborted) return;
    this.#take({ kind: 'beat', code });
    if (this.#health.state !== 'failing') return;
    const canary = await askCanary(runtime, settings, this.#ending.signal);
    if (!this.#ending.signal.aborted) this.#take({ kind: 'canary', code: canary });
  }

  /** A heartbeat that ignores its signal is a bad one all the same. */
  async #outcome(work: (signal: AbortSignal) => Promise<void>, limit: AbortSignal) {
    const signal = AbortSignal.any([limit, this.#ending.signal]);
    const { promise, resolve } = Promise.withResolvers<string>();
    signal.addEventListener('abort', () => resolve('CALL_TIMED_OUT'), { once: true });
    if (signal.aborted) resolve('CALL_TIMED_OUT');
    const beat = work(signal).then(
      () => null,
      (error: unknown) => (error instanceof RuntimeError ? error.code : 'RUNTIME_FAILED'),
    );
    return Promise.race([beat, promise]);
  }

  #take(sign: Sign): void {
    const { timer, limits = HEALTH_LIMITS, onChange } = this.#watch;
    this.#vitals = afterSign(this.#vitals, sign, limits);
    const next = stateOf(this.#vitals);
    const before = this.#health;
    if (next.state === before.state && next.reason === before.reason) return;
    this.#health = { ...next, since: next.state === before.state ? before.since : timer.now() };
    onChange?.(this.#health, before);
  }
}
