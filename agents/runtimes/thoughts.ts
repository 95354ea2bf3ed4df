/** Takes a model's thoughts out of its answer. They are neither evidence nor an answer. */

/** The marks that models put around their thoughts, each an opening and its closing. */
const MARKS: readonly (readonly [open: string, close: string])[] = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<reasoning>', '</reasoning>'],
  ['[THINK]', '[/THINK]'],
  ['<|channel|>analysis<|message|>', '<|end|>'],
];

export type Plain = Readonly<{ text: string; thoughtChars: number }>;

export function withoutThoughts(answer: string): Plain {
  // Nothing stands around an answer that is JSON from end to end; a mark in it is somebody's word.
  if (isJson(answer)) return { text: answer.trim(), thoughtChars: 0 };
  let text = answer;
  for (const [open, close] of MARKS) text = without(text, open, close);
  return { text: text.trim(), thoughtChars: answer.length - text.length };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function without(text: string, open: string, close: string): string {
  let rest = text;
  for (;;) {
    const from = rest.indexOf(open);
    const to = rest.indexOf(close);
    if (from < 0 && to < 0) return rest;
    // A thought that never closes is all that there is.
    if (to < 0) return rest.slice(0, from);
    // Some templates open the thought in the prompt, so that the answer holds the closing alone.
    const opened = from >= 0 && from < to;
    rest = (opened ? rest.slice(0, from) : '') + rest.slice(to + close.length);
  }
}
