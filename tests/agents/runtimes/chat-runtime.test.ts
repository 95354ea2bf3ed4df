/** The base of all runtimes: turns, room, deadlines, and what it makes of answers that are none. */
import { HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  ChatRuntime,
  type PromptSize,
  type Spoken,
} from '../../../agents/runtimes/chat-runtime.ts';
import { RuntimeError, type Answer, type Ask } from '../../../agents/runtimes/contract.ts';
import { asked, codeOf } from './conformance.ts';

type Speak = (ask: Ask, signal: AbortSignal) => Promise<Partial<Spoken>>;
type World = Readonly<{
  speak?: Speak;
  size?: Partial<PromptSize>;
  measure?: Promise<PromptSize>;
  places?: number;
}>;

const SPOKEN: Spoken = {
  text: 'yes',
  thoughts: '',
  toolRequests: [],
  done: 'stop',
  promptTokens: 10,
  answerTokens: 4,
  loadMs: null,
  firstTokenMs: 1,
  answerMs: 2,
};

/** A server that does as a test tells it. */
class Told extends ChatRuntime {
  override readonly identity = {
    runtime: 'recorded',
    runtimeVersion: '1',
    model: 'told',
    digest: null,
    quantisation: null,
    parameters: null,
    contextMax: null,
  } as const;
  readonly #world: World;
  readonly heard: Ask[] = [];

  constructor(world: World = {}) {
    super({ concurrency: world.places ?? 1, keepAliveMs: null });
    this.#world = world;
  }

  override async measure(): Promise<PromptSize> {
    return this.#world.measure ?? { atLeast: 10, atMost: 10, ...this.#world.size };
  }

  override async heartbeat(): Promise<void> {}
  override async embed(): Promise<readonly Float32Array[]> {
    return [];
  }
  override async close(): Promise<void> {}

  protected override async speak(ask: Ask, _: PromptSize, signal: AbortSignal): Promise<Spoken> {
    this.heard.push(ask);
    return { ...SPOKEN, ...(await this.#world.speak?.(ask, signal)) };
  }
}

const never = (): AbortSignal => new AbortController().signal;
const forever = (): Promise<never> => Promise.withResolvers<never>().promise;
const say = (runtime: ChatRuntime, part: Partial<Ask> = {}): Promise<Answer> =>
  runtime.ask(asked({ contextTokens: 100, answerTokensMax: 50, ...part }), never());
const told = (spoken: Partial<Spoken>, size: Partial<PromptSize> = {}): Told =>
  new Told({ speak: async () => spoken, size });

test.each([
  [10_000_000, null],
  [10_000_001, 'ANSWER_GARBLED'],
  [Number.MAX_SAFE_INTEGER, 'ANSWER_GARBLED'],
])('a count of %i tokens: %s', async (answerTokens, code) => {
  const said = say(told({ answerTokens }));
  if (code === null) expect((await said).metrics.answerTokens).toBe(answerTokens);
  else expect(await codeOf(said)).toBe(code);
});

describe('an answer', () => {
  test('comes with what it cost', async () => {
    const { text, metrics, thoughtChars } = await say(told({}));
    expect([text, thoughtChars]).toEqual(['yes', 0]);
    expect(metrics).toMatchObject({
      loadMs: null,
      firstTokenMs: 1,
      promptTokens: 10,
      promptTokensEstimated: 10,
      answerTokens: 4,
      tokensPerSecond: 2_000,
    });
  });

  test('has no speed where it took no time', async () => {
    const speeds = [null, 0].map((answerMs) => say(told({ answerMs })));
    for (const { metrics } of await Promise.all(speeds)) expect(metrics.tokensPerSecond).toBeNull();
  });

  test('is freed of thoughts, and says how long they were', async () => {
    const answer = await say(told({ text: '<think>hm</think> yes', thoughts: 'before' }));
    expect([answer.text, answer.thoughtChars]).toEqual(['yes', 17 + 6]);
  });

  test.each<[string, Partial<Spoken>, string]>([
    ['a prompt that was cut', { promptTokens: 9 }, 'PROMPT_TRUNCATED'],
    ['a prompt that nobody counted', { promptTokens: null }, 'PROMPT_TRUNCATED'],
    ['a cut answer', { done: 'length' }, 'ANSWER_CUT'],
    ['no answer', { text: '' }, 'ANSWER_EMPTY'],
    ['white space', { text: ' \n ' }, 'ANSWER_EMPTY'],
    ['thoughts alone', { text: '<think>yes, or no' }, 'ANSWER_EMPTY'],
  ])('is not made of %s', async (_, spoken, code) => {
    expect(await codeOf(say(told(spoken)))).toBe(code);
  });

  test('may be a request for a tool, without a word', async () => {
    const toolRequests = [{ id: '1', name: 'candles', input: {} }];
    expect((await say(told({ text: '', toolRequests }))).toolRequests).toEqual(toolRequests);
  });

  test('of a prompt read in full is good, however badly it was guessed before', async () => {
    expect((await say(told({ promptTokens: 500 }, { atLeast: 10, atMost: 40 }))).text).toBe('yes');
  });
});

describe('room', () => {
  test('is enough to the last token', async () => {
    expect((await say(told({ promptTokens: 50 }, { atLeast: 50, atMost: 50 }))).text).toBe('yes');
  });
  test('is refused one token past it, before anything is sent', async () => {
    const runtime = told({}, { atMost: 51 });
    expect(await codeOf(say(runtime))).toBe('PROMPT_TOO_LONG');
    expect(runtime.heard).toEqual([]);
  });
});

describe('failures', () => {
  test('keep their code', async () => {
    const down = new RuntimeError('RUNTIME_DOWN', 'gone', { retryable: true });
    const runtime = new Told({ speak: () => Promise.reject(down) });
    await expect(say(runtime)).rejects.toBe(down);
  });
  test('without a code get one, and keep their cause', async () => {
    const cause = new TypeError('odd');
    const runtime = new Told({ speak: () => Promise.reject(cause) });
    await expect(say(runtime)).rejects.toMatchObject({ code: 'RUNTIME_FAILED', cause });
  });
  test('give the turn back', async () => {
    let calls = 0;
    const runtime = new Told({
      speak: async () => {
        calls += 1;
        if (calls === 1) throw new Error('once');
        return {};
      },
    });
    expect(await codeOf(say(runtime))).toBe('RUNTIME_FAILED');
    expect(await codeOf(say(runtime))).toBe('answered: yes');
    expect(runtime.load).toBe(0);
  });
});

describe('ends', () => {
  test('come at the deadline from a runtime that ignores its signal', async () => {
    const runtime = new Told({ speak: forever });
    expect(await codeOf(say(runtime, { deadlineMs: 20 }))).toBe('CALL_TIMED_OUT');
  });

  test('come from one that hangs while it measures', async () => {
    const runtime = new Told({ measure: forever() });
    expect(await codeOf(say(runtime, { deadlineMs: 20 }))).toBe('CALL_TIMED_OUT');
    expect(runtime.load).toBe(0);
  });

  test('are told apart, whatever the runtime makes of them', async () => {
    const speak: Speak = async (_, signal) => {
      await new Promise((done) => signal.addEventListener('abort', done));
      throw new RuntimeError('RUNTIME_FAILED', 'aborted');
    };
    const stop = new AbortController();
    const call = codeOf(new Told({ speak }).ask(asked(), stop.signal));
    setTimeout(() => stop.abort(), 10);
    expect(await call).toBe('CALL_CANCELLED');
    expect(await codeOf(say(new Told({ speak }), { deadlineMs: 20 }))).toBe('CALL_TIMED_OUT');
  });

  test('reach a call that waits for its turn', async () => {
    const runtime = new Told({ speak: forever });
    const stop = new AbortController();
    const running = codeOf(runtime.ask(asked(), stop.signal));
    const waiting = codeOf(say(runtime, { deadlineMs: 20 }));
    expect(await waiting).toBe('CALL_TIMED_OUT');
    expect(runtime.load).toBe(1);
    stop.abort();
    expect(await running).toBe('CALL_CANCELLED');
  });

  test('come before anything is done for a call that was already taken back', async () => {
    const runtime = new Told();
    expect(await codeOf(runtime.ask(asked(), AbortSignal.abort()))).toBe('CALL_CANCELLED');
    expect(runtime.heard).toEqual([]);
  });

  test('do not hold up the others for longer than a grace', async () => {
    let first = true;
    const speak: Speak = () => {
      const hang = first;
      first = false;
      return hang ? forever() : Promise.resolve({});
    };
    const runtime = new Told({ speak });
    expect(await codeOf(say(runtime, { deadlineMs: 20 }))).toBe('CALL_TIMED_OUT');
    expect(await codeOf(say(runtime, { deadlineMs: 10_000 }))).toBe('answered: yes');
  });
});

describe('LangChain', () => {
  test('is told how much was used', async () => {
    const message = await told({}).invoke([new HumanMessage('hello')]);
    expect(message.usage_metadata).toEqual({
      input_tokens: 10,
      output_tokens: 4,
      total_tokens: 14,
    });
    expect(message.response_metadata['identity']).toMatchObject({ model: 'told' });
  });

  test('binds tools as offers', async () => {
    const runtime = told({ toolRequests: [{ id: '7', name: 'candles', input: { count: 3 } }] });
    const candles = tool(() => 'none', {
      name: 'candles',
      description: 'Closed bars.',
      schema: z.strictObject({ count: z.int().min(1).max(9) }),
    });
    const message = await runtime.bindTools([candles]).invoke('look');
    expect(message.tool_calls).toEqual([
      { id: '7', name: 'candles', args: { count: 3 }, type: 'tool_call' },
    ]);
    expect(runtime.heard[0]?.tools).toEqual([
      {
        name: 'candles',
        description: 'Closed bars.',
        schema: expect.objectContaining({
          type: 'object',
          properties: { count: { type: 'integer', minimum: 1, maximum: 9 } },
        }),
      },
    ]);
  });
});
