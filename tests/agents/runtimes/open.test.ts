/** A model's specification is read strictly, and what it names is opened or refused with a code. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openLlamaCpp } from '../../../agents/runtimes/llama-cpp.ts';
import { openRuntime, parseModelSpec } from '../../../agents/runtimes/open.ts';
import { RecordingRuntime } from '../../../agents/runtimes/recorded.ts';
import { startModelServer } from '../../support/model-server.ts';
import { ScriptedRuntime } from '../../support/scripted-runtime.ts';
import { tinyAdapter, tinyGguf } from '../../support/tiny-gguf.ts';
import { asked } from './conformance.ts';

const OPTIONS = { concurrency: 1, keepAliveMs: null, ollamaUrl: '', openaiKey: null };
const none = { url: null, adapters: [] };

test.each([
  ['gguf:models/a b.gguf', { ...none, kind: 'llama.cpp', name: 'models/a b.gguf' }],
  [
    'gguf:a.gguf?lora=b.gguf&lora=c.gguf',
    { ...none, kind: 'llama.cpp', name: 'a.gguf', adapters: ['b.gguf', 'c.gguf'] },
  ],
  ['ollama:qwen3:4b-q4_K_M', { ...none, kind: 'ollama', name: 'qwen3:4b-q4_K_M' }],
  [
    'ollama:hf.co/someone/model:Q8_0',
    { ...none, kind: 'ollama', name: 'hf.co/someone/model:Q8_0' },
  ],
  [
    'openai:http://127.0.0.1:8080/v1#org/model#2',
    { ...none, kind: 'openai', name: 'org/model#2', url: 'http://127.0.0.1:8080/v1' },
  ],
  ['recorded:run.jsonl', { ...none, kind: 'recorded', name: 'run.jsonl' }],
])('%s', (text, spec) => {
  expect(parseModelSpec(text)).toEqual({ ok: true, spec });
});

test.each([
  ['', 'write gguf:FILE'],
  ['qwen3:4b', 'write gguf:FILE'],
  ['gguf:', 'write gguf:FILE'],
  ['GGUF:a.gguf', 'write gguf:FILE'],
  ['gguf:a\nb', 'write gguf:FILE'],
  ['gguf:a.gguf?threads=2', 'only lora=FILE'],
  ['gguf:a.gguf?lora=', 'only lora=FILE'],
  ['ollama:qwen3?lora=b.gguf', 'only gguf: models take adapters'],
  ['ollama:../x', 'write the name as'],
  ['ollama:a b', 'write the name as'],
  ['openai:http://127.0.0.1:8080', 'write openai:URL#NAME'],
  ['openai:nowhere#m', 'write openai:URL#NAME'],
  ['openai:ftp://host#m', 'http:// or https://'],
  ['openai:http://user:key@host#m', 'AIRLOCK_OPENAI_KEY'],
])('%j is refused', (text, hint) => {
  expect(parseModelSpec(text)).toMatchObject({ ok: false, code: 'MODEL_SPEC_INVALID' });
  expect(parseModelSpec(text)).toHaveProperty('hint', expect.stringContaining(hint));
});

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof parseModelSpec(text).ok === 'boolean'));
});

test('each kind opens', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'airlock-open-'));
  const file = join(dir, 'run.jsonl');
  await new RecordingRuntime(new ScriptedRuntime(['yes']), file).ask(
    asked(),
    new AbortController().signal,
  );
  const options = { concurrency: 1, keepAliveMs: null };
  const model = await openLlamaCpp({ file: await tinyGguf(), options, threads: 1 });
  const [ollama, llama] = [
    await startModelServer('ollama', model),
    await startModelServer('llama.cpp', model),
  ];
  const kinds: string[] = [];
  for (const text of [
    `gguf:${await tinyGguf()}?lora=${await tinyAdapter()}`,
    'ollama:tiny',
    `openai:${llama.url}#tiny:latest`,
    `recorded:${file}`,
  ]) {
    const read = parseModelSpec(text);
    if (!read.ok) throw new Error(read.hint);
    const runtime = await openRuntime(read.spec, { ...OPTIONS, ollamaUrl: ollama.url });
    kinds.push(runtime.identity.runtime);
    await runtime.heartbeat(AbortSignal.timeout(5_000));
    await runtime.close();
  }
  expect(kinds).toEqual(['llama.cpp', 'ollama', 'openai', 'recorded']);
  await Promise.all([ollama.close(), llama.close(), model.close()]);
  rmSync(dir, { recursive: true });
});
