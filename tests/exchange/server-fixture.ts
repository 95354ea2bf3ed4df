/** A venue on a real port, and the few ways a client talks to it. */
import { request } from 'node:http';
import { startVenueServer, type ServerOptions, type VenueServer } from '../../exchange/server.ts';
import type { PaperVenue } from '../../exchange/venue.ts';
import { at } from './fixtures.ts';
import { venueOn, type Turned } from './venue-fixture.ts';

export type Answer = Readonly<{ status: number; json: Record<string, unknown> }>;
export type Running = Readonly<{
  clock: Turned;
  venue: PaperVenue;
  server: VenueServer;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  [Symbol.asyncDispose](): Promise<void>;
}>;

export async function running(
  over: Partial<ServerOptions> = {},
  clock: Turned = { now: at(1) },
): Promise<Running> {
  const venue = over.venue ?? venueOn(clock);
  const server = await startVenueServer({ venue, port: 0, ...over });
  return {
    clock,
    venue,
    server,
    get: (path, headers = {}) => ask(server.port, { path, method: 'GET', headers }),
    post: (path, body) =>
      ask(
        server.port,
        { path, method: 'POST' },
        typeof body === 'string' ? body : JSON.stringify(body),
      ),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

type Asked = Readonly<{ path: string; method: string; headers?: Readonly<Record<string, string>> }>;

/** Without any pool or retry: one connection, one answer, or the error that the caller would see. */
function ask(port: number, asked: Asked, body?: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const out = request({ host: '127.0.0.1', port, agent: false, ...asked }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('error', reject);
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        json: JSON.parse(text) as Record<string, unknown>,
      }),
    );
  });
  out.on('error', reject);
  out.end(body);
  return promise;
}

export type Lines = Readonly<{
  /** Waits for this many lines in all. */
  upTo(count: number): Promise<readonly Record<string, unknown>[]>;
  ended: Promise<void>;
  stop(): void;
}>;

/** Reads a stream line by line. */
export function follow(port: number, path: string): Lines {
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  const ended = Promise.withResolvers<void>();
  const out = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) lines.push(JSON.parse(part) as Record<string, unknown>);
      for (const wake of waiting) wake();
    });
    response.on('error', () => ended.resolve());
    response.on('close', () => ended.resolve());
  });
  out.on('error', () => ended.resolve());
  out.end();
  return {
    upTo: async (count) => {
      while (lines.length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
        waiting.delete(resolve);
      }
      return lines.slice(0, count);
    },
    ended: ended.promise,
    stop: () => out.destroy(),
  };
}
