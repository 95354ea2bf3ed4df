/** The bytes that are signed: pinned once, the same from the signer's side, and read back as they were. */
import { decodeText, type Price, type Qty } from '#firewall';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  PAPER_BODY_MAX,
  paperBody,
  paperDigest,
  paperRequestCodec,
  type PaperRequest,
} from '../../exchange/wire.ts';
import * as signer from '../../signer/venues/paper.ts';
import { at, price, qty } from './fixtures.ts';

const ORDER: Extract<PaperRequest, { kind: 'order' }> = {
  kind: 'order',
  network: 'paper',
  account: 'main',
  address: `0x${'ab'.repeat(20)}`,
  nonce: 1_700_000_000_000,
  deadline: at(1_700_000_005_000),
  order: {
    clientId: `0x${'12'.repeat(16)}`,
    symbol: 'BTC/USDT:USDT',
    side: 'buy',
    type: 'limit',
    tif: 'gtd',
    qty: qty('0.25'),
    limitPrice: price('64000.5'),
    expiresAt: at(1_700_000_600_000),
    postOnly: true,
    reduceOnly: false,
  },
};

it('is pinned to the byte', () => {
  expect(paperBody(ORDER)).toBe(
    '{"account":"main","address":"0xabababababababababababababababababababab","deadline":1700000005000,' +
      '"kind":"order","network":"paper","nonce":1700000000000,"order":{' +
      '"clientId":"0x12121212121212121212121212121212","expiresAt":1700000600000,"limitPrice":"64000.5",' +
      '"postOnly":true,"qty":"0.25","reduceOnly":false,"side":"buy","symbol":"BTC/USDT:USDT","tif":"gtd",' +
      '"type":"limit"}}',
  );
  expect(paperDigest(paperBody(ORDER))).toBe(
    '97fad01b31db8de595e171b90da3d3e2b4baa25eaf468c30d0a349759724d376',
  );
});

const requests: fc.Arbitrary<PaperRequest> = fc
  .record({
    nonce: fc.nat(),
    size: fc.bigInt(1n, 10n ** 15n).map((value) => value as Qty),
    limit: fc.option(fc.bigInt(1n, 10n ** 15n).map((value) => value as Price)),
    expiry: fc.option(fc.nat().map(at)),
    postOnly: fc.boolean(),
    cancel: fc.boolean(),
  })
  .map(({ nonce, size, limit, expiry, postOnly, cancel }) => {
    const { order, ...signed } = ORDER;
    if (cancel)
      return {
        ...signed,
        kind: 'cancel',
        nonce,
        order: { clientId: order.clientId, symbol: order.symbol },
      };
    return {
      ...ORDER,
      nonce,
      order: {
        ...ORDER.order,
        qty: size,
        limitPrice: limit,
        expiresAt: expiry,
        postOnly,
      },
    };
  });

it('reads back what was written', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const body = paperBody(request);
      expect(decodeText(paperRequestCodec, body, PAPER_BODY_MAX)).toEqual({
        ok: true,
        value: request,
      });
    }),
  );
});

it("the signer's own encoder writes the same bytes and the same digest", () => {
  fc.assert(
    fc.property(requests, (request) => {
      const { account, address, nonce, deadline, order } = request;
      const frame = { account, address, nonce, deadline, clientId: order.clientId };
      const proposal =
        request.kind === 'order'
          ? { ...request.order, kind: 'order' }
          : { kind: 'cancel', target: order.clientId, symbol: order.symbol };
      const body = signer.paperBody(proposal as Parameters<typeof signer.paperBody>[0], frame);
      expect(body).toBe(paperBody(request));
      expect(signer.paperDigest(body)).toBe(paperDigest(body));
    }),
  );
});
