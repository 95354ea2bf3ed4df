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

/** In one pass: a server decides how many marks there are. */
function without(text: string, open: string, close: string): string {
  const kept: string[] = [];
  let at = 0;
  let from = text.indexOf(open);
  for (let to = text.indexOf(close); to >= 0; to = text.indexOf(close, at)) {
    if (from >= 0 && from < at) from = text.indexOf(open, at);
    // Some templates open the thought in the prompt, so that the answer holds the closing alone.
    if (from >= 0 && from < to) kept.push(text.slice(at, from));
    else kept.length = 0;
    at = to + close.length;
  }
  if (from >= 0 && from < at) from = text.indexOf(open, at);
  // A thought that never closes is all that there is.
  kept.push(text.slice(at, from < 0 ? undefined : from));
  const rest = kept.join('');
  // Marks that only the cut has put together were meant to be: there is no answer around them.
  return rest.includes(open) || rest.includes(close) ? '' : rest;
}
