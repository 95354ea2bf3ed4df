/** Keeps a model's process: starts it when it is needed, starts it again when it died, lets it go when nobody asks. */
import { cpus } from 'node:os';
import { RuntimeError, type RuntimeOptions } from './contract.ts';
import { LlamaChild, type Question } from './llama-child.ts';
import { coresHere, hasGpuBuild } from './llama-place.ts';
import { loadedReply, type Loaded, type LoadOrder } from './llama-protocol.ts';
import { note, noteOf } from './model-notes.ts';
import { candidatesFor } from './threads.ts';

export type Kept = Readonly<{
  file: string;
  adapters: readonly string[];
  /** Of the weights: threads are measured once for each model on each machine. */
  digest: string;
  /** The weights as they lie on the disk now. */
  weights(): Promise<string>;
  threads: number | null;
  options: RuntimeOptions;
}>;

/** The largest model on the slowest disk is in memory by then. */
const LOAD_MS_MAX = 300_000;

export class LlamaKeeper {
  readonly #kept: Kept;
  #child: LlamaChild | null = null;
  #loading: Promise<Loaded> | null = null;
  #idle: NodeJS.Timeout | undefined;
  #busy = 0;
  #loadMs = 0;
  #closed = false;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  /** Of the inference process; null while there is none. */
  get pid(): number | null {
    return this.running ? (this.#child?.pid ?? null) : null;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get running(): boolean {
    return this.#child?.alive === true;
  }

  async loaded(): Promise<Loaded> {
    if (this.#closed) throw new RuntimeError('RUNTIME_DOWN', 'the runtime is closed');
    if (this.#loading === null || !this.running) {
      this.#child = new LlamaChild();
      this.#loading = this.#load(this.#child);
    }
    return this.#loading;
  }

  /** The limit counts from when the model is there. A process that passes it is ended. */
  async ask(question: Question, signal: AbortSignal, limitMs?: number): Promise<unknown> {
    clearTimeout(this.#idle);
    this.#busy += 1;
    try {
      await this.loaded();
      if (this.#child === null) throw new RuntimeError('RUNTIME_DOWN', 'the runtime is closed');
      const limits = limitMs === undefined ? [] : [AbortSignal.timeout(limitMs)];
      return await this.#child.ask(question, AbortSignal.any([signal, ...limits]));
    } finally {
      this.#busy -= 1;
      this.#rest();
    }
  }

  /** What bringing the model back has cost since this was last asked: the call that asks first has waited for it. */
  takeLoadMs(): number {
    const taken = this.#loadMs;
    this.#loadMs = 0;
    return taken;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#child?.end();
  }

  async #load(child: LlamaChild): Promise<Loaded> {
    const began = performance.now();
    try {
      // What is loaded again answers in the name of what was loaded first.
      if ((await this.#kept.weights()) !== this.#kept.digest)
        throw new RuntimeError('MODEL_NOT_FIT', 'the file is not the one that was opened');
      const order = await this.#order();
      const reply = await child.ask({ kind: 'load', order }, AbortSignal.timeout(LOAD_MS_MAX));
      const loaded = loadedReply.parse(reply);
      if (order.threads === null && order.candidates.length > 1)
        await note(this.#note(), String(loaded.threads));
      this.#loadMs += performance.now() - began;
      return loaded;
    } catch (cause) {
      child.kill();
      // A file that brings the process down would do so again.
      if (cause instanceof RuntimeError && cause.code !== 'RUNTIME_DOWN') throw cause;
      throw new RuntimeError('MODEL_NOT_FIT', 'the process ended while it loaded the model', {
        cause,
      });
    }
  }

  async #order(): Promise<LoadOrder> {
    const { file, adapters, threads, options } = this.#kept;
    const candidates = candidatesFor({ cores: coresHere(), calls: options.concurrency });
    const before = Number(await noteOf(this.#note()));
    return {
      file,
      adapters,
      threads: threads ?? (candidates.includes(before) ? before : null),
      candidates,
      gpu: hasGpuBuild(),
      windows: options.concurrency,
    };
  }

  #note(): string {
    const { digest, options } = this.#kept;
    const [core] = cpus();
    return `threads ${digest} ${core?.model ?? ''} ${coresHere()} ${options.concurrency}`;
  }

  #rest(): void {
    const { keepAliveMs } = this.#kept.options;
    if (this.#busy > 0 || keepAliveMs === null || this.#closed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#child?.kill(), keepAliveMs);
    this.#idle.unref();
  }
}
