/** News as stories: what is told again in nearly the same words as at first counts as a copy. */
import type { NewsItem } from './contract.ts';
import { sourceWeight } from './source-weight.ts';

type Told = { item: NewsItem; copies: number; weight: number };
export type Story = Readonly<{
  /** As the weightiest of its sources told it; of several such, as the first did. */
  item: NewsItem;
  copies: number;
  weight: number;
}>;

/** Share of common shingles from which on two texts tell one story, if their numbers are the same as well. */
const SAME = 0.5;
const SHINGLE_WORDS = 3;
/** More than this within one window is a flood; the oldest of it is let go. */
const ITEMS_MAX = 300;
const COMPARED_CHARS = 400;

/** Items oldest first; stories by weight, then the newest first, then by id. */
export function storiesOf(items: readonly NewsItem[]): readonly Story[] {
  const told: (Told & { shingles: ReadonlySet<string>; numbers: string })[] = [];
  for (const item of items.slice(-ITEMS_MAX)) {
    const words = wordsOf(item.headline === '' ? item.body : item.headline);
    if (words.length === 0) continue;
    const shingles = shinglesOf(words);
    const numbers = numbersOf(words);
    const weight = sourceWeight(item.source);
    const before = told.find(
      (story) => story.numbers === numbers && similarity(story.shingles, shingles) >= SAME,
    );
    if (before === undefined) told.push({ item, copies: 0, weight, shingles, numbers });
    else {
      before.copies += 1;
      if (weight <= before.weight) continue;
      before.weight = weight;
      before.item = item;
    }
  }
  return told
    .map(({ item, copies, weight }): Story => ({ item, copies, weight }))
    .toSorted(inOrder);
}

function inOrder(a: Story, b: Story): number {
  if (a.weight !== b.weight) return b.weight - a.weight;
  const newer = b.item.availableAt - a.item.availableAt;
  if (newer !== 0) return newer;
  return a.item.id < b.item.id ? -1 : 1;
}

/** Letters and digits in lower case; marks that only look different, or are not seen at all, make no difference. */
export const wordsOf = (text: string): readonly string[] =>
  text
    .slice(0, COMPARED_CHARS)
    .normalize('NFKC')
    .replaceAll(/[\p{Cf}\p{Mn}]/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

/** Up five per cent and up eight are two stories, however alike the words around them. */
const numbersOf = (words: readonly string[]): string =>
  [...new Set(words.filter((word) => /\p{N}/u.test(word)))].toSorted().join(' ');

/** Every run of three words; of a shorter text, the whole of it. */
export function shinglesOf(words: readonly string[]): ReadonlySet<string> {
  if (words.length < SHINGLE_WORDS) return new Set([words.join(' ')]);
  return new Set(
    words.slice(0, 1 - SHINGLE_WORDS).map((_, at) => words.slice(at, at + SHINGLE_WORDS).join(' ')),
  );
}

/** Common shingles as a share of all; 1 for the same words. */
export function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((shingle) => b.has(shingle)).length;
  const all = a.size + b.size - common;
  return all === 0 ? 0 : common / all;
}
