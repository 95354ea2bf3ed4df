/** A venue with a clock that the test turns, two traders with real keys, and requests that they really signed. */
import { canonicalText, type TimeMs } from '#firewall';
import { addressOf, recoverAddress, signDigest } from '../../signer/secp.ts';
import { PaperVenue, type Memory } from '../../exchange/venue.ts';
import {
  paperBody,
  paperDigest,
  type PaperOrder,
  type PaperRequest,
  type SignedBody,
} from '../../exchange/wire.ts';
import { at, BOOK, money, OPTIONS, order, PERP } from './fixtures.ts';

const keyOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
export const KEYS = { main: keyOf(7), other: keyOf(9), stranger: keyOf(11) };
export const addressFor = (trader: keyof typeof KEYS): string => addressOf(KEYS[trader]);

/** Signs whatever text it is given, as a thief of the key could. */
export function signText(body: string, trader: keyof typeof KEYS = 'main'): SignedBody {
  const key = KEYS[trader];
  const digest = Buffer.from(paperDigest(body), 'hex');
  return { body, signature: signDigest(digest, key, addressOf(key)) };
}

let nonces = 1_000;
export const requestOf = (
  over: Partial<Omit<Extract<PaperRequest, { kind: 'order' }>, 'order'>> = {},
  orderOver: Partial<PaperOrder> = {},
): Extract<PaperRequest, { kind: 'order' }> => {
  const { account: _, ...plain } = order({ limitPrice: BOOK.bids[0]?.price ?? null, ...orderOver });
  return {
    kind: 'order',
    network: 'paper',
    account: 'main',
    address: addressFor('main'),
    nonce: (nonces += 1),
    deadline: at(60_000),
    order: plain,
    ...over,
  };
};

export const cancelOf = (clientId: string, symbol = PERP.symbol): PaperRequest => {
  const { order: _, ...signed } = requestOf();
  return { ...signed, kind: 'cancel', order: { clientId, symbol } };
};

export const sign = (request: PaperRequest, trader: keyof typeof KEYS = 'main'): SignedBody =>
  signText(paperBody(request), trader);

/** The signed order with one field of its body put to something else, signed again. */
export const twisted = (change: Readonly<Record<string, string | number | null>>): SignedBody =>
  signText(canonicalText({ ...JSON.parse(paperBody(requestOf())), ...change }));

export type Turned = { now: TimeMs };

/** Traders `main` and `other` with 100,000 each (unless the journal remembers them) and a book at 99.9 / 100.1. */
export function venueOn(clock: Turned, journal: Memory | null = null): PaperVenue {
  const venue = new PaperVenue({
    engine: OPTIONS,
    now: () => clock.now,
    recover: recoverAddress,
    journal,
  });
  for (const account of ['main', 'other'] as const) {
    venue.register(account, addressFor(account));
    if (venue.engine.account(account) === null) venue.deposit(account, money(100_000));
  }
  venue.book(PERP.symbol, BOOK);
  return venue;
}
