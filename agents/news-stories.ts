/** Texts as stories: harmless to look at, each told once, the best sources first, and no more than a small model can read. */
import type { TimeMs } from '#firewall';
import type { UntrustedText } from '../tools/contract.ts';
import { sourceWeight } from '../tools/source-weight.ts';
import { quotedSource, quotedText } from './quoted-text.ts';

export const STORIES_MAX = 12;

export type Story = Readonly<{
  id: string;
  source: string;
  /** From 1, a voice among many, to 3, a source that is liable for what it says. */
  weight: number;
  ageMinutes: number;
  text: string;
}>;
type Found = Story & Readonly<{ availableAt: TimeMs }>;

/** What differs only in case, marks and spaces is the same story, however often it comes. */
const sameness = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** A text from after `at` is left out, whoever let it through. */
export function storiesOf(texts: readonly UntrustedText[], at: TimeMs): readonly Story[] {
  const told = new Map<string, Found>();
  for (const { id, source, availableAt, text } of texts) {
    const seen = quotedText(text);
    if (seen === '' || availableAt > at) continue;
    const story: Found = {
      id,
      source: quotedSource(source),
      weight: sourceWeight(source),
      ageMinutes: Math.floor((at - availableAt) / 60_000),
      text: seen,
      availableAt,
    };
    const key = sameness(seen);
    const other = told.get(key);
    if (other === undefined || inOrder(story, other) < 0) told.set(key, story);
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
