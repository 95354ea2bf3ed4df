/** The proposal on the wire: a closed shape, canonical decimals, bounded strings. */
import * as c from './codec.ts';
import * as p from './proposal.ts';
import type { Money, Ppm, Price, Qty, SpanMs } from './units.ts';

const ppm = c.integer<Ppm>(-1_000_000_000, 1_000_000_000);
const share = c.integer<Ppm>(0, 1_000_000);
const span = c.integer<SpanMs>(0, 366 * 86_400_000);

export const provenanceCodec: c.Codec<p.Provenance> = c.record({
  desk: c.name,
  strategy: c.name,
  agent: c.name,
  agentVersion: c.name,
  graphVersion: c.name,
  modelId: c.nullable(c.name),
});

const inference: c.Codec<p.Inference> = c.record({
  modelId: c.name,
  artefact: c.hash,
  probability: share,
  intervalWidth: share,
  outOfDistribution: c.flag,
  dissimilarity: c.integer<Ppm>(0, 1_000_000_000),
});

const addressed = {
  id: c.hex(32),
  createdAt: c.time,
  provenance: provenanceCodec,
  account: c.name,
  venue: c.name,
  network: c.oneOf(p.NETWORKS),
  symbol: c.symbolName,
};

const order: c.Codec<p.OrderProposal> = c.record({
  kind: c.oneOf(['order'] as const),
  ...addressed,
  side: c.oneOf(p.SIDES),
  type: c.oneOf(p.ORDER_TYPES),
  tif: c.oneOf(p.TIFS),
  qty: c.fixed<Qty>(),
  limitPrice: c.nullable(c.fixed<Price>()),
  expiresAt: c.nullable(c.time),
  postOnly: c.flag,
  reduceOnly: c.flag,
  stopPrice: c.nullable(c.fixed<Price>()),
  targetPrice: c.nullable(c.fixed<Price>()),
  horizonMs: span,
  confidence: share,
  expectedMove: ppm,
  basisAt: c.time,
  basisMid: c.fixed<Price>(),
  basisVersion: c.count,
  claims: c.record<p.Claims>({
    notional: c.nullable(c.fixed<Money>()),
    riskReward: c.nullable(ppm),
  }),
  evidence: c.list(c.name, 64),
  taint: c.oneOf(p.TAINTS),
  votes: c.list(c.record<p.Vote>({ agent: c.name, side: c.oneOf([...p.SIDES, 'none']) }), 16),
  transcript: c.nullable(c.hash),
  inference: c.nullable(inference),
  telemetry: c.record<p.Telemetry>({ steps: c.count, tokens: c.count, toolErrors: c.count }),
});

const cancel: c.Codec<p.CancelProposal> = c.record({
  kind: c.oneOf(['cancel'] as const),
  ...addressed,
  target: c.name,
});

export const proposalCodec: c.Codec<p.Proposal> = c.variant<p.Proposal>({ order, cancel });

/** A signed proposal is a few kilobytes; anything longer is refused before it is parsed. */
export const PROPOSAL_TEXT_MAX = 8_192;

const sealedBody: c.Codec<string> = {
  read: (value, at) =>
    typeof value === 'string' && value.length <= 65_536
      ? value
      : c.refuseAt(at, 'text of at most 65536 characters'),
  write: (value) => value,
};

export const envelopeCodec: c.Codec<p.Envelope> = c.record<p.Envelope>({
  from: c.name,
  body: sealedBody,
  signature: c.base64(120),
});
