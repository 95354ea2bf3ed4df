/** The paper venue on a loopback port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExchangeError } from './codes.ts';
import { FaultSwitch, type FaultSetting } from './faults.ts';
import { fail, foreign } from './http.ts';
import { applyFault, routeOf, type Desk } from './routes.ts';
import { Streams } from './streams.ts';
import type { PaperVenue } from './venue.ts';

export type ServerOptions = Readonly<{
  venue: PaperVenue;
  /** Zero for any free one. */
  port: number;
  /** Lines that a new listener of the public stream is given first: the market so far. */
  greeting?: () => Iterable<string>;
  /** Opens POST /v1/fault. Never on by default. */
  faultsAllowed?: boolean;
  /** How long a late request is on its way. */
  lateMs?: number;
  /** How long a request that is never answered keeps its connection. */
  hangMs?: number;
  /** Bytes that may wait for one listener of a stream. */
  bufferMax?: number;
  stallMsMax?: number;
  /** Told of what broke; the venue goes on, or has stopped answering. */
  onError?: (error: unknown) => void;
}>;

export type VenueServer = Readonly<{
  port: number;
  url: string;
  /** One line of JSON to everyone on the public stream. */
  publish(line: string): void;
  setFault(setting: FaultSetting): void;
  close(): Promise<void>;
}>;

export async function startVenueServer(options: ServerOptions): Promise<VenueServer> {
  const { venue, onError } = options;
  const closing = new AbortController();
  const { bufferMax = 1_048_576, stallMsMax = 10_000 } = options;
  const streams = new Streams({ bufferMax, stallMsMax });
  const desk: Desk = {
    venue,
    streams,
    greeting: options.greeting ?? (() => []),
    faults: new FaultSwitch(),
    faultsAllowed: options.faultsAllowed ?? false,
    lateMs: options.lateMs ?? 1_000,
    hangMs: options.hangMs ?? 5_000,
    stale: null,
    closing: closing.signal,
  };
  const server = createServer(
    {
      requestTimeout: 10_000,
      headersTimeout: 5_000,
      keepAliveTimeout: 60_000,
      maxHeaderSize: 8_192,
    },
    (request, response) => {
      handle(desk, request, response).catch((error: unknown) => {
        // A client that hung up in the middle of its own words is not our failure.
        if (!request.complete) {
          response.destroy();
          return;
        }
        onError?.(error);
        fail(response, 503, { code: 'VENUE_STOPPED', detail: 'the venue cannot answer' });
      });
    },
  );
  server.maxConnections = 256;
  const port = await listen(server, options.port);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    publish: (line) => streams.publish(line),
    setFault: (setting) => applyFault(desk, setting),
    close: () => {
      closing.abort();
      streams.close();
      return close(server);
    },
  };
}

async function handle(
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (foreign(request))
    return fail(response, 403, { code: 'ORIGIN_FORBIDDEN', detail: 'only this machine may ask' });
  const target = request.url ?? '/';
  const url = URL.parse(target, 'http://127.0.0.1');
  const route = url === null ? 404 : routeOf(desk, url.pathname, request.method);
  if (url === null || route === 404)
    return fail(response, 404, { code: 'PATH_UNKNOWN', detail: 'no such path' });
  if (route === 405)
    return fail(response, 405, { code: 'METHOD_UNSUPPORTED', detail: url.pathname });
  await route(desk, request, response, url);
  return undefined;
}

async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
  try {
    await promise;
  } catch (cause) {
    const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw taken
      ? new ExchangeError('PORT_IN_USE', `port ${port} is taken by another process`, true, cause)
      : new ExchangeError('LISTEN_FAILED', `cannot listen on port ${port}`, false, cause);
  }
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
