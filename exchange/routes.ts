/** What the venue answers on each path. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { decode, instrumentCodec, list, type TimeMs } from '#firewall';
import type { Fault } from './contract.ts';
import { faultSettingCodec, type FaultSwitch } from './faults.ts';
import { answer, fail, readCount, readJson, readQuery } from './http.ts';
import { frozen, type Reading } from './reading.ts';
import { fillCodec, orderReportCodec, venueAccountCodec } from './records.ts';
import type { Streams } from './streams.ts';
import type { PostAnswer, PaperVenue } from './venue.ts';

export type Desk = {
  readonly venue: PaperVenue;
  readonly streams: Streams;
  /** What a new listener of the public stream is told first. */
  readonly greeting: () => Iterable<string>;
  readonly faults: FaultSwitch;
  /** Whether the switch for bad behaviour can be reached from outside. */
  readonly faultsAllowed: boolean;
  readonly lateMs: number;
  readonly hangMs: number;
  /** The state from before, while answers are stale. */
  stale: Reading | null;
  readonly closing: AbortSignal;
};

type Handler = (
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => void | Promise<void>;

const instruments = list(instrumentCodec, 10_000);
const fills = list(fillCodec, 1_000_000);

const badQuery = (response: ServerResponse, detail: string): void =>
  fail(response, 400, { code: 'QUERY_INVALID', detail });

/** Reads see what has fallen due, or, when that fault strikes, what was. */
function readingOf(desk: Desk): Reading {
  desk.venue.advance();
  const { engine } = desk.venue;
  return desk.faults.next('read') === 'stale-read' ? (desk.stale ??= frozen(engine)) : engine;
}

const time: Handler = (desk, _, response) => answer(response, 200, { now: desk.venue.now() });

const listed: Handler = (desk, _, response) =>
  answer(response, 200, { instruments: instruments.write(desk.venue.engine.instruments) });

const health: Handler = (desk, _, response) =>
  answer(response, desk.venue.failed ? 503 : 200, {
    ok: !desk.venue.failed,
    now: desk.venue.now(),
    listeners: desk.streams.listeners,
    dropped: desk.streams.dropped,
    fault: desk.faults.setting.fault,
  });

const order: Handler = (desk, _, response, url) => {
  const query = readQuery(url, ['account', 'clientId']);
  if (query === null) return badQuery(response, 'account and clientId');
  const report = readingOf(desk).order(query['account'] ?? '', query['clientId'] ?? '');
  const json = report === null ? null : orderReportCodec.write(report);
  return answer(response, 200, { order: json });
};

const filled: Handler = (desk, _, response, url) => {
  const query = readQuery(url, ['account'], ['since']);
  const since = readCount(query?.['since']);
  if (query === null || since === null) return badQuery(response, 'account and since');
  const found = readingOf(desk).fills(query['account'] ?? '', since as TimeMs);
  return answer(response, 200, { fills: fills.write(found) });
};

const account: Handler = (desk, _, response, url) => {
  const query = readQuery(url, ['account']);
  if (query === null) return badQuery(response, 'account');
  const name = query['account'] ?? '';
  const found = readingOf(desk).account(name);
  if (found === null) return fail(response, 404, { code: 'ACCOUNT_UNKNOWN', detail: name });
  return answer(response, 200, { account: venueAccountCodec.write(found) });
};

const publicStream: Handler = (desk, _, response, url) => {
  if (readQuery(url, []) === null) return badQuery(response, 'no parameters');
  return desk.streams.subscribe(response, desk.greeting());
};

const privateStream: Handler = (desk, _, response, url) => {
  const query = readQuery(url, ['account'], ['since']);
  const since = readCount(query?.['since']);
  if (query === null || since === null) return badQuery(response, 'account and since');
  const name = query['account'] ?? '';
  if (desk.venue.engine.account(name) === null)
    return fail(response, 404, { code: 'ACCOUNT_UNKNOWN', detail: name });
  // Who has heard more than was ever said has lost its venue, and must not be left waiting in silence.
  if (since > desk.venue.feed.last(name))
    return fail(response, 409, { code: 'SEQUENCE_AHEAD', detail: `${desk.venue.feed.last(name)}` });
  return desk.streams.follow(response, desk.venue.feed, { account: name, since });
};

const posted =
  (endpoint: 'order' | 'cancel'): Handler =>
  async (desk, request, response) => {
    const body = await readJson(request);
    if (!body.ok) {
      const status = body.code === 'BODY_TOO_LARGE' ? 413 : 400;
      // The rest of an oversized body is not read, so the connection is of no more use.
      if (status === 413) response.shouldKeepAlive = false;
      const at = desk.venue.now();
      return answer(response, status, { kind: 'rejected', code: body.code, detail: endpoint, at });
    }
    const fault = desk.faults.next('write');
    if (fault === 'none') return say(response, desk.venue.post(body.value, endpoint));
    return misbehave(desk, response, { fault, endpoint, value: body.value });
  };

const say = (response: ServerResponse, said: PostAnswer): void =>
  answer(response, said.kind === 'acked' ? 200 : 422, { ...said });

async function misbehave(
  desk: Desk,
  response: ServerResponse,
  {
    fault,
    endpoint,
    value,
  }: Readonly<{ fault: Fault; endpoint: 'order' | 'cancel'; value: unknown }>,
): Promise<void> {
  const { venue } = desk;
  if (fault === 'reject')
    return say(response, {
      kind: 'rejected',
      code: 'VENUE_REJECTED',
      detail: 'by the fault switch',
      at: venue.now(),
    });
  if (fault === 'late') {
    await pause(desk, desk.lateMs);
    return desk.closing.aborted ? undefined : say(response, venue.post(value, endpoint));
  }
  if (fault === 'timeout-before') return hang(desk, response);
  const first = venue.post(value, endpoint);
  if (fault === 'timeout-after') return hang(desk, response);
  // The network delivers the same bytes again; the trader hears the first answer only.
  if (fault === 'duplicate') venue.post(value, endpoint);
  return say(response, first);
}

/** Nothing is said, and after a while the connection dies. */
async function hang(desk: Desk, response: ServerResponse): Promise<void> {
  await pause(desk, desk.hangMs);
  response.destroy();
}

async function pause(desk: Desk, ms: number): Promise<void> {
  await wait(ms, undefined, { signal: desk.closing, ref: false }).catch((error: unknown) => {
    // Closing the venue cuts every pause short.
    if (!desk.closing.aborted) throw error;
  });
}

const setFault: Handler = async (desk, request, response) => {
  const body = await readJson(request);
  const decoded = body.ok
    ? decode(faultSettingCodec, body.value)
    : { ok: false as const, at: '$', want: 'JSON' };
  if (!decoded.ok) {
    const detail = `${decoded.at}: ${decoded.want}`;
    return fail(response, 400, { code: 'BODY_MALFORMED', detail });
  }
  applyFault(desk, decoded.value);
  return answer(response, 200, { ok: true });
};

export function applyFault(desk: Desk, setting: Parameters<FaultSwitch['set']>[0]): void {
  desk.faults.set(setting);
  desk.stale = setting.fault === 'stale-read' ? frozen(desk.venue.engine) : null;
}

const ROUTES: ReadonlyMap<string, Readonly<{ GET?: Handler; POST?: Handler }>> = new Map([
  ['/v1/order', { GET: order, POST: posted('order') }],
  ['/v1/cancel', { POST: posted('cancel') }],
  ['/v1/fills', { GET: filled }],
  ['/v1/account', { GET: account }],
  ['/v1/time', { GET: time }],
  ['/v1/instruments', { GET: listed }],
  ['/v1/stream', { GET: publicStream }],
  ['/v1/private', { GET: privateStream }],
  ['/v1/health', { GET: health }],
]);
const FAULT_ROUTE = { POST: setFault };

/** The handler, or the status to refuse with. */
export function routeOf(desk: Desk, path: string, method: string | undefined): Handler | 404 | 405 {
  const found: Readonly<{ GET?: Handler; POST?: Handler }> | undefined =
    path === '/v1/fault' && desk.faultsAllowed ? FAULT_ROUTE : ROUTES.get(path);
  if (found === undefined) return 404;
  return (method === 'GET' ? found.GET : method === 'POST' ? found.POST : undefined) ?? 405;
}
