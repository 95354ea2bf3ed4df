/** Strangers' text made harmless to look at: one line, visible, bounded, and without the marks that templates live on. */

/** Long enough for a headline and its first sentence. */
export const TEXT_CHARS_MAX = 240;
const SOURCE_CHARS_MAX = 24;

/** Never seen, and so never meant for a reader: zero width, bidirectional controls, tags, variation selectors, fillers. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cn}\p{Cs}\uFFFD]/gu;
/** Controls and every kind of space, the blank braille pattern and the mark that tokenizers use for a space included. */
const SPACES = /[\p{Cc}\p{Z}\u2800\u2581]+/gu;
/** More marks on one letter than any language needs hide what is under them. */
const PILED_MARKS = /(\p{M}{2})\p{M}+/gu;
/** What templates and markup are made of. Without these no `<|im_start|>`, `[INST]`, `<s>`, `{{` or fence is left. */
const LOOKS: Readonly<Record<string, string>> = {
  '<': '(',
  '>': ')',
  '[': '(',
  ']': ')',
  '{': '(',
  '}': ')',
  '|': '/',
  '`': "'",
  '\\': '/',
  '#': '.',
};
const MARKUP = /[<>[\]{}|`\\#]/g;

/** Look-alikes become what they look like first, so that a wide `＜` is caught as well. */
const plain = (text: string): string =>
  text
    .slice(0, TEXT_CHARS_MAX * 8)
    .toWellFormed()
    .normalize('NFKC')
    .replace(UNSEEN, '')
    .replace(SPACES, ' ')
    .replace(PILED_MARKS, '$1')
    .replace(MARKUP, (mark) => LOOKS[mark] ?? '')
    .trim();

/** By code points: half a character is none. */
const cut = (text: string, max: number): string => {
  const points = Array.from(text);
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
};

export const quotedText = (text: string): string => cut(plain(text), TEXT_CHARS_MAX);

/** A source's name as a word; it is as untrusted as what it says. */
export const quotedSource = (source: string): string =>
  cut(plain(source), SOURCE_CHARS_MAX)
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'unknown';
