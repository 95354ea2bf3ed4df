/** What was recorded is said again, to the byte, and nothing else is. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentCall } from '../../../agents/contract.ts';
import { openPurse } from '../../../agents/purse.ts';
import { readTechnical } from '../../../agents/technical.ts';
import type { ChatRuntime } from '../../../agents/runtimes/chat-runtime.ts';
import { callKey, questionOf } from '../../../agents/runtimes/call-key.ts';
import { openLlamaCpp } from '../../../agents/runtimes/llama-cpp.ts';
import { openRecorded, RecordingRuntime, replayCalls } from '../../../agents/runtimes/recorded.ts';
import { HANG, ScriptedRuntime, type Line } from '../../support/scripted-runtime.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';
import { evidence, SYMBOL } from '../scene.ts';
import { asked, codeOf } from './conformance.ts';

const never = (): AbortSignal => new AbortController().signal;
let dir = '';
let model: ChatRuntime;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'airlock-recorded-'));
  const options = { concurrency: 2, keepAliveMs: null };
  model = await openLlamaCpp({ file: await tinyGguf(), options, threads: 1 });
});
afterAll(async () => {
  await model.close();
  rmSync(dir, { recursive: true });
});

describe('the key of a call', () => {
  const identity = new ScriptedRuntime([]).identity;
  const key = (part: object = {}, of = identity): string => callKey(questionOf(of, asked(part)));

  test.each([
    ['the words', { messages: [{ role: 'user', content: 'other' }] }],
    ['the schema', { schema: null }],
    ['the tools', { tools: [{ name: 'book', description: '', schema: {} }] }],
    ['the seed', { seed: 2 }],
    ['the temperature', { temperature: 0.801 }],
    ['the window', { contextTokens: 2_049 }],
    ['the length', { answerTokensMax: 201 }],
    ['the thinking', { think: true }],
  ])('depends on %s', (_, part) => {
    expect(key(part)).not.toBe(key());
  });

  test('depends on the weights, by name where they have no digest', () => {
    expect(key({}, { ...identity, digest: 'b'.repeat(64) })).not.toBe(key());
    const nameless = { ...identity, digest: null };
    expect(key({}, { ...nameless, model: 'other' })).not.toBe(key({}, nameless));
  });

  test('depends on nothing that does not change the words', () => {
    expect(key({ lane: 'other', deadlineMs: 1 })).toBe(key());
    expect(key({}, { ...identity, runtime: 'ollama', runtimeVersion: '9' })).toBe(key());
  });
});

test('a recording answers as the model did, without the model', async () => {
  const file = join(dir, 'real.jsonl');
  const recorder = new RecordingRuntime(model, file);
  const asks = [1, 2, 3].map((seed) => asked({ seed }));
  const first = [];
  for (const ask of asks) first.push(await recorder.ask(ask, never()));
  const [vector] = await recorder.embed(['Bitcoin rises'], never());
  await expect(recorder.invoke('Plan.')).resolves.toBeDefined();

  const replay: ChatRuntime = openRecorded(file);
  expect(replay.identity).toEqual({ ...model.identity, runtime: 'recorded' });
  for (const [index, ask] of asks.entries())
    expect(await replay.ask(ask, never())).toEqual(first[index]);
  expect((await replay.embed(['Bitcoin rises'], never()))[0]).toEqual(vector);
  expect((await replay.invoke('Plan.')).text).not.toBe('');

  expect(await codeOf(replay.ask(asked({ seed: 4 }), never()))).toBe('RECORDING_MISSING');
  expect(await codeOf(replay.ask(asked(), AbortSignal.abort()))).toBe('CALL_CANCELLED');
  await expect(replay.embed(['else'], never())).rejects.toMatchObject({
    code: 'RECORDING_MISSING',
  });
});

test('failures are said again too, and the same question in the order of its answers', async () => {
  const file = join(dir, 'scripted.jsonl');
  const script: Line[] = ['one', { fail: 'RUNTIME_FAILED' }, 'three', HANG];
  const recorder = new RecordingRuntime(new ScriptedRuntime(script), file);
  const say = (runtime: ChatRuntime, part = {}): Promise<string> =>
    codeOf(runtime.ask(asked(part), never()));
  const first = [await say(recorder), await say(recorder), await say(recorder)];
  expect(first).toEqual(['answered: one', 'RUNTIME_FAILED', 'answered: three']);
  expect(await say(recorder, { seed: 2, deadlineMs: 50 })).toBe('CALL_TIMED_OUT');

  const replay = openRecorded(file, 'original');
  expect(replay.identity).toEqual(recorder.identity);
  expect([await say(replay), await say(replay), await say(replay)]).toEqual(first);
  expect(await say(replay)).toBe('answered: three');
  expect(await say(replay, { seed: 2 })).toBe('CALL_TIMED_OUT');
});

test("a transcript's calls are a recording", async () => {
  const settings = { ...asked(), temperature: 0.8 };
  const run = (runtime: ChatRuntime) =>
    readTechnical(
      { symbol: SYMBOL, evidence },
      {
        runtime,
        settings,
        purse: openPurse({ calls: 2, tokens: 100_000, ms: 60_000 }, () => 0),
        lane: 'desk-1',
        signal: never(),
      },
    );
  const first = await run(model);
  expect(first.calls.length).toBeGreaterThan(0);
  expect(await run(replayCalls(first.calls))).toEqual(first);

  const failed = await run(new ScriptedRuntime([{ fail: 'ANSWER_GARBLED' }]));
  expect(failed).toMatchObject({ ok: false, code: 'ANSWER_GARBLED' });
  expect(await run(replayCalls(failed.calls))).toEqual(failed);
});

describe('a recording that is none', () => {
  const open = (name: string, text: string | null): string => {
    const file = join(dir, name);
    if (text !== null) writeFileSync(file, text);
    try {
      openRecorded(file);
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'opened';
  };

  test.each([
    ['is not there', null, 'MODEL_NOT_FOUND'],
    ['is empty', '', 'MODEL_NOT_FIT'],
    ['is no JSON', 'hello\n', 'MODEL_NOT_FIT'],
    ['is of another shape', '{"kind":"said"}\n', 'MODEL_NOT_FIT'],
  ])('%s', (name, text, code) => {
    expect(open(`${name}.jsonl`, text)).toBe(code);
  });

  test('is of two models', async () => {
    const file = join(dir, 'two.jsonl');
    await new RecordingRuntime(new ScriptedRuntime(['yes']), file).ask(asked(), never());
    const [line = ''] = readFileSync(file, 'utf8').split('\n');
    appendFileSync(file, `${line.replaceAll('a'.repeat(64), 'b'.repeat(64))}\n`);
    expect(open('two.jsonl', null)).toBe('MODEL_NOT_FIT');
  });

  test('but its last line may have been cut by a crash', async () => {
    const file = join(dir, 'torn.jsonl');
    await new RecordingRuntime(new ScriptedRuntime(['yes']), file).ask(asked(), never());
    appendFileSync(file, '{"kind":"said","ide');
    expect(await codeOf(openRecorded(file).ask(asked(), never()))).toBe('answered: yes');
  });

  test('no calls at all', () => {
    const calls: readonly AgentCall[] = [];
    expect(() => replayCalls(calls)).toThrow('the recording is empty');
  });
});
