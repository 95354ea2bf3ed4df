/** Texts as stories: harmless to look at, each told once, the best sources first, and no more than a small model can read. */
import type { TimeMs } from '#firewall';
import type { UntrustedText } from '../tools/contract.ts';
import { quotedSource, quotedText } from './quoted-text.ts';

export const STORIES_MAX = 12;

export type Story = Readonly<{
  id: string;
  source: string;
  /** From 1, a voice among many, to 3, a source that is liable for what it says. */
  weight: number;
  /** How often the same words came in. */
  copies: number;
  ageMinutes: number;
  text: string;
}>;

const LIABLE = /^(?:sec|cftc|esma|ecb|fed|federalreserve|reuters|bloomberg|ap|dow-?jones|wsj|ft)\b/;
const EDITED =
  /^(?:coindesk|theblock|cointelegraph|decrypt|cnbc|marketwatch|yahoo|businesswire|prnewswire)\b/;

const weightOf = (source: string): number =>
  LIABLE.test(source) ? 3 : EDITED.test(source) ? 2 : 1;
const sameness = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ' ');

type Found = Story & Readonly<{ availableAt: TimeMs }>;

/** A text from after `at` is left out, whoever let it through. */
export function storiesOf(texts: readonly UntrustedText[], at: TimeMs): readonly Story[] {
  const told = new Map<string, Found>();
  for (const { id, source, availableAt, text } of texts) {
    const seen = quotedText(text);
    if (seen === '' || availableAt > at) continue;
    const from = quotedSource(source);
    const story: Found = {
      id,
      source: from,
      weight: weightOf(from),
      copies: 1,
      ageMinutes: Math.floor((at - availableAt) / 60_000),
      text: seen,
      availableAt,
    };
    const key = sameness(seen);
    const other = told.get(key);
    const better = other === undefined || inOrder(story, other) < 0 ? story : other;
    told.set(key, { ...better, copies: (other?.copies ?? 0) + 1 });
  }
  return [...told.values()]
    .toSorted(inOrder)
    .slice(0, STORIES_MAX)
    .map(({ availableAt: _availableAt, ...story }) => story);
}

/** The weightier first, then the newer; the id last, so that the same texts always make the same prompt. */
function inOrder(a: Found, b: Found): number {
  if (a.weight !== b.weight) return b.weight - a.weight;
  if (a.availableAt !== b.availableAt) return b.availableAt - a.availableAt;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
