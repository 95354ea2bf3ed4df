/** The courier's own client against this venue: both ends of the wire, real signatures, and the faults between them. */
import { hashText, type Ppm } from '#firewall';
import { expect, it } from 'vitest';
import type { Fault } from '../../exchange/contract.ts';
import { paperBody, type PaperRequest } from '../../exchange/wire.ts';
import type { SignedRequest, VenueFact } from '../../signer/contract.ts';
import { paperVenue } from '../../signer/venues/paper-http.ts';
import { at, BOOK, PERP, price, qty } from './fixtures.ts';
import { running } from './server-fixture.ts';
import { cancelOf, requestOf, sign } from './venue-fixture.ts';

const signedRequest = (request: PaperRequest): SignedRequest => ({
  approvalId: '0'.repeat(32),
  clientId: request.order.clientId,
  symbol: request.order.symbol,
  ...sign(request),
  digest: hashText(paperBody(request)),
  deadline: request.deadline,
});

async function both() {
  const on = await running({ hangMs: 50, lateMs: 5 });
  const client = paperVenue({ url: on.server.url, account: 'main', callMs: 2_000 });
  return {
    ...on,
    client,
    fault: (fault: Fault) => on.server.setFault({ fault, probability: 1_000_000 as Ppm, seed: 1 }),
    async [Symbol.asyncDispose]() {
      client.close();
      await on.server.close();
    },
  };
}

it('sends, asks and takes back', async () => {
  await using on = await both();
  const request = signedRequest(requestOf({}, { clientId: 'a' }));
  expect(await on.client.send(request)).toEqual({
    kind: 'acked',
    venueOrderId: 'V-1',
    state: 'resting',
  });
  expect(await on.client.query('a')).toMatchObject({ clientId: 'a', state: 'resting' });
  expect(await on.client.query('b')).toBeNull();
  expect(await on.client.now()).toBe(1);
  expect(await on.client.standing()).toMatchObject({ open: [{ clientId: 'a' }], positions: [] });
  expect(await on.client.send(request)).toEqual({ kind: 'rejected', code: 'NONCE_REPLAYED' });
  const cancel = signedRequest(cancelOf('a'));
  expect(await on.client.send(cancel)).toMatchObject({ kind: 'acked', state: 'cancelled' });
});

it('hears every fact once, in the numbering of the venue', async () => {
  await using on = await both();
  const heard: (readonly [number, VenueFact['kind']])[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const stream = on.client.follow(() => heard.at(-1)?.[0] ?? 0, {
    fact: (sequence, fact) => {
      heard.push([sequence, fact.kind]);
      if (heard.length === 4) resolve();
    },
    up: () => undefined,
    down: () => undefined,
  });
  const taking = requestOf({}, { clientId: 'a', qty: qty(1), limitPrice: price('100.1') });
  await on.client.send(signedRequest(taking));
  on.clock.now = at(2);
  on.venue.book(PERP.symbol, BOOK);
  await promise;
  expect(heard).toEqual([
    [1, 'cash'],
    [2, 'report'],
    [3, 'fill'],
    [4, 'report'],
  ]);
  stream.close();
});

it.each([
  ['timeout-before', null],
  ['timeout-after', { state: 'resting' }],
] as const)('%s is no answer, and only a question settles it', async (fault, known) => {
  await using on = await both();
  on.fault(fault);
  const request = signedRequest(requestOf({}, { clientId: 'a' }));
  expect(await on.client.send(request)).toEqual({ kind: 'timeout' });
  if (known === null) expect(await on.client.query('a')).toBeNull();
  else expect(await on.client.query('a')).toMatchObject(known);
});

it.each(['duplicate', 'late', 'reject'] as const)('%s is answered', async (fault) => {
  await using on = await both();
  on.fault(fault);
  const reply = await on.client.send(signedRequest(requestOf({}, { clientId: 'a' })));
  expect(reply.kind).toBe(fault === 'reject' ? 'rejected' : 'acked');
});
