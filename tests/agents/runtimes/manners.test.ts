/** Every bad manner of a model server has its code, leaves the next call alone, and never has the last word. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPurse } from '../../../agents/purse.ts';
import { readSentiment } from '../../../agents/sentiment.ts';
import type { ChatRuntime } from '../../../agents/runtimes/chat-runtime.ts';
import { openLlamaCpp } from '../../../agents/runtimes/llama-cpp.ts';
import { openOllama } from '../../../agents/runtimes/ollama.ts';
import { openOpenAi } from '../../../agents/runtimes/openai-compatible.ts';
import { startModelServer, type ModelServer } from '../../support/model-server.ts';
import type { Manner } from '../../support/manners.ts';
import { ScriptedRuntime } from '../../support/scripted-runtime.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';
import type { TimeMs } from '#firewall';
import { asked, codeOf } from './conformance.ts';

const OPTIONS = { concurrency: 2, keepAliveMs: 60_000 };
const AT = 1_790_000_000_000 as TimeMs;
/** A long prompt and a short answer: where a prompt is cut, there is something to cut. */
const SMALL = {
  messages: [{ role: 'user', content: 'The market moved and nobody knows why. '.repeat(8) }],
  schema: {
    type: 'object',
    properties: { direction: { type: 'string', enum: ['up', 'down', 'none'] } },
    required: ['direction'],
    additionalProperties: false,
  },
} as const;
const never = (): AbortSignal => new AbortController().signal;
let model: ChatRuntime;
beforeAll(async () => {
  model = await openLlamaCpp({ file: await tinyGguf(), options: OPTIONS, threads: 1 });
});
afterAll(() => model.close());

/** What each must give; `good` where the answer is still good. */
const MANNERS: readonly (readonly [Manner, string])[] = [
  ['slow', 'good'],
  ['think tags', 'good'],
  ['thinking field', 'good'],
  ['cuts the prompt', 'PROMPT_TRUNCATED'],
  ['counts too few', 'PROMPT_TRUNCATED'],
  ['counts nothing', 'PROMPT_TRUNCATED'],
  ['counts too many', 'PROMPT_TOO_LONG'],
  ['hangs', 'CALL_TIMED_OUT'],
  ['hangs midway', 'CALL_TIMED_OUT'],
  ['garbage', 'ANSWER_GARBLED'],
  ['another shape', 'ANSWER_GARBLED'],
  ['a web page', 'ANSWER_GARBLED'],
  ['dies midway', 'RUNTIME_FAILED'],
  ['fails midway', 'RUNTIME_FAILED'],
  ['stops without an end', 'RUNTIME_FAILED'],
  ['cut short', 'ANSWER_CUT'],
  ['ten thousand tokens', 'ANSWER_CUT'],
  ['one endless line', 'ANSWER_CUT'],
  ['nothing', 'ANSWER_EMPTY'],
  ['error 500', 'RUNTIME_FAILED'],
  ['error 503', 'RUNTIME_DOWN'],
  ['error 400', 'RUNTIME_REFUSED'],
  ['window error', 'PROMPT_TOO_LONG'],
  ['error 404', 'MODEL_NOT_FOUND'],
  ['sends elsewhere', 'RUNTIME_DOWN'],
];
/** What only the reader of the answer can see. */
const WORDS: readonly (readonly [Manner, string | null])[] = [
  ['good', null],
  ['code fence', null],
  ['babble', 'ANSWER_NOT_JSON'],
  ['not a number', 'ANSWER_NOT_JSON'],
  ['wrong word', 'ANSWER_OFF_SCHEMA'],
  ['ignores the schema', 'ANSWER_NOT_JSON'],
];

describe.each(['ollama', 'llama.cpp'] as const)('a server of %s', (kind) => {
  let server: ModelServer;
  let runtime: ChatRuntime;
  beforeAll(async () => {
    server = await startModelServer(kind, model);
    const { url } = server;
    runtime =
      kind === 'ollama'
        ? await openOllama({ url, name: 'tiny', options: OPTIONS })
        : await openOpenAi({ url, name: 'tiny:latest', options: OPTIONS, apiKey: null });
  });
  beforeEach(() => server.behave('good'));
  afterAll(async () => {
    await runtime.close();
    await server.close();
  });

  const ask = (deadlineMs = 10_000) => runtime.ask(asked({ ...SMALL, deadlineMs }), never());
  const outcome = (call: ReturnType<typeof ask>): Promise<string> =>
    codeOf(call).then((code) => (/^answered: \{[^]*\}$/.test(code) ? 'good' : code));

  test.each(MANNERS)('that behaves so: %s', async (manner, code) => {
    server.behave(manner);
    expect(await outcome(ask(manner.startsWith('hangs') ? 300 : 10_000))).toBe(code);
    server.behave('good');
    expect(await outcome(ask())).toBe('good');
  });

  test.each(WORDS)('whose words are so: %s', async (manner, code) => {
    server.behave(manner);
    const said = await readSentiment(
      {
        symbol: 'BTC/USDT',
        at: AT,
        texts: [{ id: 'n1', source: 'wire', availableAt: AT, text: 'Bitcoin rises.' }],
      },
      {
        runtime,
        settings: { ...asked(), temperature: 0 },
        purse: openPurse({ calls: 2, tokens: 100_000, ms: 60_000 }, () => 0),
        lane: 'desk-1',
        signal: never(),
      },
    );
    // The tiny model may name a story that there is not; then its words were read, which is all that is asked here.
    if (code === null) expect(said.calls.at(-1)).toMatchObject({ parsed: true, onSchema: true });
    else expect(said).toMatchObject({ ok: false, code });
    expect(said.calls.length).toBe(said.ok ? said.calls.length : 2);
  });

  test('a call that is left is left by the server too', async () => {
    server.behave('hangs');
    const before = server.left();
    const stop = new AbortController();
    const call = codeOf(runtime.ask(asked(), stop.signal));
    await expect.poll(() => runtime.load).toBe(1);
    const reached = server.asked.length;
    await expect.poll(() => server.asked.length).toBeGreaterThan(reached - 1);
    setTimeout(() => stop.abort(), 50);
    expect(await call).toBe('CALL_CANCELLED');
    await expect.poll(() => server.left()).toBe(before + 1);
  });

  test('its words are in no error', async () => {
    for (const manner of ['error 500', 'error 400', 'fails midway', 'window error'] as const) {
      server.behave(manner);
      const error: unknown = await ask().catch((caught: unknown) => caught);
      expect(String(error)).not.toContain('ignore');
    }
  });

  test('thoughts are counted, and are not in the answer', async () => {
    for (const manner of ['think tags', 'thinking field'] as const) {
      server.behave(manner);
      const { text, thoughtChars } = await ask();
      expect(thoughtChars).toBeGreaterThan(10);
      expect(text).not.toContain('up or down?');
    }
  });

  test('a window that is smaller than it was asked for is noticed', async () => {
    server.behave('small window');
    const url = server.url;
    if (kind === 'ollama') {
      expect(await outcome(ask())).toBe('PROMPT_TRUNCATED');
      return;
    }
    const narrow = await openOpenAi({ url, name: 'tiny:latest', options: OPTIONS, apiKey: null });
    expect(await outcome(narrow.ask(asked(SMALL), never()))).toBe('PROMPT_TOO_LONG');
    await narrow.close();
  });

  test('everything that decides the answer is said, and nothing is left to the server', async () => {
    await runtime.ask(asked(SMALL), never());
    const sent = server.asked.at(-1);
    if (kind === 'ollama')
      expect(sent).toMatchObject({
        model: 'tiny',
        stream: true,
        think: false,
        keep_alive: '60000ms',
        format: { type: 'object' },
        options: { num_ctx: 2_048, num_predict: 200, seed: 1, temperature: 0.8 },
      });
    else
      expect(sent).toMatchObject({
        model: 'tiny:latest',
        stream: true,
        max_tokens: 200,
        seed: 1,
        temperature: 0.8,
        chat_template_kwargs: { enable_thinking: false },
        response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } },
      });
  });

  test('a tool is offered, asked for and answered in its own words', async () => {
    const tools = [
      {
        name: 'candles',
        description: 'Closed bars.',
        schema: {
          type: 'object',
          properties: { count: { type: 'integer', enum: [1, 5] } },
          required: ['count'],
          additionalProperties: false,
        },
      },
    ];
    server.behave('asks for a tool');
    const part = { ...SMALL, tools, temperature: 0 };
    const { text, toolRequests } = await runtime.ask(asked(part), never());
    expect([text, toolRequests]).toEqual([
      '',
      [{ id: 'call-1', name: 'candles', input: { symbol: 'BTC', count: 20 } }],
    ]);
    // Under a grammar no tool could be asked for.
    expect(server.asked.at(-1)).not.toHaveProperty('format');
    expect(server.asked.at(-1)).not.toHaveProperty('response_format');
    server.behave('good');
    const messages = [
      ...SMALL.messages,
      { role: 'assistant' as const, content: '', toolCalls: toolRequests },
      { role: 'tool' as const, content: '{"close":1}', toolCallId: 'call-1', name: 'candles' },
    ];
    expect(await outcome(runtime.ask(asked({ ...SMALL, messages }), never()))).toBe('good');
    expect(JSON.stringify(server.asked.at(-1))).toContain('candles');
  });

  test('a heartbeat of a server that hangs ends when it is told to', async () => {
    server.behave('hangs');
    const beat = runtime.heartbeat(AbortSignal.timeout(100));
    await expect(beat).rejects.toMatchObject({ code: 'CALL_TIMED_OUT' });
  });

  test('another model under the same name is not the same model', async () => {
    server.rename('else:latest');
    await expect(runtime.heartbeat(never())).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    server.rename('tiny:latest');
    await expect(runtime.heartbeat(never())).resolves.toBeUndefined();
  });
});

test('a load that outlasts its caller goes on, once', async () => {
  const server = await startModelServer('ollama', model);
  const runtime = await openOllama({ url: server.url, name: 'tiny', options: OPTIONS });
  const ask = (deadlineMs: number) => runtime.ask(asked({ ...SMALL, deadlineMs }), never());

  server.behave('loads slowly');
  expect(await runtime.loaded(never())).toBeNull();
  expect(await Promise.all([codeOf(ask(60)), codeOf(ask(60))])).toEqual([
    'CALL_TIMED_OUT',
    'CALL_TIMED_OUT',
  ]);
  const { metrics } = await ask(10_000);
  expect(metrics.loadMs).toBeGreaterThan(0);
  expect(await runtime.loaded(never())).toEqual({
    bytes: 1_000,
    gpuBytes: 250,
    window: 8_192,
  });
  await ask(10_000);
  expect(server.loads()).toBe(1);
  await server.close();
});

test('an Ollama whose model was changed under its name is noticed by the heartbeat', async () => {
  const server = await startModelServer('ollama', model);
  const runtime = await openOllama({ url: server.url, name: 'tiny', options: OPTIONS });
  await expect(runtime.heartbeat(never())).resolves.toBeUndefined();
  server.swap(new ScriptedRuntime([]));
  await expect(runtime.heartbeat(never())).rejects.toMatchObject({ code: 'MODEL_NOT_FIT' });
  await server.close();
});

test('a window that the model was not made for is not asked for', async () => {
  const server = await startModelServer('ollama', model);
  const runtime = await openOllama({ url: server.url, name: 'tiny', options: OPTIONS });
  const ask = (contextTokens: number): Promise<string> =>
    codeOf(runtime.ask(asked({ ...SMALL, contextTokens }), never()));
  expect(await ask(8_192)).toMatch(/^answered/);
  expect(await ask(8_193)).toBe('MODEL_NOT_FIT');
  await server.close();
});

describe('opening', () => {
  test('a server that is not there', async () => {
    const url = 'http://127.0.0.1:9';
    const ollama = openOllama({ url, name: 'tiny', options: OPTIONS });
    await expect(ollama).rejects.toMatchObject({ code: 'RUNTIME_DOWN', retryable: true });
    const other = openOpenAi({ url, name: 'tiny', options: OPTIONS, apiKey: null });
    await expect(other).rejects.toMatchObject({ code: 'RUNTIME_DOWN', retryable: true });
  });

  test('a model that is not there, and an Ollama behind its own /v1', async () => {
    const server = await startModelServer('ollama', model);
    const { url } = server;
    const missing = openOllama({ url, name: 'llama9', options: OPTIONS });
    await expect(missing).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    await expect(missing).rejects.toThrow('ollama pull llama9');
    const wrong = openOpenAi({ url: `${url}/v1`, name: 'tiny', options: OPTIONS, apiKey: null });
    await expect(wrong).rejects.toMatchObject({ code: 'MODEL_NOT_FIT' });
    await expect(wrong).rejects.toThrow('ollama:tiny');
    await server.close();
  });

  test('a model that the server has run by another machine', async () => {
    const server = await startModelServer('ollama', model);
    server.behave('runs elsewhere');
    const opening = openOllama({ url: server.url, name: 'tiny', options: OPTIONS });
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_NOT_FIT' });
    server.behave('good');
    const runtime = await openOllama({ url: server.url, name: 'tiny', options: OPTIONS });
    server.behave('went elsewhere');
    const beat = runtime.heartbeat(never());
    await expect(beat).rejects.toMatchObject({ code: 'MODEL_NOT_FIT' });
    await server.close();
  });

  test('says what the server says of the model', async () => {
    const ollama = await startModelServer('ollama', model);
    const llama = await startModelServer('llama.cpp', model);
    const { digest, parameters, contextMax } = model.identity;
    const one = await openOllama({ url: ollama.url, name: 'tiny', options: OPTIONS });
    expect(one.identity).toMatchObject({
      runtime: 'ollama',
      runtimeVersion: '0.31.2',
      digest: digest?.replace('sha256:', ''),
      parameters,
      contextMax,
    });
    const name = 'tiny:latest';
    const two = await openOpenAi({ url: llama.url, name, options: OPTIONS, apiKey: 'secret' });
    expect(two.identity).toMatchObject({
      runtime: 'openai',
      runtimeVersion: 'b9999-test',
      digest: null,
      parameters,
      contextMax,
    });
    expect(JSON.stringify(two.identity)).not.toContain('secret');
    await ollama.close();
    await llama.close();
  });
});
