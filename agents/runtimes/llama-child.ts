/** One inference process, seen from outside: questions by number, a process that dies or hangs, and an end without traces. */
import { spawn, type ChildProcess } from 'node:child_process';
import { RuntimeError } from './contract.ts';
import { placed } from './llama-place.ts';
import { replySchema, type Order } from './llama-protocol.ts';

export type Question = Order extends infer O
  ? O extends { id: number }
    ? Omit<O, 'id'>
    : never
  : never;
type Waiting = Readonly<{ resolve(value: unknown): void; reject(error: RuntimeError): void }>;

/** How long the process may take to notice that a call was taken back. */
const STOP_MS = 1_500;

export class LlamaChild {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #gone = Promise.withResolvers<void>();
  #next = 1;
  #alive = true;

  constructor({ command, args, env } = placed()) {
    this.#process = spawn(command, args, {
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    this.#process.on('message', (message: unknown) => this.#hear(message));
    this.#process.on('error', () => this.#end('the inference process cannot be started'));
    this.#process.on('exit', () => this.#end('the inference process ended'));
    this.#restful();
  }

  get pid(): number | null {
    return this.#process.pid ?? null;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Answers, or says why not; a process that will not stop when told to is ended. */
  async ask(question: Question, signal: AbortSignal): Promise<unknown> {
    if (!this.#alive) throw gone('the inference process has ended');
    if (signal.aborted) throw new RuntimeError('CALL_CANCELLED', 'the call was taken back');
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    this.#restful();
    let impatience: NodeJS.Timeout | undefined;
    const stop = (): void => {
      this.#send({ kind: 'stop', id });
      impatience = setTimeout(() => this.kill(), STOP_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    this.#send({ ...question, id });
    try {
      return await promise;
    } finally {
      clearTimeout(impatience);
      signal.removeEventListener('abort', stop);
      this.#waiting.delete(id);
      this.#restful();
    }
  }

  kill(): void {
    this.#lose('the inference process was ended');
    this.#process.kill('SIGKILL');
  }

  /** Resolves when the process is no more. */
  async end(): Promise<void> {
    this.#process.ref();
    this.kill();
    await this.#gone.promise;
  }

  #send(order: Order): void {
    if (!this.#process.connected) return;
    this.#process.send(order, (error) => {
      if (error !== null) this.#lose('the inference process cannot be reached');
    });
  }

  #hear(message: unknown): void {
    const reply = replySchema.safeParse(message);
    if (!reply.success) {
      this.kill();
      return;
    }
    const waiting = this.#waiting.get(reply.data.id);
    if (reply.data.ok) waiting?.resolve(reply.data.value);
    else waiting?.reject(new RuntimeError(reply.data.code, reply.data.message));
  }

  #end(why: string): void {
    this.#lose(why);
    this.#gone.resolve();
  }

  /** Nothing more is expected of it, even if it still runs for a moment. */
  #lose(why: string): void {
    this.#alive = false;
    for (const { reject } of this.#waiting.values()) reject(gone(why));
  }

  /** An idle inference process does not keep ours from ending. */
  #restful(): void {
    const busy = this.#waiting.size > 0;
    const { channel } = this.#process;
    if (busy) this.#process.ref();
    else this.#process.unref();
    if (busy) channel?.ref();
    else channel?.unref();
  }
}

const gone = (why: string): RuntimeError =>
  new RuntimeError('RUNTIME_DOWN', why, { retryable: true });
