/** What a trader signs: the exact body of an order or a cancel at the paper venue, and its digest. */
import {
  count,
  fixed,
  flag,
  hashText,
  name,
  nullable,
  oneOf,
  ORDER_TYPES,
  pattern,
  record,
  SIDES,
  symbolName,
  textOf,
  TIFS,
  time,
  variant,
  type Codec,
  type Hash,
  type Price,
  type Qty,
  type TimeMs,
} from '#firewall';
import type { VenueOrder } from './contract.ts';

type Signed = Readonly<{
  network: 'paper';
  account: string;
  /** Lower-case, `0x` and 40 hex digits. */
  address: string;
  /** Never used before by this address. */
  nonce: number;
  /** The venue refuses the request after this moment of its own clock. */
  deadline: TimeMs;
}>;

export type PaperOrder = Omit<VenueOrder, 'account'>;
export type PaperRequest =
  | (Readonly<{ kind: 'order'; order: PaperOrder }> & Signed)
  | (Readonly<{ kind: 'cancel'; order: Pick<PaperOrder, 'clientId' | 'symbol'> }> & Signed);

export const addressCodec: Codec<string> = pattern(/^0x[0-9a-f]{40}$/, 'an address in lower case');
/** r, s and the recovery byte. */
export const signatureCodec: Codec<string> = pattern(/^0x[0-9a-f]{130}$/, '0x and 65 bytes in hex');

const signed = {
  network: oneOf(['paper'] as const),
  account: name,
  address: addressCodec,
  nonce: count,
  deadline: time,
};

const paperOrderCodec: Codec<PaperOrder> = record<PaperOrder>({
  clientId: name,
  symbol: symbolName,
  side: oneOf(SIDES),
  type: oneOf(ORDER_TYPES),
  tif: oneOf(TIFS),
  qty: fixed<Qty>(),
  limitPrice: nullable(fixed<Price>()),
  expiresAt: nullable(time),
  postOnly: flag,
  reduceOnly: flag,
});

export const paperRequestCodec: Codec<PaperRequest> = variant<PaperRequest>({
  order: record({ kind: oneOf(['order'] as const), ...signed, order: paperOrderCodec }),
  cancel: record({
    kind: oneOf(['cancel'] as const),
    ...signed,
    order: record<Pick<PaperOrder, 'clientId' | 'symbol'>>({ clientId: name, symbol: symbolName }),
  }),
});

/** A request is a few hundred characters; anything longer is refused before it is parsed. */
export const PAPER_BODY_MAX = 2_048;

/** The body as it is signed and sent. */
export const paperBody = (request: PaperRequest): string => textOf(paperRequestCodec, request);

/** What the secp256k1 signature is over. */
export const paperDigest = (body: string): Hash => hashText(`AIRLOCK-PAPER-v1\0${body}`);

/** `{body, signature}` as it is posted. */
export type SignedBody = Readonly<{ body: string; signature: string }>;
export const signedBodyCodec: Codec<SignedBody> = record<SignedBody>({
  body: pattern(/^[\x20-\x7e]{2,2048}$/, `2 to ${PAPER_BODY_MAX} printable ASCII characters`),
  signature: signatureCodec,
});
