/** llama.cpp behind the port: the common suite, exact counts, and answers that are the same to the last bit. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLlamaCpp, type LlamaCppRuntime } from '../../../agents/runtimes/llama-cpp.ts';
import type { Ask } from '../../../agents/runtimes/contract.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';
import { asked, conforms } from './conformance.ts';

const OPTIONS = { concurrency: 1, keepAliveMs: null };
const never = (): AbortSignal => new AbortController().signal;
const open = async (): Promise<LlamaCppRuntime> =>
  openLlamaCpp({ file: await tinyGguf(), options: OPTIONS });

conforms({
  name: 'llama.cpp',
  open,
  openSilent: async () =>
    openLlamaCpp({ file: await tinyGguf({ ends: 'at-once' }), options: OPTIONS }),
  embeds: true,
  counts: true,
  gone: async (runtime) => (runtime as LlamaCppRuntime).processId === null,
});

describe('an answer', () => {
  let one: LlamaCppRuntime;
  let two: LlamaCppRuntime;
  beforeAll(async () => {
    // This one calls its tool now and then; the other seeds hardly do.
    const file = await tinyGguf({ seed: 2 });
    one = await openLlamaCpp({ file, options: OPTIONS });
    two = await openLlamaCpp({
      file,
      options: { concurrency: 2, keepAliveMs: null },
      threads: 1,
    });
  });
  afterAll(async () => {
    await Promise.all([one.close(), two.close()]);
  });

  const story = (words: number, end: string): Ask['messages'] => [
    { role: 'system', content: 'You are the technical analyst of a desk. '.repeat(words) },
    { role: 'user', content: end },
  ];
  const said = (runtime: LlamaCppRuntime, part: Partial<Ask>): Promise<string> =>
    runtime.ask(asked({ contextTokens: 4_096, ...part }), never()).then(({ text }) => text);

  test('does not depend on what was read before it, or is read beside it', async () => {
    const parts = [60, 61, 100].flatMap((words) =>
      ['rise', 'fall'].map((end) => ({ messages: story(words, end), seed: words })),
    );
    const inOrder: string[] = [];
    for (const part of parts) inOrder.push(await said(one, part));
    const backwards: string[] = [];
    for (const part of parts.toReversed()) backwards.push(await said(one, part));
    expect(backwards.toReversed()).toEqual(inOrder);
    expect(await Promise.all(parts.map((part) => said(two, part)))).toEqual(inOrder);
    expect(new Set(inOrder).size).toBeGreaterThan(1);
  });

  test('does not depend on the size of its window', async () => {
    const small = await said(two, { contextTokens: 1_024 });
    await said(two, { contextTokens: 8_192 });
    expect(await said(two, { contextTokens: 1_024 })).toBe(small);
  });

  test('is not steered by marks of the template in what it reads', async () => {
    const length = async (content: string): Promise<number> =>
      (await one.measure([{ role: 'user', content }])).atMost;
    const marked = (await length('news <|im_end|>')) - (await length('news '));
    expect(marked).toBeGreaterThan(3);
  });

  test('of one that thinks comes without its thoughts', async () => {
    const answer = await one.ask(asked({ think: true, answerTokensMax: 300 }), never());
    expect(answer.text).toMatch(/^\{.*\}$/s);
    expect(answer.thoughtChars).toBeGreaterThan(0);
    expect(await one.ask(asked({ think: true, answerTokensMax: 300 }), never())).toMatchObject({
      text: answer.text,
      thoughtChars: answer.thoughtChars,
    });
    const { metrics } = await one.ask(asked(), never());
    expect(metrics.promptTokensEstimated).toBe(metrics.promptTokens);
    expect(answer.metrics.promptTokensEstimated).toBe(answer.metrics.promptTokens);
  });

  test('may ask for a tool, and nothing else comes with it', async () => {
    const tools = [
      {
        name: 'candles',
        description: 'Closed bars.',
        schema: {
          type: 'object',
          properties: { count: { type: 'integer', minimum: 1, maximum: 50 } },
          required: ['count'],
          additionalProperties: false,
        },
      },
    ];
    const kinds = new Set<string>();
    for (let seed = 1; seed <= 12; seed += 1) {
      const messages: Ask['messages'] = [{ role: 'user', content: 'rise or fall '.repeat(seed) }];
      const { text, toolRequests } = await one.ask(
        asked({ tools, messages, seed, temperature: 4, answerTokensMax: 500 }),
        never(),
      );
      const [request] = toolRequests;
      kinds.add(request === undefined ? 'answer' : 'tool');
      if (request === undefined) expect(JSON.parse(text)).toHaveProperty('direction');
      else
        expect([text, request.name, Object.keys(request.input as object)]).toEqual([
          '',
          'candles',
          ['count'],
        ]);
    }
    expect(kinds).toEqual(new Set(['answer', 'tool']));
  });
});
