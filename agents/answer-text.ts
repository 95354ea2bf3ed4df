/** A model's answer as text: one JSON object, each key once, and nothing around it but at most one code fence. */

/** Far above any good answer; what is longer was not worth its tokens. */
export const ANSWER_CHARS_MAX = 16_384;

export type ReadAnswer =
  | Readonly<{ ok: true; value: object; fenced: boolean }>
  | Readonly<{ ok: false; says: string; fenced: boolean }>;

const FENCE = /^```(?:json)?[ \t]*\r?\n([^]*?)\r?\n?```$/;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

export function readAnswer(raw: string): ReadAnswer {
  const trimmed = raw.trim();
  const inside = FENCE.exec(trimmed)?.[1];
  const fenced = inside !== undefined;
  const refuse = (says: string): ReadAnswer => ({ ok: false, says, fenced });
  if (trimmed === '') return refuse('there was no answer');
  if (raw.length > ANSWER_CHARS_MAX) return refuse('the answer was far too long');
  const text = (inside ?? trimmed).trim();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('the answer was not one JSON object alone');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('the answer was JSON, but not an object');
  // The parser takes the last of two, and so would hide that the model said two things.
  if (saysTwice(text)) return refuse('a key was given twice');
  return { ok: true, value, fenced };
}

function saysTwice(text: string): boolean {
  const open: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const keys = open.at(-1);
      const key = JSON.parse(last) as string;
      if (keys?.has(key) === true) return true;
      keys?.add(key);
    }
    last = token;
  }
  return false;
}
