/** Follows a stream of lines over HTTP from this machine: reconnects, and says when it is cut off. */
import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2_000;
/** A stream that says nothing for this long, not even a heartbeat, is dead. */
const SILENCE_MS = 10_000;

export type LineStream = Readonly<{ close(): void }>;

type Follower = Readonly<{
  /** The address, asked anew at each connection, so that it can carry where to go on from. */
  url(): string;
  onLine(line: string): void;
  onUp(): void;
  onDown(reason: string): void;
}>;

export function followLines(follower: Follower): LineStream {
  const ending = new AbortController();
  void follow(follower, ending.signal);
  return { close: () => ending.abort() };
}

async function follow(follower: Follower, signal: AbortSignal): Promise<void> {
  let waitMs = RETRY_FIRST_MS;
  while (!signal.aborted) {
    const reason = await readOnce(follower, signal, () => {
      waitMs = RETRY_FIRST_MS;
    });
    if (signal.aborted) return;
    follower.onDown(reason);
    await sleep(waitMs, null, { ref: false });
    waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
  }
}

const readOnce = (follower: Follower, signal: AbortSignal, onUp: () => void): Promise<string> =>
  new Promise((resolve) => {
    const request = get(
      follower.url(),
      { signal, timeout: SILENCE_MS },
      (response: IncomingMessage) => {
        if (response.statusCode !== 200) {
          response.resume();
          resolve(`status ${response.statusCode}`);
          return;
        }
        onUp();
        follower.onUp();
        const lines = createInterface({ input: response });
        lines.on('line', (line) => {
          if (line !== '') follower.onLine(line);
        });
        lines.once('close', () => resolve('stream ended'));
        // The reader of lines passes on what happens to the stream beneath it; unheard, it would end the process.
        lines.once('error', (error: Error) => resolve(error.message));
        response.once('error', (error) => resolve(error.message));
      },
    );
    request.once('timeout', () => request.destroy(new Error('stream silent')));
    request.once('error', (error) => resolve(error.message));
  });
