/** Who gets in: one row per refusal, and the request one step before it that is let in. */
import { expect, it } from 'vitest';
import { DOOR_CODES, type DoorCode } from '../../exchange/codes.ts';
import { NONCES_KEPT } from '../../exchange/door.ts';
import type { PaperRequest, SignedBody } from '../../exchange/wire.ts';
import { paperBody } from '../../exchange/wire.ts';
import { at } from './fixtures.ts';
import {
  addressFor,
  cancelOf,
  requestOf,
  sign,
  signText,
  twisted,
  venueOn,
  type Turned,
} from './venue-fixture.ts';

type Row = Readonly<{
  code: DoorCode;
  name: string;
  post: () => unknown;
  endpoint?: PaperRequest['kind'];
  now?: number;
}>;

const flipped = ({ body, signature }: SignedBody): SignedBody => ({
  body,
  signature: `${signature.slice(0, 10)}${signature[10] === '0' ? '1' : '0'}${signature.slice(11)}`,
});

const ROWS: readonly Row[] = [
  { code: 'BODY_MALFORMED', name: 'nothing', post: () => null },
  { code: 'BODY_MALFORMED', name: 'no signature', post: () => ({ body: sign(requestOf()).body }) },
  { code: 'BODY_MALFORMED', name: 'a key too many', post: () => ({ ...sign(requestOf()), x: 1 }) },
  { code: 'BODY_MALFORMED', name: 'not JSON inside', post: () => signText('not JSON at all') },
  { code: 'BODY_MALFORMED', name: 'another network', post: () => twisted({ network: 'main' }) },
  { code: 'BODY_MALFORMED', name: 'a float nonce', post: () => twisted({ nonce: 1.5 }) },
  { code: 'BODY_MALFORMED', name: 'an unknown key', post: () => twisted({ extra: 1 }) },
  {
    code: 'BODY_MALFORMED',
    name: 'a body beyond its length',
    post: () => ({ ...sign(requestOf()), body: `{${' '.repeat(2_048)}}` }),
  },
  {
    code: 'BODY_NOT_CANONICAL',
    name: 'white space',
    post: () => signText(paperBody(requestOf()).replace(',', ', ')),
  },
  {
    code: 'BODY_NOT_CANONICAL',
    name: 'a repeated key',
    post: () => signText(paperBody(requestOf()).replace('{', '{"account":"main",')),
  },
  { code: 'ENDPOINT_MISMATCH', name: 'a cancel as an order', post: () => sign(cancelOf('x')) },
  { code: 'SIGNATURE_INVALID', name: 'one bit off', post: () => flipped(sign(requestOf())) },
  {
    code: 'SIGNATURE_INVALID',
    name: 'somebody else under our address',
    post: () => sign(requestOf(), 'other'),
  },
  {
    code: 'SIGNATURE_INVALID',
    name: 'a signature of another body',
    post: () => ({ ...sign(requestOf()), signature: sign(requestOf()).signature }),
  },
  {
    code: 'ACCOUNT_UNKNOWN',
    name: 'an account that is not there',
    post: () => sign(requestOf({ account: 'nobody' })),
  },
  {
    code: 'ADDRESS_NOT_REGISTERED',
    name: "another trader's account, honestly signed",
    post: () => sign(requestOf({ address: addressFor('other') }), 'other'),
  },
  { code: 'DEADLINE_PASSED', name: 'a moment late', post: () => sign(requestOf()), now: 60_001 },
  {
    code: 'ORDER_UNKNOWN',
    name: 'a cancel of nothing',
    post: () => sign(cancelOf('nothing')),
    endpoint: 'cancel',
  },
];

it.each(ROWS)('$code: $name', ({ code, post, endpoint = 'order', now = 1 }) => {
  const venue = venueOn({ now: at(now) });
  expect(venue.post(post(), endpoint)).toMatchObject({ kind: 'rejected', code });
  expect(venue.engine.account('main')?.open).toEqual([]);
});

it('every code of the door has a row here or in the tests of nonces, sizes and faults', () => {
  const elsewhere = ['NONCE_REPLAYED', 'NONCE_TOO_OLD', 'BODY_TOO_LARGE', 'VENUE_REJECTED'];
  expect(new Set([...ROWS.map(({ code }) => code), ...elsewhere])).toEqual(new Set(DOOR_CODES));
});

it('at its deadline a request is still good', () => {
  const venue = venueOn({ now: at(60_000) });
  expect(venue.post(sign(requestOf()), 'order')).toMatchObject({ kind: 'acked' });
});

it('a cancel of the wrong symbol finds nothing', () => {
  const venue = venueOn({ now: at(1) });
  venue.post(sign(requestOf({}, { clientId: 'a' })), 'order');
  const wrong = venue.post(sign(cancelOf('a', 'BTC/USDT')), 'cancel');
  expect(wrong).toMatchObject({ code: 'ORDER_UNKNOWN' });
  expect(venue.post(sign(cancelOf('a')), 'cancel')).toMatchObject({ state: 'cancelled' });
});

it('the same bytes never execute twice, whatever became of the first', () => {
  const clock: Turned = { now: at(1) };
  const venue = venueOn(clock);
  const signed = sign(requestOf({}, { clientId: 'a', tif: 'ioc' }));
  expect(venue.post(signed, 'order')).toMatchObject({ kind: 'acked' });
  expect(venue.post(signed, 'order')).toMatchObject({ code: 'NONCE_REPLAYED' });
  clock.now = at(50_000);
  expect(venue.post(signed, 'order')).toMatchObject({ code: 'NONCE_REPLAYED' });
});

it('a client id is free again once its order is done: only the nonce stands between a retry and a double', () => {
  const venue = venueOn({ now: at(1) });
  const again = () => venue.post(sign(requestOf({}, { clientId: 'a' })), 'order');
  expect(again()).toMatchObject({ kind: 'acked' });
  expect(again()).toMatchObject({ code: 'CLIENT_ID_DUPLICATE' });
  venue.post(sign(cancelOf('a')), 'cancel');
  expect(again()).toMatchObject({ kind: 'acked' });
});

it('a nonce below all that are remembered is refused unseen; between them it is good', () => {
  const venue = venueOn({ now: at(1) });
  const post = (nonce: number) => venue.post(sign(requestOf({ nonce })), 'order');
  // The engine refuses these; their nonces are used all the same.
  for (let used = 0; used < NONCES_KEPT; used += 1)
    venue.post(sign(requestOf({ nonce: 500_000 + 2 * used }, { symbol: 'X/Y' })), 'order');
  expect(post(499_999)).toMatchObject({ code: 'NONCE_TOO_OLD' });
  expect(post(500_001)).toMatchObject({ kind: 'acked' });
  // That pushed the lowest one out.
  expect(post(500_000)).toMatchObject({ code: 'NONCE_TOO_OLD' });
  expect(post(500_001)).toMatchObject({ code: 'NONCE_REPLAYED' });
});
