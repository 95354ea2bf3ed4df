/** Ollama's and llama.cpp's server behind the port: the common suite over their own wire, with real inference behind it. */
import { afterAll, beforeAll } from 'vitest';
import type { ChatRuntime } from '../../../agents/runtimes/chat-runtime.ts';
import { openLlamaCpp } from '../../../agents/runtimes/llama-cpp.ts';
import { openOllama } from '../../../agents/runtimes/ollama.ts';
import { openOpenAi } from '../../../agents/runtimes/openai-compatible.ts';
import { startModelServer, type ModelServer } from '../../support/model-server.ts';
import { tinyGguf } from '../../support/tiny-gguf.ts';
import { conforms } from './conformance.ts';

const OPTIONS = { concurrency: 2, keepAliveMs: null };
const servers: ModelServer[] = [];
const models: ChatRuntime[] = [];

async function serve(kind: 'ollama' | 'llama.cpp', file: string): Promise<string> {
  const model = await openLlamaCpp({ file, options: OPTIONS, threads: 1 });
  const server = await startModelServer(kind, model);
  models.push(model);
  servers.push(server);
  return server.url;
}

const at = { ollama: '', silentOllama: '', llama: '', silentLlama: '' };
beforeAll(async () => {
  const silent = await tinyGguf({ ends: 'at-once' });
  at.ollama = await serve('ollama', await tinyGguf());
  at.silentOllama = await serve('ollama', silent);
  at.llama = await serve('llama.cpp', await tinyGguf());
  at.silentLlama = await serve('llama.cpp', silent);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await Promise.all(models.map((model) => model.close()));
});

const ollama = (url: string): Promise<ChatRuntime> =>
  openOllama({ url, name: 'tiny', options: OPTIONS });
const llama = (url: string): Promise<ChatRuntime> =>
  openOpenAi({ url, name: 'tiny:latest', options: OPTIONS, apiKey: null });

conforms({
  name: 'Ollama',
  open: () => ollama(at.ollama),
  openSilent: () => ollama(at.silentOllama),
  embeds: true,
  counts: false,
});
conforms({
  name: 'an OpenAI-compatible server',
  open: () => llama(at.llama),
  openSilent: () => llama(at.silentLlama),
  embeds: true,
  counts: false,
});
