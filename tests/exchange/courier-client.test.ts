/** The courier's own client against this venue: both ends of the wire, real signatures, and the faults between them. */
import { hashText, type Ppm } from '#firewall';
import { expect, it } from 'vitest';
import type { Fault } from '../../exchange/contract.ts';
import { paperBody, type PaperRequest } from '../../exchange/wire.ts';
import type { SignedRequest } from '../../signer/contract.ts';
import { paperVenue } from '../../signer/venues/paper-http.ts';
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
