/** A venue process that does its work, says so, and waits to be killed. */
import { at, BOOK, PERP, price, qty } from './fixtures.ts';
import { openVenueJournal } from '../../exchange/venue-journal.ts';
import { requestOf, sign, venueOn } from './venue-fixture.ts';

const path = process.argv[2];
if (path === undefined) throw new Error('a path is needed');
const clock = { now: at(1) };
const venue = venueOn(clock, openVenueJournal(path));
venue.post(
  sign(requestOf({ nonce: 1 }, { clientId: 'done', qty: qty(7), limitPrice: price('100.2') })),
  'order',
);
venue.post(sign(requestOf({ nonce: 2 }, { clientId: 'open' })), 'order');
clock.now = at(2);
venue.book(PERP.symbol, BOOK);
process.stdout.write('ready\n');
setInterval(() => venue.advance(), 1_000);
