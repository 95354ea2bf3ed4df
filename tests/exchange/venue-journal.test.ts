/** An exchange does not forget: kills, torn lines, damage, and a disk that says no. */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExchangeOptions } from '../../exchange/core.ts';
import { MatchingEngine } from '../../exchange/engine.ts';
import type { EngineRecord } from '../../exchange/records.ts';
import { openVenueJournal } from '../../exchange/venue-journal.ts';
import type { PaperVenue } from '../../exchange/venue.ts';
import {
  at,
  BOOK,
  book,
  engine,
  expectBalanced,
  money,
  OPTIONS,
  order,
  PERP,
  price,
  qty,
} from './fixtures.ts';
import { cancelOf, requestOf, sign, venueOn } from './venue-fixture.ts';

let directory = '';
let path = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'airlock-venue-'));
  path = join(directory, 'venue.ndjson');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Fills, a refusal, a cancel, funding and an open order. */
function busy(venue: PaperVenue, clock: { now: ReturnType<typeof at> }): void {
  const post = (over: Parameters<typeof requestOf>[1]) =>
    venue.post(sign(requestOf({}, over)), 'order');
  post({ clientId: 'filled', qty: qty(7), limitPrice: price('100.2') });
  post({ clientId: 'small', qty: qty('0.0001') });
  clock.now = at(10);
  venue.book(PERP.symbol, BOOK);
  post({ clientId: 'open', qty: qty(2), limitPrice: price('99.9') });
  post({ clientId: 'gone', qty: qty(2), limitPrice: price('99.8') });
  post({ clientId: 'brief', tif: 'gtd', expiresAt: at(500), limitPrice: price('99.8') });
  venue.post(sign(cancelOf('gone')), 'cancel');
  clock.now = at(20);
  venue.funding(PERP.symbol, 123, price('100.07'));
}

const stateOf = ({ engine: ex, feed }: PaperVenue) => ({
  accounts: ex.accounts().map((account) => ex.account(account)),
  orders: ex.orders('main').toSorted((a, b) => a.venueOrderId.localeCompare(b.venueOrderId)),
  fills: ex.fills('main', at(0)),
  totals: ex.totals(),
  house: (['outside', 'venue', 'fees', 'funding', 'rounding'] as const).map((name) =>
    ex.house(name),
  ),
  last: feed.last('main'),
});

describe('a venue that comes back', () => {
  it('knows its accounts, orders, fills, sequences and books as before', () => {
    const clock = { now: at(1) };
    const first = venueOn(clock, openVenueJournal(path));
    busy(first, clock);
    const second = venueOn(clock, openVenueJournal(path));
    expect(stateOf(second)).toEqual(stateOf(first));
    expectBalanced(second.engine);
  });

  it('goes on numbering where it was', () => {
    const clock = { now: at(1) };
    const first = venueOn(clock, openVenueJournal(path));
    busy(first, clock);
    const second = venueOn(clock, openVenueJournal(path));
    const next = requestOf({}, { clientId: 'next' });
    for (const venue of [first, second]) {
      venue.post(sign({ ...next, nonce: 900_000 }), 'order');
      venue.deposit('main', money(5));
    }
    expect(stateOf(second)).toEqual(stateOf(first));
  });

  it('still refuses the nonces that were used, and still works its open orders', () => {
    const clock = { now: at(1) };
    const first = venueOn(clock, openVenueJournal(path));
    const signed = sign(requestOf({}, { clientId: 'a', tif: 'ioc' }));
    first.post(signed, 'order');
    busy(first, clock);
    const second = venueOn(clock, openVenueJournal(path));
    expect(second.post(signed, 'order')).toMatchObject({ code: 'NONCE_REPLAYED' });
    second.book(PERP.symbol, book([['99', 1]], [['99.5', 50]]));
    expect(second.engine.order('main', 'open')).toMatchObject({ state: 'filled' });
    clock.now = at(500);
    second.advance();
    expect(second.engine.account('main')?.open).toEqual([]);
  });

  it('remembers what was on its way: orders, cancels and expiries', () => {
    const records: EngineRecord[] = [];
    const latency = { entryMs: 10, cancelMs: 20, jitterMs: 0 } as ExchangeOptions['latency'];
    const first = engine({ latency, record: (record) => records.push(record) });
    first.book(PERP.symbol, BOOK, at(1));
    first.submit(order({ clientId: 'taken-back', limitPrice: price('99.9') }), at(1));
    first.cancel('main', 'taken-back', at(2));
    first.submit(order({ clientId: 'flying', type: 'market' }), at(3));
    const second = new MatchingEngine({ ...OPTIONS, latency });
    second.restore(records);
    second.book(PERP.symbol, BOOK, at(4));
    expect(second.dueAt()).toBe(11);
    expect(second.book(PERP.symbol, BOOK, at(12))).toEqual([]);
    second.book(PERP.symbol, BOOK, at(13));
    expect(second.order('main', 'flying')).toMatchObject({ state: 'filled' });
    second.advance(at(21));
    expect(second.order('main', 'taken-back')).toMatchObject({ state: 'resting' });
    second.advance(at(22));
    expect(second.order('main', 'taken-back')).toMatchObject({ state: 'cancelled' });
  });

  it('survives being killed', { timeout: 30_000 }, async () => {
    const script = new URL('killed-venue.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const venue = venueOn({ now: at(3) }, openVenueJournal(path));
    expect(venue.engine.order('main', 'done')).toMatchObject({ state: 'filled', filled: qty(7) });
    expect(venue.engine.account('main')?.open).toMatchObject([{ clientId: 'open' }]);
    expect(venue.post(sign(requestOf({ nonce: 1 })), 'order')).toMatchObject({
      code: 'NONCE_REPLAYED',
    });
    expectBalanced(venue.engine);
  });
});

describe('the file', () => {
  const written = () => {
    const clock = { now: at(1) };
    busy(venueOn(clock, openVenueJournal(path)), clock);
    return readFileSync(path);
  };

  it('cut anywhere in its last line, loses that line and nothing else', () => {
    const bytes = written();
    const whole = bytes.subarray(0, -1).lastIndexOf(10) + 1;
    const lines = openVenueJournal(path).remembered.length;
    for (let size = whole; size < bytes.length; size += 1) {
      writeFileSync(path, bytes.subarray(0, size));
      const journal = openVenueJournal(path);
      expect([journal.torn, readFileSync(path).length]).toEqual([size - whole, whole]);
      expect(journal.remembered.length).toBeLessThan(lines);
      journal.close();
    }
  });

  it('takes new lines after a torn one was cut off', () => {
    written();
    appendFileSync(path, '{"records":[{"kind":"no');
    const clock = { now: at(30) };
    const venue = venueOn(clock, openVenueJournal(path));
    venue.deposit('main', money(1));
    expect(stateOf(venueOn(clock, openVenueJournal(path)))).toEqual(stateOf(venue));
  });

  it.each([
    ['a damaged line', (text: string) => text.replace('"kind":"cash"', '"kind":"cash!"')],
    ['a missing line', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['a line twice', (text: string) => text.slice(0, text.indexOf('\n') + 1) + text],
    ['an empty line', (text: string) => `${text}\n`],
  ])('refuses %s', (_, damage) => {
    writeFileSync(path, damage(written().toString('utf8')));
    expect(() => openVenueJournal(path)).toThrow(
      expect.objectContaining({ name: 'ExchangeError', code: 'JOURNAL_CORRUPT' }),
    );
  });

  it('that cannot be opened is an error', () => {
    expect(() => openVenueJournal(join(directory, 'no', 'such', 'place'))).toThrow(
      expect.objectContaining({ code: 'JOURNAL_FAILED' }),
    );
  });
});

it('a venue whose disk says no stops answering, and what it did is not remembered', () => {
  const clock = { now: at(1) };
  const journal = openVenueJournal(path);
  const venue = venueOn(clock, journal);
  const size = readFileSync(path).length;
  journal.close();
  expect(() => venue.post(sign(requestOf({}, { clientId: 'a' })), 'order')).toThrow(
    expect.objectContaining({ code: 'JOURNAL_FAILED' }),
  );
  expect(venue.failed).toBe(true);
  expect(() => venue.advance()).toThrow(expect.objectContaining({ code: 'JOURNAL_FAILED' }));
  truncateSync(path, size);
  expect(venueOn(clock, openVenueJournal(path)).engine.order('main', 'a')).toBeNull();
});
