/** Looks at a typed proposal as if it were not typed: a caller that erased the types must still be refused. */
import {
  NETWORKS,
  ORDER_TYPES,
  SIDES,
  TAINTS,
  TIFS,
  type OrderProposal,
  type Proposal,
} from './proposal.ts';

type Loose = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null;
const named = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= 64;
const among = (choices: readonly string[], value: unknown): boolean =>
  choices.includes(value as string);
const isAmount = (value: unknown): boolean => typeof value === 'bigint';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';

/** The first part of a proposal that does not have the shape of one; null when all have. */
export function shapeFault(proposal: unknown): string | null {
  if (!isObject(proposal)) return 'proposal';
  const addressed = addressFault(proposal);
  if (addressed !== null) return addressed;
  if (proposal['kind'] === 'cancel') return named(proposal['target']) ? null : 'target';
  return proposal['kind'] === 'order' ? orderFault(proposal) : 'kind';
}

function addressFault(p: Loose): string | null {
  const id = p['id'];
  if (typeof id !== 'string' || id.length !== 32) return 'id';
  if (!named(p['account'])) return 'account';
  if (!named(p['venue'])) return 'venue';
  if (!named(p['symbol'])) return 'symbol';
  if (!among(NETWORKS, p['network'])) return 'network';
  const from = p['provenance'];
  if (!isObject(from)) return 'provenance';
  const whole =
    named(from['desk']) &&
    named(from['strategy']) &&
    named(from['agent']) &&
    named(from['agentVersion']) &&
    named(from['graphVersion']) &&
    (from['modelId'] === null || named(from['modelId']));
  return whole ? null : 'provenance';
}

function orderFault(p: Loose): string | null {
  if (!among(SIDES, p['side'])) return 'side';
  if (!among(ORDER_TYPES, p['type'])) return 'type';
  if (!among(TIFS, p['tif'])) return 'tif';
  if (!isAmount(p['qty'])) return 'qty';
  if (p['limitPrice'] !== null && !isAmount(p['limitPrice'])) return 'limitPrice';
  if (p['stopPrice'] !== null && !isAmount(p['stopPrice'])) return 'stopPrice';
  if (p['targetPrice'] !== null && !isAmount(p['targetPrice'])) return 'targetPrice';
  if (!isAmount(p['basisMid'])) return 'basisMid';
  if (!isFlag(p['postOnly'])) return 'postOnly';
  if (!isFlag(p['reduceOnly'])) return 'reduceOnly';
  if (!among(TAINTS, p['taint'])) return 'taint';
  const transcript = p['transcript'];
  if (transcript !== null && (typeof transcript !== 'string' || transcript.length !== 64))
    return 'transcript';
  return listFault(p) ?? partFault(p);
}

function listFault(p: Loose): string | null {
  const evidence = p['evidence'];
  if (!Array.isArray(evidence) || evidence.length > 64) return 'evidence';
  for (const id of evidence) if (!named(id)) return 'evidence';
  const votes = p['votes'];
  if (!Array.isArray(votes) || votes.length > 16) return 'votes';
  for (const vote of votes as readonly unknown[]) {
    if (!isObject(vote) || !named(vote['agent'])) return 'votes';
    if (vote['side'] !== 'none' && !among(SIDES, vote['side'])) return 'votes';
  }
  return null;
}

function partFault(p: Loose): string | null {
  const claims = p['claims'];
  if (!isObject(claims)) return 'claims';
  if (claims['notional'] !== null && !isAmount(claims['notional'])) return 'claims';
  if (!isObject(p['telemetry'])) return 'telemetry';
  const inference = p['inference'];
  if (inference === null) return null;
  const whole =
    isObject(inference) &&
    named(inference['modelId']) &&
    typeof inference['artefact'] === 'string' &&
    inference['artefact'].length === 64 &&
    isFlag(inference['outOfDistribution']);
  return whole ? null : 'inference';
}

const TIME_MAX = 8_640_000_000_000_000;
const SPAN_MAX = 366 * 86_400_000;
const SHARE = 1_000_000;
const RATIO_MAX = 1_000_000_000;
/** Twenty integer digits: what the wire can spell. */
const AMOUNT_MAX = 10n ** 28n;

/** NaN fails both comparisons; negative zero compares equal and prints differently, so it is asked for by name. */
const within = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' &&
  value >= min &&
  value <= max &&
  Number.isSafeInteger(value) &&
  !Object.is(value, -0);

/** The first number of a well-shaped proposal that is not finite, signed and bounded as it must be. */
export function numberFault(proposal: Proposal, priceMayBeNegative: boolean): string | null {
  if (!within(proposal.createdAt, 0, TIME_MAX)) return 'createdAt';
  if (proposal.kind === 'cancel') return null;
  return amountFault(proposal, priceMayBeNegative) ?? countFault(proposal);
}

function amountFault(order: OrderProposal, priceMayBeNegative: boolean): string | null {
  const floor = priceMayBeNegative ? -AMOUNT_MAX : 1n;
  const priced = (value: bigint | null): boolean =>
    value === null || (value >= floor && value <= AMOUNT_MAX);
  if (order.qty <= 0n || order.qty > AMOUNT_MAX) return 'qty';
  if (!priced(order.limitPrice)) return 'limitPrice';
  if (!priced(order.stopPrice)) return 'stopPrice';
  if (!priced(order.targetPrice)) return 'targetPrice';
  return priced(order.basisMid) ? null : 'basisMid';
}

function countFault(order: OrderProposal): string | null {
  if (order.expiresAt !== null && !within(order.expiresAt, 0, TIME_MAX)) return 'expiresAt';
  if (!within(order.horizonMs, 0, SPAN_MAX)) return 'horizonMs';
  if (!within(order.confidence, 0, SHARE)) return 'confidence';
  if (!within(order.expectedMove, -RATIO_MAX, RATIO_MAX)) return 'expectedMove';
  if (!within(order.basisAt, 0, TIME_MAX)) return 'basisAt';
  if (!within(order.basisVersion, 0, Number.MAX_SAFE_INTEGER)) return 'basisVersion';
  const { claims, inference, telemetry } = order;
  if (claims.riskReward !== null && !within(claims.riskReward, -RATIO_MAX, RATIO_MAX))
    return 'claims';
  const counted =
    within(telemetry.steps, 0, Number.MAX_SAFE_INTEGER) &&
    within(telemetry.tokens, 0, Number.MAX_SAFE_INTEGER) &&
    within(telemetry.toolErrors, 0, Number.MAX_SAFE_INTEGER);
  if (!counted) return 'telemetry';
  if (inference === null) return null;
  const inferred =
    within(inference.probability, 0, SHARE) &&
    within(inference.intervalWidth, 0, SHARE) &&
    within(inference.dissimilarity, 0, RATIO_MAX);
  return inferred ? null : 'inference';
}
