/** Lines to whoever listens: public ones as they are published, private ones from any point; who is too slow is dropped. */
import type { ServerResponse } from 'node:http';
import { textOf } from '#firewall';
import type { PrivateFeed } from './private-feed.ts';
import { privateLineCodec } from './records.ts';

export type StreamLimits = Readonly<{
  /** Bytes that may wait for one listener. */
  bufferMax: number;
  /** How long a private listener may take nothing. */
  stallMsMax: number;
}>;

const open = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  response.flushHeaders();
};

export class Streams {
  readonly #limits: StreamLimits;
  readonly #public = new Set<ServerResponse>();
  readonly #private = new Set<ServerResponse>();
  dropped = 0;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  get listeners(): number {
    return this.#public.size + this.#private.size;
  }

  /** What came before, then every line from here on. */
  subscribe(response: ServerResponse, greeting: Iterable<string>): void {
    open(response);
    for (const line of greeting) response.write(`${line}\n`);
    this.#public.add(response);
    response.once('close', () => this.#public.delete(response));
  }

  publish(line: string): void {
    if (this.#public.size === 0) return;
    const whole = Buffer.from(`${line}\n`);
    for (const response of this.#public) {
      if (response.writableLength + whole.length > this.#limits.bufferMax) this.#drop(response);
      else response.write(whole);
    }
  }

  /** Everything after a sequence, then what comes. A listener is never given more than it takes. */
  follow(
    response: ServerResponse,
    feed: PrivateFeed,
    { account, since }: Readonly<{ account: string; since: number }>,
  ): void {
    open(response);
    let cursor = since;
    let stalledAt: number | null = null;
    const pump = (): void => {
      if (stalledAt !== null) {
        if (performance.now() - stalledAt > this.#limits.stallMsMax) this.#drop(response);
        return;
      }
      for (;;) {
        const line = feed.next(account, cursor);
        if (line === null) return;
        cursor = line.sequence;
        if (response.write(`${textOf(privateLineCodec, line)}\n`)) continue;
        stalledAt = performance.now();
        return;
      }
    };
    const stop = feed.listen(account, pump);
    this.#private.add(response);
    response.on('drain', () => {
      stalledAt = null;
      pump();
    });
    response.once('close', () => {
      stop();
      this.#private.delete(response);
    });
    pump();
  }

  close(): void {
    for (const response of [...this.#public, ...this.#private]) response.end();
  }

  #drop(response: ServerResponse): void {
    this.dropped += 1;
    this.#public.delete(response);
    response.destroy();
  }
}
