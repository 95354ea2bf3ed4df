/** Thoughts are taken out of an answer whole, and what is left is nobody's thought. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutThoughts } from '../../../agents/runtimes/thoughts.ts';

test.each([
  ['yes', 'yes'],
  ['<think>hm</think>yes', 'yes'],
  ['<think>\nhm\n</think>\n\n{"a":1}', '{"a":1}'],
  ['yes<think>hm</think> and no', 'yes and no'],
  ['<think>a</think>yes<think>b</think>', 'yes'],
  ['hm</think>yes', 'yes'],
  ['hm</think>yes<think>b', 'yes'],
  ['<think>hm', ''],
  ['[THINK]hm[/THINK]yes', 'yes'],
  ['<|channel|>analysis<|message|>hm<|end|>yes', 'yes'],
  ['<reasoning>hm</reasoning>  yes ', 'yes'],
  ['{"a":"</think>"}', '{"a":"</think>"}'],
  ['<think></think>', ''],
  ['yes<think>a</think>no</think>maybe', 'maybe'],
  ['<thi<think>a</think>nk>yes', ''],
])('%j', (answer, text) => {
  expect(withoutThoughts(answer).text).toBe(text);
});

test('no mark of a thought is left, and nothing is made up', () => {
  const pieces = fc.constantFrom('<think>', '</think>', 'a', ' ', '{', '[THINK]', '[/THINK]');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const answer = parts.join('');
      const { text, thoughtChars } = withoutThoughts(answer);
      expect(text).not.toMatch(/<\/?think>/);
      expect(text.length + thoughtChars).toBeLessThanOrEqual(answer.length);
    }),
  );
});

test('an answer of nothing but marks is read in one pass', () => {
  // By one mark after the other over what is left, this takes minutes, and the process does nothing else.
  for (const mark of ['</think>', '<think>', '<think>a</think>', '[/THINK]<think>'])
    expect(withoutThoughts(mark.repeat(150_000)).text).toBe('');
});
