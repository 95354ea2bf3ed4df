/** A person's idea of a trade: a closed record, and the strict reading of the few words that it can be typed in. */
import { z } from 'zod';
import { parseFixed } from '#firewall';
import { HORIZONS } from '../agents/contract.ts';

const decimal = z
  .string()
  .max(30)
  .refine((text) => (parseFixed(text) ?? 0n) > 0n, 'a price');

export const ideaSchema = z.strictObject({
  action: z.enum(['long', 'short', 'exit']),
  symbol: z.string().max(64),
  /** Share of equity in millionths; null leaves it to the desk. */
  size: z.int().min(1).max(1_000_000).nullable(),
  /** Decimal prices; null only where nothing is opened. */
  stop: decimal.nullable(),
  target: decimal.nullable(),
  horizon: z.enum(HORIZONS),
});
export type Idea = Readonly<z.infer<typeof ideaSchema>>;

export const IDEA_CODES = [
  'IDEA_UNREADABLE',
  'IDEA_SYMBOL_UNKNOWN',
  'IDEA_SYMBOL_AMBIGUOUS',
  'IDEA_INCOMPLETE',
] as const;
export type IdeaCode = (typeof IDEA_CODES)[number];
/** `hint` is in our words; what was typed is not repeated. */
export type IdeaRead =
  | Readonly<{
      ok: true;
      idea: Idea;
      /** Words that mean nothing here, such as the reason for the trade. They are shown to the person, and to nobody else. */
      unread: readonly string[];
    }>
  | Readonly<{ ok: false; code: IdeaCode; hint: string }>;

export const IDEA_LENGTH_MAX = 200;
const HORIZON_UNSAID = '1h';
const ACTION_WORDS: Readonly<Record<string, Idea['action']>> = {
  long: 'long',
  buy: 'long',
  short: 'short',
  sell: 'short',
  exit: 'exit',
  close: 'exit',
};
const USAGE = 'write: long ETH 2 % stop 1540 target 1700 horizon 4h';

const fail = (code: IdeaCode, hint: string): IdeaRead => ({ ok: false, code, hint });
const unreadable = (hint: string): IdeaRead => fail('IDEA_UNREADABLE', `${hint}; ${USAGE}`);

type Markets = Readonly<{ symbols: readonly string[]; preferred: string }>;
type Parts = {
  size?: number;
  stop?: string;
  target?: string;
  horizon?: Idea['horizon'];
  readonly unread: string[];
};

/**
 * Reads `long ETH into the merge, 2 %, stop 1,540 target 1700 horizon 4h`. A number or a keyword out of place is refused,
 * never guessed at; so is a word that could turn the rest around.
 */
export function readIdea(text: string, markets: Markets): IdeaRead {
  if (text.length > IDEA_LENGTH_MAX) return unreadable(`at most ${IDEA_LENGTH_MAX} characters`);
  const [verb = '', coin = '', ...words] = text
    .trim()
    .replaceAll(/\s+%/g, '%')
    .split(/\s+/)
    .map((word) => word.replace(/[,;.:]+$/, ''))
    .filter((word) => word !== '');
  const lower = verb.toLowerCase();
  const action = Object.hasOwn(ACTION_WORDS, lower) ? ACTION_WORDS[lower] : undefined;
  if (action === undefined) return unreadable('the first word says what to do');
  const symbol = symbolOf(coin, markets);
  if (!symbol.ok) return symbol;
  const parts = partsOf(words);
  if (typeof parts === 'string') return unreadable(parts);
  const { size = null, stop = null, target = null, horizon = HORIZON_UNSAID, unread } = parts;
  if (action === 'exit' && (size !== null || stop !== null || target !== null))
    return unreadable('an exit leaves all of the position, and has no stop and no target');
  // How much may be lost is the person's to say; what is hoped for can be taken from it.
  if (action !== 'exit' && stop === null) return fail('IDEA_INCOMPLETE', 'an entry names its stop');
  const idea: Idea = { action, symbol: symbol.symbol, size, stop, target, horizon };
  return { ok: true, idea, unread };
}

type Named = Readonly<{ ok: true; symbol: string }> | Extract<IdeaRead, { ok: false }>;

function symbolOf(word: string, { symbols, preferred }: Markets): Named {
  const upper = word.toUpperCase();
  if (symbols.includes(upper)) return { ok: true, symbol: upper };
  const found = symbols.filter((symbol) => symbol.split('/')[0] === upper);
  const [only] = found.includes(preferred) ? [preferred] : found;
  if (only === undefined)
    return { ok: false, code: 'IDEA_SYMBOL_UNKNOWN', hint: `markets: ${symbols.join(', ')}` };
  return found.length > 1 && only !== preferred
    ? { ok: false, code: 'IDEA_SYMBOL_AMBIGUOUS', hint: `say which: ${found.join(', ')}` }
    : { ok: true, symbol: only };
}

/** The rest in any order, each thing once; what is wrong, in our words. */
function partsOf(words: readonly string[]): Parts | string {
  const parts: Parts = { unread: [] };
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const key = word.toLowerCase();
    const problem = /^[\d.]+%$/.test(word)
      ? takeSize(parts, word)
      : key === 'size'
        ? takeSize(parts, left.shift())
        : key === 'stop' || key === 'target'
          ? takePrice(parts, key, left.shift())
          : key === 'horizon' || /^\d/.test(key)
            ? takeHorizon(parts, key === 'horizon' ? left.shift() : key)
            : passOver(parts, word);
    if (problem !== null) return problem;
  }
  return parts;
}

function takeSize(parts: Parts, word: string | undefined): string | null {
  if (parts.size !== undefined) return 'the size is said once';
  const share = word?.endsWith('%') === true ? parseFixed(decimalOf(word.slice(0, -1))) : null;
  if (share === null || share <= 0n || share > 10_000_000_000n || share % 10_000n !== 0n)
    return 'a size is a share of equity, such as 2 %';
  parts.size = Number(share / 10_000n);
  return null;
}

function takePrice(parts: Parts, key: 'stop' | 'target', word: string | undefined): string | null {
  if (parts[key] !== undefined) return `the ${key} is said once`;
  const price = word === undefined ? null : decimalOf(word);
  if (price === null || (parseFixed(price) ?? 0n) <= 0n) return `after ${key} comes a price`;
  parts[key] = price;
  return null;
}

const UNREAD_MAX = 20;
/** With one of these about, the rest may mean anything. */
const TURNING = new Set(
  "not no never don't dont isn't won't if when unless until or but except without maybe instead after before".split(
    ' ',
  ),
);

function passOver({ unread }: Parts, word: string): string | null {
  if (TURNING.has(word.toLowerCase())) return 'an idea has no conditions and no negations';
  if (!/^[A-Za-z][A-Za-z'-]{0,19}$/.test(word) || unread.length >= UNREAD_MAX)
    return 'there is something in it that cannot be read';
  unread.push(word);
  return null;
}

/** People write 1540.50 and 1,540; the house has one spelling for each number. */
const decimalOf = (word: string): string | null =>
  /^(?:\d{1,20}|\d{1,3}(?:,\d{3}){1,5})(?:\.\d{1,8})?$/.test(word)
    ? word
        .replaceAll(',', '')
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '')
        .replace(/^0+(?=\d)/, '')
    : null;

function takeHorizon(parts: Parts, word: string | undefined): string | null {
  const horizon = HORIZONS.find((known) => known === word?.toLowerCase());
  if (horizon === undefined) return `a horizon is one of ${HORIZONS.join(', ')}`;
  if (parts.horizon !== undefined) return 'the horizon is said once';
  parts.horizon = horizon;
  return null;
}
