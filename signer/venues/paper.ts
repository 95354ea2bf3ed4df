/** What is signed for the paper venue: built here from the approved proposal, never handed in. */
import * as f from '#firewall';

/** Everything that the vault itself adds to a proposal. */
export type PaperFrame = Readonly<{
  account: string;
  address: string;
  /** For an order, its own client id; a cancel names its target's. */
  clientId: string;
  nonce: number;
  deadline: f.TimeMs;
}>;

/** The canonical body of the request. */
export function paperBody(proposal: f.Proposal, frame: PaperFrame): string {
  const { account, address, nonce, deadline } = frame;
  const signed = { network: 'paper', account, address, nonce, deadline };
  if (proposal.kind === 'cancel')
    return f.canonicalText({
      kind: 'cancel',
      ...signed,
      order: { clientId: proposal.target, symbol: proposal.symbol },
    });
  return f.canonicalText({
    kind: 'order',
    ...signed,
    order: {
      clientId: frame.clientId,
      symbol: proposal.symbol,
      side: proposal.side,
      type: proposal.type,
      tif: proposal.tif,
      qty: f.formatFixed(proposal.qty),
      limitPrice: proposal.limitPrice === null ? null : f.formatFixed(proposal.limitPrice),
      expiresAt: proposal.expiresAt,
      postOnly: proposal.postOnly,
      reduceOnly: proposal.reduceOnly,
    },
  });
}

/** The 32 bytes under the signature, in hex. */
export const paperDigest = (body: string): f.Hash => f.hashText(`AIRLOCK-PAPER-v1\0${body}`);
