/** The paper venue over HTTP and the simulated one keep to the same rules; and our bodies are the venue's own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as f from '#firewall';
import { paperBody as venueBody, paperDigest as venueDigest } from '../../exchange/wire.ts';
import type { SignedRequest } from '../../signer/contract.ts';
import { addressOf, signDigest } from '../../signer/secp.ts';
import { paperBody, paperDigest } from '../../signer/venues/paper.ts';
import { factOf } from '../../signer/venues/paper-wire.ts';
import { paperVenue } from '../../signer/venues/paper-http.ts';
import { at, BOOK } from '../exchange/fixtures.ts';
import { running } from '../exchange/server-fixture.ts';
import { KEYS } from '../exchange/venue-fixture.ts';
import { cancelNumber, NOW, orderNumber, price, qty, SYMBOL } from './letters.ts';
import { SimVenue } from './sim-venue.ts';
import { venueConformance, type Bench } from './venue-conformance.ts';

const ADDRESS = addressOf(KEYS.main);
let nonce = 0;

function signed(proposal: f.Proposal, clientId: string, deadline: f.TimeMs): SignedRequest {
  nonce += 1;
  const body = paperBody(proposal, {
    account: 'main',
    address: ADDRESS,
    clientId,
    nonce,
    deadline,
  });
  const digest = paperDigest(body);
  const signature = signDigest(Buffer.from(digest, 'hex'), KEYS.main, ADDRESS);
  const approvalId = f.hashText(body).slice(0, 32);
  return { approvalId, clientId, symbol: SYMBOL, body, signature, digest, deadline };
}

const requests = (now: f.TimeMs): Pick<Bench, 'resting' | 'taking' | 'cancelling'> => {
  const soon = (now + 60_000) as f.TimeMs;
  const order = (limit: string): f.OrderProposal =>
    orderNumber(1, now, { qty: qty('0.1'), limitPrice: price(limit), tif: 'gtc' });
  return {
    resting: (id, deadline = soon) => signed(order('99.5'), id, deadline),
    taking: (id) => signed(order('100.1'), id, soon),
    cancelling: (id) => signed(cancelNumber(1, id, now), id, soon),
  };
};

async function real(): Promise<Bench> {
  const on = await running({ hangMs: 20 });
  const client = paperVenue({ url: on.server.url, account: 'main', callMs: 2_000, retryMs: 20 });
  let closed = false;
  const leave = async (): Promise<void> => {
    if (!closed) await on.server.close();
    closed = true;
  };
  return {
    ...requests(on.clock.now),
    venue: client,
    lose(what) {
      const fault = what === 'requests' ? 'timeout-before' : 'timeout-after';
      on.server.setFault({ fault, probability: 1_000_000 as f.Ppm, seed: 1 });
    },
    tick: async () => {
      on.clock.now = at(on.clock.now + 10);
      on.venue.book(SYMBOL, { ...BOOK, sequence: on.clock.now });
      await Promise.resolve();
    },
    leave,
    close: async () => {
      client.close();
      await leave();
    },
  };
}

async function simulated(): Promise<Bench> {
  const venue = new SimVenue({ now: NOW }, ADDRESS);
  venue.manner = ({ body }) => (body.includes('"99.5"') ? 'rests' : 'ok');
  await Promise.resolve();
  return {
    ...requests(NOW),
    venue,
    lose(what) {
      venue.manner = () => (what === 'requests' ? 'timeout-before' : 'timeout-after');
    },
    tick: () => Promise.resolve(),
    leave: async () => {
      venue.away = true;
      await Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

describe('the paper venue over HTTP', () => venueConformance(real));
describe('the simulated venue', () => venueConformance(simulated));

describe('the body that we sign', () => {
  const frame = { account: 'main', address: ADDRESS, nonce: 7, deadline: NOW };
  it('is the venue’s own canonical text, for any order', () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 16n });
    fc.assert(
      fc.property(
        amount,
        fc.option(amount),
        fc.constantFrom(...f.SIDES),
        fc.constantFrom(...f.TIFS),
        fc.boolean(),
        (quantity, limit, side, tif, flag) => {
          const order = orderNumber(3, NOW, {
            qty: quantity as f.Qty,
            limitPrice: limit as f.Price | null,
            type: limit === null ? 'market' : 'limit',
            side,
            tif,
            expiresAt: tif === 'gtd' ? NOW : null,
            postOnly: flag,
            reduceOnly: !flag,
          });
          const { symbol, type, expiresAt, postOnly, reduceOnly } = order;
          const clientId = f.clientIdOf('ab'.repeat(16));
          const sent = { clientId, symbol, side, type, tif, expiresAt, postOnly, reduceOnly };
          const theirs = venueBody({
            kind: 'order',
            network: 'paper',
            ...frame,
            order: { ...sent, qty: order.qty, limitPrice: order.limitPrice },
          });
          expect(paperBody(order, { ...frame, clientId })).toBe(theirs);
          expect(paperDigest(theirs)).toBe(venueDigest(theirs));
        },
      ),
    );
  });

  it('is the venue’s own for a cancel too', () => {
    const target = f.clientIdOf('cd'.repeat(16));
    expect(paperBody(cancelNumber(4, target), { ...frame, clientId: 'mine' })).toBe(
      venueBody({
        kind: 'cancel',
        network: 'paper',
        ...frame,
        order: { clientId: target, symbol: SYMBOL },
      }),
    );
  });
});

describe('a line of the private stream', () => {
  it('that is anything else is no fact, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        expect(factOf(line, 'main')).toBeNull();
      }),
    );
  });

  it('about another account is no fact', () => {
    const move = { id: 'a', account: 'other', amount: '1', kind: 'deposit', symbol: null, at: 1 };
    const line = JSON.stringify({ sequence: 1, event: { kind: 'cash', move } });
    expect(factOf(line, 'main')).toBeNull();
    expect(factOf(line, 'other')).toMatchObject({ sequence: 1, fact: { kind: 'cash' } });
  });
});

describe('a private stream with a line that is not understood', () => {
  it('gives nothing that comes behind it, not even what came in the same piece', async () => {
    const cash = (sequence: number, amount: string): string => {
      const move = { id: `m${sequence}`, account: 'main', amount, kind: 'deposit', symbol: null };
      return JSON.stringify({ sequence, event: { kind: 'cash', move: { ...move, at: NOW } } });
    };
    const server = createServer((_, response) => {
      response.end(`${[cash(1, '1'), cash(2, 'much'), cash(3, '3')].join('\n')}\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = paperVenue({ url: `http://127.0.0.1:${port}`, account: 'main', retryMs: 1 });
    const heard: number[] = [];
    const down = Promise.withResolvers<string>();
    const stream = client.follow(() => 0, {
      fact: (sequence) => heard.push(sequence),
      up: () => undefined,
      down: down.resolve,
    });
    await down.promise;
    stream.close();
    client.close();
    server.close();
    expect(heard).toEqual([1]);
  });
});
