/** Writes headlines about invented firms: how strong they sound is their score, and a decoy can be told by its framing. */
import type { TimeMs } from '#firewall';
import type { NewsItem } from '../contract.ts';
import type { NewsDraft } from './price-process.ts';
import type { Prng } from './prng.ts';

type Choices = readonly [string, ...string[]];

const FIRMS: Choices = [
  'Halden Exchange',
  'Norvik Bank',
  'Quorrum Labs',
  'Meridian Custody',
  'Castellan Fund',
  'Ostrava Securities',
  'Bluefen Capital',
  'the Larkspur Foundation',
  'Tessaly Payments',
  'Pellworm Pension Trust',
];
const OFFICES: Choices = [
  'the Ruritanian regulator',
  'the Zembla central bank',
  'the Orsinian treasury',
  'the Graustark finance ministry',
];
const SOURCES: Choices = ['Harbour Wire', 'The Ledger Post', 'Coin Courier', 'Meridian News'];

/** By strength, 1 to 3: {coin} and {firm} are filled in. */
const GOOD: readonly Choices[] = [
  [
    '{firm} adds {coin} to its weekly savings plan',
    '{coin} transfer fees fall after a smooth network upgrade',
    '{firm} reports steady client demand for {coin}',
  ],
  [
    '{firm} buys {coin} worth 400 million for its treasury',
    '{office} approves {coin} as collateral for banks',
    '{firm} will settle all payments in {coin} from next month',
  ],
  [
    '{office} makes {coin} legal tender with immediate effect',
    '{firm} confirms purchase of 5 % of all {coin} in circulation',
    'Landmark ruling ends every legal case against {coin}',
  ],
];
const BAD: readonly Choices[] = [
  [
    '{firm} trims its {coin} holdings slightly',
    '{coin} network slows down under load for an hour',
    '{firm} delays the launch of its {coin} product',
  ],
  [
    '{office} opens an investigation into {coin} trading',
    '{firm} sells all of its {coin} and closes the desk',
    '{firm} suspends {coin} withdrawals without notice',
  ],
  [
    '{office} bans {coin} trading with immediate effect',
    'Critical flaw drains {coin} worth 900 million from {firm}',
    '{firm} files for bankruptcy with {coin} of its customers missing',
  ],
];
/** Framings that a careful reader knows for no news: {claim} is a headline of the usual kind. */
const DECOYS: Choices = [
  'Opinion: what if one day "{claim}"?',
  'Two years ago today: {claim}',
  'Correction: our report "{claim}" was published in error',
  'Fact check: "{claim}" is an invented story',
  'From the archive: {claim}',
  'Game night quiz: which year brought "{claim}"?',
];
const BODIES: Choices = [
  'The news was confirmed by two people who know the matter.',
  'The statement was published on the official site and took effect at once.',
  'Traders had not expected the announcement.',
];
const DECOY_BODIES: Choices = [
  'Nothing of the kind was announced today.',
  'This piece does not report a new event.',
  'The item is meant as entertainment and background.',
];

/** A reader has it one to three seconds after publication. */
const DELAY_MS = { min: 1_000, spread: 2_000 };

export function writeNews(
  draft: NewsDraft,
  { id, availableAt, symbols }: Readonly<Pick<NewsItem, 'id' | 'availableAt' | 'symbols'>>,
  random: Prng,
): NewsItem {
  const table = draft.score > 0 ? GOOD : BAD;
  const templates = table[Math.abs(draft.score) - 1] ?? GOOD[0];
  const claim = random
    .pick(templates ?? ['{coin} trades'])
    .replace('{coin}', random.pick(draft.asset.names))
    .replace('{firm}', random.pick(FIRMS))
    .replace('{office}', random.pick(OFFICES));
  const text = draft.decoy ? random.pick(DECOYS).replace('{claim}', claim) : claim;
  const delay = DELAY_MS.min + Math.floor(random.uniform() * DELAY_MS.spread);
  return {
    id,
    headline: text.charAt(0).toUpperCase() + text.slice(1),
    body: random.pick(draft.decoy ? DECOY_BODIES : BODIES),
    source: random.pick(SOURCES),
    symbols,
    publishedAt: (availableAt - delay) as TimeMs,
    availableAt,
  };
}
