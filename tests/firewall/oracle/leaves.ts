/** Changes any one field of a case, wherever it lies: a step up or down, nothing, an extreme, or unknown. */
import { TRADING_STATES, type Case } from '#firewall';
import type { Draw } from './draw.ts';

export type Step = Readonly<{ name: string; apply: (c: Case) => Case }>;
type Path = readonly (string | number)[];

/** What the contract lets be unknown. */
const NULLABLE = new Set([
  'limitPrice',
  'expiresAt',
  'stopPrice',
  'targetPrice',
  'transcript',
  'inference',
  'modelId',
  'notional',
  'riskReward',
  'instrument',
  'status',
  'book',
  'motion',
  'bar',
  'volume',
  'volatility',
  'reference',
  'funding',
  'feed',
  'clock',
  'notionalMax',
  'priceBandUp',
  'priceBandDown',
  'positionMax',
  'equity',
  'cash',
  'free',
  'marginUsed',
  'maintenance',
  'positions',
  'working',
  'marks',
  'day',
  'decisions',
  'trades',
  'fills',
  'flow',
  'decidedBefore',
  'unexplained',
  'latches',
  'locks',
  'modes',
  'desks',
  'models',
  'blackouts',
  'publicStreamAt',
  'privateStreamAt',
  'deadManArmed',
  'auditDurable',
  'reconciliation',
  'unresolved',
  'host',
  'apiWeightLeft',
  'builds',
  'stateVersion',
  'policyApproved',
  'availableAt',
  'until',
  'side',
  'type',
]);
/** Null means something else in these places, or nothing: limits of a bracket, and what only a decision leaves open. */
const NEVER_NULL = [
  /^market\.marks/,
  /brackets\.\d+\./,
  /^market\.instrument\.costs/,
  /^proposal\.(side|type)$/,
  /^account\.day\.day$/,
  /votes/,
  /(working|positions|trades|fills)\.\d+\.(side|type|notional)$/,
  /decisions\.\d+\.notional$/,
  /blackouts\.\d+\.until$/,
  /marks\./,
];
const SIGNED =
  /(^account\.(equity|cash|free|unexplained|maintenance|balances|strategies|marks|day\.(turnover|fees)|trades\.\d+\.profit|positions\.\d+\.(qty|profitPeak))|expectedMove|skewMs|funding\.rate|slippageExcess|costs\.(maker|taker)|zScore|claims|^market\.(book|marks|reference|motion|rates).*(price|midPrevious|factor)$|priceMin)/;
const POSITIVE = /(multiplier|\.tick|\.lot|leverageMax)$/;
const WORDS: Readonly<Record<string, readonly string[]>> = {
  side: ['buy', 'sell'],
  type: ['limit', 'market'],
  tif: ['gtc', 'ioc', 'fok', 'gtd'],
  network: ['paper', 'test', 'main'],
  taint: ['none', 'news', 'web', 'chat'],
  status: [
    'trading',
    'halted',
    'auction',
    'maintenance',
    'delisting',
    'closed',
    'clean',
    'mismatch',
    'pending',
  ],
  kind: ['spot', 'perp', 'equity'],
  marginMode: ['none', 'cross', 'isolated'],
  stage: ['shadow', 'canary', 'full'],
  role: ['champion', 'challenger', 'retired'],
  drift: ['ok', 'reduce', 'pause'],
  symbol: ['BTC/USDT:USDT', 'BTC/USDT', 'ETH/USDT:USDT', 'DOGE/USDT'],
  base: ['BTC', 'ETH', 'SOL', 'XMR'],
  quote: ['USDT', 'EUR'],
  settle: ['USDT', 'EUR', 'USDC'],
  currency: ['USDT', 'EUR'],
  strategy: ['trend', 'carry', 'news'],
  agent: ['planner', 'other'],
  account: ['main', 'other'],
  venue: ['paper', 'elsewhere'],
  verdict: ['approved', 'held', 'refused'],
  state: ['reserved', 'working', 'unknown'],
};
const LATCHES: Readonly<Record<string, readonly string[]>> = { state: TRADING_STATES };
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'market.status': ['trading', 'halted', 'delisting', 'closed'],
  'controls.runtime.reconciliation.status': ['clean', 'mismatch', 'pending'],
};

const EIGHT = 100_000_000n;

/** One field at random, never the policy, the moment or a hash, which have steps of their own. */
export function leafStep(c: Case, draw: Draw): Step | null {
  const part = draw.of([
    'proposal',
    'proposal',
    'market',
    'market',
    'account',
    'account',
    'controls',
  ] as const);
  let path: Path = [part];
  let value: unknown = c[part];
  while (typeof value === 'object' && value !== null) {
    if (path.length > 1 && draw.chance(Array.isArray(value) ? 5 : 12)) break;
    const keys = Object.keys(value);
    const key = keys.length === 0 ? undefined : draw.of(keys);
    if (key === undefined) break;
    path = [...path, Array.isArray(value) ? Number(key) : key];
    value = (value as Record<string, unknown>)[key];
  }
  const at = path.join('.');
  if (
    at === 'proposal.kind' ||
    at === 'proposal.provenance' ||
    at === 'proposal' ||
    path.length < 2
  )
    return null;
  const next = changed(at, String(path.at(-1)), value, draw);
  if (next === undefined) return null;
  const shown =
    typeof next.value === 'bigint'
      ? `${next.value}n`
      : JSON.stringify(next.value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v));
  return { name: `${at} = ${shown}`, apply: (to) => put(to, path, next.value) };
}

function changed(
  at: string,
  key: string,
  value: unknown,
  draw: Draw,
): { value: unknown } | undefined {
  const nullable = NULLABLE.has(key) && !NEVER_NULL.some((form) => form.test(at));
  if (nullable && value !== null && draw.chance(typeof value === 'object' ? 1 : 3))
    return { value: null };
  if (typeof value === 'bigint') return { value: amount(at, value, draw) };
  if (typeof value === 'number') return { value: count(at, value, draw) };
  if (typeof value === 'boolean') return { value: !value };
  if (typeof value === 'string') {
    const words = at.startsWith('controls.latches') ? LATCHES[key] : (CHOICES[at] ?? WORDS[key]);
    return words === undefined ? undefined : { value: draw.of(words) };
  }
  if (Array.isArray(value)) {
    if (at === 'proposal.evidence' || at === 'proposal.votes' || draw.chance(2))
      return {
        value: draw.chance(3) ? [] : value.filter((_, i) => i !== draw.below(value.length)),
      };
    return at.endsWith('builds') || at.includes('book')
      ? undefined
      : { value: [...value, ...value.slice(-1)] };
  }
  return undefined;
}

function amount(at: string, value: bigint, draw: Draw): bigint {
  const next = draw.of([
    value + 1n,
    value - 1n,
    value + 1n,
    value - 1n,
    value * 2n,
    value / 2n,
    value * 10n,
    value / 10n,
    0n,
    -value,
    1n,
    EIGHT,
    value + BigInt(draw.below(1_000_000)),
    value - BigInt(draw.below(1_000_000)),
    value * 1_000_000n,
    value + value / BigInt(1 + draw.below(300)),
    value - value / BigInt(1 + draw.below(300)),
  ]);
  const limited = next > 10n ** 27n ? 10n ** 27n : next;
  if (POSITIVE.test(at)) return limited < 1n ? 1n : limited;
  return limited < 0n && !SIGNED.test(at) ? 0n : limited;
}

function count(at: string, value: number, draw: Draw): number {
  const next = draw.of([
    value + 1,
    value - 1,
    value + 1,
    value - 1,
    value * 2,
    Math.floor(value / 2),
    0,
    -value,
    1,
    value + draw.below(10_000),
    value - draw.below(10_000),
    value + draw.below(100_000_000),
    value - draw.below(100_000_000),
    1_000_000,
    value * 10,
  ]);
  const limited = Math.max(-1e14, Math.min(1e14, next)) + 0;
  if (POSITIVE.test(at)) return Math.min(1000, Math.max(1, limited));
  return limited < 0 && !SIGNED.test(at) ? 0 : limited;
}

/** The same thing with one field replaced; what is no longer there is left alone. */
function put<T>(from: T, path: Path, value: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return value as T;
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, key)) return from;
  const next = put((from as Record<string | number, unknown>)[key], rest, value);
  if (Array.isArray(from)) return from.map((item: unknown, i) => (i === key ? next : item)) as T;
  return { ...from, [key]: next };
}

/** Every input that may be unknown, by its path; each is asked for by some row. */
const UNKNOWN: readonly string[] = [
  ...[
    'instrument',
    'status',
    'book',
    'motion',
    'bar',
    'volume',
    'volatility',
    'reference',
    'funding',
    'feed',
    'clock',
  ].map((name) => `market.${name}`),
  ...[
    'equity',
    'cash',
    'free',
    'maintenance',
    'positions',
    'working',
    'marks',
    'day',
    'decisions',
    'trades',
    'flow',
    'decidedBefore',
    'unexplained',
  ].map((name) => `account.${name}`),
  ...['latches', 'locks', 'modes', 'desks', 'models', 'blackouts'].map(
    (name) => `controls.${name}`,
  ),
  ...[
    'publicStreamAt',
    'privateStreamAt',
    'deadManArmed',
    'auditDurable',
    'reconciliation',
    'unresolved',
    'host',
    'apiWeightLeft',
    'builds',
    'stateVersion',
    'policyApproved',
  ].map((name) => `controls.runtime.${name}`),
  ...['stopPrice', 'targetPrice', 'transcript', 'inference'].map((name) => `proposal.${name}`),
];
export function unknownStep(draw: Draw): Step {
  const at = draw.of(UNKNOWN);
  return { name: `${at} = null`, apply: (c) => put(c, at.split('.'), null) };
}
