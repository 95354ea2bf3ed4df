/** Lanes on BullMQ: the same queues on the embedded Postgres or on Redis. At least once, in order, one at a time. */
import { createPostgresBackend, Queue, Worker, type WorkerOptions } from 'bullmq';
import { Redis } from 'ioredis';
import type { Json } from '#firewall';
import type { Lane, Lanes, LaneWorker } from '../gate/contract.ts';

export class LanesError extends Error {
  readonly code: 'QUEUE_UNAVAILABLE' | 'QUEUE_URL_INVALID';
  readonly retryable: boolean;
  constructor(code: LanesError['code'], message: string, retryable: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = 'LanesError';
    this.code = code;
    this.retryable = retryable;
  }
}

export type LanesOptions = Readonly<{
  /** `redis://…`, `rediss://…` or `postgres://…`. */
  url: string;
  /** Keeps installations that share one server apart. */
  prefix: string;
  onError(error: Error): void;
}>;

/** A lane's worker that died is noticed after this long; its message then goes to the next worker. */
const LOCK_MS = 5_000;
const SEND_TIMEOUT_MS = 5_000;
const ATTEMPTS_MAX = 1_000;

/** Only what the lanes need of a backend: how to make its queues and workers. */
type Backend = Readonly<{
  queue(name: string): Queue;
  worker(name: string, handle: (job: Arrived) => Promise<void>, options: Tuning): Worker;
  close(): Promise<void>;
}>;
type Arrived = Readonly<{ data: unknown; id?: string | undefined }>;
type Tuning = Pick<
  WorkerOptions,
  'concurrency' | 'lockDuration' | 'stalledInterval' | 'maxStalledCount'
>;

export function openLanes(options: LanesOptions): Lanes {
  const backend = backendFor(options);
  const queues = new Map<string, Queue>();
  const workers = new Set<Worker>();
  const queueOf = (name: string): Queue => {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const made = backend.queue(name);
    made.on('error', options.onError);
    queues.set(name, made);
    return made;
  };
  return {
    lane: (name) => laneOn(queueOf(name)),
    work: (name, handle) => workOn(backend, workers, name, handle, options.onError),
    depth: (name) => unlessSlow(queueOf(name).getWaitingCount(), 'depth'),
    async close() {
      await Promise.allSettled([...workers].map((worker) => worker.close()));
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
      await backend.close();
    },
  };
}

const laneOn = (queue: Queue): Lane => ({
  async send(key: string, payload: Json) {
    await unlessSlow(
      queue.add('message', payload, {
        jobId: key,
        // A handler is idempotent and its records are its own; the queue only has to bring the message back.
        attempts: ATTEMPTS_MAX,
        backoff: { type: 'fixed', delay: 500 },
        removeOnComplete: true,
        removeOnFail: true,
      }),
      'send',
    );
  },
});

function workOn(
  backend: Backend,
  workers: Set<Worker>,
  name: string,
  handle: (payload: unknown, key: string) => Promise<void>,
  onError: (error: Error) => void,
): LaneWorker {
  const worker = backend.worker(name, (job) => handle(job.data, job.id ?? ''), {
    concurrency: 1,
    lockDuration: LOCK_MS,
    stalledInterval: LOCK_MS / 2,
    maxStalledCount: ATTEMPTS_MAX,
  });
  worker.on('error', onError);
  worker.on('failed', (_job, error) => onError(error));
  workers.add(worker);
  return {
    async close() {
      workers.delete(worker);
      await worker.close();
    },
  };
}

function backendFor({ url, prefix, onError }: LanesOptions): Backend {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol === 'postgres:' || protocol === 'postgresql:') return onPostgres(url, prefix);
  if (protocol === 'redis:' || protocol === 'rediss:') return onRedis(url, prefix, onError);
  throw new LanesError(
    'QUEUE_URL_INVALID',
    'the queue needs a redis:// or postgres:// address',
    false,
  );
}

function onPostgres(url: string, prefix: string): Backend {
  const connection = { connectionString: url, migrate: true, max: 8 };
  return {
    queue: (name) =>
      new Queue(name, { connection, prefix }, createPostgresBackend) as unknown as Queue,
    worker: (name, handle, tuning) =>
      new Worker(
        name,
        handle,
        { connection, prefix, ...tuning },
        createPostgresBackend,
      ) as unknown as Worker,
    close: async () => {},
  };
}

const retryStrategy = (times: number): number => Math.min(times * 50, 1_000);

function onRedis(url: string, prefix: string, onError: (error: Error) => void): Backend {
  // A producer must hear quickly that the queue is away; a worker must wait for it as long as it takes.
  const producer = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: true,
    retryStrategy,
  });
  const consumer = new Redis(url, { maxRetriesPerRequest: null, retryStrategy });
  for (const client of [producer, consumer]) client.on('error', onError);
  return {
    queue: (name) => new Queue(name, { connection: producer, prefix, skipWaitingForReady: true }),
    worker: (name, handle, tuning) =>
      new Worker(name, handle, { connection: consumer, prefix, ...tuning }),
    close: async () => {
      producer.disconnect();
      consumer.disconnect();
    },
  };
}

async function unlessSlow<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new LanesError('QUEUE_UNAVAILABLE', `the queue did not ${what} in time`, true)),
      SEND_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    if (cause instanceof LanesError) throw cause;
    throw new LanesError('QUEUE_UNAVAILABLE', `the queue failed to ${what}`, true, cause);
  } finally {
    clearTimeout(timer);
  }
}
