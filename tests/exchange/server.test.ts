/** The venue as its clients see it: paths, sizes, errors, streams, and a clean end. */
import { createConnection } from 'node:net';
import { decode, formatFixed } from '#firewall';
import { expect, it } from 'vitest';
import { orderReportCodec, privateLineCodec, venueAccountCodec } from '../../exchange/records.ts';
import { startVenueServer } from '../../exchange/server.ts';
import { at, BOOK, money, PERP, price, qty } from './fixtures.ts';
import { follow, running } from './server-fixture.ts';
import { cancelOf, requestOf, sign } from './venue-fixture.ts';

it('takes an order, fills it on the next book, and tells of it', async () => {
  await using on = await running();
  const signed = sign(requestOf({}, { clientId: 'a', qty: qty(7), limitPrice: price('100.2') }));
  const posted = await on.post('/v1/order', signed);
  expect(posted).toMatchObject({ status: 200, json: { kind: 'acked', state: 'resting' } });
  on.clock.now = at(2);
  on.venue.book(PERP.symbol, BOOK);
  const order = await on.get('/v1/order?account=main&clientId=a');
  expect(decode(orderReportCodec, order.json['order'])).toMatchObject({
    ok: true,
    value: { state: 'filled', filled: qty(7) },
  });
  const fills = await on.get('/v1/fills?account=main&since=2');
  expect(fills.json['fills']).toMatchObject([
    { price: '100.1', qty: '5', tradeId: 'T-1-1' },
    { price: '100.2', qty: '2', tradeId: 'T-1-2' },
  ]);
  expect((await on.get('/v1/fills?account=main&since=3')).json['fills']).toEqual([]);
  const account = await on.get('/v1/account?account=main');
  expect(decode(venueAccountCodec, account.json['account'])).toMatchObject({
    ok: true,
    value: { positions: [{ symbol: PERP.symbol, qty: qty(7) }] },
  });
});

it('cancels what it is asked to', async () => {
  await using on = await running();
  await on.post('/v1/order', sign(requestOf({}, { clientId: 'a' })));
  const gone = await on.post('/v1/cancel', sign(cancelOf('a')));
  expect(gone).toMatchObject({ status: 200, json: { kind: 'acked', state: 'cancelled' } });
  const again = await on.post('/v1/cancel', sign(cancelOf('a')));
  expect(again).toMatchObject({ status: 422, json: { kind: 'rejected', code: 'ORDER_UNKNOWN' } });
});

it('answers the plain questions', async () => {
  await using on = await running();
  expect((await on.get('/v1/time')).json).toEqual({ now: 1 });
  expect((await on.get('/v1/health')).json).toMatchObject({ ok: true, fault: 'none' });
  expect((await on.get('/v1/instruments')).json['instruments']).toMatchObject([
    { symbol: PERP.symbol, tick: formatFixed(PERP.tick) },
    { symbol: 'BTC/USDT' },
  ]);
  expect((await on.get('/v1/order?account=main&clientId=zz')).json).toEqual({ order: null });
});

it.each([
  ['/v1/nothing', 404, 'PATH_UNKNOWN'],
  ['/v1/__proto__', 404, 'PATH_UNKNOWN'],
  ['/v1/fault', 404, 'PATH_UNKNOWN'],
  ['/v1/cancel', 405, 'METHOD_UNSUPPORTED'],
  ['/v1/order?account=main', 400, 'QUERY_INVALID'],
  ['/v1/order?account=main&clientId=a&clientId=b', 400, 'QUERY_INVALID'],
  ['/v1/account?account=main&x=1', 400, 'QUERY_INVALID'],
  ['/v1/fills?account=main&since=-1', 400, 'QUERY_INVALID'],
  ['/v1/fills?account=main&since=1e3', 400, 'QUERY_INVALID'],
  ['/v1/private?account=main&since=x', 400, 'QUERY_INVALID'],
  ['/v1/account?account=nobody', 404, 'ACCOUNT_UNKNOWN'],
  ['/v1/private?account=nobody', 404, 'ACCOUNT_UNKNOWN'],
  ['/v1/private?account=main&since=2', 409, 'SEQUENCE_AHEAD'],
] as const)('GET %s is refused with %i %s', async (path, status, code) => {
  await using on = await running();
  expect(await on.get(path)).toMatchObject({ status, json: { kind: 'error', code } });
});

it('refuses what is not JSON, what is too large, and what is no request', async () => {
  await using on = await running();
  expect(await on.post('/v1/order', '{')).toMatchObject({
    status: 400,
    json: { kind: 'rejected', code: 'BODY_MALFORMED' },
  });
  expect(await on.post('/v1/order', `"${'x'.repeat(8_191)}"`)).toMatchObject({
    status: 413,
    json: { kind: 'rejected', code: 'BODY_TOO_LARGE' },
  });
  expect(await on.post('/v1/order', { body: 1 })).toMatchObject({
    status: 422,
    json: { kind: 'rejected', code: 'BODY_MALFORMED' },
  });
  expect(on.venue.engine.account('main')?.open).toEqual([]);
});

it('has nothing to say to a web page', async () => {
  await using on = await running();
  for (const headers of [{ origin: 'https://example.org' }, { host: 'example.org' }])
    expect(await on.get('/v1/account?account=main', headers)).toMatchObject({
      status: 403,
      json: { code: 'ORIGIN_FORBIDDEN' },
    });
});

it('gives the private stream from any point, then what comes, and only its own', async () => {
  await using on = await running();
  await on.post('/v1/order', sign(requestOf({}, { clientId: 'a' })));
  const all = follow(on.server.port, '/v1/private?account=main');
  const late = follow(on.server.port, '/v1/private?account=main&since=1');
  const before = await all.upTo(2);
  expect(before).toMatchObject([
    { sequence: 1, event: { kind: 'cash', move: { amount: '100000' } } },
    { sequence: 2, event: { kind: 'report', report: { clientId: 'a' } } },
  ]);
  for (const line of before) expect(decode(privateLineCodec, line).ok).toBe(true);
  on.venue.deposit('other', money(1));
  await on.post('/v1/cancel', sign(cancelOf('a')));
  const rest = await late.upTo(2);
  expect(rest.map((line) => line['sequence'])).toEqual([2, 3]);
  expect(rest[1]).toMatchObject({ event: { report: { state: 'cancelled' } } });
  late.stop();
  all.stop();
});

it('greets a new listener with what it needs to know, before anything new', async () => {
  await using on = await running({ greeting: () => ['{"first":1}', '{"second":2}'] });
  const lines = follow(on.server.port, '/v1/stream');
  await lines.upTo(2);
  on.server.publish('{"third":3}');
  expect(await lines.upTo(3)).toEqual([{ first: 1 }, { second: 2 }, { third: 3 }]);
  lines.stop();
});

it('publishes to every listener, and drops the one that does not read', async () => {
  await using on = await running({ bufferMax: 100_000 });
  const good = follow(on.server.port, '/v1/stream');
  const slow = createConnection(on.server.port, '127.0.0.1');
  slow.pause();
  slow.write('GET /v1/stream HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
  while ((await on.get('/v1/health')).json['listeners'] !== 2) on.venue.advance();
  const line = JSON.stringify({ text: 'x'.repeat(50_000) });
  let sent = 0;
  while ((await on.get('/v1/health')).json['dropped'] === 0) {
    on.server.publish(line);
    sent += 1;
    await good.upTo(sent);
  }
  on.server.publish('{"last":true}');
  expect((await good.upTo(sent + 1)).at(-1)).toEqual({ last: true });
  expect((await on.get('/v1/health')).json['listeners']).toBe(1);
  slow.destroy();
  good.stop();
});

it('ends its streams when it closes', async () => {
  const on = await running();
  const lines = follow(on.server.port, '/v1/private?account=main');
  await lines.upTo(1);
  await on.server.close();
  await lines.ended;
  await expect(on.get('/v1/time')).rejects.toThrow();
});

it('says that its port is taken', async () => {
  await using on = await running();
  await expect(startVenueServer({ venue: on.venue, port: on.server.port })).rejects.toMatchObject({
    name: 'ExchangeError',
    code: 'PORT_IN_USE',
    retryable: true,
  });
});
