/** The paper venue over HTTP on this machine: sends signed bytes once, asks, and listens. */
import { Agent, request as open, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as f from '#firewall';
import {
  VenueError,
  type SignedRequest,
  type Venue,
  type VenueListener,
  type VenueReply,
} from '../contract.ts';
import {
  factOf,
  orderCodec,
  orderState,
  replyCodec,
  standingCodec,
  timeCodec,
} from './paper-wire.ts';

export type PaperHttp = Readonly<{
  /** Such as `http://127.0.0.1:4030`. */
  url: string;
  account: string;
  /** How long one call may take. */
  callMs?: number;
  /** After how long without a connection the stream is tried again. */
  retryMs?: number;
}>;

const ANSWER_MAX = 4 * 1024 * 1024;

export function paperVenue({
  url,
  account,
  callMs = 2_000,
  retryMs = 200,
}: PaperHttp): Venue & Readonly<{ close(): void }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const get = async <T>(path: string, codec: f.Codec<T>): Promise<T> => {
    const { status, text } = await call({ url: `${url}${path}`, method: 'GET', agent, callMs });
    if (status !== 200) throw new VenueError('VENUE_REFUSED', `${path}: status ${status}`, true);
    return understood(path, codec, text);
  };
  const who = `account=${encodeURIComponent(account)}`;
  return {
    async send(request) {
      const { path, body } = posted(request);
      try {
        const answer = await call({ url: `${url}${path}`, method: 'POST', agent, callMs, body });
        return understood(path, replyCodec, answer.text);
      } catch (error) {
        if (error instanceof VenueError) return { kind: 'timeout' } satisfies VenueReply;
        throw error;
      }
    },
    query: async (clientId) =>
      orderState(
        await get(`/v1/order?${who}&clientId=${encodeURIComponent(clientId)}`, orderCodec),
      ),
    now: async () => (await get('/v1/time', timeCodec)).now,
    standing: () => get(`/v1/account?${who}`, standingCodec),
    follow(since, listener) {
      const ending = new AbortController();
      const stream = { url: `${url}/v1/private?${who}`, account, retryMs, signal: ending.signal };
      void follow(stream, since, listener);
      return { close: () => ending.abort() };
    },
    close: () => agent.destroy(),
  };
}

/** Where a body goes follows from what was signed, not from who hands it over. */
function posted({ body, signature }: SignedRequest): Readonly<{ path: string; body: string }> {
  const kind = (JSON.parse(body) as { kind?: unknown }).kind;
  return {
    path: kind === 'cancel' ? '/v1/cancel' : '/v1/order',
    body: JSON.stringify({ body, signature }),
  };
}

function understood<T>(path: string, codec: f.Codec<T>, text: string): T {
  const read = f.decodeText(codec, text, ANSWER_MAX);
  if (read.ok) return read.value;
  throw new VenueError('ANSWER_MALFORMED', `${path}: ${read.at}: wanted ${read.want}`, true);
}

type Call = Readonly<{
  url: string;
  method: 'GET' | 'POST';
  agent: Agent;
  callMs: number;
  body?: string;
}>;

/** One call with one deadline over all of it. Nothing is ever repeated by this layer. */
const call = ({ url, method, agent, callMs, body }: Call) =>
  new Promise<Readonly<{ status: number; text: string }>>((resolve, reject) => {
    const broken = (cause: unknown): void => {
      const late = (cause as Error).name === 'TimeoutError';
      const code = late ? 'CALL_TIMED_OUT' : 'CALL_FAILED';
      reject(new VenueError(code, `${method} ${new URL(url).pathname}`, true, cause));
    };
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(callMs);
    const request = open(url, { method, agent, headers, signal }, (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), broken);
    });
    request.on('error', broken);
    request.end(body);
  });

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_MAX) throw new VenueError('ANSWER_TOO_LONG', `over ${ANSWER_MAX}`, true);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

type Stream = Readonly<{ url: string; account: string; retryMs: number; signal: AbortSignal }>;

async function follow(stream: Stream, since: () => number, listener: VenueListener): Promise<void> {
  while (!stream.signal.aborted) {
    const reason = await listen(stream, since(), listener);
    if (stream.signal.aborted) return;
    listener.down(reason);
    await sleep(stream.retryMs, undefined, { ref: false });
  }
}

const listen = (stream: Stream, since: number, listener: VenueListener): Promise<string> =>
  new Promise((resolve) => {
    const { url, signal, account } = stream;
    const request = open(`${url}&since=${since}`, { signal }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        resolve(`status ${response.statusCode ?? '?'}`);
        return;
      }
      listener.up();
      const lines = createInterface({ input: response });
      let lost = false;
      lines.on('line', (line) => {
        // What came in the same piece is still read out after the stream is cut.
        if (lost) return;
        const heard = factOf(line, account);
        if (heard !== null) return listener.fact(heard.sequence, heard.fact);
        // A line that is not understood may be a fill: going on behind it would lose it for good.
        lost = true;
        response.destroy(new Error('a line that is not understood'));
      });
      lines.once('close', () => resolve('the stream ended'));
      // The reader of lines passes its input's error on, and an error that nobody hears ends the process.
      lines.on('error', (error) => resolve(error.message));
      response.on('error', (error) => resolve(error.message));
    });
    request.on('error', (error) => resolve(error.message));
    request.end();
  });
