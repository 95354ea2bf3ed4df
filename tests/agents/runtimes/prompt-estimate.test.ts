/** The bounds on a prompt's length, against numbers that real tokenizers gave for these very texts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimatePrompt, estimateTokens } from '../../../agents/runtimes/prompt-estimate.ts';

/** The fewest and the most tokens among GPT-2's, cl100k, o200k, Llama 2, Llama 3 and Mistral's tokenizers. */
const COUNTED: readonly (readonly [text: string, fewest: number, most: number])[] = [
  ['Bitcoin holds above support after the Fed left its rate where it was.', 14, 16],
  ['indicators.rsi14 61.25 percent\norder_book.spread_bps 0.17 bps', 23, 32],
  ['{"direction":"up","strength":60,"confidence":55,"items":[1,2]}', 19, 24],
  ['64123.50 64123.50 64123.50', 12, 26],
  ['BTCUSDT ETHUSDT KAITOUSDT', 10, 14],
  ['================================', 1, 2],
  ['4d06fd2ff1929ffb360f2fc1c23052f9', 19, 28],
  ['dGhlIG1hcmtldCBtb3ZlZA==', 14, 17],
  ['    if (x) {        y();    }', 11, 21],
  ['比特币价格今天上涨了百分之五', 10, 27],
  ['Биткоин вырос на пять процентов', 8, 33],
  ['ارتفع سعر البيتكوين اليوم', 6, 23],
  ['비트코인 가격이 오늘 상승했습니다', 9, 42],
  ['ราคาบิตคอยน์เพิ่มขึ้น', 8, 42],
  ['🚀🔥💎 to the moon', 6, 15],
  ['Rechtsschutzversicherungsgesellschaft', 6, 14],
];

test.each(COUNTED)('%j lies within its bounds', (text, fewest, most) => {
  const { atLeast, atMost } = estimateTokens(text);
  expect(atLeast).toBeLessThanOrEqual(fewest);
  expect(atMost).toBeGreaterThanOrEqual(most);
});

test('the bounds are in order, and grow with the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, two) => {
      const [alone, both] = [estimateTokens(one), estimateTokens(`${one}\n${two}`)];
      expect(alone.atLeast).toBeLessThanOrEqual(alone.atMost);
      expect(both.atLeast).toBeGreaterThanOrEqual(alone.atLeast);
      expect(both.atMost).toBeGreaterThanOrEqual(alone.atMost);
    }),
  );
});

test('marks, templates and tools count for the most alone', () => {
  const messages = [{ role: 'user' as const, content: 'up' }];
  const size = estimatePrompt(messages);
  expect(size).toEqual({ atLeast: 1, atMost: 1 + 12 + 96 });
  const tools = [{ name: 'book', description: 'The book.', schema: {} }];
  const withTools = estimatePrompt(messages, { tools, think: false, schema: null });
  expect(withTools.atLeast).toBe(1);
  expect(withTools.atMost).toBeGreaterThan(size.atMost + 20);
});
