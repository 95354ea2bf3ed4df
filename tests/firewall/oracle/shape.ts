/** Whether a proposal is one, and whether its numbers are numbers: rows A1 and A2, read from the contract. */
import type { Case, OrderProposal } from '#firewall';

type Loose = Readonly<Record<string, unknown>>;
const text = (value: unknown, max = 64): boolean =>
  typeof value === 'string' && value.length >= 1 && value.length <= max;
const digits = (value: unknown, count: number): boolean =>
  typeof value === 'string' && value.length === count;
const one = (value: unknown, ...choices: readonly unknown[]): boolean => choices.includes(value);
const object = (value: unknown): value is Loose => typeof value === 'object' && value !== null;
const nullOr = (value: unknown, test: (value: unknown) => boolean): boolean =>
  value === null || test(value);
const amount = (value: unknown): boolean => typeof value === 'bigint';
const flag = (value: unknown): boolean => value === true || value === false;
const listOf = (value: unknown, max: number, test: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= max && value.every(test);

export function wellShaped(proposal: unknown): boolean {
  if (!object(proposal)) return false;
  const p = proposal;
  const from = p['provenance'];
  const addressed =
    digits(p['id'], 32) &&
    [p['account'], p['venue'], p['symbol']].every((name) => text(name)) &&
    one(p['network'], 'paper', 'test', 'main') &&
    object(from) &&
    ['desk', 'strategy', 'agent', 'agentVersion', 'graphVersion'].every((key) => text(from[key])) &&
    nullOr(from['modelId'], text);
  if (!addressed) return false;
  if (p['kind'] === 'cancel') return text(p['target']);
  return p['kind'] === 'order' && orderShaped(p);
}

function orderShaped(p: Loose): boolean {
  const vote = (v: unknown): boolean =>
    object(v) && text(v['agent']) && one(v['side'], 'buy', 'sell', 'none');
  const claims = p['claims'];
  const inference = p['inference'];
  return (
    one(p['side'], 'buy', 'sell') &&
    one(p['type'], 'limit', 'market') &&
    one(p['tif'], 'gtc', 'ioc', 'fok', 'gtd') &&
    amount(p['qty']) &&
    amount(p['basisMid']) &&
    ['limitPrice', 'stopPrice', 'targetPrice'].every((key) => nullOr(p[key], amount)) &&
    flag(p['postOnly']) &&
    flag(p['reduceOnly']) &&
    one(p['taint'], 'none', 'news', 'web', 'chat') &&
    nullOr(p['transcript'], (hash) => digits(hash, 64)) &&
    listOf(p['evidence'], 64, (id) => text(id)) &&
    listOf(p['votes'], 16, vote) &&
    object(claims) &&
    nullOr(claims['notional'], amount) &&
    object(p['telemetry']) &&
    nullOr(
      inference,
      (said) =>
        object(said) &&
        text(said['modelId']) &&
        digits(said['artefact'], 64) &&
        flag(said['outOfDistribution']),
    )
  );
}

const wholeBetween = (value: unknown, min: number, max: number): boolean =>
  Number.isSafeInteger(value) &&
  !Object.is(value, -0) &&
  !((value as number) < min) &&
  !((value as number) > max);
const LATEST = 8.64e15;
const LARGEST = 10n ** 28n;
const YEAR = 366 * 24 * 3600 * 1000;

export function wellNumbered(c: Case): boolean {
  const { proposal } = c;
  if (!wholeBetween(proposal.createdAt, 0, LATEST)) return false;
  if (proposal.kind === 'cancel') return true;
  const negativeToo = (c.market.instrument?.priceMin ?? 0n) < 0n;
  const priced = (value: bigint | null): boolean =>
    value === null || (value <= LARGEST && (negativeToo ? value >= -LARGEST : value > 0n));
  const { qty, limitPrice, stopPrice, targetPrice, basisMid } = proposal;
  const amounts = qty > 0n && qty <= LARGEST;
  return (
    amounts && [limitPrice, stopPrice, targetPrice, basisMid].every(priced) && counted(proposal)
  );
}

function counted(order: OrderProposal): boolean {
  const { claims, telemetry, inference } = order;
  const share = (value: unknown): boolean => wholeBetween(value, 0, 1_000_000);
  const count = (value: unknown): boolean => wholeBetween(value, 0, 2 ** 53 - 1);
  const ratio = (value: unknown): boolean => wholeBetween(value, -1e9, 1e9);
  return (
    (order.expiresAt === null || wholeBetween(order.expiresAt, 0, LATEST)) &&
    wholeBetween(order.horizonMs, 0, YEAR) &&
    share(order.confidence) &&
    ratio(order.expectedMove) &&
    wholeBetween(order.basisAt, 0, LATEST) &&
    count(order.basisVersion) &&
    (claims.riskReward === null || ratio(claims.riskReward)) &&
    [telemetry.steps, telemetry.tokens, telemetry.toolErrors].every(count) &&
    (inference === null ||
      (share(inference.probability) &&
        share(inference.intervalWidth) &&
        wholeBetween(inference.dissimilarity, 0, 1e9)))
  );
}
