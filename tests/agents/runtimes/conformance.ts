/** What every runtime of language models has to do, whatever it is made of. Each implementation runs this suite. */
import { HumanMessage } from '@langchain/core/messages';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { planSchema, sentimentSchema, technicalSchema } from '../../../agents/contract.ts';
import type { ChatRuntime } from '../../../agents/runtimes/chat-runtime.ts';
import {
  RuntimeError,
  type Answer,
  type Ask,
  type JsonSchema,
} from '../../../agents/runtimes/contract.ts';

export type Subject = Readonly<{
  name: string;
  open(): Promise<ChatRuntime>;
  /** A runtime whose model ends its answer before the first word; null where none can be had. */
  openSilent: (() => Promise<ChatRuntime>) | null;
  embeds: boolean;
  /** Whether a prompt's length is known to the token before it is sent. */
  counts: boolean;
  /** A check that nothing of a closed runtime is left. */
  gone?(runtime: ChatRuntime): Promise<boolean>;
}>;

export const schemaOf = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema);
/** Takes the tiny model about a second to fill: long enough to be interrupted. */
const LONG: JsonSchema = { type: 'string', minLength: 1_900, maxLength: 2_000 };

export const asked = (part: Partial<Ask> = {}): Ask => ({
  messages: [
    { role: 'system', content: 'You are the sentiment reader of a trading desk.' },
    { role: 'user', content: 'Bitcoin holds above support. Answer with one JSON object.' },
  ],
  schema: schemaOf(sentimentSchema),
  tools: [],
  seed: 1,
  temperature: 0.8,
  contextTokens: 2_048,
  answerTokensMax: 200,
  think: false,
  deadlineMs: 30_000,
  lane: 'desk-1',
  ...part,
});

const longAsk = (part: Partial<Ask> = {}): Ask =>
  asked({ schema: LONG, contextTokens: 6_000, answerTokensMax: 5_000, ...part });

const never = (): AbortSignal => new AbortController().signal;

/** The code that a call failed with; the answer's text where it did not. */
export const codeOf = (call: Promise<Answer>): Promise<string> =>
  call.then(
    (answer) => `answered: ${answer.text}`,
    (error: unknown) => (error instanceof RuntimeError ? error.code : String(error)),
  );

const repeated = (count: number): Ask['messages'] => [
  { role: 'user', content: 'The market moved and nobody knows why. '.repeat(count) },
];

export function conforms({ name, open, openSilent, embeds, counts, gone }: Subject): void {
  describe(`${name} as a runtime`, () => {
    let runtime: ChatRuntime;
    const say = (part: Partial<Ask> = {}): Promise<Answer> => runtime.ask(asked(part), never());

    beforeAll(async () => {
      runtime = await open();
    });
    afterAll(async () => {
      await runtime.close();
    });

    test('says which weights answer', () => {
      expect(runtime.identity).toMatchObject({
        model: expect.stringMatching(/./),
        runtimeVersion: expect.stringMatching(/./),
        // Chat completions know no digests: there the name has to do.
        digest:
          runtime.identity.runtime === 'openai'
            ? null
            : expect.stringMatching(/^(?:sha256:)?[\da-f]{12,64}$/),
      });
    });

    test.each([
      ['sentiment', sentimentSchema],
      ['technical', technicalSchema],
      ['plan', planSchema],
    ] as const)('keeps to the schema of a %s', async (_, schema) => {
      for (const seed of [1, 2, 3]) {
        const { text } = await say({ seed, schema: schemaOf(schema), answerTokensMax: 600 });
        expect(schema.safeParse(JSON.parse(text)).error).toBeUndefined();
      }
    });

    test('says the same again for the same seed, and something else for another', async () => {
      const said = (seed: number): Promise<string> => say({ seed }).then(({ text }) => text);
      const first = [await said(1), await said(2), await said(3)];
      expect([await said(1), await said(2), await said(3)]).toEqual(first);
      expect(new Set(first).size).toBeGreaterThan(1);
    });

    test('has no use for a seed where nothing is left to chance', async () => {
      const [one, two] = [await say({ temperature: 0 }), await say({ temperature: 0, seed: 2 })];
      expect(one.text).toBe(two.text);
    });

    test('knows how long a prompt is', async () => {
      for (const count of [1, 20]) {
        const messages = repeated(count);
        const { atLeast, atMost } = await runtime.measure(messages);
        const { metrics } = await say({ messages });
        if (counts) expect([atLeast, atMost]).toEqual([metrics.promptTokens, metrics.promptTokens]);
        expect(metrics.promptTokens).toBeGreaterThanOrEqual(atLeast);
        expect(metrics.promptTokens).toBeLessThanOrEqual(atMost);
      }
    });

    test('refuses a prompt that does not fit', async () => {
      expect(await codeOf(say({ messages: repeated(2_000) }))).toBe('PROMPT_TOO_LONG');
    });

    test('calls an answer that was cut no answer', async () => {
      expect(await codeOf(say({ answerTokensMax: 5 }))).toBe('ANSWER_CUT');
    });

    test('measures what it does', async () => {
      const { metrics } = await say();
      expect(metrics.answerTokens).toBeGreaterThan(10);
      expect(metrics.totalMs).toBeGreaterThan(0);
      expect(metrics.queueMs).toBeGreaterThanOrEqual(0);
      expect(metrics.firstTokenMs ?? 0).toBeLessThanOrEqual(metrics.totalMs);
      expect(metrics.tokensPerSecond ?? 1).toBeGreaterThan(0);
    });

    test('stops when a call is taken back, and goes on with the next', async () => {
      const stop = new AbortController();
      const call = runtime.ask(longAsk(), stop.signal);
      setTimeout(() => stop.abort(), 150);
      expect(await codeOf(call)).toBe('CALL_CANCELLED');
      expect(await codeOf(runtime.ask(asked(), AbortSignal.abort()))).toBe('CALL_CANCELLED');
      expect((await say()).text).toMatch(/^\{/);
      expect(runtime.load).toBe(0);
    });

    test('takes back a call that waits for its turn', async () => {
      const running = new AbortController();
      const waiting = new AbortController();
      const first = codeOf(runtime.ask(longAsk(), running.signal));
      const others = Array.from({ length: 8 }, () => codeOf(runtime.ask(asked(), waiting.signal)));
      waiting.abort();
      expect(await Promise.all(others)).toEqual(others.map(() => 'CALL_CANCELLED'));
      running.abort();
      expect(await first).toBe('CALL_CANCELLED');
      expect(runtime.load).toBe(0);
    });

    test('holds to a deadline, and goes on with the next call', async () => {
      expect(await codeOf(runtime.ask(longAsk({ deadlineMs: 100 }), never()))).toBe(
        'CALL_TIMED_OUT',
      );
      expect((await say()).text).toMatch(/^\{/);
    });

    test('answers many lanes at once, each as if it were alone', async () => {
      const alone = (await say({ seed: 7 })).text;
      const lanes = ['a', 'b', 'c', 'a', 'b', 'c'];
      const said = await Promise.all(lanes.map((lane) => say({ lane, seed: 7 })));
      expect(said.map(({ text }) => text)).toEqual(lanes.map(() => alone));
    });

    test('is a chat model of LangChain', async () => {
      const bound = runtime.withConfig({ ask: { schema: schemaOf(planSchema) } });
      const message = await bound.invoke([new HumanMessage('Plan.')]);
      expect(planSchema.safeParse(JSON.parse(message.text)).error).toBeUndefined();
      const { input_tokens: input = 0, output_tokens: output = 0 } = message.usage_metadata ?? {};
      expect(input).toBeGreaterThan(0);
      expect(output).toBeGreaterThan(0);
      await expect(runtime.invoke('Plan.', { stop: ['.'] })).rejects.toMatchObject({
        code: 'RUNTIME_REFUSED',
      });
    });

    test('has a heartbeat', async () => {
      await expect(runtime.heartbeat(AbortSignal.timeout(5_000))).resolves.toBeUndefined();
    });

    test.runIf(embeds)('embeds texts, alike the same and apart the different', async () => {
      const texts = ['Bitcoin rises', 'Bitcoin rises', 'a hack of an exchange'];
      const [one, same, other] = await runtime.embed(texts, never());
      if (one === undefined || same === undefined || other === undefined)
        throw new Error('a text without a vector');
      expect(Math.hypot(...one)).toBeCloseTo(1, 5);
      expect([...same]).toEqual([...one]);
      expect(other.length).toBe(one.length);
      expect([...other]).not.toEqual([...one]);
    });

    test.runIf(openSilent !== null)('calls silence no answer', async () => {
      const silent = await openSilent?.();
      if (silent === undefined) return;
      try {
        expect(await codeOf(silent.ask(asked({ schema: null }), never()))).toBe('ANSWER_EMPTY');
      } finally {
        await silent.close();
      }
    });

    test('answers nothing once it is closed, and leaves nothing behind', async () => {
      const other = await open();
      const running = codeOf(other.ask(longAsk(), never()));
      await new Promise((done) => setTimeout(done, 100));
      await other.close();
      expect(await running).toBe('RUNTIME_DOWN');
      expect(await codeOf(other.ask(asked(), never()))).toBe('RUNTIME_DOWN');
      await expect(other.heartbeat(never())).rejects.toBeInstanceOf(RuntimeError);
      expect(await gone?.(other)).not.toBe(false);
    });
  });
}
